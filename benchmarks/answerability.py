"""Which signal of a search tells answerable questions from others? python -m benchmarks.answerability GOLD CORPUS INDEX

Prints for each signal the area under the ROC curve, and the share of the unanswerable questions that a threshold on it
refuses when it refuses 12 % of the answerable ones. A signal is of use when it is on several kinds of corpora.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.evidence import coverage
from evals.gold import read_gold
from index.build import sync_folder
from index.embed import BundledEmbedder
from index.store import EmbeddedStore

CANDIDATES = 100
FALSE_REFUSALS = 0.12


def area_under_curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """How often an answerable question scores above an unanswerable one; a tie counts half.

    >>> area_under_curve([2, 3], [1, 2])
    0.875
    """
    more = np.asarray(answerable)[:, None] - np.asarray(unanswerable)
    return float(((more > 0) + 0.5 * (more == 0)).mean())


def refused(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The share of the unanswerable below the threshold that refuses FALSE_REFUSALS of the answerable.

    >>> refused([float(n) for n in range(100)], [5.0, 50.0])
    0.5
    """
    return float((np.asarray(unanswerable) < np.quantile(answerable, FALSE_REFUSALS)).mean())


def signals(store: EmbeddedStore, question: str) -> dict[str, float]:
    """Each signal of one question, by name."""
    dense, lexical = store.rankings(question, CANDIDATES)
    cosines = [score for _, score in dense] or [0.0]
    share, _ = coverage(question, store.search(question, 8))
    return {
        "cosine of the best passage": cosines[0],
        "... less the mean of the 4th to 10th": cosines[0] - float(np.mean(cosines[3:10] or [0.0])),
        f"... less the mean of the first {CANDIDATES}": cosines[0] - float(np.mean(cosines)),
        "BM25 of the best passage": lexical[0][1] if lexical else 0.0,
        "share of the question's terms in the best passage": share,
    }


def main() -> None:
    """Search every question of a gold file and print the table."""
    gold, corpus, index = (Path(argument) for argument in sys.argv[1:4])
    store = EmbeddedStore(index, BundledEmbedder(), corpus)
    sync_folder(corpus, store)
    items = [item for item in read_gold(gold) if not item.history]
    found = [(item.answerable, signals(store, item.question)) for item in items]
    print(f"{len(found)} questions, {sum(not answerable for answerable, _ in found)} unanswerable")
    for name in found[0][1]:
        yes = [values[name] for answerable, values in found if answerable]
        no = [values[name] for answerable, values in found if not answerable]
        print(f"{name:52} AUC {area_under_curve(yes, no):.2f}   refused {refused(yes, no):.2f}")


if __name__ == "__main__":
    main()
