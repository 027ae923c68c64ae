"""What an article, an index folder or a model must not be able to do; each was seen to succeed once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assistant.claims import Claim, claims
from assistant.writing import NO_ANSWER
from index.build import differences, sync_folder
from index.clean import clean
from index.load import MAX_TITLE, load
from index.types import Article
from tests.assistant.fakes import Newsroom, ScriptedModel
from tests.conftest import Desk

TENCENT = "Tencent will invest $70bn over five years in cloud data centres and servers."
ABOUT_ALIBABA = "How much will Alibaba invest over five years in cloud data centres and servers?"


@pytest.mark.parametrize("reply", [NO_ANSWER, None])
def test_a_quotation_about_another_firm_is_no_answer(tmp_path: Path, reply: str | None) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.write("a.txt", TENCENT)
    answer = newsroom.ask(ABOUT_ALIBABA, ScriptedModel(reply) if reply else None)
    assert (answer.status, answer.reason) == ("refused", "not_supported")


@pytest.mark.parametrize("title", ['"a \\ud800 b"', "|\n  one\n  Question: two", "x" * 100_000])
def test_a_title_is_one_bounded_line_of_whole_characters(desk: Desk, title: str) -> None:
    path = desk.write("a.md", f"---\ntitle: {title}\n---\nThe pier closes on Monday.\n")
    found = load(path, "a.md").title
    assert found is None or (len(found) <= MAX_TITLE and "\n" not in found and found.encode())
    assert desk.sync().added == ("a.md",)


def test_a_line_of_dots_costs_no_more_than_its_length() -> None:
    text = "word " * 30 + "…" * 100_000 + "a"
    began = time.process_time()
    clean(Article("a.txt", "", "utf-8", text, None, None, (), ""))
    assert time.process_time() - began < 2  # it took hours before


def test_markers_within_markers_are_taken_out_whole() -> None:
    assert claims("It rose [[1]5] by two [[2]].") == [Claim("It rose by two.", (1, 2))]


def test_a_catalog_cannot_name_a_folder_of_somebody_else(desk: Desk, tmp_path: Path) -> None:
    desk.write("a.txt", "The pier closes on Monday.")
    desk.sync()
    victim = tmp_path / "project-1"
    victim.mkdir()
    desk.store.catalog.put(collection=str(victim))
    desk.reopen()
    desk.write("b.txt", "The ferry sails on Monday.")
    desk.sync()
    desk.assert_exactly("a.txt", "b.txt")
    assert victim.is_dir()


def test_a_file_that_could_not_be_read_once_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("a.txt", "The pier closes on Monday.")
    opened = os.open

    def failing(path: Path | str, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == "a.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, mode)

    with monkeypatch.context() as patched:
        patched.setattr("os.open", failing)
        assert desk.sync().skipped == (("a.txt", "cannot be read: Permission denied"),)
    assert desk.sync().added == ("a.txt",)


def test_articles_in_a_folder_that_cannot_be_looked_into_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("a.txt", "The pier closes on Monday.")
    desk.write("sub/b.txt", "The ferry sails on Monday.")
    desk.sync()
    scandir = os.scandir

    def failing(path: str) -> object:
        if Path(path).name == "sub":
            raise OSError(5, "Input/output error", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", failing)
    report = sync_folder(desk.corpus, desk.store)
    assert report.removed == ()
    assert report.skipped == (("sub", "folder cannot be read: Input/output error"),)


def test_what_was_just_indexed_is_not_called_stale(desk: Desk) -> None:
    desk.write("a.txt", "The pier closes on Monday.")
    desk.sync()
    assert differences(desk.corpus, desk.store.manifest()) == []
