"""How much evidence is worth reading: python -m benchmarks.evidence GOLD CORPUS INDEX [BUDGET ...] (default: 150 300 600 1200)

For each budget of tokens: the share of the gold quotes' characters that stand in the evidence (recall), the share of the
evidence's that are gold (precision), and how many tokens and pieces the evidence has. The index must be there:
`dateline eval run ... --retrieval-only` makes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from assistant.evidence import select_evidence
from assistant.followup import search_text
from assistant.meaning import Meaning
from assistant.retrieve import PASSAGES, retrieve
from evals import retrieval
from evals.gold import as_history, read_gold, span_of
from evals.texts import Texts
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder
from index.store import EmbeddedStore
from index.tokens import count_tokens


def main() -> None:
    """Search once a question, and choose evidence for every budget."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    budgets = [int(word) for word in sys.argv[4:]] or [150, 300, 600, 1200]
    embedder = BundledEmbedder()
    texts, store, meaning = Texts(corpus), EmbeddedStore(index, embedder, corpus), Meaning(embedder, reranker=CrossEncoder())
    items = [item for item in read_gold(gold) if item.quotes]
    asked = [search_text(item.question, as_history(item)) for item in items]
    found = [retrieve(question, store, meaning).hits(PASSAGES) for question in asked]
    print(f"{len(items)} questions\n{'budget':>8}{'recall':>10}{'precision':>11}{'tokens':>9}{'pieces':>8}")
    for budget in budgets:
        rows = []
        for item, question, hits in zip(items, asked, found, strict=True):
            evidence = select_evidence(question, hits, meaning, budget)
            ranges = retrieval.as_ranges((one.passage.source, a, b) for one in evidence for a, b in one.sentences)
            wanted = [(quote.source, *span) for quote in item.quotes if (span := span_of(quote, texts.of(quote.source)))]
            recall, precision, _ = retrieval.characters(ranges, retrieval.as_ranges(wanted))
            rows.append((recall, precision, sum(count_tokens(one.shown()) for one in evidence), len(evidence)))
        recall, precision, tokens, pieces = (fmean(column) for column in zip(*rows, strict=True))
        print(f"{budget:>8}{recall:>10.3f}{precision:>11.3f}{tokens:>9.0f}{pieces:>8.1f}")


if __name__ == "__main__":
    main()
