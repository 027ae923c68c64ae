"""Two runs side by side, and what a run must reach: a gate that cannot be held against anything never passes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.gates import Gate, GateError, held, read_gates
from evals.gold import Item
from evals.metrics import BY_NAME
from evals.records import Record, Said
from tests.evals.makers import Bench, Ran, cited, good_records, items, known, measured, read_json, unknown, write_run

WRONG = Said(text="It cost 77 million yuan.", status="answered")
FEW = [*map(known, range(8)), *map(unknown, range(2))]
Metrics = dict[str, dict[str, float | None]]


class Pair:
    """Two runs, A and B, each of some items with good answers but for those that are told."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def write(
        self, name: str, gold: Sequence[Item] = FEW, wrong: Iterable[int] = (), error: Iterable[int] = (), **about: Any
    ) -> None:
        records = good_records(self.bench.corpus, gold)
        for at in wrong:
            records[at] = Record(id=gold[at].id, answer=WRONG)
        for at in error:
            records[at] = Record(id=gold[at].id, error="TimeoutError: too late")
        write_run(Path(name), self.bench.corpus, gold, records, **about)
        assert self.bench.eval("score", name).code == 0

    def compare(self, *more: str) -> dict[str, Any]:
        ran = self.bench.eval("compare", "a", "b", "--json", *more)
        assert (ran.code, ran.err) == (0, "")
        found = json.loads(ran.out)
        assert isinstance(found, dict)
        return found

    def gate(self, demands: str) -> Ran:
        Path("gates.toml").write_text(demands, "utf-8")
        return self.bench.eval("compare", "a", "b", "--gates", "gates.toml")


@pytest.fixture
def pair(bench: Bench) -> Pair:
    return Pair(bench)


# Compare


def test_equal_runs_differ_in_nothing(pair: Pair) -> None:
    pair.write("a")
    pair.write("b")
    found = pair.compare()
    assert (found["n"], found["only_in_a"], found["only_in_b"], found["other_gold"]) == (10, [], [], [])
    assert (found["metadata"], found["flips"]) == ({}, [])
    assert {(one["value"], one["low"], one["high"], one["p_holm"]) for one in found["metrics"].values()} == {(0, 0, 0, 1)}
    text = pair.bench.eval("compare", "a", "b").out
    assert text.startswith("b against a, 10 questions\n")
    assert text.endswith("\n0 answers flipped\n")
    assert "WORSE" not in text
    assert "better" not in text


def test_a_difference_is_b_minus_a_with_its_n_and_test(pair: Pair) -> None:
    pair.write("a", wrong=[0, 1, 2, 3, 4])
    pair.write("b", wrong=[4, 5])
    one = pair.compare()["metrics"]["correct"]
    assert one["value"] == pytest.approx(3 / 10)  # four won, one lost, of ten
    assert (one["n"], one["test"]) == (10, "McNemar, exact")
    assert one["p"] == pytest.approx(2 * (1 + 5) / 2**5)  # at most one of five lost
    assert one["p_holm"] >= one["p"]


def test_runs_over_different_items_are_compared_on_the_shared_ones_and_the_others_named(pair: Pair) -> None:
    pair.write("a", [known(0), known(1), known(2)])
    pair.write("b", [known(1), known(2), known(3), unknown(0)], wrong=[1])
    found = pair.compare()
    assert (found["n"], found["only_in_a"], found["only_in_b"]) == (2, ["known-00"], ["known-03", "unknown-00"])
    assert found["metrics"]["correct"]["n"] == 2
    assert found["metrics"]["correct"]["value"] == -0.5
    assert "refusal_recall" not in found["metrics"]
    text = pair.bench.eval("compare", "a", "b").out
    assert "left out, only in a: 1 (known-00)\n" in text
    assert "left out, only in b: 2 (known-03, unknown-00)\n" in text


