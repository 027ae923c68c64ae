"""How well the passages were ranked: by file, and by character of the gold quotes.

The ranking of files is the order in which they first appear among the retrieved passages. All measures look at the
first k of it, or the first k passages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import log2

Ranges = Mapping[str, Collection[tuple[int, int]]]
"""For a source, its ranges of characters."""


def ranking(sources: Iterable[str], ignored: Collection[str] = ()) -> list[str]:
    """The files in the order of their first passage; `ignored` files, neither right nor wrong, are taken out.

    Taking unjudged results out of a ranking is the condensed list of Sakai (2007, SIGIR).

    >>> ranking(["b", "a", "b", "c"], ignored=["a"])
    ['b', 'c']
    """
    return [source for source in dict.fromkeys(sources) if source not in ignored]


def hit(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """1 when a right file is among the first k.

    >>> hit(["x", "a"], {"a"}, 1), hit(["x", "a"], {"a"}, 2)
    (0.0, 1.0)
    """
    return float(any(source in right for source in ranked[:k]))


def recall(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """The share of the right files among the first k.

    >>> recall(["x", "a", "y"], {"a", "b"}, 3)
    0.5
    """
    return sum(source in right for source in ranked[:k]) / len(right)


def reciprocal_rank(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """1/rank of the first right file, 0 when none is among the first k; its mean is MRR (Voorhees 1999, TREC-8).

    >>> reciprocal_rank(["x", "a", "b"], {"a", "b"}, 5)
    0.5
    """
    return next((1 / rank for rank, source in enumerate(ranked[:k], start=1) if source in right), 0.0)


def ndcg(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """Discounted cumulative gain over that of the best ranking, gain 1 a right file, discount log2(rank + 1).

    Järvelin and Kekäläinen 2002 (TOIS 20:4). By hand, right files at ranks 2 and 3 of two:
    (1/log2 3 + 1/log2 4) / (1/log2 2 + 1/log2 3) = 1.1309/1.6309 = 0.6934.

    >>> round(ndcg(["x", "a", "b"], {"a", "b"}, 5), 4)
    0.6934
    """
    gained = sum(1 / log2(rank + 1) for rank, source in enumerate(ranked[:k], start=1) if source in right)
    return gained / sum(1 / log2(rank + 1) for rank in range(1, min(k, len(right)) + 1))


def average_precision(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """The mean, over the right files, of the precision at the rank of each; its mean is MAP (Buckley, Voorhees 2000).

    By hand, right files at ranks 2 and 3 of two: (1/2 + 2/3) / 2 = 0.5833.

    >>> round(average_precision(["x", "a", "b"], {"a", "b"}, 5), 4)
    0.5833
    """
    found, total = 0, 0.0
    for rank, source in enumerate(ranked[:k], start=1):
        if source in right:
            found += 1
            total += found / rank
    return total / min(k, len(right))


def overlap(left: Ranges, right: Ranges) -> int:
    """The number of characters that stand in both.

    >>> overlap({"a": [(0, 10), (5, 20)], "b": [(0, 5)]}, {"a": [(8, 12), (30, 40)]})
    4
    """
    both = 0
    for source in left.keys() & right.keys():
        ours, theirs = _merged(left[source]), _merged(right[source])
        both += sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in ours for b in theirs)
    return both


def size(ranges: Ranges) -> int:
    """The number of characters in ranges, those in several counted once.

    >>> size({"a": [(0, 10), (5, 20)], "b": [(0, 5)]})
    25
    """
    return sum(end - start for one in ranges.values() for start, end in _merged(one))


def characters(found: Ranges, gold: Ranges) -> tuple[float, float, float]:
    """Recall, precision and intersection over union of the gold characters.

    The measures of Smith and Troynikov (2024, "Evaluating Chunking Strategies for Retrieval"), by character where they
    count tokens. By hand, 10 gold characters of which 5 are in the 20 found: 5/10, 5/20, 5/25.

    >>> characters({"a": [(5, 25)]}, {"a": [(0, 10)]})
    (0.5, 0.25, 0.2)
    """
    both, in_found, in_gold = overlap(found, gold), size(found), size(gold)
    return both / in_gold, both / in_found if in_found else 0.0, both / (in_found + in_gold - both)


def as_ranges(triples: Iterable[tuple[str, int, int]]) -> dict[str, list[tuple[int, int]]]:
    """(source, start, end) triples grouped by source.

    >>> as_ranges([("a", 0, 2), ("b", 1, 2), ("a", 4, 5)])
    {'a': [(0, 2), (4, 5)], 'b': [(1, 2)]}
    """
    grouped: dict[str, list[tuple[int, int]]] = {}
    for source, start, end in triples:
        grouped.setdefault(source, []).append((start, end))
    return grouped


def _merged(ranges: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
