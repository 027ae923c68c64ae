"""How likely it is that a question is answered by what was found, and by what is quoted or cited for it, as log-odds."""

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


LEAST, MOST = -12.0, 12.0
"""What the reranker gives a text lies between these: where everything else decides whatever it gave, a text is not read."""


class Relevance:
    """Whether texts are likely enough to answer a question, given all that was found for it.

    Nothing is known (`known` is False) where there is no reranker, the question or the evidence is in a language that it
    does not read, or it failed (`fault` says how then).
    """

    def __init__(self, question: str, hits: Sequence[Hit], evidence: Sequence[Evidence], meaning: Meaning) -> None:
        self.question, self.meaning = question, meaning
        self._evidence = "\n".join(one.shown() for one in evidence)
        self.known = meaning.reranker is not None and meaning.reranker.reads(question, self._evidence)
        self.fault = ""
        self._near = NEARNESS_WEIGHT * meaning.nearness(max((hit.cosine for hit in hits), default=0.0)) + BIAS

    def of(self, texts: Sequence[str]) -> list[float | None]:
        """The log-odds of each text by itself; None where nothing is known."""
        if not self.known or self.meaning.reranker is None:
            return [None] * len(texts)
        try:
            return self.meaning.reranker.scores(self.question, texts)
        except RerankerError as error:
            self.known, self.fault = False, str(error)
            return [None] * len(texts)

    def as_read(self, readings: Sequence[Sequence[str]]) -> list[float | None]:
        """The log-odds of texts that a reader meets in several ways: the mean of what each way has."""
        odds = iter(self.of([text for ways in readings for text in ways]))
        known = [[one for _ in ways if (one := next(odds)) is not None] for ways in readings]
        return [fmean(values) if values else None for values in known]

    def reaches(self, odds: float, bar: float) -> bool:
        """Whether a text's own log-odds come to `bar`, together with the log-odds that the evidence as a whole answers.

        The evidence, which is much to read, is read only where it decides.
        """
        if odds + self._near + EVIDENCE_WEIGHT * LEAST >= bar:
            return True
        if odds + self._near + EVIDENCE_WEIGHT * MOST < bar:
            return False
        (whole,) = self.of([self._evidence])
        return odds + self._near + EVIDENCE_WEIGHT * (whole or 0.0) >= bar


def readings(claim: str, evidence: Evidence, at: Range) -> list[str]:
    """A claim's range as a reader meets it: by itself, behind the claim, and under its headline.

    A report says once what it is about: "It cost 612 million" answers what the tunnel cost in a report on the tunnel, and
    behind "The tunnel cost 612 million". The claim alone is no reading: it says back the question, whatever its source is about.
    """
    said, passage = evidence.text_of(at), evidence.passage
    ways = [said, f"{claim} {said}"]
    if not passage.title or passage.kind != "body" or is_order(passage.title, evidence.programs_wanted):
        return ways
    return [*ways, f"{passage.title}: {said}"]
