"""What reranking the passages of a search is worth, and what it takes: python -m benchmarks.rerank GOLD CORPUS INDEX

Prints recall and precision of the gold characters in 5 passages, when the first 10, 15 or 20 passages are reranked by the
cross-encoder (z-scores; the search's own count a quarter), and the seconds that it takes a question. The index must be
there: `dateline eval run ... --retrieval-only` makes it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from assistant.followup import search_text
from evals.gold import Item, as_history, read_gold
from evals.metrics import Given, scores
from evals.records import Record, Span
from evals.texts import Texts
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder
from index.store import EmbeddedStore
from index.types import Hit

MOST = 20
SHOWN = ("char_recall@5", "char_precision@5")
SEARCH_WEIGHT = 0.25


def main() -> None:
    """Search once a question, rerank, and print the table."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    items = [item for item in read_gold(gold) if item.quotes]
    texts, store, encoder = Texts(corpus), EmbeddedStore(index, BundledEmbedder(), corpus), CrossEncoder()
    found: list[tuple[Item, list[Hit], list[float]]] = []
    took = 0.0
    for item in items:
        question = search_text(item.question, as_history(item))
        hits = store.search(question, MOST)
        started = time.perf_counter()
        odds = encoder.scores(question, [hit.passage.text for hit in hits])
        took += time.perf_counter() - started
        found.append((item, hits, [-11.0 if one is None else one for one in odds]))
    print(f"{len(items)} questions; {took / sum(len(hits) for _, hits, _ in found) * 1000:.0f} ms a passage")
    print("reranked   recall   precision   seconds a question")
    for count in (0, 10, 15, 20):
        measured = [_measured(item, _reranked(hits, odds, count), texts) for item, hits, odds in found]
        means = [fmean(one[name] or 0.0 for one in measured) for name in SHOWN]
        print(f"{count:>8}   {means[0]:>6.3f}   {means[1]:>9.4f}   {took / len(items) * count / MOST:>8.2f}")


def _reranked(hits: Sequence[Hit], odds: Sequence[float], count: int) -> list[Hit]:
    if not count:
        return list(hits)[:5]
    fused = SEARCH_WEIGHT * _z([hit.score for hit in hits[:count]]) + _z(odds[:count])
    return [hits[n] for n in np.argsort(-fused)[:5]]


def _z(values: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    standardised: NDArray[np.float64] = (array - array.mean()) / (array.std() or 1.0)
    return standardised


def _measured(item: Item, hits: Sequence[Hit], texts: Texts) -> dict[str, float | None]:
    spans = [Span(source=hit.passage.source, start=hit.passage.start, end=hit.passage.end) for hit in hits]
    return dict(scores(item, Record(id=item.id, retrieved=spans), texts, Given(facts=False, answers=False)))


if __name__ == "__main__":
    main()
