"""What reading the passages of long articles again is worth, and what it takes: python -m benchmarks.rerank GOLD CORPUS INDEX

Prints recall and precision of the gold characters in 5 passages, when of the first 10, 20 or 30 passages those of each article
that has more than retrieve.CROWDED of them are read by the cross-encoder, and the seconds that it takes a question. The index
must be there: `dateline eval run ... --retrieval-only` makes it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from assistant.followup import search_text
from assistant.retrieve import read_again
from evals.gold import Item, as_history, read_gold
from evals.metrics import Given, scores
from evals.records import Record, Span
from evals.texts import Texts
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder, _score
from index.store import EmbeddedStore
from index.types import Hit

COUNTS = (0, 10, 20, 30)
SHOWN = ("char_recall@5", "char_precision@5")


def main() -> None:
    """Search each question once, read so many of its passages again, and print the table."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    items = [item for item in read_gold(gold) if item.quotes]
    texts, store, encoder = Texts(corpus), EmbeddedStore(index, BundledEmbedder(), corpus), CrossEncoder()
    questions = [search_text(item.question, as_history(item)) for item in items]
    found = [store.search(question, max(COUNTS)) for question in questions]
    print(f"{len(items)} questions")
    print("candidates   recall   precision   changed   milliseconds a question")
    for count in COUNTS:
        begun = time.perf_counter()
        ordered = [
            [*read_again(question, hits[:count], encoder), *hits[count:]] for question, hits in zip(questions, found, strict=True)
        ]
        took = time.perf_counter() - begun
        changed = fmean(one != hits for one, hits in zip(ordered, found, strict=True))
        measured = [_measured(item, hits[:5], texts) for item, hits in zip(items, ordered, strict=True)]
        means = [fmean(one[name] or 0.0 for one in measured) for name in SHOWN]
        print(f"{count:>10}   {means[0]:>6.3f}   {means[1]:>9.4f}   {changed:>7.2f}   {1000 * took / len(items):>8.0f}")
        _score.cache_clear()  # else the next row would be told what this one found out


def _measured(item: Item, hits: Sequence[Hit], texts: Texts) -> dict[str, float | None]:
    spans = [Span(source=hit.passage.source, start=hit.passage.start, end=hit.passage.end) for hit in hits]
    return dict(scores(item, Record(id=item.id, retrieved=spans), texts, Given(facts=False, answers=False)))


if __name__ == "__main__":
    main()
