"""The passages that a question is answered from: what the store finds, and which of a long article's passages come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
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
UNREAD = -11.0
"""What the reranker gives a text about something else."""


def retrieve(question: str, store: Store, meaning: Meaning, limit: int) -> list[Hit]:
    """The passages nearest to a question, best first, at most `limit`.

    Words and vectors tell articles apart. The passages of one long article share its names and its subject, so where one
    crowds the candidates, the reranker reads its passages and puts them in order. Without a reranker, or in a language
    that it does not read, the search's own order stays, as it does when the reranker fails: what judges the evidence
    says so.
    """
    hits = store.search(question, max(limit, CANDIDATES))
    if meaning.reranker is not None:
        hits[:CANDIDATES] = read_again(question, hits[:CANDIDATES], meaning.reranker)
    return hits[:limit]


def read_again(question: str, hits: Sequence[Hit], reranker: Reranker) -> list[Hit]:
    """The hits, those of each article that crowds them in the order in which they answer the question.

    The places that an article has among the hits stay its own, and the scores stay with the places.
    """
    found = list(hits)
    for source, count in Counter(hit.passage.source for hit in hits).items():
        if count > CROWDED:
            places = [n for n, hit in enumerate(hits) if hit.passage.source == source]
            for place, hit in zip(places, _in_order(question, [hits[n] for n in places], reranker), strict=True):
                found[place] = replace(hit, score=hits[place].score)
    return found


def _in_order(question: str, hits: Sequence[Hit], reranker: Reranker) -> Sequence[Hit]:
    texts = [hit.passage.text for hit in hits]
    if not reranker.reads(question, "\n".join(texts)):
        return hits
    try:
        odds = [UNREAD if one is None else one for one in reranker.scores(question, texts)]
    except RerankerError:
        return hits
    searched = _standardised([hit.score for hit in hits])
    total = [SEARCH_WEIGHT * own + read for own, read in zip(searched, _standardised(odds), strict=True)]
    return [hits[n] for n in sorted(range(len(hits)), key=lambda n: -total[n])]


def _standardised(values: Sequence[float]) -> list[float]:
    mean, spread = fmean(values), pstdev(values) or 1.0
    return [(value - mean) / spread for value in values]
