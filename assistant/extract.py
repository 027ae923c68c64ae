"""Answering without a model: the sentences of the evidence that answer the question best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answertype import has_what_is_asked
from assistant.attribute import Support, answers, is_question
from assistant.evidence import Evidence, term_weights
from assistant.meaning import Meaning
from assistant.relevance import Relevance
from index.sentences import sentences
from index.terms import terms, without_asking
from index.types import Hit


@dataclass(frozen=True, slots=True)
class Bar:
    """What a sentence has to reach to be quoted.

    `odds` is of the log-odds that it answers the question (assistant/relevance.py). Where these are not known, `score`
    is of its words and meaning: 1 is every telling term of the question, or less of them and a near meaning.
    """

    odds: float
    score: float


NO_MODEL = Bar(0.0, 0.6)
"""Nobody but the program has seen it."""
UNSUPPORTED = Bar(0.0, 0.7)
"""A model answered, with what the sources lack; not where that is what the question names."""
FOUND_NOTHING = Bar(5.0, 0.7)
"""A model has seen it and found no answer, or one about what the sources lack."""
LACKING = 5.0
"""What a sentence loses that has no number for "how much", no time for "when", nobody for "who" (assistant/answertype.py)."""
SECOND_ODDS = 2.0
"""A second sentence is quoted when its log-odds are less than this behind the first's, and reach the bar."""
CONTEXT_WEIGHT = 0.5
"""What a term of the question counts that stands in the title or in the sentence before, against 1 in the sentence."""
MEANING_WEIGHT = 1.1
NEAR = 0.35
"""A sentence that is nearer in meaning than this gains what it is nearer, times the weight; one that is farther loses."""
MAX_EMBEDDED = 8
"""Sentences whose meaning is looked at: those with the most words of the question."""
LEAST_TERMS = 3
"""A headline of fewer terms names the very thing asked about, and says nothing of it."""
STEM = 5
"""Words that begin alike count as one: a headline "Southern states" says nothing of the south of the states."""
_ENDS = re.compile(r"[.!。！…:;|][\"'”’»)\]*_ ]*$")
MAX_SENTENCES = 2
SECOND_SHARE = 0.8
"""A second sentence is quoted when it scores at least this much of the first."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence and how near it comes to a question."""

    support: Support
    score: float


def best_sentences(
    question: str, evidence: Sequence[Evidence], relevance: Relevance, bar: Bar = NO_MODEL, hits: Sequence[Hit] = ()
) -> list[Support]:
    """The one or two sentences that answer a question best, best first; none below the bar, nor about other names.

    The names of the question have to stand in the sentence's passage, or in what else was found (`hits`) of its article.
    """
    scored = _by_relevance(question, evidence, relevance)
    if not relevance.known:
        scored = score_sentences(question, evidence, relevance.meaning)
    scored = [one for one in scored if answers(question, _text(one.support), [one.support], hits, names_share=1.0)]
    if not scored:
        return []
    best = scored[0].score
    if relevance.known:
        chosen = [one for one in scored[:MAX_SENTENCES] if one.score >= best - SECOND_ODDS]
        return [one.support for one in chosen if relevance.reaches(one.score, bar.odds)]
    return [one.support for one in scored[:MAX_SENTENCES] if one.score >= max(bar.score, SECOND_SHARE * best)]


def _by_relevance(question: str, evidence: Sequence[Evidence], relevance: Relevance) -> list[Scored]:
    options = [one for one in _every(evidence) if len(terms(_text(one))) >= LEAST_TERMS and _states(_text(one), question)]
    odds = relevance.of([_text(one) for one in options])
    scored = [
        Scored(one, score - (0.0 if has_what_is_asked(relevance.question, _text(one)) else LACKING))
        for one, score in zip(options, odds, strict=True)
        if score is not None
    ]
    return sorted(scored, key=lambda one: -one.score)


def score_sentences(question: str, evidence: Sequence[Evidence], meaning: Meaning) -> list[Scored]:
    """The sentences of the evidence that hold most of a question, at most MAX_EMBEDDED, best first.

    The score is the share of the question's terms, each weighted by how rare it is, plus MEANING_WEIGHT times what
    question and sentence are nearer than NEAR.
    """
    options = [one for one in _every(evidence) if _states(_text(one), question)]
    texts = [one.evidence.text_of(one.at) for one in options]
    telling = without_asking(question)
    weights = term_weights([*texts, telling])
    wanted = set(terms(telling))
    whole = sum(weights[term] for term in wanted)
    if not whole or not options:
        return []
    shares: list[float] = []
    for option, text in zip(options, texts, strict=True):
        own = wanted & set(terms(text))
        around = wanted & set(terms(_context(option))) - own
        shares.append((sum(weights[t] for t in own) + CONTEXT_WEIGHT * sum(weights.get(t, 0.0) for t in around)) / whole)
    best = sorted(range(len(options)), key=lambda n: -shares[n])[:MAX_EMBEDDED]
    near = meaning.to_question(question, [texts[n] for n in best])
    scored = [Scored(options[n], shares[n] + MEANING_WEIGHT * (one - NEAR)) for n, one in zip(best, near, strict=True)]
    return sorted(scored, key=lambda one: -one.score)


def _every(evidence: Sequence[Evidence]) -> list[Support]:
    return [Support(one, at) for one in evidence for at in one.sentences]


def _states(text: str, question: str) -> bool:
    """Whether a text may answer a question at all: it asks nothing itself, is more than a link, and no heading that says the
    question back."""
    if is_question(text):
        return False
    said = _stems(terms(" ".join(word for word in text.split() if "://" not in word and not word.startswith("www."))))
    return bool(said) and (bool(_ENDS.search(text)) or bool(said - _stems(terms(question))))


def _stems(words: Sequence[str]) -> set[str]:
    return {word[:STEM] for word in words}


def _text(support: Support) -> str:
    return support.evidence.text_of(support.at)


def _context(support: Support) -> str:
    """What a reader knows before reading a sentence: the title, and the sentence before it."""
    passage = support.evidence.passage
    start = support.at[0] - passage.start
    before = [passage.text[a:b] for a, b in sentences(passage.text) if b <= start][-1:]
    return " ".join([passage.title or "", *before])
