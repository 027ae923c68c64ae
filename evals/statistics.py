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
MIN_CLUSTERS = 8
"""Below this, resampled clusters repeat one another too often to show the spread of their mean."""
CONFIDENCE = 0.95
_BLOCK = 200
_Z_ALPHA, _Z_POWER = 1.959964, 0.841621
"""Of the normal distribution: two-sided 5 %, and a power of 80 %."""

FEWEST_FLIPS = 6
"""2 * 0.5^6 = 0.031; five flips all one way have 0.063."""
_EXACT_FLIPS = 12
_TINY = 1e-12

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


def mean(values: Sequence[float], clusters: Sequence[Hashable], *, share: bool = False) -> Interval:
    """The interval of a mean whose items belong together in clusters: questions about one article fail together.

    The ends of a `share` stay within 0 and 1.

    From MIN_CLUSTERS clusters on, whole clusters are resampled (percentile bootstrap, Davison and Hinkley 1997, section
    3.8). Fewer are too few to draw from: Student's t with their number less one, on the linearised ratio (Cochran 1977,
    section 6.4). Of a single one nothing can be said beyond it: there the items are drawn, and the interval is about
    that article alone.

    >>> one = mean([0.0, 1.0, 1.0, 1.0] * 3, "abcdefghijkl"); one.value, 0 < one.low < 0.75 < one.high <= 1
    (0.75, True)
    """
    sums, counts = _by_cluster(values, clusters)
    value = float(sums.sum() / counts.sum())
    if len(sums) < MIN_CLUSTERS:
        low, high = _by_student(sums, counts, value)
    else:
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(_resampled(sums, counts), [tail, 1 - tail])
    if share:
        low, high = max(0.0, low), min(1.0, high)
    return Interval(value, float(low), float(high), len(values))


def _by_student(sums: Floats, counts: Floats, value: float) -> tuple[float, float]:
    from scipy.stats import t

    if len(sums) == 1:
        return value, value
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(sums) - 1)) * _standard_error(sums, counts, value)
    return value - half, value + half


def _standard_error(sums: Floats, counts: Floats, value: float) -> float:
    """Of a mean over at least two clusters, linearised."""
    k = len(sums)
    return sqrt(k / (k - 1) * float(((sums - value * counts) ** 2).sum())) / float(counts.sum())


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
    is (z_.975 + z_.8) * sqrt(share of flips / n) (Connor 1987, Biometrics 43:207), and never less than 6 flips all one
    way, the fewest with p < .05.

    >>> round(compare_rates([1, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1], list("abcdef")).p, 5) == round(14 / 64, 5)
    True
    """
    from scipy.stats import binomtest

    won = sum(1 for x, y in zip(a, b, strict=True) if y > x)
    lost = sum(1 for x, y in zip(a, b, strict=True) if y < x)
    p = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    interval = mean([y - x for x, y in zip(a, b, strict=True)], clusters)
    n = len(a)
    detectable = max((_Z_ALPHA + _Z_POWER) * sqrt((won + lost) / n / n), FEWEST_FLIPS / n)
    return Difference(interval.value, interval.low, interval.high, p, n, detectable if detectable <= 1 else None, "McNemar, exact")


def compare_means(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable]) -> Difference:
    """Two runs' scores on the same items, by flipping the sign of each cluster's difference (Fisher 1935, section 21).

    If nothing changed, each cluster's difference could as well have come out the other way round: p is the share of all
    ways to flip them (of RESAMPLES drawn ones from 12 clusters on) whose sum is at least as far from zero. By hand, three
    clusters that all gained: 2 of the 8 ways, p = 1/4.

    >>> compare_means([0.1, 0.2, 0.3], [0.2, 0.4, 0.6], ["x", "y", "z"]).p
    0.25
    """
    differences = [y - x for x, y in zip(a, b, strict=True)]
    sums, counts = _by_cluster(differences, clusters)
    interval = mean(differences, clusters)
    spread = _standard_error(sums, counts, interval.value) if len(sums) > 1 else 0.0
    detectable = (_Z_ALPHA + _Z_POWER) * spread if spread > _TINY else None
    p = _by_sign_flips(sums)
    return Difference(interval.value, interval.low, interval.high, p, len(differences), detectable, "sign flips by article")


def _by_sign_flips(sums: Floats) -> float:
    moved = sums[np.abs(sums) > _TINY]
    if not len(moved):
        return 1.0
    least = abs(moved.sum()) - _TINY * max(1.0, float(np.abs(moved).sum()))  # sums in another order differ in their last digits
    if len(moved) < _EXACT_FLIPS:
        ways = 1 - 2 * ((np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1)
        return float((np.abs(ways @ moved) >= least).mean())
    generator = np.random.default_rng([SEED, len(moved)])
    beyond = 0
    for _ in range(0, RESAMPLES, _BLOCK):
        ways = generator.choice((-1, 1), size=(_BLOCK, len(moved)))
        beyond += int((np.abs(ways @ moved) >= least).sum())
    return (beyond + 1) / (RESAMPLES + 1)


def area_under_risk(confidence: Sequence[float], wrong: Sequence[float], clusters: Sequence[Hashable]) -> Interval:
    """The mean risk along the risk-coverage curve (Geifman et al. 2019, ICLR), with a cluster bootstrap.

    Items are taken by falling confidence, equals together; the risk after each is the share wrong so far. By hand, right,
    wrong, right: (0/1 + 1/2 + 1/3) / 3 = 0.2778. What was refused has no part in it.

    >>> round(area_under_risk([0.9, 0.8, 0.7], [0, 1, 0], "abc").value, 4)
    0.2778
    """
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    sure = np.asarray(confidence, dtype=np.float64)[order]
    failed = np.asarray(wrong, dtype=np.float64)[order]
    of = _numbered(clusters)[order]
    last = np.searchsorted(-sure, -sure, side="right") - 1  # the last of those with the same confidence

    def area(weights: Floats) -> Floats:
        taken, lost = np.cumsum(weights, axis=1)[:, last], np.cumsum(weights * failed, axis=1)[:, last]
        risk = np.divide(lost, taken, out=np.zeros_like(lost), where=taken > 0)
        found: Floats = (weights * risk).sum(axis=1) / weights.sum(axis=1)
        return found

    value = float(area(np.ones((1, len(failed))))[0])
    drawn = [area(_drawn(int(of.max()) + 1, at)[:, of].astype(np.float64)) for at in range(0, RESAMPLES, _BLOCK)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(drawn), [tail, 1 - tail])
    return Interval(value, float(low), float(high), len(failed))


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
    of = _numbered(clusters)
    sums = np.bincount(of, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)
    return sums, np.bincount(of).astype(np.float64)


def _numbered(clusters: Sequence[Hashable]) -> NDArray[np.int64]:
    """The number of each item's cluster; in a single one, the items are the clusters."""
    number: dict[Hashable, int] = {}
    of = np.array([number.setdefault(cluster, len(number)) for cluster in clusters], dtype=np.int64)
    return of if len(number) > 1 else np.arange(len(of))


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