def test_runs_with_no_question_in_common_are_an_error(pair: Pair) -> None:
    pair.write("a", [known(0)])
    pair.write("b", [known(1)])
    assert (
        "no question with the same gold in common; expected runs over the same gold" in pair.bench.eval("compare", "a", "b").error()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"question": "What?"}, {"facts": [["7"]]}, {"quotes": []}, {"history": [["a", "b"]]}, {"answers": ["7"]},
        {"also": ["oak.txt"]}, {"sources": ["oak.txt"]}, {"wrong": ["77 million"]},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_question_whose_gold_differs_is_left_out_and_named(pair: Pair, change: dict[str, Any]) -> None:
    pair.write("a", [known(0), known(1)])
    pair.write("b", [known(0), known(1).model_copy(update=change)], wrong=[1])
    found = pair.compare()
    assert (found["n"], found["other_gold"], found["flips"]) == (1, ["known-01"], [])
    assert "left out, with another gold: 1 (known-01)\n" in pair.bench.eval("compare", "a", "b").out


def test_a_note_or_a_type_is_no_other_gold(pair: Pair) -> None:
    pair.write("a", [known(0)])
    pair.write("b", [known(0).model_copy(update={"note": "n", "type": "t"})])
    assert pair.compare()["n"] == 1


def test_metadata_that_differs_is_shown(pair: Pair) -> None:
    pair.write("a", model="small", seed=1, same={"x": 1})
    pair.write("b", model="large", seed=1, same={"x": 1}, new=[2])
    assert pair.compare()["metadata"] == {"model": ["small", "large"], "new": [None, [2]]}
    assert 'differs: model: "small" -> "large"\ndiffers: new: null -> [2]\n' in pair.bench.eval("compare", "a", "b").out


