"""Files that are not what their format says: one clear line each, and nothing written outside the folder."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from evals.adapters import FORMATS, AdapterError, adapt
from evals.gold import GoldError, read_gold
from evals.texts import Texts
from tests.evals.test_adapters import (
    CHUNKING,
    CHUNKING_CSV,
    CLAPNQ,
    CLAPNQ_GOLD,
    PASSAGES,
    RAMDOCS,
    SQUAD,
    chunking_csv,
    chunking_set,
    clapnq_folder,
    jsonl,
    put,
    squad_set,
)


def refused(name: str, path: Path, tmp_path: Path) -> str:
    """The one line that says what is wrong; no file but those in the out folder is there that was not before."""
    before = set(tmp_path.rglob("*")) | {tmp_path / "out"}
    with pytest.raises((AdapterError, GoldError)) as caught:
        read_all(name, path, tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert any(words in message for words in ("expected", "mend that line", "check --corpus", f"{path} is not a"))
    written = {file for file in set(tmp_path.rglob("*")) - before if not file.is_relative_to(tmp_path / "out")}
    assert written == set()
    return message


def read_all(name: str, path: Path, tmp_path: Path) -> None:
    """What `eval run --format` does first."""
    made = adapt(name, path, tmp_path / "out")
    read_gold(made.gold, Texts(made.corpus))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_path_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert "missing" in refused(name, tmp_path / "missing", tmp_path)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_empty_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    assert str(tmp_path / "empty") in refused(name, tmp_path / "empty", tmp_path)


@pytest.mark.parametrize("name", ["squad", "clapnq", "ramdocs"])
@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "[]", "3", "null", '"text"', "{}", '{"data": 3}', '{"data": []}', '{"documents": {}}', "[" * 100_000],
)
def test_a_file_of_another_shape(tmp_path: Path, name: str, content: str) -> None:
    refused(name, put(tmp_path / "file.json", content), tmp_path)


@pytest.mark.parametrize("name", ["squad", "clapnq", "ramdocs"])
def test_a_file_that_is_not_utf8(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b'{"question": "\xff"}')
    assert "utf-8" in refused(name, tmp_path / "file", tmp_path)


@pytest.mark.parametrize("name", ["clapnq", "ramdocs"])
def test_a_broken_line_is_named(tmp_path: Path, name: str) -> None:
    good = {"clapnq": CLAPNQ, "ramdocs": RAMDOCS}[name][0]
    path = put(tmp_path / "file.jsonl", f"{json.dumps(good)}\n\n{{broken\n")
    assert "file.jsonl, line 3: not JSON" in refused(name, path, tmp_path)


def test_a_broken_line_in_a_folder_is_named(tmp_path: Path) -> None:
    path = clapnq_folder(tmp_path)
    put(path / "passages.jsonl", '{"file": "a.txt", "text": "A"}\n{"file": \n')
    assert "passages.jsonl, line 2" in refused("clapnq", path, tmp_path)
    put(chunking_set(tmp_path) / "questions.jsonl", "\n{")
    assert "questions.jsonl, line 2" in refused("chunking", tmp_path / "chunks", tmp_path)


def spoiled(content: Any, value: object, *at: str | int) -> Any:
    """A copy with one value replaced (left out, for `...`)."""
    copied = deepcopy(content)
    inner = copied
    for key in at[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value
    return copied


FIRST = ("data", 0, "paragraphs", 0)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (..., ("data", 0, "title")), (7.5, ("data", 0, "paragraphs")), (None, (*FIRST, "context")), (..., (*FIRST, "qas")),
        (None, (*FIRST, "qas", 0, "question")), ({}, (*FIRST, "qas", 0, "id")), ("", (*FIRST, "qas", 0, "question")),
        (None, (*FIRST, "qas", 0, "answers", 0, "text")), ("x", (*FIRST, "qas", 0, "answers", 0, "answer_start")),
        (-70, (*FIRST, "qas", 0, "answers", 0, "answer_start")), ("", (*FIRST, "qas", 0, "answers", 0, "text")),
        (3, (*FIRST, "qas", 0, "answers", 0, "answer_start")), (10**9, (*FIRST, "qas", 0, "answers", 0, "answer_start")),
        ("s2", (*FIRST, "qas", 0, "id")), ("\x00" * 60, (*FIRST, "context")),
    ],
)  # fmt: skip
def test_squad_of_another_shape(tmp_path: Path, value: object, at: tuple[str | int, ...]) -> None:
    refused("squad", squad_set(tmp_path, spoiled(SQUAD, value, *at)), tmp_path)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (..., (0, "id")), (None, (0, "input")), ([], (0, "passages")), (CLAPNQ * 2, (0, "passages")), (..., (0, "output")),
        (None, (0, "passages", 0, "title")), (["a"], (0, "passages", 0, "text")), ("text", (0, "output")),
        ("a sentence", (0, "output", 0, "selected_sentences")), ([[0]], (0, "output", 0, "selected_sentences")),
        (["x"], (0, "output", 0, "answer")), ("4712", (0, "id")),
    ],
)  # fmt: skip
def test_clapnq_of_another_shape(tmp_path: Path, value: object, at: tuple[str | int, ...]) -> None:
    refused("clapnq", jsonl(tmp_path / "c.jsonl", spoiled(CLAPNQ, value, *at)), tmp_path)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (..., (0, "answerable")), ("yes", (0, "answerable")), (False, (0, "answerable")), ("By ear.", (0, "answers")),
        (["tern.txt"], (0, "sources")), ("not there", (0, "quotes", 0, "text")), (1, (0, "unknown_key")), ("c2", (0, "id")),
        (["../passages.jsonl"], (0, "sources")), (["/etc/hostname.txt"], (0, "sources")), (["a\x00.txt"], (0, "sources")),
    ],
)  # fmt: skip
def test_a_clapnq_folder_of_another_shape(tmp_path: Path, value: object, at: tuple[str | int, ...]) -> None:
    refused("clapnq", clapnq_folder(tmp_path, gold=spoiled(CLAPNQ_GOLD, value, *at)), tmp_path)


LEAVES = ["../x.txt", "/dateline-escaped.txt", "a/b.txt", "..", ".", "", "a\\b.txt", "a\x00.txt"]


@pytest.mark.parametrize("name", LEAVES)
def test_an_article_that_leaves_its_folder(tmp_path: Path, name: str) -> None:
    path = clapnq_folder(tmp_path, passages=[*PASSAGES, {"file": name, "text": "out"}])
    assert f"{name!r} leaves its folder" in refused("clapnq", path, tmp_path)
    assert not Path("/dateline-escaped.txt").exists()


@pytest.mark.parametrize("name", LEAVES)
def test_a_source_that_leaves_its_folder(tmp_path: Path, name: str) -> None:
    put(tmp_path / "chunks" / "x.txt", "A secret beside the corpus.")
    path = chunking_set(tmp_path, questions=spoiled(CHUNKING, name, 0, "source"))
    assert f"{name!r} leaves its folder" in refused("chunking", path, tmp_path)


@pytest.mark.parametrize("name", ["n" * 300, "half\ud800.txt"])
def test_an_article_whose_name_no_file_can_have(tmp_path: Path, name: str) -> None:
    path = clapnq_folder(tmp_path)
    put(path / "passages.jsonl", json.dumps({"file": name, "text": "out"}))
    refused("clapnq", path, tmp_path)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (..., (0, "references")), (3, (0, "references")), ([12, 30], (0, "references")), (None, (0, "question")),
        ("other.md", (0, "source")), (30, (0, "references", 0, "start")), (31, (0, "references", 0, "start")),
        (-3, (0, "references", 0, "start")), (61, (0, "references", 0, "end")), ("x", (0, "references", 0, "end")),
    ],
)  # fmt: skip
def test_chunking_of_another_shape(tmp_path: Path, value: object, at: tuple[str | int, ...]) -> None:
    refused("chunking", chunking_set(tmp_path, questions=spoiled(CHUNKING, value, *at)), tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("references", "[{]"), ("references", "3"), ("references", '[{"start": 1}]'), ("corpus_id", "other"), ("corpus_id", "../x")],
)
def test_a_chunking_csv_of_another_shape(tmp_path: Path, key: str, value: str) -> None:
    rows = spoiled(CHUNKING_CSV, value, 0, key)
    refused("chunking", chunking_csv(tmp_path, rows), tmp_path)


def test_a_chunking_csv_with_other_columns_or_a_field_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = chunking_csv(tmp_path)
    put(path / "questions_df.csv", "question,answer\nWho?,Li\n")
    assert "references" in refused("chunking", path, tmp_path)
    put(path / "questions_df.csv", "question\nWho?\n")
    refused("chunking", path, tmp_path)
    monkeypatch.setattr("evals.adapters.MAX_FIELD", 100)
    put(path / "questions_df.csv", f"question,references,corpus_id\n{'x' * 101},[],speech\n")
    assert "field larger than field limit" in refused("chunking", path, tmp_path)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (..., (0, "documents")), ({}, (0, "documents", 0)), (None, (0, "documents", 0, "text")), (..., (0, "gold_answers")),
        ("the north", (0, "gold_answers")), ([None], (0, "gold_answers")), (None, (0, "wrong_answers")),
        ("the moon", (0, "wrong_answers")), ([[]], (0, "wrong_answers")), (True, (0, "question")),
        ("", (0, "documents", 0, "text")),
    ],
)  # fmt: skip
def test_ramdocs_of_another_shape(tmp_path: Path, value: object, at: tuple[str | int, ...]) -> None:
    refused("ramdocs", jsonl(tmp_path / "r.jsonl", spoiled(RAMDOCS, value, *at)), tmp_path)


def test_an_out_folder_that_is_a_file(tmp_path: Path) -> None:
    put(tmp_path / "out", "mine")
    with pytest.raises(AdapterError, match="out"):
        adapt("squad", squad_set(tmp_path), tmp_path / "out")
    assert (tmp_path / "out").read_text("utf-8") == "mine"
