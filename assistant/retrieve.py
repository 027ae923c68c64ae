"""The passages that a question is answered from: what the store finds, and what of it is read again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean, pstdev

from assistant.meaning import Meaning
from index.rerank import Reranker, RerankerError
from index.store import Store
from index.types import Hit

CANDIDATES = 20
"""Passages that are looked at; reading more finds a little more, and takes longer (docs/decisions/0016-long-articles.md)."""
CROWDED = 8
"""An article with more of the candidates than this has more of them than an answer is made from (`chain.PASSAGES`)."""
SEARCH_WEIGHT = 0.25
"""What the search's own z-score counts, against 1 for the reranker's."""
FAR = 7.0
"""Log-odds behind the best passage at which another one is far from answering: odds a thousand times smaller. See
`python -m benchmarks.rerank`."""
GAP = 8
"""Characters that may stand between two passages that follow one another; it is white space, nearly always."""

Stretch = tuple[Hit, ...]
"""Hits of one article that follow one another in its text, best first; most are one hit."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, best first.

    `far` are the hits that are far from answering it. They may still say whom the others speak of.
    """

    stretches: Sequence[Stretch]
    far: Sequence[Hit]

    def hits(self, limit: int) -> list[Hit]:
        """At most `limit` passages, the far ones last."""
        return [*chain.from_iterable(self.stretches), *self.far][:limit]


def retrieve(question: str, store: Store, meaning: Meaning, limit: int = CANDIDATES) -> Found:
    """What is nearest to a question, of at least `limit` candidates.

    Words and vectors tell articles apart. The passages of one long article share its names and its subject, so where one
    crowds the candidates, the reranker reads them (`read_again`). Without a reranker, or in a language that it does not
    read, the search's own order stays, as it does when the reranker fails: what judges the evidence says so.
    """
    hits = store.search(question, max(limit, CANDIDATES))
    if meaning.reranker is None:
        return Found([(hit,) for hit in hits], [])
    return read_again(question, hits, meaning.reranker)


def read_again(question: str, hits: Sequence[Hit], reranker: Reranker, far: float = FAR) -> Found:
    """The hits, where one article crowds them, put in the order in which they answer, joined, and without those far from it.

    The passages of an article that crowds are put in order by the reranker and the search, and those that follow one another
    are one stretch: what answers is often cut in two where a passage ends. The article keeps its first places among the hits,
    and the places keep their scores. Whosever it is, a hit `far` log-odds behind the best is no longer among them, unless
    it is of an article that the reranker does not read.
    """
    of_source: dict[str, list[int]] = {}
    for n, hit in enumerate(hits):
        of_source.setdefault(hit.passage.source, []).append(n)
    odds: dict[int, float] = {}
    if any(len(numbers) > CROWDED for numbers in of_source.values()):
        odds = _odds(question, hits, of_source.values(), reranker)
    total = _judged(hits, odds)
    least = max(odds.values(), default=0.0) - far
    left_out = [n for n in sorted(total, key=lambda n: -total[n]) if odds[n] < least]
    at: dict[int, Stretch] = {}
    for numbers in of_source.values():
        kept = [n for n in numbers if n not in left_out]
        if len(numbers) <= CROWDED or not odds.keys() & set(numbers):
            at |= {n: (hits[n],) for n in kept}
            continue
        kept.sort(key=lambda n: -total.get(n, -math.inf))
        for n, stretch in zip(numbers, _stretches([hits[n] for n in kept]), strict=False):  # there are more places
            at[n] = tuple(replace(one, score=hits[n].score) for one in stretch)
    return Found([at[n] for n in sorted(at)], [replace(hits[n], score=hits[-1].score) for n in left_out])


def _odds(question: str, hits: Sequence[Hit], sources: Iterable[Sequence[int]], reranker: Reranker) -> dict[int, float]:
    """The log-odds of the hits, by their numbers, of the articles that the reranker reads; none where none of those crowds."""
    read = [numbers for numbers in sources if reranker.reads(question, "\n".join(hits[n].passage.text for n in numbers))]
    if not any(len(numbers) > CROWDED for numbers in read):
        return {}
    asked = [n for numbers in read for n in numbers]
    try:
        found = reranker.scores(question, [hits[n].passage.text for n in asked])
    except RerankerError:
        return {}
    return {n: one for n, one in zip(asked, found, strict=True) if one is not None}


def _judged(hits: Sequence[Hit], odds: Mapping[int, float]) -> dict[int, float]:
    """What the reranker and the search think of the hits that were read, in standard deviations of each."""
    read, searched = _standardised(list(odds.values())), _standardised([hits[n].score for n in odds])
    return {n: SEARCH_WEIGHT * own + one for n, own, one in zip(odds, searched, read, strict=True)}


def _standardised(values: Sequence[float]) -> list[float]:
    mean, spread = (fmean(values), pstdev(values) or 1.0) if values else (0.0, 1.0)
    return [(value - mean) / spread for value in values]


def _stretches(ranked: Sequence[Hit]) -> list[Stretch]:
    """Hits of one article, each joined with those that it follows or that follow it; a stretch stands where its best hit does."""
    found: list[Stretch] = []
    for hit in ranked:
        touching = [one for one in found if any(_follows(hit, other) or _follows(other, hit) for other in one)]
        if touching:
            found[found.index(touching[0])] = (*chain.from_iterable(touching), hit)
            found = [one for one in found if one not in touching[1:]]
        else:
            found.append((hit,))
    return found


def _follows(first: Hit, second: Hit) -> bool:
    return first.passage.kind == second.passage.kind and 0 <= second.passage.start - first.passage.end <= GAP