def test_every_flip_is_shown_with_both_answers(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    pair.write("a", wrong=[0])
    pair.write("b", wrong=[1, 8], error=[2])
    found = {flip["id"]: flip for flip in pair.compare()["flips"]}
    assert {name: (flip["metric"], flip["better"]) for name, flip in found.items()} == {
        "known-00": ("correct", True), "known-01": ("correct", False), "known-02": ("correct", False),
        "unknown-00": ("correct", False),
    }  # fmt: skip
    assert (found["known-00"]["a"], found["known-00"]["b"]) == (
        WRONG.text,
        "The Alder dam cost 1301 million yuan, the ministry said [1].",
    )
    assert found["known-02"]["b"] == "(error: TimeoutError: too late)"
    assert (found["unknown-00"]["a"], found["unknown-00"]["b"]) == ("(refused) Nothing here says so.", WRONG.text)
    text = pair.bench.eval("compare", "a", "b").out
    assert "\n4 answers flipped\n" in text
    head, side = "\n  WORSE  known-01 (figure, correct)  What did the Birch dam cost?\n", " " * 55
    assert f"{head}    A{side} | B\n    The Birch dam cost 1308 million yuan, the ministry said  | {WRONG.text}\n    [1]." in text


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_both_answers_of_a_flip_are_printed_whole_in_two_columns(pair: Pair, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    long = " ".join(f"word{number}" for number in range(200))
    pair.write("a", [known(0)])
    records = [Record(id=known(0).id, answer=Said(text=long, status="answered"))]
    write_run(Path("b"), pair.bench.corpus, [known(0)], records)
    assert pair.bench.eval("score", "b").code == 0
    rows = pair.bench.eval("compare", "a", "b").out.partition("    A ")[2].splitlines()[1:]
    left, right = zip(*(row.split(" | ") for row in rows), strict=True)
    assert " ".join("".join(f"{one} " for one in left).split()) == "The Alder dam cost 1301 million yuan, the ministry said [1]."
    assert " ".join(right) == long
    width = max(30, (int(columns) - 7) // 2)
    assert {len(one) for one in left} == {4 + width}
    assert max(map(len, right)) <= width


def test_what_is_not_compared_question_by_question_is_listed_apart(pair: Pair) -> None:
    pair.write("a")
    pair.write("b", wrong=[8])
    found = pair.compare()
    assert found["unpaired"].keys() == {"refusal_precision", "refusal_f1", "latency_p50", "latency_p95", "first_token_p50"}
    assert found["unpaired"]["refusal_f1"] == [1.0, pytest.approx(2 / 3, abs=1e-6)]
    assert not found["unpaired"].keys() & found["metrics"].keys()
    text = pair.bench.eval("compare", "a", "b").out
    assert "  refusal_f1              -0.333  from 1.000 to 0.667, not compared question by question\n" in text


def test_seconds_and_tokens_are_compared_question_by_question(pair: Pair) -> None:
    pair.write("a")
    pair.write("b")
    found = pair.compare()["metrics"]
    assert {name: found[name]["n"] for name in ("seconds", "prompt_tokens", "completion_tokens")} == {
        "seconds": 10, "prompt_tokens": 8, "completion_tokens": 8,
    }  # fmt: skip


def test_an_error_is_a_flip_also_where_the_gold_has_no_facts(pair: Pair) -> None:
    bare = [known(number).model_copy(update={"facts": [], "quotes": []}) for number in range(2)]
    pair.write("a", bare)
    pair.write("b", bare, error=[0])
    assert [(flip["id"], flip["metric"], flip["better"]) for flip in pair.compare()["flips"]] == [("known-00", "error", False)]


def test_precision_of_refusals_is_not_said_to_be_equal_by_pairs(pair: Pair) -> None:
    """Of one question it tells only whether that is unanswerable: by pairs it would be +0.000 whatever happens."""
    pair.write("a")
    pair.write("b", wrong=[8])
    found = pair.compare()["metrics"]
    assert "refusal_precision" not in found
    assert found["refusal_recall"]["value"] == -0.5


def test_what_an_answer_says_does_not_steer_the_terminal(pair: Pair) -> None:
    records = good_records(pair.bench.corpus, FEW)
    records[0] = Record(id=FEW[0].id, answer=Said(text="\x1b]0;owned\x07\u202e\x7f\x9b2J", status="answered"))
    pair.write("a")
    write_run(Path("b"), pair.bench.corpus, FEW, records, model="\x1b[31mred")
    assert pair.bench.eval("score", "b").code == 0
    assert "\\u001b]0;owned\\u0007\\u202e\\u007f\\u009b2J" in pair.bench.eval("compare", "a", "b").out
    assert "\x1b]0;owned\x07\u202e\x7f\x9b2J" in [flip["b"] for flip in pair.compare()["flips"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "report.json cannot be read: No such file or directory; expected a finished run"),
        ("{", "report.json is not JSON"),
        ("[" * 100_000, "report.json is not JSON"),
        ("[]", "report.json is not a report; try: dateline eval score b"),
        ('{"items": 3, "metrics": {}}', "report.json is not a report; try: dateline eval score b"),
        ('{"items": [3], "metrics": {}}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 1, "items": [], "metrics": {}}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 2}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 2, "items": [3], "metrics": {}}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 2, "items": [{"id": "a"}], "metrics": {}}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 2, "items": [], "metrics": {"cost": 3}}', "report.json is not a report; try: dateline eval score b"),
        ('{"schema": 2, "items": [], "metrics": []}', "report.json is not a report; try: dateline eval score b"),
    ],
)
def test_a_report_that_is_none_is_a_one_line_error(pair: Pair, content: str | None, says: str) -> None:
    pair.write("a")
    if content is not None:
        Path("b").mkdir()
        Path("b/report.json").write_text(content, "utf-8")
    assert says in pair.bench.eval("compare", "a", "b").error()


# Gate files


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[at_least]\ncorect = 0.5", r"corect in \[at_least\] is not a measure; did you mean correct\?"),
        ("[at_least]\nhappiness = 0.5", r"happiness in \[at_least\] is not a measure; expected one of correct, unmixed, facts, "),
        ("[at_lest]\ncorrect = 0.5", r"\[at_lest\] is no table of gates; expected \[at_least\], \[at_most\], \[may_drop\]"),
        ("correct = 0.5", r"\[correct\] is no table of gates"),
        ("at_least = 0.5", r"\[at_least\] is no table of gates"),
        ("[at_least]\ncorrect = '0.5'", "correct in .at_least. is '0.5'; expected a number"),
        ("[at_least]\ncorrect = true", "correct in .at_least. is True; expected a number"),
        ("[at_least]\ncorrect = [0.5]", "expected a number"),
        ("", "demands nothing; expected for example"),
        ("[at_least]\n[may_drop]\n", "demands nothing; expected for example"),
        ("{", "is not TOML"),
        ("[at_least]\ncorrect = 1\ncorrect = 0", "is not TOML"),
        ("a = " + "[" * 50_000, "is not TOML"),
        ("[at_least]\ncorrect = 0.5\ncorrect_ = 0", "correct_ in"),
    ],
    ids=range(14),
)
def test_a_faulty_gate_file(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "gates.toml").write_text(content, "utf-8")
    with pytest.raises(GateError, match=says) as caught:
        read_gates(tmp_path / "gates.toml")
    assert "gates.toml" in str(caught.value)


