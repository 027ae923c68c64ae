"""How likely it is that a question is answered by what was found, and by what is quoted or cited for it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from assistant.evidence import Evidence, Range
from assistant.meaning import Meaning
from assistant.untrusted import is_order
from index.rerank import RerankerError
from index.types import Hit

EVIDENCE_WEIGHT, NEARNESS_WEIGHT, BIAS = 0.25, 10.5, -6.2
"""Log-odds of a question that is answerable: the reranker's of the whole evidence and the nearness of the nearest passage,
as `python -m benchmarks.answerability` fits them."""


class Relevance:
    """Log-odds that texts answer a question, given all that was found for it.

    Nothing is known (`known` is False) where there is no reranker, the question or the evidence is in a language that it
    does not read, or it fails (`fault` says how then).
    """

    def __init__(self, question: str, hits: Sequence[Hit], evidence: Sequence[Evidence], meaning: Meaning) -> None:
        self.question, self.meaning = question, meaning
        self.known, self.fault = False, ""
        self.prior = 0.0
        """The log-odds that the evidence as a whole answers the question."""
        everything = "\n".join(one.shown() for one in evidence)
        if meaning.reranker is None or not meaning.reranker.reads(question, everything):
            return
        try:
            (score,) = meaning.reranker.scores(question, [everything])
        except RerankerError as error:
            self.fault = str(error)
            return
        if score is not None:
            self.known = True
            cosine = max((hit.cosine for hit in hits), default=0.0)
            self.prior = EVIDENCE_WEIGHT * score + NEARNESS_WEIGHT * meaning.nearness(cosine) + BIAS

    def of(self, texts: Sequence[str]) -> list[float | None]:
        """The log-odds of each text, its own by the reranker and the evidence's as a whole; None where nothing is known."""
        if not self.known or self.meaning.reranker is None:
            return [None] * len(texts)
        return [None if score is None else score + self.prior for score in self.meaning.reranker.scores(self.question, texts)]

    def as_read(self, readings: Sequence[Sequence[str]]) -> list[float | None]:
        """The log-odds of texts that a reader meets in several ways: the mean of what each way has."""
        odds = iter(self.of([text for ways in readings for text in ways]))
        known = [[one for _ in ways if (one := next(odds)) is not None] for ways in readings]
        return [fmean(values) if values else None for values in known]


def readings(evidence: Evidence, at: Range) -> list[str]:
    """A range as a reader meets it: by itself, and under its headline.

    A report says once what it is about: "It cost 612 million" answers what the tunnel cost, in a report on the tunnel.
    """
    said, passage = evidence.text_of(at), evidence.passage
    if not passage.title or passage.kind != "body" or is_order(passage.title, evidence.programs_wanted):
        return [said]
    return [said, f"{passage.title}: {said}"]
