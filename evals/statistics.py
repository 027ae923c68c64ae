"""How sure a number is: intervals, paired tests, and the smallest difference that could have been seen.

Every random draw comes from a generator with a fixed seed, so that the same answers always give the same numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

SEED = 20200522
RESAMPLES = 2_000
CONFIDENCE = 0.95
_BLOCK = 200
_Z_ALPHA, _Z_POWER = 1.959964, 0.841621
"""Of the normal distribution: two-sided 5 %, and a power of 80 %."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its 95 % interval, and the number of items behind it."""

    value: float
    low: float
    high: float
    n: int


def wilson(right: int, n: int) -> Interval:
    """The interval of a rate, by Wilson's score method (Wilson 1927, JASA 22:209).

    By hand, 8 of 10 with z = 1.96: centre (.8 + z²/20)/(1 + z²/10) = .7167, half width .2266.

    >>> one = wilson(8, 10); one.value, round(one.low, 3), round(one.high, 3)
    (0.8, 0.49, 0.943)
    """
    from scipy.stats import binomtest

    ends = binomtest(right, n).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(right / n, float(ends.low), float(ends.high), n)


def bootstrap(values: Sequence[float], clusters: Sequence[Hashable]) -> Interval:
    """The percentile interval of a mean, by resampling whole clusters (Davison and Hinkley 1997, section 3.8).

    Questions about one article succeed and fail together; `clusters` says which belong together.

    >>> one = bootstrap([0.0, 1.0, 1.0, 1.0], ["a", "b", "c", "d"]); one.value, one.low >= 0.0, one.high == 1.0
    (0.75, True, True)
    """
    sums, counts = _by_cluster(values, clusters)
    means = _resampled(sums, counts)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high), len(values))


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A on the same items, with its interval, its p-value, and the smallest difference likely to be seen.

    `detectable` is what a two-sided test at 5 % finds with a power of 80 %, None where nothing varied. `test` names it.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    detectable: float | None
    test: str


def compare_rates(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable]) -> Difference:
    """Two runs' right and wrong on the same items, by McNemar's exact test (McNemar 1947): the flips, as a fair coin's.

    By hand, 1 item lost and 5 won: p = 2 * (C(6,0) + C(6,1)) / 2^6 = 14/64. The smallest difference likely to be seen
    is (z_.975 + z_.8) * sqrt(share of flips / n) (Connor 1987, Biometrics 43:207).

    >>> round(compare_rates([1, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1], list("abcdef")).p, 5) == round(14 / 64, 5)
    True
    """
    from scipy.stats import binomtest

    won = sum(1 for x, y in zip(a, b, strict=True) if y > x)
    lost = sum(1 for x, y in zip(a, b, strict=True) if y < x)
    p = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    interval = bootstrap([y - x for x, y in zip(a, b, strict=True)], clusters)
    n = len(a)
    detectable = (_Z_ALPHA + _Z_POWER) * sqrt(max(won + lost, 1) / n / n)
    return Difference(interval.value, interval.low, interval.high, p, n, detectable, "McNemar, exact")


def compare_means(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable]) -> Difference:
    """Two runs' scores on the same items, by a paired bootstrap over clusters (Efron and Tibshirani 1993, chapter 16).

    p is twice the share of resampled mean differences on the other side of zero, never below 2/(RESAMPLES + 1).

    >>> compare_means([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], ["x", "y", "z"]).p
    1.0
    """
    differences = [y - x for x, y in zip(a, b, strict=True)]
    sums, counts = _by_cluster(differences, clusters)
    means = _resampled(sums, counts)
    beyond = min(int((means <= 0).sum()), int((means >= 0).sum()))
    p = min(1.0, 2 * (beyond + 1) / (RESAMPLES + 1))
    interval = bootstrap(differences, clusters)
    spread = float(np.std(differences, ddof=1)) if len(differences) > 1 else 0.0
    detectable = (_Z_ALPHA + _Z_POWER) * spread / sqrt(len(differences)) if spread else None
    return Difference(interval.value, interval.low, interval.high, p, len(differences), detectable, "paired bootstrap")


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for their number (Holm 1979, Scand J Stat 6:65): the i-th smallest of m times m - i + 1.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    corrected: dict[str, float] = {}
    highest = 0.0
    for i, (name, p) in enumerate(sorted(p_values.items(), key=lambda pair: pair[1])):
        highest = max(highest, min(1.0, p * (len(p_values) - i)))
        corrected[name] = round(highest, 12)
    return corrected


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters' labels (Cohen 1960): agreement beyond chance; None where chance alone agrees.

    By hand, yes/yes 2, no/no 1, yes/no 1: observed 3/4, by chance 3/4 * 2/4 + 1/4 * 2/4 = 1/2, kappa (3/4-1/2)/(1/2).

    >>> kappa([("yes", "yes"), ("yes", "yes"), ("no", "no"), ("yes", "no")])
    0.5
    """
    n = len(pairs)
    labels = {label for pair in pairs for label in pair}
    observed = sum(x == y for x, y in pairs) / n
    chance = sum(sum(x == label for x, _ in pairs) / n * (sum(y == label for _, y in pairs) / n) for label in sorted(labels))
    return None if chance == 1 else (observed - chance) / (1 - chance)


def percentile(values: Sequence[float], share: float) -> Interval:
    """The value below which `share` of the values lie, with the distribution-free interval of its order statistics.

    The number of values below the true percentile is binomial (Conover 1999, section 3.2).

    >>> percentile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5)
    Interval(value=3.0, low=1.0, high=5.0, n=5)
    """
    from scipy.stats import binom

    ordered, n = sorted(values), len(values)
    tail = (1 - CONFIDENCE) / 2
    low, high = int(binom.ppf(tail, n, share)), int(binom.ppf(1 - tail, n, share))
    return Interval(float(np.quantile(ordered, share)), ordered[max(0, low - 1)], ordered[min(n - 1, high)], n)


def _by_cluster(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[Floats, Floats]:
    number: dict[Hashable, int] = {}
    of = np.array([number.setdefault(cluster, len(number)) for cluster in clusters])
    sums = np.bincount(of, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)
    return sums, np.bincount(of).astype(np.float64)


def _resampled(sums: Floats, counts: Floats) -> Floats:
    """The mean of each resample; drawn in blocks, so that memory stays small."""
    n = len(sums)
    means = np.empty(RESAMPLES)
    for at in range(0, RESAMPLES, _BLOCK):
        drawn = _drawn(n, at).astype(np.float64)
        means[at : at + _BLOCK] = (drawn @ sums) / (drawn @ counts)
    return means


@lru_cache(maxsize=RESAMPLES // _BLOCK * 8)
def _drawn(n: int, block: int) -> NDArray[np.uint8]:
    """How often each of n clusters is drawn in each resample of a block; the same for every measure of a report."""
    generator = np.random.default_rng([SEED, n, block])
    return generator.multinomial(n, np.full(n, 1 / n), size=_BLOCK).astype(np.uint8)
