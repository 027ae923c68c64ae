"""Answering without a model: the sentences of the evidence that hold most of the question."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.attribute import Support
from assistant.evidence import Evidence, term_weights
from index.terms import terms

MIN_SHARE = 0.5
"""A quoted sentence holds at least this much of the question's telling terms."""
SURE_SHARE = 0.7
"""... and this much when a model has seen it and said no."""
MAX_SENTENCES = 2
SECOND_SHARE = 0.8
"""A second sentence is quoted when it scores at least this much of the first."""


def best_sentences(question: str, evidence: Sequence[Evidence], least: float = MIN_SHARE) -> list[Support]:
    """The one or two sentences nearest to a question by weighted terms, best first; none that holds less than `least`."""
    options = [Support(one, at) for one in evidence for at in one.sentences]
    texts = [one.evidence.text_of(one.at) for one in options]
    weights = term_weights([*texts, question])
    wanted = set(terms(question))
    whole = sum(weights[term] for term in wanted)
    if not whole:
        return []
    scored = [
        (sum(weights[term] for term in wanted & set(terms(text))) / whole, option)
        for text, option in zip(texts, options, strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    best = scored[0][0] if scored else 0.0
    return [option for share, option in scored[:MAX_SENTENCES] if share >= max(least, SECOND_SHARE * best)]
