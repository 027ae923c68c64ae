"""Which signal of a search tells answerable questions from others? python -m benchmarks.answerability GOLD CORPUS INDEX

Prints for each signal the area under the ROC curve, and the share of the unanswerable questions that a threshold on it
refuses when it refuses 12 % of the answerable ones. A signal is of use when it is on several kinds of corpora.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.evidence import coverage, select_evidence
from assistant.meaning import Meaning
from assistant.retrieve import PASSAGES
from evals.gold import read_gold
from index.build import sync_folder
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder, Reranker
from index.store import EmbeddedStore

CANDIDATES = 100
FALSE_REFUSALS = 0.12
FOLDS = 5
LEAST = -11.0
"""What the reranker gives a text about something else."""
EVIDENCE, NEARNESS = "reranker, all the evidence", "nearness of the nearest passage"


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


def signals(store: EmbeddedStore, meaning: Meaning, question: str) -> dict[str, float]:
    """Each signal of one question, by name."""
    dense, lexical = store.rankings(question, CANDIDATES)
    cosines = [score for _, score in dense] or [0.0]
    hits = store.search(question, PASSAGES)
    share, cosine = coverage(question, hits)
    evidence = select_evidence(question, hits, meaning)
    options = [one.text_of(at) for one in evidence for at in one.sentences]
    whole = "\n".join(one.shown() for one in evidence)
    reranker = meaning.reranker
    if reranker is None:
        raise AssertionError("this benchmark is of the reranker too")
    return {
        "cosine of the best passage": cosines[0],
        "... less the mean of the 4th to 10th": cosines[0] - float(np.mean(cosines[3:10] or [0.0])),
        f"... less the mean of the first {CANDIDATES}": cosines[0] - float(np.mean(cosines)),
        "BM25 of the best passage": lexical[0][1] if lexical else 0.0,
        "share of the question's terms in the best passage": share,
        "reranker, best passage": _best(reranker, question, [hit.passage.text for hit in hits]),
        "reranker, best sentence of the evidence": _best(reranker, question, options),
        EVIDENCE: _best(reranker, question, [whole]),
        NEARNESS: meaning.nearness(cosine),
    }


def _best(reranker: Reranker, question: str, texts: Sequence[str]) -> float:
    return max((score for score in reranker.scores(question, texts) if score is not None), default=LEAST)


def fit(rows: Sequence[Sequence[float]], answerable: Sequence[bool]) -> tuple[list[float], float]:
    """Logistic regression by maximum likelihood: the weight of each column, and the bias.

    >>> (weight,), bias = fit([[0.0], [1.0], [2.0], [3.0], [4.0]], [False, True, False, True, True])
    >>> weight > 0, round(-bias / weight, 1)
    (True, 1.4)
    """
    from scipy.optimize import minimize
    from scipy.special import log_expit

    x, y = np.column_stack([np.asarray(rows), np.ones(len(rows))]), np.asarray(answerable, dtype=float)
    found = minimize(lambda w: -(y * log_expit(x @ w) + (1 - y) * log_expit(-(x @ w))).sum(), np.zeros(x.shape[1])).x
    return [float(weight) for weight in found[:-1]], float(found[-1])


def main() -> None:
    """Search every question of a gold file and print the table, and what a regression makes of two of the signals."""
    gold, corpus, index = (Path(argument) for argument in sys.argv[1:4])
    store, meaning = EmbeddedStore(index, BundledEmbedder(), corpus), Meaning(BundledEmbedder(), reranker=CrossEncoder())
    sync_folder(corpus, store)
    items = [item for item in read_gold(gold) if not item.history]
    found = [(item.answerable, signals(store, meaning, item.question)) for item in items]
    print(f"{len(found)} questions, {sum(not answerable for answerable, _ in found)} unanswerable")
    for name in found[0][1]:
        _show(name, [(answerable, values[name]) for answerable, values in found])
    rows, answerable = [[values[EVIDENCE], values[NEARNESS]] for _, values in found], [one for one, _ in found]
    (evidence, nearness), bias = fit(rows, answerable)
    apart: list[tuple[bool, float]] = []
    for fold in range(FOLDS):  # each question by a regression that has not seen it
        rest = [n for n in range(len(rows)) if n % FOLDS != fold]
        weights, constant = fit([rows[n] for n in rest], [answerable[n] for n in rest])
        apart += [(answerable[n], float(np.dot(weights, rows[n])) + constant) for n in range(len(rows)) if n % FOLDS == fold]
    _show(f"{evidence:.2f} evidence + {nearness:.1f} nearness {bias:+.1f}, cross-validated", apart)


def _show(name: str, found: Sequence[tuple[bool, float]]) -> None:
    yes, no = [value for answerable, value in found if answerable], [value for answerable, value in found if not answerable]
    print(f"{name:56} AUC {area_under_curve(yes, no):.2f}   refused {refused(yes, no):.2f}")


if __name__ == "__main__":
    main()
