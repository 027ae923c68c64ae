"""Asking: what is finished is kept, what went wrong is told, and the same answers always give the same report."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.meaning import MEASURED
from assistant.model import ContextTooLong, Message, ModelUnavailable
from assistant.settings import read_settings
from assistant.types import Usage
from evals.asking import AnyCallable, OurAssistant, named_callable
from evals.cli import main
from evals.gold import Item, read_gold
from evals.metadata import code_sha256, corpus_sha256
from evals.records import read_records
from evals.run import ask_all
from evals.texts import Texts
from index.errors import DatelineError
from tests.assistant.conftest import Wiring
from tests.assistant.conftest import fake_embedder as fake_embedder
from tests.assistant.conftest import wiring as wiring
from tests.assistant.fakes import BRIDGE, Reply, ScriptedModel
from tests.conftest import ROOT
from tests.evals.makers import Bench, good_answer, items, known, measured, raising, read_json, refused, snapshot, timeless
from tests.fakes import NearAs

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


def bridge_questions(bench: Bench) -> Path:
    """Two questions of one article; the assistant of `wiring` is asked."""
    Path("news").mkdir()
    Path("news/bridge.txt").write_text(BRIDGE, "utf-8")
    asks = ["How many workers built the bridge, and in how many years?", "How many workers built the bridge?"]
    questions = [
        Item(id=f"b{number}", question=question, answerable=True, facts=[["1,204"]], sources=["bridge.txt"])
        for number, question in enumerate(asks)
    ]
    return bench.gold(questions)


def test_a_model_that_is_away_is_the_items_error_and_not_an_answer_quoted_without_it(bench: Bench, wiring: Wiring) -> None:
    gold = bridge_questions(bench)
    wiring.model = ScriptedModel([ModelUnavailable("the endpoint is gone")], "1,204 workers built it in three years.")
    ran = bench.eval("run", gold, "--corpus", "news", "--out", "out")
    assert (ran.code, "\nerror  b0: ModelUnavailable: the endpoint is gone\n" in ran.out) == (0, True)
    made = read_json(Path("out/report.json"))
    assert [one["error"] is None for one in made["items"]] == [False, True]  # the next question is not blamed for it
    assert sum(made["answered_by"].values()) == 1
    assert made["items"][1]["answer"]["usage"] == {"prompt_tokens": 11, "completion_tokens": 5}
    wiring.model = ScriptedModel("1,204 workers built it in three years.")
    assert bench.eval("run", gold, "--corpus", "news", "--out", "out").code == 0
    assert measured()["error"] == 0.0


TOO_LONG = ContextTooLong("a context of 4096 tokens is too small")
TRUE = "1,204 workers built it in three years."


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([[TOO_LONG], TRUE], None),  # the better half of the evidence did
        (["5,011 workers built it in three years.", [TOO_LONG]], None),  # no room to ask again
        ([[TOO_LONG]] * 9, f"ContextTooLong: {TOO_LONG}"),
        ([[TOO_LONG], [ModelUnavailable("gone")]], "ModelUnavailable: gone"),
    ],
    ids=["half", "repair", "never", "then gone"],
)
def test_a_small_context_is_an_error_only_of_a_question_that_the_model_did_not_answer(
    bench: Bench, wiring: Wiring, replies: list[Reply | str], error: str | None
) -> None:
    first, _ = read_gold(bridge_questions(bench), Texts(Path("news")))
    Path("news/older.txt").write_text(
        "How the first bridge was built\n\nMany workers built a bridge there in two years.\n", "utf-8"
    )
    wiring.model = ScriptedModel(*replies)
    assert bench.eval("run", bench.gold([first]), "--corpus", "news", "--out", "out").code == 0
    assert read_json(Path("out/report.json"))["items"][0]["error"] == error


class NoTranslator(ScriptedModel):
    """Is away when it is asked to translate."""

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        if messages[0]["content"].startswith("Translate this question into"):
            raise ModelUnavailable("gone")
        yield from super().stream(messages, max_tokens)


@pytest.mark.parametrize(("cosine", "error"), [(0.9, None), (0.0, "ModelUnavailable: gone")], ids=["found", "not found"])
def test_a_translation_that_failed_is_an_error_where_nothing_was_found_without_it(
    bench: Bench, wiring: Wiring, cosine: float, error: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.collaborators.BundledEmbedder", lambda: NearAs(cosine))
    monkeypatch.setitem(MEASURED, NearAs.name, 0.0)
    first, _ = read_gold(bridge_questions(bench), Texts(Path("news")))
    asked = first.model_copy(update={"question": "有多少工人建造了这座桥？"})
    wiring.model = NoTranslator(TRUE)
    assert bench.eval("run", bench.gold([asked]), "--corpus", "news", "--out", "out").code == 0
    assert read_json(Path("out/report.json"))["items"][0]["error"] == error


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "model.gguf cannot be read: No such file or directory; expected a GGUF file"), (b"<htm", "starts with b'<htm'")],
)
def test_a_model_file_that_is_none_is_told_before_anything_is_indexed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, content: bytes | None, says: str
) -> None:
    monkeypatch.setenv("DATELINE_LLM", "local")
    monkeypatch.setenv("DATELINE_MODEL_PATH", "model.gguf")
    if content:
        Path("model.gguf").write_bytes(content)
    assert says in bench.eval("run", bench.gold(), "--out", "out").error()
    assert not Path(".dateline").exists()
    assert bench.run().code == 0  # a function needs no model


def test_an_outage_of_a_question_that_ended_otherwise_is_not_put_to_the_next(bench: Bench, wiring: Wiring, tmp_path: Path) -> None:
    _, second = read_gold(bridge_questions(bench), Texts(Path("news")))
    wiring.model = ScriptedModel([ModelUnavailable("gone")], "1,204 workers built it in three years.")
    ours = OurAssistant(Path("news"), tmp_path / "index", read_settings())
    try:
        model = ours.within("").model
        assert model is not None
        with pytest.raises(ModelUnavailable):
            list(model.stream([], 1))
        assert ours.ask(second).answer is not None
    finally:
        ours.close()


def test_answers_of_another_than_the_model_under_test_are_told(
    bench: Bench, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = bridge_questions(bench)
    monkeypatch.setattr("evals.metadata.make_model", lambda settings: wiring.model)
    wiring.model = ScriptedModel("1,204 workers built it in three years.", "1,204 workers built it.")
    assert "answered by" not in bench.eval("run", gold, "--corpus", "news", "--out", "out").out
    assert read_json(Path("out/report.json"))["answered_by"] == {"scripted": 2}
    assert "\nanswered by made up: 30\n" in bench.run(out="other").out


def test_a_step_is_left_out_and_the_run_says_so(bench: Bench, wiring: Wiring) -> None:
    gold = bridge_questions(bench)
    wrong = "5,011 workers built it in three years."
    for out, steps, asked in (("whole", [], 4), ("less", ["--without", "repair"], 2)):
        wiring.model = model = ScriptedModel(wrong, wrong, wrong, wrong)
        assert bench.eval("run", gold, "--corpus", "news", "--out", out, *steps).code == 0
        assert len(model.asked) == asked
    assert read_json(Path("whole/report.json"))["metadata"]["without"] == []
    assert read_json(Path("less/report.json"))["metadata"]["without"] == ["repair"]
    again = bench.eval("run", gold, "--corpus", "news", "--out", "less")
    assert (again.code, "holds a run with another without" in again.err) == (1, True)


def test_of_a_retrieval_only_what_searches_can_be_left_out(bench: Bench, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = bridge_questions(bench)
    left_out: list[frozenset[str]] = []
    monkeypatch.setattr("assistant.api.make_reranker", lambda without: left_out.append(without))
    for step, code in (("words", 0), ("vectors", 0), ("reranker", 0), ("repair", 1)):
        arguments = ("--corpus", "news", "--out", step, "--retrieval-only", "--without", step)
        assert bench.eval("run", gold, *arguments).code == code, step
    assert left_out == [{"words"}, {"vectors"}, {"reranker"}]


def test_a_function_has_no_steps_to_leave_out(bench: Bench) -> None:
    ran = bench.run("--without", "repair")
    assert (ran.code, "--ask asks a function, which has none of our steps" in ran.err) == (1, True)
    assert bench.eval("run", bench.gold(), "--without", "thinking").code == 2


def test_replies_are_reused_of_the_local_model_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_LLM", "extractive")
    ran = bench.eval("run", bench.gold(), "--reuse-replies")
    assert (ran.code, "--reuse-replies is for the local model" in ran.err) == (1, True)


# What a run is told to be made with


@pytest.mark.parametrize("name", ["m", ""])
def test_no_password_and_no_key_is_kept(bench: Bench, fake_embedder: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://ann:hunter2@127.0.0.1:9/v1?api-key=in-the-query")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DATELINE_AUTH", "desk:of-the-newsroom")
    monkeypatch.setenv("DATELINE_CHAT_MODEL", name)
    monkeypatch.delenv("DATELINE_LLM")
    ran = bench.eval("run", bridge_questions(bench), "--corpus", "news", "--out", "out")
    assert ran.code == 0
    assert "ModelUnavailable: the model at http://127.0.0.1:9/v1 cannot be reached" in ran.out
    assert read_json(Path("out/run.json"))["metadata"]["model"] == (name or "the model at http://127.0.0.1:9/v1")
    assert read_json(Path("out/run.json"))["metadata"]["settings"]["openai_base_url"] == "http://127.0.0.1:9/v1"
    kept = b"".join(snapshot(Path("out")).values()).decode() + ran.out
    assert not any(secret in kept for secret in ("hunter2", "ann:", "sk-secret", "of-the-newsroom", "in-the-query"))


def test_articles_that_changed_since_are_told(bench: Bench) -> None:
    since = "the articles have changed since these questions were asked"
    assert since not in bench.run().out
    metadata = read_json(Path("out/report.json"))["metadata"]
    assert (metadata["corpus_changed"], len(metadata["scorer_sha256"]), len(metadata["code_sha256"])) == (False, 64, 64)
    (bench.corpus / "new.txt").write_text("A new article.", "utf-8")
    assert since in bench.eval("score", "out").out
    assert read_json(Path("out/report.json"))["metadata"]["corpus_changed"] is True
    (bench.corpus / "new.txt").unlink()
    assert since not in bench.eval("score", "out").out


def test_the_code_is_told_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "some_package").mkdir()
    (tmp_path / "some_package" / "__init__.py").write_text("", "utf-8")
    first = code_sha256(("some_package",))
    (tmp_path / "some_package" / "notes.txt").write_text("no code", "utf-8")
    assert code_sha256(("some_package",)) == first
    (tmp_path / "some_package" / "__init__.py").write_text("x = 1\n", "utf-8")
    assert code_sha256(("some_package",)) != first


def test_a_file_that_cannot_be_read_is_no_traceback(bench: Bench) -> None:
    if not Path("/proc/self/mem").is_file():
        pytest.skip("no /proc/self/mem, a file that even root cannot read")
    (bench.corpus / "locked.txt").symlink_to("/proc/self/mem")
    assert bench.run().code == 0
    told = read_json(Path("out/report.json"))["metadata"]
    assert told["corpus_changed"] is False
    (bench.corpus / "locked.txt").unlink()
    assert told["corpus_sha256"] != corpus_sha256(bench.corpus)


# Where it is written


def test_a_set_of_others_may_be_run_in_this_very_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"context": "Oat Mill closed in May.", "qas": [
        {"id": "m", "question": "When?", "answers": [{"text": "May", "answer_start": 19}]}]}  # fmt: skip
    (bench.folder / "mill.json").write_text(json.dumps({"data": [{"title": "Mill", "paragraphs": [context]}]}), "utf-8")
    (bench.folder / "here").mkdir()
    monkeypatch.chdir("here")
    asked = ("run", "../mill.json", "--format", "squad", "--ask", "asked_by_a_test:ask", "--out", ".")
    assert bench.eval(*asked).code == 0
    assert Path("report.json").is_file()
    assert Path("../here-data/corpus/0000-Mill.txt").is_file()
    Path("run.json").unlink()
    assert "and no run; expected an empty or a new folder" in bench.eval(*asked).error()


def test_a_reader_that_leaves_early_is_no_traceback(bench: Bench) -> None:
    bench.run()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "evals", "score", str(Path("out").absolute())],
            cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


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
    ids=lambda odd: ascii(odd).split(" at 0x")[0],
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
    assert timeless("out") == timeless("alone")


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
    assert timeless("mapped")["items"] == timeless("out")["items"]


def test_a_mapping_needs_only_text_and_status(bench: Bench) -> None:
    ask = bench.callable(lambda question: {"text": "It cost 1301 million.", "status": "answered", "mood": "good"}, "short", "ask")
    assert bench.run(gold=bench.gold([known(0)]), ask=ask).code == 0
    assert (measured()["correct"], measured()["sentences_cited"]) == (1.0, 0.0)
    assert (measured()["prompt_tokens"], measured()["first_token_p50"]) == (None, None)  # it told none
    assert measured()["seconds"] == measured()["latency_p50"]
    bench.eval("score", "out", "--price-prompt", "2", "--price-completion", "10")
    assert measured()["cost"] is None


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


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def ask(question): return ", None),
        ("def ask(question) return", "SyntaxError: expected ':' (mine.py, line 1)"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nonsense", "ModuleNotFoundError: No module named 'nonsense'"),
        ("raise SystemExit('usage: mine')", "SystemExit: usage: mine"),
    ],
)
def test_a_module_of_the_current_folder_is_found_by_the_installed_command(
    bench: Bench, code: str, says: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder not in ("", ".", str(bench.folder))])
    Path("mine.py").write_text(code + (repr(refused("?").to_dict()) if says is None else ""), "utf-8")
    if says is None:
        assert bench.run(ask="mine:ask").code == 0
    else:
        assert f"--ask mine:ask: {says}; expected package.module:function" in bench.run(ask="mine:ask").error()


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


def test_what_the_system_refuses_is_a_line(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused_to_be_read(_: Path) -> Texts:
        raise PermissionError(13, "Permission denied", "corpus/oak\x1b[31m.txt")

    monkeypatch.setattr("evals.cli.Texts", refused_to_be_read)
    assert "corpus/oak\ufffd[31m.txt: Permission denied; check the name" in bench.run().error()


def test_output_to_a_full_disk_is_a_line(bench: Bench) -> None:
    bench.run()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "evals", "score", "out"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert done.stderr.startswith(b"dateline: the output cannot be written: No space left on device; expected room for it")
