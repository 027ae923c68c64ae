"""Intervals and tests against their formulas, against slow twins, and against a simulation that knows the truth."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evals.statistics import (
    MIN_CLUSTERS,
    RESAMPLES,
    Interval,
    area_under_risk,
    compare_means,
    compare_rates,
    holm,
    kappa,
    mean,
    percentile,
    wilson,
)

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


VALUES = st.lists(st.floats(-5, 5, width=16), min_size=1, max_size=24)


@settings(max_examples=40)
@example([0.0, 1.0])
@given(VALUES)
def test_the_bootstrap_is_the_same_every_time_and_holds_its_mean(values: list[float]) -> None:
    clusters = [number // 2 for number in range(len(values))]
    found = mean(values, clusters)
    assert found == mean(values, clusters)
    assert found.value == pytest.approx(sum(values) / len(values))
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9
    if all(0 <= one <= 1 for one in values):
        shares = mean(values, clusters, share=True)
        assert 0 <= shares.low <= shares.high <= 1
    if len(set(clusters)) >= MIN_CLUSTERS:
        assert min([*values, 0]) - 1e-9 <= found.low <= found.high <= max([*values, 1]) + 1e-9
    assert found.n == len(values)


def test_the_name_of_a_cluster_does_not_matter() -> None:
    assert mean([1.0, 0.0, 0.5, 1.0], ["x", "y", "x", "z"]) == mean([1.0, 0.0, 0.5, 1.0], [3, 1, 3, 0])


def test_the_bootstrap_covers_the_true_mean_as_often_as_it_says() -> None:
    # 200 draws of 60 values with mean 1; of 200, 95 % are 190, and the percentile method is a little short of it.
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        found = mean(generator.exponential(1.0, 60).tolist(), range(60))
        held += found.low <= 1.0 <= found.high
    assert 174 <= held <= 198


def test_the_bootstrap_covers_the_true_mean_of_clusters_too() -> None:
    # 30 articles of 5 questions; what an article adds is the same for its five. Without clusters it holds half as often.
    generator = np.random.default_rng(11)
    clusters = [number // 5 for number in range(150)]
    held = ignored = 0
    for _ in range(120):
        values = (generator.normal(0, 1, 30).repeat(5) + generator.normal(0, 0.3, 150)).tolist()
        found, naive = mean(values, clusters), mean(values, range(150))
        held += found.low <= 0.0 <= found.high
        ignored += naive.low <= 0.0 <= naive.high
    assert held >= 104
    assert ignored <= 85


def test_clusters_widen_the_interval() -> None:
    # Eight articles of five equal questions are eight values, not forty: the interval is √5 = 2.2 times as wide.
    values = [float(number // 5 % 2) for number in range(40)]
    loose, tight = mean(values, [number // 5 for number in range(40)]), mean(values, range(40))
    assert (loose.high - loose.low) / (tight.high - tight.low) == pytest.approx(sqrt(5), rel=0.2)


def test_in_one_cluster_the_items_are_the_clusters() -> None:
    for values in ([0.0, 3.0], [0.5], [float(number % 3) for number in range(12)]):
        assert mean(values, ["a"] * len(values)) == mean(values, range(len(values)))
    assert mean([3.0], ["a"]) == Interval(3.0, 3.0, 3.0, 1)
    before, after = [0.0] * 10, [0.1 * number for number in range(10)]
    assert compare_means(before, after, ["a"] * 10) == compare_means(before, after, range(10))


def test_few_clusters_have_students_interval() -> None:
    # Cluster means 1, 3 and 5 of two items each: 3 ± t * √(3/2 * (16 + 0 + 16)) / 6 with t(.975, 2) = 4.302653
    found = mean([1.0, 1.0, 3.0, 3.0, 5.0, 5.0], list("aabbcc"))
    half = 4.302653 * 2 / sqrt(3)  # the deviation of three means is 2
    assert (found.value, found.low, found.high) == pytest.approx((3.0, 3 - half, 3 + half), abs=1e-5)


def test_clusters_of_different_sizes_worked_by_hand() -> None:
    # Sums 4 and 1 of 3 and 1: mean 5/4; left over 4 - 15/4 = 1/4 and 1 - 5/4 = -1/4; √(2 * 2/16) / 4 = 1/8; t(.975, 1) = 12.7062
    found = mean([1.0, 1.0, 2.0, 1.0], list("aaab"))
    assert (found.low, found.high) == pytest.approx((1.25 - 12.7062 / 8, 1.25 + 12.7062 / 8), abs=1e-5)


def test_a_share_stays_a_share_and_nothing_else_is_clipped() -> None:
    found = mean([0.0, 1.0, 1.0, 0.5], list("abca"), share=True)
    assert (found.low, found.high) == (0.0, 1.0)
    assert mean([0.0, 1.0, 2.0], list("abc")).low < 0
    # Where all that moved was won, a loss can still be true; and B against A is A against B turned round.
    for test in (compare_rates, compare_means):
        won, lost = test([0.0] * 6, [1.0, *[0.0] * 5], list("aabbcc")), test([1.0, *[0.0] * 5], [0.0] * 6, list("aabbcc"))
        assert won.low < 0 < won.high
        assert (won.low, won.high) == pytest.approx((-lost.high, -lost.low))


@pytest.mark.parametrize(("clusters", "least", "most"), [(3, 0.92, 0.98), (5, 0.92, 0.98), (20, 0.89, 0.97)])
def test_the_interval_holds_the_true_mean_near_95_times_in_a_hundred(clusters: int, least: float, most: float) -> None:
    # Articles of one to four questions, whose own part is larger than that of a question. 600 draws: ± .018 is two deviations.
    generator = np.random.default_rng(clusters)
    sizes = [1 + number % 4 for number in range(clusters)] if clusters == 20 else [3] * clusters
    of = [number for number, size in enumerate(sizes) for _ in range(size)]
    held = 0
    for _ in range(600):
        values = generator.normal(0, 1, clusters)[of] + generator.normal(0, 0.5, len(of))
        found = mean(values.tolist(), of)
        held += found.low <= 0.0 <= found.high
    assert least <= held / 600 <= most


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
    assert found.p == 1 / (RESAMPLES + 1)  # no way to flip them is as far from zero
    assert 0 < found.low < 0.05 < found.high
    # (1.96 + .8416) * .05 / √60 = .018, with the deviation of this very draw
    assert found.detectable == pytest.approx(2.8016 * np.std(b - a, ddof=1) / sqrt(60), rel=1e-4)
    turned = compare_means(b.tolist(), a.tolist(), range(60))
    assert (turned.p, turned.value, turned.low, turned.high) == (found.p, -found.value, -found.high, -found.low)


def slow_flips(sums: list[int]) -> float:
    """The share of all ways to flip the signs whose sum is as far from zero."""
    ways = list(product((-1, 1), repeat=len(sums)))
    return sum(abs(sum(s * x for s, x in zip(way, sums, strict=True))) >= abs(sum(sums)) for way in ways) / len(ways)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9)), min_size=1, max_size=20), st.sampled_from([1.0, 0.1, 1234.567]))
def test_sign_flips_are_all_the_ways_counted(moves: list[tuple[int, int]], unit: float) -> None:
    # Six clusters; what a cluster moved in all is flipped together, and in a single cluster each item for itself.
    sums = [sum(move for cluster, move in moves if cluster == one) for one in range(6)]
    if len({cluster for cluster, _ in moves}) == 1:
        sums = [move for _, move in moves][:11]
        moves = moves[:11]
    found = compare_means([0.0] * len(moves), [unit * move for _, move in moves], [cluster for cluster, _ in moves])
    assert found.p == pytest.approx(slow_flips([one for one in sums if one]))


@pytest.mark.parametrize("clusters", [6, 11, 12, 30])
def test_large_sums_count_as_equal_in_any_order(clusters: int) -> None:
    """All gained: the way they came out is one of the two furthest. 11 seconds and 9,000 tokens have no exact float."""
    generator = np.random.default_rng(clusters)
    for _ in range(40):
        gained = generator.uniform(500, 9000, clusters).tolist()
        least = 2 / 2**clusters if clusters < 12 else 1 / (RESAMPLES + 1)
        assert compare_means([0.0] * clusters, gained, range(clusters)).p >= least


def test_many_clusters_are_drawn_near_the_exact_share() -> None:
    generator = np.random.default_rng(2)
    sums = generator.integers(-3, 5, 14)
    found = compare_means([0.0] * 14, sums.astype(float).tolist(), range(14))
    assert found.p == pytest.approx(slow_flips([int(one) for one in sums if one]), abs=0.035)  # three deviations of 2,000 draws


@pytest.mark.parametrize(("clusters", "draws"), [(5, 300), (30, 300)])
def test_chance_by_article_is_found_no_oftener_than_the_level_allows(clusters: int, draws: int) -> None:
    generator = np.random.default_rng(clusters)
    of = [number // 3 for number in range(3 * clusters)]
    found = 0
    for _ in range(draws):
        moved = generator.normal(0, 1, clusters)[of] + generator.normal(0, 0.3, len(of))
        found += compare_means([0.0] * len(of), moved.tolist(), of).p < 0.05
    assert found <= 26  # 15 are expected of 300, 26 are three deviations more
    assert clusters > 5 or found == 0  # five articles never show it: 2/2^5 = .0625


def test_detectable_is_never_less_than_six_flips_all_one_way() -> None:
    # One flip of 60: (1.96 + .8416) * √(1/60/60) = .0467, but no fewer than six have p < .05.
    assert compare_rates([0.0] * 60, [1.0, *[0.0] * 59], range(60)).detectable == 6 / 60
    assert compare_rates([1.0] * 6, [1.0] * 6, range(6)).detectable == 1.0
    assert compare_rates([1.0] * 5, [1.0] * 5, range(5)).detectable is None  # not even if all flipped
    assert compare_rates([0.0] * 6 + [1.0] * 4, [1.0] * 6 + [0.0] * 4, range(10)).detectable == pytest.approx(0.8859, abs=1e-4)
    assert binomial_p(0, 5) > 0.05 > binomial_p(0, 6)


def slow_area(rated: list[tuple[float, int]]) -> float:
    """For each item the share wrong among all that are at least as sure; their mean."""
    risks = []
    for sure, _ in rated:
        covered = [wrong for other, wrong in rated if other >= sure]
        risks.append(sum(covered) / len(covered))
    return sum(risks) / len(risks)


RATED = st.lists(
    st.tuples(st.sampled_from([0.1, 0.5, 0.7, 0.9]), st.integers(0, 1), st.sampled_from("xyz")), min_size=1, max_size=9
)


@settings(max_examples=40, deadline=None)
@given(RATED)
def test_the_area_under_the_risk_is_the_slow_twin_with_ties_too(rated: list[tuple[float, int, str]]) -> None:
    confidence, wrong, clusters = zip(*rated, strict=True)
    found = area_under_risk(confidence, wrong, clusters)
    assert found.value == pytest.approx(slow_area([(sure, failed) for sure, failed, _ in rated]))
    assert found.n == len(rated)
    assert 0 <= found.low <= found.high <= 1
    turned = area_under_risk(confidence[::-1], wrong[::-1], clusters[::-1])
    assert turned.value == pytest.approx(found.value)


@pytest.mark.parametrize("clusters", ["aabbccdd", "abcdefgh", "aaaaaaaa"])
def test_its_interval_is_that_of_articles_drawn_again(clusters: str) -> None:
    confidence, wrong = [0.9, 0.7, 0.7, 0.8, 0.2, 0.2, 0.4, 0.1], [0, 1, 0, 0, 1, 1, 0, 1]
    own = [ord(one) - ord("a") for one in (clusters if len(set(clusters)) > 1 else "abcdefgh")]
    generator = np.random.default_rng(0)
    areas = []
    for _ in range(2000):
        drawn = generator.integers(0, max(own) + 1, max(own) + 1)
        areas.append(slow_area([(confidence[at], wrong[at]) for one in drawn for at in range(8) if own[at] == one]))
    found = area_under_risk(confidence, wrong, clusters)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(areas, [0.025, 0.975])), abs=0.06)


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
