"""What reading the passages of long articles again is worth, and what it takes: python -m benchmarks.rerank GOLD CORPUS INDEX

Prints recall and precision of the gold characters in 5 stretches of text, when the cross-encoder reads the first 10, 20 or 30
passages where one article crowds them, those so many log-odds behind the best are left out, and those of the article that
follow one another are joined; how many stretches, 5 at most, that leaves; and the milliseconds that it takes a question. The
index must be there: `dateline eval run ... --retrieval-only` makes it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from assistant.followup import search_text
from assistant.retrieve import CANDIDATES, FAR, Stretch, read_again
from evals.asking import span_of_stretch
from evals.gold import Item, as_history, read_gold
from evals.metrics import Given, scores
from evals.records import Record
from evals.texts import Texts
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder, _score
from index.store import EmbeddedStore

COUNTS = (10, CANDIDATES, 30)
BARS = (FAR, 5.0, 9.0, 99.0)
PLACES = 5
SHOWN = (f"char_recall@{PLACES}", f"char_precision@{PLACES}")


def main() -> None:
    """Search each question once, read so many of its passages again, and print the table."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    items = [item for item in read_gold(gold) if item.quotes]
    texts, store, encoder = Texts(corpus), EmbeddedStore(index, BundledEmbedder(), corpus), CrossEncoder()
    questions = [search_text(item.question, as_history(item)) for item in items]
    found = [store.search(question, max(COUNTS)) for question in questions]
    print(f"{len(items)} questions")
    print("candidates     log-odds   recall   precision   stretches   milliseconds a question")
    _row("none", "", [[(hit,) for hit in hits] for hits in found], items, texts, None)
    for count in COUNTS:
        _score.cache_clear()  # else this count would be told what the one before found out
        for far in BARS if count == CANDIDATES else (FAR,):
            begun = time.perf_counter()
            again = [read_again(asked, hits[:count], encoder, far) for asked, hits in zip(questions, found, strict=True)]
            took = time.perf_counter() - begun if far == FAR else None  # the others are told what it found out
            _row(f"{count}", f"{far:.0f}", [one.stretches() for one in again], items, texts, took)


def _row(
    count: str, far: str, ordered: Sequence[Sequence[Stretch]], items: Sequence[Item], texts: Texts, seconds: float | None
) -> None:
    best = [stretches[:PLACES] for stretches in ordered]
    measured = [_measured(item, stretches, texts) for item, stretches in zip(items, best, strict=True)]
    recall, precision = (fmean(one[name] or 0.0 for one in measured) for name in SHOWN)
    wide = fmean(len(stretches) for stretches in best)
    took = "" if seconds is None else f"{1000 * seconds / len(items):.0f}"
    print(f"{count:>10}   {far:>10}   {recall:>6.3f}   {precision:>9.4f}   {wide:>9.1f}   {took:>8}", flush=True)


def _measured(item: Item, stretches: Sequence[Stretch], texts: Texts) -> dict[str, float | None]:
    spans = [span_of_stretch(stretch) for stretch in stretches]
    return dict(scores(item, Record(id=item.id, retrieved=spans), texts, Given(facts=False, answers=False)))


if __name__ == "__main__":
    main()
