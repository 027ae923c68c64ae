"""Whoever follows a folder is told soon after anything in it changes, and now and then without."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from index.errors import CorpusError
from index.watch import changes


def test_a_change_is_told_soon(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    often = changes(tmp_path, silence=0.2)
    next(often)
    next(often)  # nothing happened, for a while
    slow = changes(tmp_path, silence=30)
    next(slow)  # once at the beginning
    threading.Timer(0.5, (tmp_path / "town" / "a.txt").write_text, ["The pier opens."]).start()
    begun = time.monotonic()
    next(slow)
    assert time.monotonic() - begun < 10


def test_what_is_hidden_and_an_index_in_the_folder_tell_nothing(tmp_path: Path) -> None:
    for name in (".dateline", "index", "town"):
        (tmp_path / name).mkdir()
    following = changes(tmp_path, tmp_path / "index", silence=3)
    next(following)
    threading.Timer(0.5, (tmp_path / ".dateline" / "catalog.db").write_text, ["x"]).start()
    threading.Timer(0.6, (tmp_path / "index" / "catalog.db").write_text, ["x"]).start()
    begun = time.monotonic()
    next(following)
    assert time.monotonic() - begun > 2.5


def test_a_folder_that_is_not_there_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="try: dateline index FOLDER --watch"):
        next(changes(tmp_path / "none"))
