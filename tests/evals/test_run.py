"""Asking: what is finished is kept, what went wrong is told, and the same answers always give the same report."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.asking import AnyCallable, named_callable
from evals.cli import main
from evals.gold import Item
from evals.records import read_records
from evals.run import ask_all
from index.errors import DatelineError
from tests.assistant.conftest import fake_embedder as fake_embedder
from tests.assistant.conftest import wiring as wiring
from tests.assistant.fakes import BRIDGE
from tests.evals.makers import Bench, good_answer, items, known, measured, raising, read_json, refused, snapshot

THIRD = known(2).question


# A whole run


def test_a_run_writes_its_three_files_and_prints_the_measures(bench: Bench) -> None:
    ran = bench.run()
    assert (ran.code, ran.err) == (0, "")
    assert {"answers.jsonl", "report.json", "report.html"} <= {path.name for path in Path("out").iterdir()}
    assert ran.out.startswith("30 questions of gold.jsonl")
    assert "  cost                not measured" in ran.out
    assert ran.out.endswith("\nout/report.html\n")
    assert (measured()["correct"], measured()["citation_valid"], measured()["cost"]) == (1.0, 1.0, None)
    assert Counter(bench.friend.asked) == Counter(item.question for item in items())


def test_without_out_the_run_is_named_after_its_gold_file(bench: Bench) -> None:
    assert bench.eval("run", bench.gold([known(0)], "small.jsonl"), "--ask", "asked_by_a_test:ask").code == 0
    assert Path("runs/small/report.json").is_file()


def test_scoring_again_gives_the_same_bytes(bench: Bench) -> None:
    bench.friend.at[THIRD] = raising(ValueError("no"))
    bench.run()
    first = snapshot(Path("out"))
    assert bench.eval("score", "out").code == 0
    assert snapshot(Path("out")) == first
    assert bench.friend.asked.count(THIRD) == 1


def test_scoring_at_a_price_gives_the_cost(bench: Bench) -> None:
    bench.run()
    bench.eval("score", "out", "--price-prompt", "2", "--price-completion", "10")
    assert measured()["cost"] == pytest.approx(20 / 30 * (100 * 2 + 20 * 10) / 1e6, abs=1e-6)  # a refusal used no tokens


def test_a_gate_that_fails_exits_with_4_and_one_that_holds_with_0(bench: Bench) -> None:
    Path("gates.toml").write_text("[at_least]\ncorrect = 0.99", "utf-8")
    assert bench.run("--gates", "gates.toml").code == 0
    bench.friend.at[THIRD] = raising(ValueError("no"))
    ran = bench.run("--gates", "gates.toml", out="other")
    assert ran.code == 4
    assert ran.out.endswith("\nFAIL  correct 0.967, at least 0.990\n")
    assert [one["passed"] for one in read_json(Path("other/report.json"))["gates"]] == [False]


def test_a_faulty_gate_file_is_told_before_anything_is_asked(bench: Bench) -> None:
    Path("gates.toml").write_text("[at_least]\ncorect = 0.99", "utf-8")
    assert "did you mean correct?" in bench.run("--gates", "gates.toml").error()
    assert bench.friend.asked == []


def test_dateline_itself_is_asked_when_nobody_else_is_named(bench: Bench, wiring: object) -> None:
    Path("news").mkdir()
    Path("news/bridge.txt").write_text(BRIDGE, "utf-8")
    question = "How many workers built the bridge, and in how many years?"
    gold = bench.gold([Item(id="b", question=question, answerable=True, facts=[["1,204"]], sources=["bridge.txt"])])
    assert bench.eval("run", gold, "--corpus", "news", "--out", "out").code == 0
    assert (measured()["correct"], measured()["citation_valid"], measured()["hit@5"]) == (1.0, 1.0, 1.0)
    assert read_json(Path("out/report.json"))["metadata"]["embedder"] == "fake/word-lengths"
    assert bench.eval("run", gold, "--corpus", "news", "--out", "found", "--retrieval-only").code == 0
    assert (measured("found")["correct"], measured("found")["hit@5"]) == (None, 1.0)


# Errors


def test_an_item_that_raises_is_wrong_and_listed_and_the_rest_goes_on(bench: Bench) -> None:
    bench.friend.at[THIRD] = raising(ValueError("the line\nbroke"))
    ran = bench.run()
    assert ran.code == 0
    assert "\nerror  known-02: ValueError: the line broke\n" in ran.out
    assert len(bench.friend.asked) == 30
    assert measured()["error"] == pytest.approx(1 / 30, abs=1e-6)
    assert measured()["correct"] == pytest.approx(29 / 30, abs=1e-6)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "a text",
        {},
        {"text": "x"},
        {"text": "x", "status": "maybe"},
        {"text": "x", "status": "answered", "citations": [{"marker": 1}]},
        {"text": "x \udcff", "status": "answered"},
        {"text": "x", "status": "answered", "timings": {"total_ms": float("nan")}},
        {"text": "x", "status": "answered", "conflicts": [{"about": object()}]},
        {"text": "x", "status": "answered", "conflicts": [{"about": "\udcff"}]},
    ],
    ids=ascii,
)
def test_an_answer_of_another_shape_is_that_items_error(tmp_path: Path, odd: object) -> None:
    questions = [known(0), known(1)]
    asked = AnyCallable(lambda question: odd if question == questions[0].question else refused(question))  # type: ignore[arg-type,return-value]
    done = ask_all(questions, asked, tmp_path, {}, workers=1)
    assert done["known-00"].error
    assert done["known-01"].answer is not None
    assert read_records(tmp_path) == done


def test_an_error_that_cannot_be_written_is_written_all_the_same(bench: Bench) -> None:
    bench.friend.at[THIRD] = raising(OSError("no file caf\udce9.txt \x1b[31m"))
    ran = bench.run()
    assert ran.code == 0
    assert "error  known-02: OSError: no file caf\\udce9.txt \\u001b[31m" in ran.out


def test_a_disk_that_is_full_is_a_one_line_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(gold=bench.gold([known(0)]))
    Path("out/answers.jsonl").unlink()
    monkeypatch.setattr("evals.cli.begin", lambda *_, **__: {})
    Path("out/answers.jsonl").symlink_to("/dev/full")
    assert "the answers cannot be kept in out: No space left on device; expected room there" in bench.run().error()


# Limits and workers


def test_limit_spreads_over_the_file(bench: Bench) -> None:
    bench.run("--limit", "6")
    assert bench.friend.asked == [items()[at].question for at in (0, 5, 10, 15, 20, 25)]
    assert measured()["refusal_recall"] == 1.0


def test_a_limit_above_the_number_of_questions_asks_all(bench: Bench) -> None:
    bench.run("--limit", "31")
    assert len(bench.friend.asked) == 30


@pytest.mark.parametrize("option", ["--limit", "--workers"])
@pytest.mark.parametrize("number", ["0", "-3"])
def test_no_questions_or_workers_is_an_error(bench: Bench, option: str, number: str) -> None:
    assert f"{option} is {number}; expected at least 1" in bench.run(option, number).error()
    assert not Path("out").exists()


def test_workers_work_at_the_same_time_and_their_report_is_the_same(bench: Bench) -> None:
    gold = bench.gold()
    bench.run(gold=gold, out="alone")
    meeting = threading.Barrier(3, timeout=20)  # broken, and so an error, unless three are there at once

    def meet() -> None:
        meeting.wait()

    for number in range(3):
        bench.friend.at[known(number).question] = meet
    assert bench.run("--workers", "3", gold=gold).code == 0
    assert measured()["error"] == 0.0
    assert Path("out/report.json").read_bytes() == Path("alone/report.json").read_bytes()


def test_one_worker_asks_one_at_a_time(tmp_path: Path) -> None:
    at_once, most = 0, 0

    def ask(question: str) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        answer = refused(question)
        at_once -= 1
        return answer

    seen: list[tuple[int, int]] = []
    ask_all(items(), AnyCallable(ask), tmp_path, {}, workers=1, progress=lambda done, total: seen.append((done, total)))
    assert most == 1
    assert seen == [(done, 30) for done in range(1, 31)]


# Whom to ask


def test_a_mapping_is_as_good_as_our_answer(bench: Bench) -> None:
    gold = bench.gold()
    bench.run(gold=gold)
    ask = bench.callable(lambda question: good_answer(bench.corpus, question).to_dict(), "maps", "ask")
    assert bench.run(gold=gold, ask=ask, out="mapped").code == 0
    assert read_json(Path("mapped/report.json"))["items"] == read_json(Path("out/report.json"))["items"]


def test_a_mapping_needs_only_text_and_status(bench: Bench) -> None:
    ask = bench.callable(lambda question: {"text": "It cost 1301 million.", "status": "answered", "mood": "good"}, "short", "ask")
    assert bench.run(gold=bench.gold([known(0)]), ask=ask).code == 0
    assert (measured()["correct"], measured()["sentences_cited"]) == (1.0, 0.0)


def test_a_coroutine_is_told_to_be_no_answer(tmp_path: Path) -> None:
    waiting = asyncio.sleep(0)
    done = ask_all([known(0)], AnyCallable(lambda question: waiting), tmp_path, {}, workers=1)  # type: ignore[arg-type,return-value]
    waiting.close()
    assert done["known-00"].error == "TypeError: 'coroutine' object is not iterable"


def test_history_is_passed_on_to_the_items_that_have_one(bench: Bench) -> None:
    later = known(1).model_copy(update={"history": [["Who built it?", "Li."], ["When?", "In May."]]})
    bench.run(gold=bench.gold([known(0), later]))
    assert bench.friend.histories == [None, [("Who built it?", "Li."), ("When?", "In May.")]]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nonsense", "No module named 'nonsense'"),
        ("asked_by_a_test", "has no attribute"),
        ("asked_by_a_test:nothing", "has no attribute 'nothing'"),
        (":ask", "Empty module name"),
        (".relative:ask", "relative import"),
        ("a..b:ask", "No module named 'a'"),
        ("json:__name__", "__name__ is a str"),
        ("", None),
    ],
)
def test_a_callable_that_is_none_is_a_one_line_error(bench: Bench, name: str, says: str | None) -> None:
    if says is None:
        with pytest.raises(DatelineError, match="Empty module name"):
            named_callable(name)
        return
    said = bench.run(ask=name).error()
    assert says in said
    assert "expected" in said
    assert not Path("out").exists()


# Gold and corpus


def test_a_fault_in_the_gold_file_names_its_line(bench: Bench) -> None:
    bench.gold().write_text("\n".join([json.dumps({"id": "a", "question": "q", "answerable": False}), "{"]), "utf-8")
    assert "gold.jsonl, line 2: not a JSON object" in bench.run(gold=Path("gold.jsonl")).error()


def test_a_corpus_that_is_not_the_one_of_the_gold_file_is_told(bench: Bench) -> None:
    gold = bench.gold()
    assert "line 1: the source 'alder.txt' is not an article of" in bench.run("--corpus", "nowhere", gold=gold).error()
    bench.run(gold=gold)
    (bench.corpus / "oak.txt").unlink()
    assert "line 15: the source 'oak.txt' is not an article of" in bench.eval("score", "out").error()


def test_score_takes_a_corpus_that_was_moved(bench: Bench) -> None:
    bench.run()
    bench.corpus.rename("moved")
    assert "check --corpus" in bench.eval("score", "out").error()
    assert bench.eval("score", "out", "--corpus", "moved").code == 0
    assert measured()["citation_valid"] == 1.0


@pytest.mark.parametrize(
    "arguments", [[], ["frobnicate"], ["run"], ["run", "a", "b"], ["run", "a", "--limit", "few"], ["compare", "a"]]
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: dateline eval")
