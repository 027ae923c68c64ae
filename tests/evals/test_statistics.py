"""Intervals and tests against their formulas, against slow twins, and against a simulation that knows the truth."""

from __future__ import annotations

from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.statistics import RESAMPLES, Interval, bootstrap, compare_means, compare_rates, holm, kappa, percentile, wilson

Z = 1.959963985
"""The 97.5th percentile of the normal distribution."""


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_its_formula(counts: tuple[int, int]) -> None:
    right, n = counts
    p = right / n
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    found = wilson(right, n)
    assert (found.value, found.n) == (p, n)
    assert (found.low, found.high) == pytest.approx((max(0.0, centre - half), min(1.0, centre + half)), abs=1e-7)


def test_wilson_worked_by_hand() -> None:
    # 0 of 10: p = 0, centre (3.8416/20)/(1.38416) = .13877, half the same: from 0 to .2775
    found = wilson(0, 10)
    assert (found.low, found.high) == pytest.approx((0.0, 0.2775), abs=1e-4)


VALUES = st.lists(st.floats(-5, 5, width=16), min_size=1, max_size=12)


@settings(max_examples=40)
@given(VALUES)
def test_the_bootstrap_is_the_same_every_time_and_holds_its_mean(values: list[float]) -> None:
    clusters = [number // 2 for number in range(len(values))]
    found = bootstrap(values, clusters)
    assert found == bootstrap(values, clusters)
    assert found.value == pytest.approx(sum(values) / len(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found.n == len(values)


def test_the_name_of_a_cluster_does_not_matter() -> None:
    assert bootstrap([1.0, 0.0, 0.5, 1.0], ["x", "y", "x", "z"]) == bootstrap([1.0, 0.0, 0.5, 1.0], [3, 1, 3, 0])


def test_the_bootstrap_covers_the_true_mean_as_often_as_it_says() -> None:
    # 200 draws of 60 values with mean 1; of 200, 95 % are 190, and the percentile method is a little short of it.
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        found = bootstrap(generator.exponential(1.0, 60).tolist(), range(60))
        held += found.low <= 1.0 <= found.high
    assert 174 <= held <= 198


def test_the_bootstrap_covers_the_true_mean_of_clusters_too() -> None:
    # 30 articles of 5 questions; what an article adds is the same for its five. Without clusters it holds half as often.
    generator = np.random.default_rng(11)
    clusters = [number // 5 for number in range(150)]
    held = ignored = 0
    for _ in range(120):
        values = (generator.normal(0, 1, 30).repeat(5) + generator.normal(0, 0.3, 150)).tolist()
        found, naive = bootstrap(values, clusters), bootstrap(values, range(150))
        held += found.low <= 0.0 <= found.high
        ignored += naive.low <= 0.0 <= naive.high
    assert held >= 104
    assert ignored <= 85


def test_clusters_widen_the_interval() -> None:
    # Eight articles of five equal questions are eight values, not forty: the interval is √5 = 2.2 times as wide.
    values = [float(number // 5 % 2) for number in range(40)]
    loose, tight = bootstrap(values, [number // 5 for number in range(40)]), bootstrap(values, range(40))
    assert (loose.high - loose.low) / (tight.high - tight.low) == pytest.approx(sqrt(5), rel=0.2)


def test_one_cluster_has_no_width() -> None:
    assert bootstrap([0.0, 1.0], ["a", "a"]) == Interval(0.5, 0.5, 0.5, 2)


def binomial_p(lost: int, won: int) -> float:
    """Of a fair coin's outcomes, those no more likely than this one, as exact fractions."""
    flips = lost + won
    likely = [Fraction(comb(flips, heads), 2**flips) for heads in range(flips + 1)]
    return float(sum(one for one in likely if one <= likely[won]))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9))
def test_mcnemar_is_the_binomial_sum(lost: int, won: int, same: int) -> None:
    a = [1.0] * lost + [0.0] * won + [1.0] * same
    b = [0.0] * lost + [1.0] * won + [1.0] * same
    if not a:
        return
    found = compare_rates(a, b, range(len(a)))
    assert found.p == pytest.approx(binomial_p(lost, won))
    assert found.value == pytest.approx((won - lost) / len(a))
    assert found.low <= found.value <= found.high
    assert found.test == "McNemar, exact"


def test_mcnemar_worked_by_hand() -> None:
    # 0 lost, 5 won of 10: 2/2^5 = .0625. Half the items flip: (1.96 + .8416) * √(.5/10) = .6265
    found = compare_rates([0.0] * 5 + [1.0] * 5, [1.0] * 10, range(10))
    assert found.p == pytest.approx(0.0625)
    assert found.detectable == pytest.approx(0.6265, abs=1e-4)


def test_a_paired_difference_is_seen_where_the_items_differ_more_than_the_runs() -> None:
    generator = np.random.default_rng(3)
    a = generator.uniform(0, 1, 60)
    b = a + generator.normal(0.05, 0.05, 60)
    found = compare_means(a.tolist(), b.tolist(), range(60))
    assert found.p == 2 / (RESAMPLES + 1)
    assert 0 < found.low < 0.05 < found.high
    # (1.96 + .8416) * .05 / √60 = .018, with the deviation of this very draw
    assert found.detectable == pytest.approx(2.8016 * np.std(b - a, ddof=1) / sqrt(60), rel=1e-4)
    turned = compare_means(b.tolist(), a.tolist(), range(60))
    assert (turned.p, turned.value, turned.low, turned.high) == (found.p, -found.value, -found.high, -found.low)


def test_no_difference_is_no_finding() -> None:
    found = compare_means([0.5, 0.25], [0.5, 0.25], ["x", "y"])
    assert (found.value, found.low, found.high, found.p, found.detectable) == (0.0, 0.0, 0.0, 1.0, None)
    assert compare_rates([1.0, 0.0], [1.0, 0.0], ["x", "y"]).p == 1.0


def test_chance_is_found_as_often_as_the_level_allows() -> None:
    generator = np.random.default_rng(5)
    found = [compare_means([0.0] * 40, generator.normal(0, 1, 40).tolist(), range(40)).p for _ in range(150)]
    assert sum(p < 0.05 for p in found) <= 17  # 7.5 are expected, 17 are beyond three deviations
    assert sum(p < 0.5 for p in found) >= 50


def slow_holm(p_values: dict[str, float]) -> dict[str, float]:
    """For each hypothesis, the largest of what every smaller or equal one was multiplied to."""
    order = sorted(p_values, key=lambda name: p_values[name])
    times = {name: len(order) - place for place, name in enumerate(order)}
    return {name: min(1.0, max(times[other] * p_values[other] for other in order[: order.index(name) + 1])) for name in order}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=8))
def test_holm_is_the_slow_twin(p_values: dict[str, float]) -> None:
    assert holm(p_values) == pytest.approx(slow_holm(p_values))


def test_holm_worked_by_hand() -> None:
    # .005 * 4 = .02; .011 * 3 = .033; .02 * 2 = .04; .04 * 1 is no less than that before
    assert holm({"d": 0.04, "a": 0.005, "c": 0.02, "b": 0.011}) == {"a": 0.02, "b": 0.033, "c": 0.04, "d": 0.04}
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}


def test_kappa_worked_by_hand() -> None:
    # 20 both yes, 15 both no, 5 yes/no, 10 no/yes of 50: observed .7; chance .5 * .6 + .5 * .4 = .5; (.7 - .5)/.5 = .4
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([("y", "n"), ("n", "y")]) == -1.0
    assert kappa([("y", "y")] * 3) is None
    # One who always says yes agrees by chance alone.
    assert kappa([("y", "y"), ("n", "y"), ("y", "y"), ("n", "y")]) == 0.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=12))
def test_kappa_is_mutual_and_counts_chance_pair_by_pair(pairs: list[tuple[str, str]]) -> None:
    n = len(pairs)
    observed = Fraction(sum(one == other for one, other in pairs), n)
    chance = Fraction(sum(one == other for one, _ in pairs for _, other in pairs), n * n)
    if chance == 1:
        assert kappa(pairs) is None
    else:
        assert kappa(pairs) == pytest.approx(float((observed - chance) / (1 - chance)))
        assert kappa([(other, one) for one, other in pairs]) == pytest.approx(kappa(pairs))


def below(k: int, n: int, share: float) -> float:
    """The chance that at most k of n values lie below the percentile."""
    return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1))


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e3, width=16), min_size=1, max_size=60), st.sampled_from([0.5, 0.95, 0.25]))
def test_a_percentile_has_the_narrowest_order_statistics_that_hold_it(values: list[float], share: float) -> None:
    ordered, n = sorted(values), len(values)
    # 1-based: the last rank r with P(fewer than r below) <= 2.5 %, the first s with P(s or more below) <= 2.5 %
    ranks = [r for r in range(1, n + 1) if below(r - 1, n, share) <= 0.025]
    tops = [s for s in range(1, n + 1) if 1 - below(s - 1, n, share) <= 0.025]
    found = percentile(values, share)
    assert found.low == ordered[max(ranks, default=1) - 1]
    assert found.high == ordered[min(tops, default=n) - 1]
    at = share * (n - 1)
    lower, upper = ordered[int(at)], ordered[min(int(at) + 1, n - 1)]
    assert found.value == pytest.approx(lower + (at - int(at)) * (upper - lower))


def test_a_percentile_worked_by_hand() -> None:
    # Of 1..10 the median lies between 5 and 6. Binomial(10, 1/2): P(<= 1) = 11/1024 = 1.1 %, P(<= 2) = 56/1024 = 5.5 %:
    # the ranks 2 and 9.
    assert percentile([float(n) for n in range(1, 11)], 0.5) == Interval(5.5, 2.0, 9.0, 10)
