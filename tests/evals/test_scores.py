"""The numbers of a report, each worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.gold import Item, Quote
from evals.metrics import METRICS
from evals.records import Cited, Record, Said, Span, Times, Tokens
from evals.report import report_as_text
from evals.score import Prices, Scored, report, risk_coverage
from evals.statistics import mean, wilson
from evals.texts import Texts
from tests.evals.makers import cited


def asks(name: str, *, answerable: bool = True, **more: Any) -> Item:
    if answerable:
        more.setdefault("facts", [["yes"]])
    return Item(id=name, question=f"{name}?", answerable=answerable, **more)


def says(name: str, text: str = "yes", cosine: float | None = None, citations: Sequence[Cited] = (), **more: Any) -> Record:
    spans = None if cosine is None else [Span(source="a.txt", start=0, end=1, cosine=cosine)]
    return Record(id=name, answer=Said(text=text, status="answered", citations=list(citations), **more), retrieved=spans)


def refuses(name: str) -> Record:
    return Record(id=name, answer=Said(text="No.", status="refused", reason="nothing_relevant"))


def fails(name: str) -> Record:
    return Record(id=name, error="ValueError: broken")


def scored(gold: Sequence[Item], outcomes: Sequence[Record], **more: Any) -> dict[str, Any]:
    return report(gold, {one.id: one for one in outcomes}, None, {}, **more)


def value(found: dict[str, Any], metric: str) -> Any:
    return found["metrics"][metric]["value"]


# Refusals


def test_refusal_precision_recall_and_f1() -> None:
    gold = [*(asks(f"k{n}") for n in range(6)), *(asks(f"u{n}", answerable=False) for n in range(4))]
    outcomes = [refuses("k0"), *(says(f"k{n}") for n in range(1, 6)), *(refuses(f"u{n}") for n in range(3)), says("u3")]
    found = scored(gold, outcomes)
    # Refused: k0 u0 u1 u2, of which three are unanswerable. Unanswerable: four, of which three were refused.
    assert value(found, "refusal_precision") == 3 / 4
    assert value(found, "refusal_recall") == 3 / 4
    assert value(found, "refusal_f1") == 3 / 4  # 2 * 3 / (4 + 4)
    assert value(found, "false_refusal") == pytest.approx(1 / 6, abs=1e-6)
    assert value(found, "correct") == 8 / 10  # k1-k5 and u0-u2


def test_refusal_f1_is_not_the_mean_of_the_two() -> None:
    gold = [asks("k0"), asks("k1"), *(asks(f"u{n}", answerable=False) for n in range(4))]
    found = scored(gold, [refuses("k0"), says("k1"), refuses("u0"), says("u1"), says("u2"), says("u3")])
    # P = 1/2, R = 1/4: F1 = 2 * 1/8 / (3/4) = 1/3; their mean would be 3/8.
    assert (value(found, "refusal_precision"), value(found, "refusal_recall")) == (1 / 2, 1 / 4)
    assert value(found, "refusal_f1") == pytest.approx(1 / 3, abs=1e-6)


def test_who_never_refuses_has_no_refusal_precision() -> None:
    found = scored([asks("k"), asks("u", answerable=False)], [says("k"), says("u")])
    assert found["metrics"]["refusal_precision"] == {"value": None, "low": None, "high": None, "n": 0}
    assert (value(found, "refusal_recall"), value(found, "refusal_f1"), value(found, "false_refusal")) == (0.0, 0.0, 0.0)


def test_the_interval_of_a_rate_is_wilsons() -> None:
    gold = [asks(f"k{n}", sources=["same.txt"]) for n in range(10)]
    found = scored(gold, [says(f"k{n}", "yes" if n < 8 else "no") for n in range(10)])
    ends = wilson(8, 10)
    assert found["metrics"]["correct"] == {"value": 0.8, "low": round(ends.low, 6), "high": round(ends.high, 6), "n": 10}


# Not measured is None, never zero


def test_what_was_not_measured_is_none() -> None:
    found = scored([asks("k", facts=[])], [says("k", "yes [1].")])
    measured = {name for name, one in found["metrics"].items() if one["n"]}
    assert measured == {
        "error", "false_refusal", "sentences_cited", "figures_supported", "lexical_support"
    }  # fmt: skip
    assert all(one["value"] is None for name, one in found["metrics"].items() if name not in measured)


def test_correct_is_not_taken_of_the_unanswerable_alone() -> None:
    """Otherwise whoever refuses everything would be right always."""
    found = scored([asks("k", facts=[]), asks("u", answerable=False)], [refuses("k"), refuses("u")])
    assert value(found, "correct") is None
    assert value(found, "refusal_recall") == 1.0


def test_retrieval_alone_measures_no_answer() -> None:
    record = Record(id="k", retrieved=[Span(source="x.txt", start=0, end=5), Span(source="a.txt", start=0, end=5)])
    found = scored([asks("k", sources=["a.txt"])], [record])
    assert (value(found, "mrr@5"), value(found, "hit@5")) == (0.5, 1.0)  # a.txt is second
    assert all(value(found, name) is None for name in ("correct", "error", "false_refusal", "cited_f1", "latency_p50"))


def test_a_refusal_cites_nothing_and_is_not_measured_by_its_citations() -> None:
    found = scored([asks("k", sources=["a.txt"])], [refuses("k")])
    assert all(value(found, name) is None for name in ("cited_f1", "cited_recall", "sentences_cited"))


def test_an_answer_without_citations_is_measured_as_having_none() -> None:
    found = scored([asks("k", sources=["a.txt"])], [says("k", "Yes, it did.")])
    assert [value(found, name) for name in ("cited_f1", "sentences_cited", "lexical_support")] == [0.0, 0.0, 0.0]
    assert value(found, "citation_valid") is None


def test_an_item_without_a_record_is_unfinished_and_not_counted() -> None:
    found = scored([asks("a"), asks("b"), asks("c")], [says("a")])
    assert (found["n"], found["unfinished"], value(found, "correct")) == (1, 2, 1.0)


# Errors count as wrong


def test_an_error_counts_as_wrong_and_is_no_refusal() -> None:
    gold = [asks("k0", answers=["yes"]), asks("k1", answers=["yes"]), asks("u", answerable=False)]
    found = scored(gold, [says("k0", timings=Times(total_ms=9.0)), fails("k1"), fails("u")])
    assert value(found, "error") == pytest.approx(2 / 3, abs=1e-6)
    for metric in ("correct", "exact_match", "f1"):
        assert value(found, metric) == pytest.approx(1 / 3, abs=1e-6)  # k0 of three
    assert value(found, "facts") == 1 / 2  # of the answerable
    # Whoever failed neither refused nor answered: k0 alone tells how often what can be answered is refused.
    assert (value(found, "refusal_recall"), value(found, "false_refusal")) == (None, 0.0)
    assert found["metrics"]["false_refusal"]["n"] == 1
    assert value(found, "refusal_precision") is None
    assert [one["error"] for one in found["items"]] == [None, "ValueError: broken", "ValueError: broken"]
    assert found["metrics"]["latency_p50"]["n"] == 1


# Facts and references


def test_facts_are_shared_out_and_correct_needs_all() -> None:
    gold = [asks("k", facts=[["35"], ["Li", "Wang"], ["May"], ["red"]])]
    found = scored(gold, [says("k", "In May, Wang built 35 of them [35].")])
    assert (value(found, "facts"), value(found, "correct")) == (3 / 4, 0.0)


def test_a_marker_is_no_fact() -> None:
    assert value(scored([asks("k", facts=[["1"]])], [says("k", "It rose [1].")]), "correct") == 0.0


def test_a_refusal_that_tells_the_fact_is_not_correct() -> None:
    record = Record(id="k", answer=Said(text="yes", status="refused"))
    found = scored([asks("k", answers=["yes"])], [record])
    assert [value(found, name) for name in ("correct", "facts", "exact_match", "f1")] == [0.0] * 4


# Citations


def test_cited_files_by_hand() -> None:
    gold = [asks("k", sources=["a", "b"])]
    # Cited a (twice) and x: P = 1/2; a of a and b: R = 1/2; F1 = 1/2.
    found = scored(gold, [says("k", citations=[cited("a"), cited("a", marker=2), cited("x", marker=3)])])
    assert [value(found, f"cited_{name}") for name in ("precision", "recall", "f1")] == [0.5, 0.5, 0.5]


def test_a_copy_named_by_any_citation_of_a_file_counts() -> None:
    gold = [asks("k", sources=["a"])]
    both = [cited("copy", also_in=["a"]), cited("copy", marker=2)]
    for citations in (both, both[::-1]):
        found = scored(gold, [says("k", citations=citations)])
        assert [value(found, f"cited_{name}") for name in ("precision", "recall", "f1")] == [1.0, 1.0, 1.0]


def test_a_citation_is_valid_only_at_its_very_characters(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rose, and rose.", "utf-8")
    texts = Texts(tmp_path)
    true = Cited(marker=1, source="a.txt", start=3, end=7, quote="rose", sha256=texts.sha256("a.txt"))
    changes: list[dict[str, Any]] = [
        {}, {"start": 4}, {"end": 8}, {"start": 12, "end": 16}, {"sha256": "0"}, {"source": "b.txt"}, {"quote": "Rose"},
        {"start": 3, "end": 3, "quote": ""}, {"source": "../a.txt"}, {"source": "a\x00.txt"},
    ]  # fmt: skip
    gold = [asks("k", quotes=[Quote(source="a.txt", text="and rose")])]
    found = []
    for change in changes:
        record = says("k", citations=[true.model_copy(update=change)])
        found.append(value(report(gold, {"k": record}, texts, {}), "citation_valid"))
    assert found == [1.0] + [0.0] * 9


# Clusters


def test_questions_about_one_article_are_drawn_together() -> None:
    gold = [asks(f"k{n}", sources=[f"{n // 3}.txt"], facts=[["yes"], ["yes"]]) for n in range(6)]
    outcomes = [says(f"k{n}", citations=[cited(f"{n // 3}.txt"), *[cited("x", marker=2)][: n % 2]]) for n in range(6)]
    found = scored(gold, outcomes)["metrics"]["cited_precision"]
    values = [1.0, 0.5, 1.0, 0.5, 1.0, 0.5]
    together, alone = mean(values, list("aaabbb"), share=True), mean(values, range(6), share=True)
    # Two articles, of 5/6 and 4/6: .75 ± 12.706 * (1/12), which is more than a share can be.
    assert (found["low"], found["high"]) == (round(together.low, 6), round(together.high, 6)) == (0.0, 1.0)
    assert (alone.low, alone.high) != (together.low, together.high)


def test_the_cluster_of_an_item_is_its_first_article_or_itself() -> None:
    gold = [asks("a", sources=["x", "y"]), asks("b", sources=["x"]), asks("c"), asks("x", answerable=False)]
    clusters = [one["cluster"] for one in scored(gold, [says(name) for name in "abcx"])["items"]]
    assert clusters[:2] == ["x", "x"]
    assert len({*clusters}) == 3


# Risk and coverage


def rated(*outcomes: tuple[float, bool]) -> list[Scored]:
    return [
        Scored(asks(f"q{n}"), says(f"q{n}", cosine=confidence), {"correct": float(right)})
        for n, (confidence, right) in enumerate(outcomes)
    ]


def test_risk_coverage_by_hand_with_a_tie() -> None:
    done = rated((0.9, True), (0.5, False), (0.7, True), (0.7, False))
    # Sorted .9 right, .7 right and .7 wrong as one point, .5 wrong: 0/1 at 1/4, 1/3 at 3/4, 2/4 at 4/4.
    assert risk_coverage(done) == [
        {"coverage": 0.25, "risk": 0.0, "threshold": 0.9},
        {"coverage": 0.75, "risk": 0.333333, "threshold": 0.7},
        {"coverage": 1.0, "risk": 0.5, "threshold": 0.5},
    ]
    assert risk_coverage(done[::-1]) == risk_coverage(done)


def test_what_was_refused_is_never_covered() -> None:
    done = [*rated((0.9, True), (0.8, False)), Scored(asks("r"), refuses("r"), {"correct": 0.0}), Scored(asks("e"), fails("e"), {})]
    assert [point["coverage"] for point in risk_coverage(done)] == [0.25, 0.5]


def test_all_alike_is_one_point_and_nothing_rated_is_no_curve() -> None:
    assert risk_coverage(rated((0.5, True), (0.5, False))) == [{"coverage": 1.0, "risk": 0.5, "threshold": 0.5}]
    assert risk_coverage([Scored(asks("q"), says("q"), {"correct": 1.0})]) == []
    assert scored([asks("q")], [says("q")])["metrics"]["aurc"]["value"] is None


def test_aurc_is_the_mean_risk_of_the_points() -> None:
    gold = [asks(f"q{n}") for n in range(3)]
    found = scored(gold, [says("q0", "yes", 0.9), says("q1", "no", 0.8), says("q2", "no", 0.7)])
    assert value(found, "aurc") == pytest.approx((0 + 1 / 2 + 2 / 3) / 3, abs=1e-6)


# Costs


def test_latency_tokens_and_cost() -> None:
    gold = [asks(f"q{n}") for n in range(3)]
    outcomes = [
        says(f"q{n}", timings=Times(total_ms=1000.0 * (n + 1), first_token_ms=None if n else 400.0),
             usage=Tokens(prompt_tokens=1000 * n, completion_tokens=10 * n))
        for n in range(3)
    ]  # fmt: skip
    found = scored(gold, outcomes, prices=Prices(prompt=2.0, completion=10.0))
    assert value(found, "latency_p50") == 2.0  # of 1, 2 and 3 seconds
    assert value(found, "latency_p95") == pytest.approx(2.9)  # 2 + 0.9 of the way to 3
    assert found["metrics"]["first_token_p50"]["n"] == 1
    assert value(found, "prompt_tokens") == 1500.0  # of those that a model answered: 1000 and 2000
    assert value(found, "cost") == pytest.approx((0 + 0.0021 + 0.0042) / 3)  # 1000 * 2 / 1e6 + 10 * 10 / 1e6 = .0021
    assert value(scored(gold, outcomes), "cost") is None
    assert value(scored(gold, outcomes, prices=Prices(prompt=2.0)), "cost") is None


def test_seconds_are_those_the_answer_tells_and_else_by_the_clock_of_whoever_asked() -> None:
    gold = [asks("a"), asks("b"), asks("c"), asks("d"), asks("e")]
    told = Times(total_ms=500.0)
    timed = {"seconds": 2.0}
    outcomes = [
        says("a", timings=told).model_copy(update=timed), says("b", timings=told), says("c"), fails("d"),
        says("e").model_copy(update=timed),
    ]  # fmt: skip
    found = scored(gold, outcomes)
    assert [one["scores"].get("seconds") for one in found["items"]] == [0.5, 0.5, None, None, 2.0]
    assert (value(found, "seconds"), value(found, "latency_p50"), found["metrics"]["seconds"]["n"]) == (1.0, 0.5, 3)


def test_answers_without_usage_have_no_cost_and_those_of_no_tokens_cost_nothing() -> None:
    prices = Prices(prompt=2.0, completion=10.0)
    told = says("a", usage=Tokens(prompt_tokens=1000, completion_tokens=10))
    assert value(scored([asks("a")], [says("a")], prices=prices), "cost") is None
    found = scored([asks("a"), asks("b"), asks("c")], [told, says("b"), says("c", usage=Tokens())], prices=prices)["metrics"][
        "cost"
    ]
    assert (found["value"], found["n"]) == (pytest.approx(0.0021 / 2, abs=1e-6), 2)


# By whom


def test_who_answered_is_counted() -> None:
    gold = [asks(name) for name in "abcde"]
    found = scored(gold, [says("a", model="m"), says("b", model="m"), says("c", model="extractive"), says("d"), fails("e")])
    assert found["answered_by"] == {"extractive": 1, "m": 2}
    assert "answered by" not in report_as_text({**found, "answered_by": {"m": 4}, "metadata": {"model": "m"}})
    assert "\nanswered by extractive: 1, m: 2\n" in report_as_text({**found, "metadata": {"model": "m"}})
    assert "answered by" not in report_as_text(scored([asks("a")], [says("a")]))


# Retrieval


def found_at(*spans: Span, **item: Any) -> dict[str, Any]:
    found = scored([asks("k", **item)], [Record(id="k", retrieved=list(spans))])
    return {name: value(found, f"{name}@5") for name in ("hit", "recall", "mrr", "ndcg", "map")}


def at(source: str, *also_in: str) -> Span:
    return Span(source=source, start=0, end=5, also_in=list(also_in))


def test_the_files_of_the_first_five_passages_are_looked_at() -> None:
    five = [at("x"), at("x"), at("y"), at("x"), at("a")]
    # Files x, y, a: the third is right.
    assert found_at(*five, sources=["a"]) == {"hit": 1.0, "recall": 1.0, "mrr": 0.333333, "ndcg": 0.5, "map": 0.333333}
    # As the sixth passage it is too late, though its file would be the third.
    assert set(found_at(at("x"), *five, sources=["a"]).values()) == {0.0}


def test_a_copy_that_was_folded_into_another_file_is_found() -> None:
    perfect = dict.fromkeys(("hit", "recall", "mrr", "ndcg", "map"), 1.0)
    assert found_at(at("x", "b", "a"), sources=["a"]) == perfect
    assert found_at(at("x", "c"), at("a"), sources=["a"], also=["c"]) == perfect  # neither right nor wrong, so a is first
    assert found_at(at("x", "c"), sources=["a"], also=["c"])["hit"] == 1.0
    assert found_at(at("x", "b"), sources=["a"])["hit"] == 0.0


# Wrong answers said beside the right one


@pytest.mark.parametrize(
    ("text", "correct", "unmixed"),
    [("yes", 1.0, 1.0), ("yes, or 35 million", 1.0, 0.0), ("35 million", 0.0, 0.0), ("no idea", 0.0, 0.0), ("yes [35]", 1.0, 1.0)],
)
def test_unmixed_is_correct_without_any_wrong_answer(text: str, correct: float, unmixed: float) -> None:
    found = scored([asks("k", wrong=["the moon", "35 million"])], [says("k", text)])
    assert (value(found, "correct"), value(found, "unmixed")) == (correct, unmixed)


def test_unmixed_is_only_of_items_with_wrong_answers() -> None:
    gold = [asks("k", wrong=["no"]), asks("l"), asks("m", wrong=["no"]), asks("n", wrong=["no"])]
    found = scored(gold, [says("k"), says("l"), refuses("m"), fails("n")])["metrics"]["unmixed"]
    assert (found["value"], found["n"]) == (pytest.approx(1 / 3, abs=1e-6), 3)


# What is all 0 or all 1 is not sure


def test_shares_that_are_all_alike_have_wilsons_interval() -> None:
    gold = [*(asks(f"k{n}") for n in range(5)), *(asks(f"u{n}", answerable=False) for n in range(5))]
    found = scored(gold, [*(says(f"k{n}", "yes", 0.9) for n in range(5)), *(refuses(f"u{n}") for n in range(5))])["metrics"]
    for name, right, n in (("facts", 5, 5), ("refusal_f1", 10, 10), ("aurc", 0, 5)):
        ends = wilson(right, n)
        assert found[name] == {"value": right / n, "low": round(ends.low, 6), "high": round(ends.high, 6), "n": n}


# By type


def test_by_type_counts_each_type_alone() -> None:
    gold = [asks("a", type="date"), asks("b", type="date"), asks("u", answerable=False, type="unanswerable")]
    found = scored(gold, [says("a"), says("b", "no"), refuses("u")])["by_type"]
    assert {name: (one["n"], one["correct"]["value"]) for name, one in found.items()} == {
        "date": (2, 0.5),
        "unanswerable": (1, 1.0),
    }
    assert found["unanswerable"]["facts"]["value"] is None
    assert found["date"]["refusal_recall"]["value"] is None


def test_every_metric_is_in_every_report() -> None:
    assert list(scored([asks("a")], [says("a")])["metrics"]) == [metric.name for metric in METRICS]
