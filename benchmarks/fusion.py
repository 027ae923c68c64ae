"""How two rankings are best made into one: python -m benchmarks.fusion GOLD CORPUS INDEX

Prints hit and reciprocal rank by file and recall and precision by character, all at 5 passages, for several weights of
the dense side and numbers of candidates. The index must be there: `dateline eval run ... --retrieval-only` makes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from assistant.followup import search_text
from evals.gold import as_history, read_gold
from evals.metrics import Given, scores
from evals.records import Record, Span
from evals.texts import Texts
from index.embed import BundledEmbedder
from index.fuse import FOLDED, fuse, select
from index.store import EmbeddedStore

SHOWN = ("hit@5", "mrr@5", "char_recall@5", "char_precision@5")


def main() -> None:
    """Search once a question, and fuse what was found in every way."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    items = [item for item in read_gold(gold) if item.sources]
    texts, store = Texts(corpus), EmbeddedStore(index, BundledEmbedder(), corpus)
    found = [store.rankings(search_text(item.question, as_history(item)), 400) for item in items]
    print("candidates  weight  " + "  ".join(f"{name:>16}" for name in SHOWN))
    for limit in (50, 200, 400):
        for weight in (0.3, 0.5, 0.7, 1.0):
            measured = []
            for item, (dense, lexical) in zip(items, found, strict=True):
                near, said = dense[:limit], lexical[:limit]
                ranked = fuse(near, said, weight)[:FOLDED]
                passages = store.catalog.passages([i for i, _ in ranked])
                hits = select(ranked, passages, dict(near), {said[0][0]} if said else set(), 5)
                spans = [
                    Span(source=hit.passage.source, start=hit.passage.start, end=hit.passage.end, also_in=list(hit.also_in))
                    for hit in hits
                ]
                measured.append(scores(item, Record(id=item.id, retrieved=spans), texts, Given(facts=False, answers=False)))
            values = [[one[name] for one in measured if one.get(name) is not None] for name in SHOWN]
            print(f"{limit:>10}  {weight:>6}  " + "  ".join(f"{fmean(v or 0.0 for v in column):>16.3f}" for column in values))


if __name__ == "__main__":
    main()
