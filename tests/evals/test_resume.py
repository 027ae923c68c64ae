"""A run that was interrupted goes on where it stopped; a folder that holds anything else is left as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.asking import AnyCallable
from evals.records import RunError, read_records
from evals.run import OF_A_JUDGE, ask_all, begin
from tests.evals.makers import Bench, Friend, items, known, measured, raising, snapshot, timeless, write_corpus

THIRD = known(2).question

# Interruptions


@pytest.mark.parametrize("workers", ["1", "3"])
def test_an_interrupted_run_goes_on_where_it_stopped(bench: Bench, workers: str) -> None:
    bench.friend.at[known(9).question] = raising(KeyboardInterrupt())
    bench.friend.at[THIRD] = raising(ValueError("no"))
    ran = bench.run("--workers", workers)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.endswith("dateline: stopped; what is finished is kept: the same command goes on with it\n")
    kept = read_records(Path("out"))
    fine = {name for name, record in kept.items() if record.error is None}
    assert {"known-00", "known-01", "known-03"} <= fine
    assert kept["known-02"].error == "ValueError: no"
    assert "known-09" not in kept

    bench.friend.at.clear()
    bench.friend.asked.clear()
    assert bench.run("--workers", workers).code == 0
    assert sorted(bench.friend.asked) == sorted(item.question for item in items() if item.id not in fine)
    after = read_records(Path("out"))
    assert {name: after[name] for name in fine} == {name: kept[name] for name in fine}
    assert (len(after), measured()["error"], measured()["correct"]) == (30, 0.0, 1.0)

    bench.friend.asked.clear()
    assert bench.run("--workers", workers).code == 0
    assert bench.friend.asked == []


def test_the_report_of_an_interrupted_run_is_that_of_an_unbroken_one(bench: Bench) -> None:
    gold = bench.gold()
    bench.run(gold=gold, out="unbroken")
    bench.friend.at[known(9).question] = raising(KeyboardInterrupt())
    bench.run(gold=gold)
    bench.friend.at.clear()
    bench.run(gold=gold)
    assert timeless("out") == timeless("unbroken")


@pytest.mark.parametrize("cut", [1, 2, 60])
def test_a_last_line_that_was_cut_off_is_dropped_and_asked_again(bench: Bench, cut: int) -> None:
    bench.run()
    answers = Path("out/answers.jsonl")
    whole = answers.read_bytes()
    answers.write_bytes(whole[:-cut])
    bench.friend.asked.clear()
    assert bench.run().code == 0
    assert bench.friend.asked == ([] if cut == 1 else [items()[-1].question])  # only the newline was lost
    lines, before = answers.read_text("utf-8").splitlines(), whole.decode().splitlines()
    assert (lines[:-1], len(lines)) == (before[:-1], len(before))
    assert {**json.loads(lines[-1]), "seconds": 0} == {**json.loads(before[-1]), "seconds": 0}


def test_a_last_line_that_was_cut_within_a_character_is_dropped(bench: Bench) -> None:
    bench.run()
    answers = Path("out/answers.jsonl")
    answers.write_bytes(answers.read_bytes() + '{"id": "多'.encode()[:-1])
    assert len(read_records(Path("out"))) == 30


@pytest.mark.parametrize(
    ("broken", "says"), [("{]", "Invalid JSON"), ('{"answer": null}', "id: Field required"), ('{"id": 7}', "id: Input should be")]
)
def test_a_broken_line_in_the_middle_is_an_error_that_names_it(bench: Bench, broken: str, says: str) -> None:
    bench.run()
    answers = Path("out/answers.jsonl")
    lines = answers.read_text("utf-8").split("\n")
    lines[4] = broken
    answers.write_text("\n".join(lines), "utf-8")
    before = snapshot(Path("out"))
    for ran in (bench.run(), bench.eval("score", "out")):
        said = ran.error()
        assert "out/answers.jsonl, line 5: " in said
        assert says in said
    assert snapshot(Path("out"))["answers.jsonl"] == before["answers.jsonl"]


# Folders


@pytest.mark.parametrize("more", [[], ["--fresh"]], ids=["plain", "fresh"])
@pytest.mark.parametrize("name", ["notes.txt", "gold.jsonl", "answers.jsonl"])
def test_a_folder_with_something_else_in_it_is_refused_and_left_untouched(bench: Bench, name: str, more: list[str]) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("mine", "utf-8")
    assert f"out holds {name} and no run; expected an empty or a new folder; try another --out" in bench.run(*more).error()
    assert snapshot(Path("out")) == {name: b"mine"}
    assert bench.friend.asked == []


def test_a_folder_with_another_run_is_refused_and_the_error_tells_what_differs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run()
    before = snapshot(Path("out"))
    assert "out holds a run with other questions; try another --out, or --fresh" in bench.run("--limit", "3").error()
    ask = bench.callable(Friend(bench.corpus), "another", "friend")
    assert "out holds a run with another ask, model; " in bench.run(ask=ask).error()
    (bench.corpus / "new.txt").write_text("A new article.", "utf-8")
    assert "out holds a run with another corpus_sha256; " in bench.run().error()
    (bench.corpus / "new.txt").unlink()
    monkeypatch.setattr("evals.metadata.code_sha256", lambda packages: "other")
    assert "out holds a run with another code_sha256; " in bench.run().error()
    assert snapshot(Path("out")) == before


def test_fresh_throws_the_run_away_and_nothing_else(bench: Bench) -> None:
    bench.run()
    Path("out/notes.txt").write_text("mine", "utf-8")
    for name in OF_A_JUDGE:
        Path("out", name).write_text("{}", "utf-8")
    bench.friend.asked.clear()
    assert bench.run("--fresh", "--limit", "3").code == 0
    assert len(bench.friend.asked) == 3
    assert len(read_records(Path("out"))) == 3
    assert Path("out/notes.txt").read_text("utf-8") == "mine"
    assert not any(Path("out", name).exists() for name in OF_A_JUDGE)


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"metadata": 3}', "[" * 100_000])
def test_a_run_file_that_is_none_is_a_one_line_error_and_fresh_mends_it(bench: Bench, broken: str) -> None:
    bench.run(gold=bench.gold([known(0)]))
    Path("out/run.json").write_text(broken, "utf-8")
    gold = bench.gold([known(0)])
    assert "out/run.json is not" in bench.run(gold=gold).error()
    assert "run again with --fresh" in bench.eval("score", "out").error()
    assert bench.run("--fresh", gold=gold).code == 0


def test_an_out_that_cannot_be_written_is_a_one_line_error(bench: Bench) -> None:
    Path("file").write_text("mine", "utf-8")
    for out in ("file", "file/out"):
        assert "the run cannot be kept in file" in bench.run(out=out).error()
    assert bench.friend.asked == []


def test_score_of_what_is_no_run_is_a_one_line_error(bench: Bench) -> None:
    for name in ("nowhere", "corpus"):
        assert (
            f"{name} holds no run: run.json: No such file or directory; expected a folder that" in bench.eval("score", name).error()
        )


def test_begin_tells_what_is_finished(tmp_path: Path) -> None:
    corpus, questions = write_corpus(tmp_path / "corpus"), items()
    assert begin(tmp_path / "out", questions, {"a": 1}, corpus) == {}
    done = ask_all(questions[:4], AnyCallable(Friend(corpus)), tmp_path / "out", {}, workers=2)
    assert begin(tmp_path / "out", questions, {"a": 1}, corpus) == done
    with pytest.raises(RunError, match="holds a run with another a, b; try another --out"):
        begin(tmp_path / "out", questions, {"a": (2,), "b": None}, corpus)
    assert begin(tmp_path / "out", questions, {"a": 1}, corpus) == done
