"""Damaged files and bombs: each is indexed or skipped with its reason, soon and in little memory."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from benchmarks.fuzz import faults
from index import documents
from index.errors import SkipFile
from index.load import check_file, load, load_records
from index.types import Article, Passage, Prepared, Segment, Skipped
from tests.conftest import ROOT
from tests.index.makers import a_warc

MB = 1024 * 1024


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def skipped(path: Path) -> str:
    """Why a file is skipped: within ten seconds and a hundred megabytes."""
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(SkipFile) as raised:
        check_file(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100 * MB
    assert time.process_time() - began < 10
    assert list(faults(Skipped(path.name, "", str(raised.value)))) == []
    return str(raised.value)


def test_whatever_is_damaged_is_indexed_or_skipped_with_a_reason() -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "150", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.search(r"^all +(\d+) +(\d+) +(\d+)", done.stdout, re.M)
    assert counts is not None
    files, indexed, out = map(int, counts.groups())
    assert files == indexed + out == 150
    assert min(indexed, out) > 20  # both happen
    assert {".pdf", ".docx", ".html", ".warc.gz"} <= set(re.findall(r"^(\.\S+)", done.stdout, re.M))


@pytest.mark.parametrize(
    ("text", "title", "end", "wrong"),
    [
        ("The pier opens.", "Pier", 8, []),
        ("The pier opens.", "Pier", 9, ["a passage that is not where it says"]),
        ("The pier\x00opens.", "Pier", 8, ["a text that cannot be kept"]),
        ("The pier \ud800.", "Pier", 8, ["a text that cannot be kept"]),
        ("The pier opens.", "Pier\nopens", 8, ["a title that is no line: 'Pier\\nopens'"]),
    ],
)
def test_what_is_wrong_with_an_article_is_found(text: str, title: str, end: int, wrong: list[str]) -> None:
    article = Article("a.txt", "", "utf-8", text, title, None, (), "")
    passage = Passage("a.txt", 0, end, "The pier", "body", title, None)
    assert list(faults(Prepared(article, "", (Segment("body", 0, len(text)),), (passage,), frozenset(), b""))) == wrong
    assert list(faults(Skipped("a.txt", "", "two\nlines"))) == ["a reason that is no line: 'two\\nlines'"]


# Bombs


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.warc", "a.json"])
def test_two_gigabytes_of_nothing_are_not_read(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name, b"")
    os.truncate(path, 2 * 1024 * MB)  # sparse: it takes no room
    assert re.search(r"2048 MB; expected|more than 20 MB|more than a megabyte", skipped(path))


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 200_000 + "The pier opens.",
        "<p>" + "".join(f"<b a{n}>" for n in range(5_000)) + "<p>x" * 5_000,  # each paragraph is in all that is bold before it
        "<p " + "".join(f"a{n} " for n in range(100_000)) + ">The pier opens.",
        "<p " + "".join(f"a{n}='>' " for n in range(100_000)) + ">The pier opens.",
    ],
    ids=["nested 200,000 deep", "bold 5,000 times", "100,000 attributes", "100,000 values"],
)
def test_a_page_that_takes_the_square_of_its_length_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setattr(documents, "SECONDS", 1)
    reason = skipped(put(tmp_path, "a.html", page.encode()))
    assert reason in (
        "HTML that cannot be read: it takes more than 1 s",
        "HTML that cannot be read: SelectolaxError: Can't parse HTML.",
    )


def test_entities_that_multiply_are_words_in_a_page(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    page = f'<!DOCTYPE d [<!ENTITY l0 "ha">{entities}]><p>The pier &l11; opens.'
    article = load(put(tmp_path, "a.html", page.encode()), "a.html")
    assert article.text.endswith("The pier &l11; opens.")
    assert len(article.text) < len(page)


def test_json_nested_100_000_deep_beside_an_article_costs_that_record_alone(tmp_path: Path) -> None:
    deep = '{"text": "The pier opens.", "deep": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert skipped(put(tmp_path, "a.json", deep.encode())).startswith("not JSON: maximum recursion depth")
    path = put(tmp_path, "a.jsonl", f'{deep}\n{{"text": "The mill closes."}}\n'.encode())
    first, second = (found for _, found in load_records(path, path.name))
    assert str(first).startswith("not JSON: maximum recursion depth")
    assert isinstance(second, Article)
    assert second.text == "The mill closes."


def test_a_gzip_bomb_within_a_crawl_is_not_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(300 * MB), 9)
    assert "ends in .warc.gz" in skipped(put(tmp_path, "a.warc", bomb))
    assert "ends in .warc.gz" in skipped(put(tmp_path, "a.warc.gz", gzip.compress(bomb)))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb)
    page = ("200 OK", "text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip", chunked)
    assert skipped(put(tmp_path, "b.warc", a_warc(page))) == "a page of more than 20 MB"
