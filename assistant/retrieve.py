"""The passages that a question is answered from: what the store finds, and what of it is read again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean, pstdev

from assistant.meaning import Meaning
from index.rerank import Reranker, RerankerError
from index.store import Store
from index.types import Hit

CANDIDATES = 20
"""Passages that are looked at; reading more finds a little more, and takes longer (docs/decisions/0016-long-articles.md)."""
PASSAGES = 8
"""Passages that an answer's evidence is chosen from; an article with more of the candidates than this crowds them."""
SEARCH_WEIGHT = 0.25
"""What the search's own z-score counts, against 1 for the reranker's."""
FAR = 7.0
"""Log-odds behind the best passage at which another one is far from answering: odds a thousand times smaller. See
`python -m benchmarks.rerank`."""
GAP = 8
"""Characters that may stand between two passages that follow one another; it is white space, nearly always."""

Stretch = tuple[Hit, ...]
"""Hits of one article that follow one another in its text, the best first; most are one hit."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question: the candidates, best first, and behind them what else the search found.

    `far` are the hits that are far from answering it. They may still say whom the others speak of. `crowding` are the articles
    that have so many of the candidates that those which follow one another are taken as one.
    """

    near: tuple[Hit, ...]
    far: tuple[Hit, ...] = ()
    crowding: frozenset[str] = frozenset()

    def hits(self, limit: int) -> list[Hit]:
        """At most `limit` passages, the far ones last."""
        return [*self.near, *self.far][:limit]

    def stretches(self) -> list[Stretch]:
        """What is near to answering, a stretch where the best of its hits stands."""
        found: list[list[int]] = []
        for n, hit in enumerate(self.near):
            touching = [one for one in found if hit.passage.source in self.crowding and any(_touch(hit, self.near[m]) for m in one)]
            if touching:
                found[found.index(touching[0])] = [*sorted(chain.from_iterable(touching)), n]
                found = [one for one in found if one not in touching[1:]]
            else:
                found.append([n])
        return [tuple(self.near[n] for n in one) for one in found]


def retrieve(question: str, store: Store, meaning: Meaning, limit: int = CANDIDATES) -> Found:
    """What is nearest to a question among the candidates, and behind them what else the search finds, up to `limit` passages.

    Words and vectors tell articles apart. The passages of one long article share its names and its subject, so where one
    crowds the candidates, the reranker reads them (`read_again`). Without a reranker, or in a language that it does not
    read, the search's own order stays, as it does when the reranker fails: what judges the evidence says so.
    """
    hits = store.search(question, max(limit, CANDIDATES))
    if meaning.reranker is None:
        return Found(tuple(hits))
    found = read_again(question, hits[:CANDIDATES], meaning.reranker)
    return replace(found, near=(*found.near, *hits[CANDIDATES:]))


def read_again(question: str, hits: Sequence[Hit], reranker: Reranker, far: float = FAR) -> Found:
    """The hits, where one article crowds them, put in the order in which they answer, and without those far from it.

    The passages of an article that crowds are put in order by the reranker and the search. The article keeps its first places
    among the hits, and the places keep their scores. Whosever it is, a hit more than `far` log-odds behind the best is no longer
    near, unless it is of an article that the reranker does not read.
    """
    of_source: dict[str, list[int]] = {}
    for n, hit in enumerate(hits):
        of_source.setdefault(hit.passage.source, []).append(n)
    odds = _odds(question, hits, list(of_source.values()), reranker)
    crowding = frozenset(source for source, numbers in of_source.items() if _crowds(numbers, odds))
    total = _judged(hits, odds)
    least = max(odds.values(), default=0.0) - far
    left_out = [n for n in sorted(total, key=lambda n: -total[n]) if odds[n] < least]
    at: dict[int, Hit] = {}
    for source, numbers in of_source.items():
        kept = [n for n in numbers if n not in left_out]
        if source in crowding:
            kept.sort(key=lambda n: -total.get(n, -math.inf))
            at |= {n: replace(hits[best], score=hits[n].score) for n, best in zip(numbers, kept, strict=False)}  # the first places
        else:
            at |= {n: hits[n] for n in kept}
    last = tuple(replace(hits[n], score=hits[-1].score) for n in left_out)
    return Found(tuple(at[n] for n in sorted(at)), last, crowding)


def _crowds(numbers: Sequence[int], odds: Mapping[int, float]) -> bool:
    """Whether an article has more of the candidates than an answer is made from, and they were read."""
    return len(numbers) > PASSAGES and not odds.keys().isdisjoint(numbers)


def _odds(question: str, hits: Sequence[Hit], articles: Sequence[Sequence[int]], reranker: Reranker) -> dict[int, float]:
    """The log-odds of the hits, by their numbers, of the articles that the reranker reads; none where none of those crowds."""
    if max(map(len, articles), default=0) <= PASSAGES:
        return {}
    read = [numbers for numbers in articles if reranker.reads(question, "\n".join(hits[n].passage.text for n in numbers))]
    if max(map(len, read), default=0) <= PASSAGES:
        return {}
    asked = [n for numbers in read for n in numbers]
    try:
        found = reranker.scores(question, [hits[n].passage.text for n in asked])
    except RerankerError:
        return {}
    odds = {n: one for n, one in zip(asked, found, strict=True) if one is not None}
    return odds if any(_crowds(numbers, odds) for numbers in read) else {}


def _judged(hits: Sequence[Hit], odds: Mapping[int, float]) -> dict[int, float]:
    """What the reranker and the search think of the hits that were read, in standard deviations of each."""
    read, searched = _standardised(list(odds.values())), _standardised([hits[n].score for n in odds])
    return {n: SEARCH_WEIGHT * own + one for n, own, one in zip(odds, searched, read, strict=True)}


def _standardised(values: Sequence[float]) -> list[float]:
    mean, spread = (fmean(values), pstdev(values) or 1.0) if values else (0.0, 1.0)
    return [(value - mean) / spread for value in values]


def _touch(one: Hit, other: Hit) -> bool:
    """Whether one of two hits follows the other in its text."""
    if (one.passage.source, one.passage.kind) != (other.passage.source, other.passage.kind):
        return False
    return any(0 <= b.passage.start - a.passage.end <= GAP for a, b in ((one, other), (other, one)))
