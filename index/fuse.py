"""Two rankings become one, furniture steps back, and copies are folded together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from statistics import fmean, pstdev

from index.types import Hit, Passage

DENSE_WEIGHT = 0.5
"""The share of the dense z-score; the lexical one has the rest. Chosen with benchmarks/fusion.py (docs/measurements.md)."""
COPY_OVERLAP = 0.8
"""Passages that share this much of the longer one's five-word runs are copies of one text."""

Ranking = Sequence[tuple[int, float]]


def fuse(dense: Ranking, lexical: Ranking, dense_weight: float = DENSE_WEIGHT) -> list[tuple[int, float]]:
    """Add the two scores as weighted z-scores per query, best first; a passage that one side missed has its lowest.

    A side without weight brings no passages in.

    z = (score - mean) / standard deviation, over the candidates of that side.

    >>> fuse([(1, 3.0), (2, 1.0)], [(2, 5.0)])
    [(1, 0.5), (2, -0.5)]
    """
    sides = [(ranking, weight) for ranking, weight in ((dense, dense_weight), (lexical, 1 - dense_weight)) if weight]
    found = dict.fromkeys([i for ranking, _ in sides for i, _ in ranking], 0.0)
    for ranking, weight in sides:
        scores = _standardised(ranking)
        lowest = min(scores.values(), default=0.0)
        for passage in found:
            found[passage] += weight * scores.get(passage, lowest)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _standardised(ranking: Ranking) -> dict[int, float]:
    values = [score for _, score in ranking]
    spread = pstdev(values) if len(values) > 1 else 0.0
    mean = fmean(values) if values else 0.0
    return {i: (score - mean) / spread if spread else 0.0 for i, score in ranking}


FOLDED = 50
"""Copies score alike and stand close together: so many of the best are looked through for copies of the hits."""


def select(
    ranked: Ranking, passages: Mapping[int, Passage], cosines: Mapping[int, float], asked_for: set[int], limit: int
) -> list[Hit]:
    """The hits worth reading, at most `limit`.

    Captions and boilerplate are left out unless their id is in `asked_for`. A near-identical passage of another file
    is folded into the first one's `also_in`; those behind the first FOLDED are read only while hits are wanting, as where a wire
    story stands in a hundred files.
    """
    hits: list[Hit] = []
    folded: list[_Folded] = []
    for place, (passage_id, score) in enumerate(ranked):
        if place >= FOLDED and len(hits) >= limit:
            break
        passage = passages.get(passage_id)
        if passage is None or (passage.kind in ("caption", "boilerplate") and passage_id not in asked_for):
            continue
        own = _Folded(passage)
        copy_of = next((n for n, other in enumerate(folded) if own.is_copy_of(other)), None)
        if copy_of is not None:
            first = hits[copy_of]
            if passage.source != first.passage.source:
                sources = tuple(sorted({*first.also_in, passage.source}))
                hits[copy_of] = Hit(first.passage, first.score, first.cosine, sources)
        elif len(hits) < limit:
            hits.append(Hit(passage, score, cosines.get(passage_id, 0.0)))
            folded.append(own)
    return hits


def copied_in(hit: Hit, others: Iterable[Passage]) -> tuple[str, ...]:
    """The sources that hold a copy of a hit's passage: those it has, and those of other passages that are one."""
    own = _Folded(hit.passage)
    found = {one.source for one in others if one.source not in hit.also_in and own.is_copy_of(_Folded(one))}
    return tuple(sorted({*hit.also_in, *found} - {hit.passage.source}))


def word_runs(text: str, length: int = 5) -> frozenset[str]:
    """The runs of five words (characters in Chinese) of a text, for comparing texts.

    >>> sorted(word_runs("One two three, four five six."))
    ['one two three four five', 'two three four five six']
    """
    words = re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", text.casefold())
    return frozenset(" ".join(words[i : i + length]) for i in range(max(1, len(words) - length + 1)))


class _Folded:
    """A passage that others are compared with, its words only where its figures do not tell already."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.figures = {one.replace(",", "") for one in re.findall(r"\d+(?:[.,]\d+)*", passage.text)}

    @cached_property
    def runs(self) -> frozenset[str]:
        return word_runs(self.passage.text)

    def is_copy_of(self, other: _Folded) -> bool:
        """Whether two passages are one text: the same figures, since a copy never disagrees, and most runs shared."""
        return self.figures == other.figures and len(self.runs & other.runs) >= COPY_OVERLAP * max(len(self.runs), len(other.runs))