def test_a_gate_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"gates.toml cannot be read: No such file or directory; expected a TOML file"):
        read_gates(tmp_path / "gates.toml")
    (tmp_path / "gates.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(GateError, match="is not TOML"):
        read_gates(tmp_path / "gates.toml")


def test_every_measure_can_be_demanded(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text("[at_least]\n" + "".join(f'"{name}" = 1\n' for name in BY_NAME), "utf-8")
    assert read_gates(tmp_path / "gates.toml") == [Gate("at_least", name, 1.0) for name in BY_NAME]


# Gates


def verdict(table: str, metric: str, bound: float, now: float | None, change: float | None = None) -> bool:
    metrics: Metrics = {metric: {"value": now}}
    (found,) = held([Gate(table, metric, bound)], metrics, {metric: {"value": change}}, Path("gates.toml"))
    return found.passed


@pytest.mark.parametrize(
    ("table", "metric", "bound", "change", "now", "passed"),
    [
        ("at_least", "correct", 0.75, 0, 0.75, True),
        ("at_least", "correct", 0.75, 0, 0.749, False),
        ("at_most", "false_refusal", 0.15, 0, 0.15, True),
        ("at_most", "false_refusal", 0.15, 0, 0.151, False),
        ("may_drop", "correct", 0.05, -0.05, 0.75, True),
        ("may_drop", "correct", 0.05, -0.051, 0.749, False),
        ("may_drop", "correct", 0.05, 0.2, 1.0, True),
        ("may_drop", "correct", 0, 0, 0.80, True),
        ("may_drop", "false_refusal", 0.05, 0.05, 0.15, True),  # lower is better: a rise is the drop
        ("may_drop", "false_refusal", 0.05, 0.06, 0.16, False),
        ("may_drop", "false_refusal", 0.05, -0.8, 0.10, True),
        ("may_drop", "seconds", 0.5, 0.6, 1.6, False),
        ("may_drop", "seconds", 0.5, -8.0, 1.0, True),
        ("at_most", "correct", float("nan"), 0, 0.0, False),
    ],
)
def test_a_gate(table: str, metric: str, bound: float, change: float, now: float, passed: bool) -> None:
    assert verdict(table, metric, bound, now, change) is passed


@pytest.mark.parametrize(
    ("table", "how"),
    [("at_least", "measured in this run"), ("at_most", "measured in this run"), ("may_drop", "compared question by question")],
)
def test_what_was_not_measured_passes_no_gate(table: str, how: str) -> None:
    now, change = (0.5, None) if table == "may_drop" else (None, 0.5)
    with pytest.raises(GateError, match=rf"correct in \[{table}\] was not {how}; a gate cannot pass on nothing"):
        verdict(table, "correct", 0.0, now, change)
    with pytest.raises(GateError, match=f"was not {how}"):
        held([Gate(table, "correct", 0.0)], {}, None, Path("gates.toml"))


@pytest.mark.parametrize("metric", ["latency_p50", "refusal_f1", "refusal_precision", "first_token_p50"])
def test_a_drop_of_what_is_not_compared_question_by_question_is_an_error(pair: Pair, metric: str) -> None:
    pair.write("a")
    pair.write("b")
    said = pair.gate(f"[may_drop]\n{metric} = 1").error()
    assert f"{metric} in [may_drop] was not compared question by question; a gate cannot pass on nothing" in said


def test_a_drop_is_the_paired_difference_and_not_that_of_two_averages(pair: Pair) -> None:
    """A refusal has no cited files: B refuses what A cites badly, and its average over fewer answers is no worse."""
    wrong = Said(text="It cost 77 million yuan.", status="answered", citations=[cited("oak.txt")])
    records = good_records(pair.bench.corpus, FEW)
    spoiled = [Record(id=FEW[0].id, answer=wrong), *records[1:]]
    refusing = [Record(id=one.id, answer=records[8].answer) for one in records[:3]]
    for name, made in (("a", spoiled), ("b", [*refusing, Record(id=FEW[3].id, answer=wrong), *records[4:]])):
        write_run(Path(name), pair.bench.corpus, FEW, made)
        assert pair.bench.eval("score", name).code == 0
    # Averages: 7 of 8 and 4 of 5. Of the five that both answered, one was lost.
    assert (measured("a")["cited_f1"], measured("b")["cited_f1"]) == (7 / 8, 4 / 5)
    assert pair.compare()["metrics"]["cited_f1"]["value"] == -0.2
    assert pair.gate("[may_drop]\ncited_f1 = 0.1").code == 4
    assert pair.gate("[may_drop]\ncited_f1 = 0.2").code == 0


def test_gates_are_refused_on_a_run_that_is_not_finished(pair: Pair) -> None:
    records = good_records(pair.bench.corpus, FEW)
    for name, made in (("a", records), ("b", records[:9])):
        write_run(Path(name), pair.bench.corpus, FEW, made)
    Path("gates.toml").write_text("[at_least]\ncorrect = 0.1", "utf-8")
    assert pair.bench.eval("score", "a", "--gates", "gates.toml").code == 0
    lacks = "b lacks 1 of its questions; a gate judges whole runs; try: dateline eval run again"
    assert lacks in pair.bench.eval("score", "b", "--gates", "gates.toml").error()
    told = read_json(Path("b/report.json"))
    assert (told["unfinished"], told["gates"], Path("b/report.html").is_file()) == (1, [], True)
    assert lacks in pair.gate("[at_least]\ncorrect = 0.1").error()
    assert pair.bench.eval("compare", "a", "b").code == 0
    ran = pair.bench.eval("score", "b")
    assert (ran.code, "1 questions are not finished" in ran.out) == (0, True)


def test_what_was_not_measured_is_an_error_of_the_command(pair: Pair) -> None:
    pair.write("a")
    pair.write("b")
    assert "gates.toml: cost in [at_most] was not measured in this run" in pair.gate("[at_most]\ncost = 1").error()


@pytest.mark.parametrize(
    ("demands", "code"),
    [
        ("[at_least]\ncorrect = 0.8", 0),
        ("[at_least]\ncorrect = 0.81", 4),
        ("[at_most]\nfalse_refusal = 0", 0),
        ("[at_most]\nerror = 0.09", 4),
        ("[may_drop]\ncorrect = 0.2", 0),
        ("[may_drop]\ncorrect = 0.19", 4),
        ("[may_drop]\nerror = 0.1", 0),
        ("[may_drop]\nerror = 0.09", 4),
        ("[at_least]\ncorrect = 0.8\n[may_drop]\nerror = 0", 4),
    ],
)
def test_the_exit_code_of_compare_is_that_of_its_gates(pair: Pair, demands: str, code: int) -> None:
    pair.write("a")
    pair.write("b", wrong=[0], error=[1])  # correct 0.8, error 0.1
    ran = pair.gate(demands)
    assert ran.code == code
    assert ("\nFAIL  " in ran.out) is (code == 4)
    found = json.loads(pair.bench.eval("compare", "a", "b", "--gates", "gates.toml", "--json").out)
    assert all(one["passed"] for one in found["gates"]) is (code == 0)
    assert pair.bench.eval("compare", "a", "b", "--gates", "gates.toml", "--json").code == code


def test_a_drop_needs_another_run(pair: Pair) -> None:
    pair.write("a")
    Path("gates.toml").write_text("[may_drop]\ncorrect = 0.05", "utf-8")
    said = pair.bench.eval("score", "a", "--gates", "gates.toml").error()
    assert "[may_drop] correct needs a run to compare with; try: dateline eval compare RUN_A RUN_B" in said


def test_a_drop_is_not_measured_over_other_questions(pair: Pair) -> None:
    """Else a run could hide its losses behind easy questions that the other was not asked."""
    pair.write("a", items()[:4])
    pair.write("b", items()[:20], wrong=[0, 1])
    assert "[may_drop] correct needs two runs over the same questions; 16 are not" in pair.gate("[may_drop]\ncorrect = 0.2").error()
    assert pair.gate("[at_least]\ncorrect = 0.9").code == 0
