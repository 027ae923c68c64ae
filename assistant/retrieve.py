"""The passages that a question is answered from: what the store finds, and which of a long article's passages matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from statistics import fmean, pstdev

from assistant.meaning import Meaning
from index.rerank import Reranker, RerankerError
from index.store import Store
from index.types import Hit

CANDIDATES = 20
"""Passages that are looked at; more win nothing (docs/measurements.md)."""
CROWDED = 8
"""An article with more of the candidates than this has more of them than an answer is made from (`chain.PASSAGES`)."""
SEARCH_WEIGHT = 0.25
"""What the search's own z-score counts, against 1 for the reranker's."""
WORST = 3.5
"""Standard deviations behind the best passage at which another one is left out (python -m benchmarks.rerank)."""
UNREAD = -99.0
"""What the reranker cannot read is last among an article's passages."""
GAP = 8
"""Characters between two passages that follow one another: white space, and nothing that a story would be made of."""

Stretch = tuple[Hit, ...]
"""Hits that follow one another in one article, in the order of its text; most are one hit."""


def retrieve(question: str, store: Store, meaning: Meaning, limit: int) -> list[Stretch]:
    """The stretches of text nearest to a question, best first, at most `limit`.

    Words and vectors tell articles apart. The passages of one long article share its names and its subject, so where one
    crowds the candidates, the reranker reads them (`read_again`). Without a reranker, or in a language that it does not
    read, the search's own order stays, as it does when the reranker fails: what judges the evidence says so.
    """
    hits = store.search(question, max(limit, CANDIDATES))
    if meaning.reranker is None:
        return [(hit,) for hit in hits[:limit]]
    return [*read_again(question, hits[:CANDIDATES], meaning.reranker), *((hit,) for hit in hits[CANDIDATES:])][:limit]


def read_again(question: str, hits: Sequence[Hit], reranker: Reranker, worst: float = WORST) -> list[Stretch]:
    """The hits, where one article crowds them without those that are far from answering, joined where they touch.

    A passage `worst` standard deviations behind the best one is left out, unless the reranker cannot read it. Those of an
    article that crowds are put in the order in which they answer. What answers is often cut in two where a passage ends:
    passages that follow one another are one stretch. Each article keeps its places among the hits, the last ones of those
    that it does not need stay empty, and the scores stay with the places.
    """
    count = Counter(hit.passage.source for hit in hits)
    judged = _judged(question, hits, reranker) if max(count.values(), default=0) > CROWDED else {}
    if not judged:
        return [(hit,) for hit in hits]
    least = max(judged.values()) - worst
    of_source: dict[str, Iterator[Stretch]] = {}
    for source, many in count.items():
        kept = [n for n, hit in enumerate(hits) if hit.passage.source == source and judged.get(n, least) >= least]
        if many > CROWDED:
            kept.sort(key=lambda n: -judged.get(n, UNREAD))
        of_source[source] = iter(_stretches([hits[n] for n in kept]))
    return [
        tuple(replace(one, score=hit.score) for one in stretch)
        for hit in hits
        if (stretch := next(of_source[hit.passage.source], None))
    ]


def _judged(question: str, hits: Sequence[Hit], reranker: Reranker) -> dict[int, float]:
    """What the reranker and the search think of the hits, by their numbers, in standard deviations; of those that it can read."""
    texts = [hit.passage.text for hit in hits]
    if not reranker.reads(question, "\n".join(texts)):
        return {}
    try:
        odds = {n: one for n, one in enumerate(reranker.scores(question, texts)) if one is not None}
    except RerankerError:
        return {}
    read, searched = _standardised(list(odds.values())), _standardised([hit.score for hit in hits])
    return {n: SEARCH_WEIGHT * searched[n] + one for n, one in zip(odds, read, strict=True)}


def _standardised(values: Sequence[float]) -> list[float]:
    mean, spread = (fmean(values), pstdev(values) or 1.0) if values else (0.0, 1.0)
    return [(value - mean) / spread for value in values]


def _stretches(ranked: Sequence[Hit]) -> list[Stretch]:
    """Hits of one article, each joined with those that touch it; a stretch stands where its best hit does."""
    found: list[Stretch] = []
    for hit in ranked:
        touching = [one for one in found if _follows(one[-1], hit) or _follows(hit, one[0])]
        joined = tuple(sorted([hit, *chain.from_iterable(touching)], key=lambda one: one.passage.start))
        if touching:
            found[found.index(touching[0])] = joined
            found = [one for one in found if one not in touching[1:]]
        else:
            found.append(joined)
    return found


def _follows(first: Hit, second: Hit) -> bool:
    return 0 <= second.passage.start - first.passage.end <= GAP
