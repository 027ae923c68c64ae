"""How likely it is that a question is answered by what was found, and by what is quoted or cited for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from assistant.evidence import Evidence
from assistant.meaning import Meaning
from index.types import Hit

EVIDENCE_WEIGHT, NEARNESS_WEIGHT, BIAS = 0.25, 10.5, -6.2
"""Log-odds of a question that is answerable: the reranker's of the whole evidence and the nearness of the nearest passage,
as `python -m benchmarks.answerability` fits them."""


class Relevance:
    """Log-odds that texts answer a question, given all that was found for it.

    Sure of nothing (`known` is False) where there is no reranker, or the question or the evidence is in a language that
    it does not read.
    """

    def __init__(self, question: str, hits: Sequence[Hit], evidence: Sequence[Evidence], meaning: Meaning) -> None:
        self._question, self.meaning = question, meaning
        self._all = "\n".join(one.shown() for one in evidence)
        self._cosine = max((hit.cosine for hit in hits), default=0.0)
        self._reranker = meaning.reranker
        self.known = self._reranker is not None and self._reranker.reads(question, self._all)

    @cached_property
    def prior(self) -> float:
        """The log-odds that the evidence as a whole answers the question."""
        return EVIDENCE_WEIGHT * self._scores([self._all])[0] + NEARNESS_WEIGHT * self.meaning.nearness(self._cosine) + BIAS

    def of(self, texts: Sequence[str]) -> list[float]:
        """The log-odds of each text: its own by the reranker, and the evidence's as a whole."""
        return [score + self.prior for score in self._scores(texts)]

    def _scores(self, texts: Sequence[str]) -> list[float]:
        if self._reranker is None:
            raise AssertionError("ask `known` first")
        return self._reranker.scores(self._question, texts)
