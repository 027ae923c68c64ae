"""Uploads become files of the corpus, and only of the corpus."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.api import Assistant
from assistant.web.library import MAX_FILES, Library, safe_name
from index.load import MAX_BYTES
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder

ARTICLE = b"A quay for Gullwing\n\nThe quay cost 41 million euros, the port said on Monday.\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    embedder = FakeEmbedder()
    return Library(Assistant(corpus, EmbeddedStore(tmp_path / "index", embedder, corpus), embedder, None, reranker=None))


def uploaded(data: bytes = ARTICLE) -> BytesIO:
    return BytesIO(data)


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_stays_in_its_folder(given: str) -> None:
    name = safe_name(given)
    assert name == Path(name).name
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert len(name.encode()) <= 150
    assert not set(name) & set('/\\<>:"|?*\x00\n\r')


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil.txt", "..\\..\\evil.txt", "a/../../evil.txt"])
def test_a_name_with_folders_leads_nowhere(library: Library, tmp_path: Path, name: str) -> None:
    outcome = library.add([(name, uploaded())])
    assert outcome[0].source == "uploads/evil.txt"
    assert {path.name for path in tmp_path.rglob("*evil*")} == {"evil.txt"}
    assert (tmp_path / "corpus" / "uploads" / "evil.txt").read_bytes() == ARTICLE


def test_nothing_is_overwritten(library: Library, tmp_path: Path) -> None:
    names = [library.add([("a.txt", uploaded())])[0].source for _ in range(3)]
    assert names == ["uploads/a.txt", "uploads/a (2).txt", "uploads/a (3).txt"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.exe", ARTICLE, "format .exe is not read"),
        ("a", ARTICLE, "without an ending"),
        ("a.txt", b"", "empty file"),
        ("a.txt", b"\x00\x01\x02" * 100, "expected text"),
        ("a.txt", b"x" * (MAX_BYTES + 1), "at most 20 MB"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(
    library: Library, tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    outcome = library.add([(name, uploaded(data))])[0]
    assert outcome.source is None
    assert reason in outcome.reason
    assert [path for path in (tmp_path / "corpus").rglob("*") if path.is_file()] == []


def test_a_folder_that_leads_out_of_the_corpus_is_not_written_to(library: Library, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "corpus" / "uploads").symlink_to(tmp_path / "elsewhere")
    outcome = library.add([("a.txt", uploaded())])[0]
    assert "leads out of the corpus" in outcome.reason
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_names_that_describe_a_folder_are_read_all_the_same(library: Library, tmp_path: Path) -> None:
    library.add([("README.md", uploaded())])
    assert library.sync().result().added == ("uploads/README (uploaded).md",)


def test_too_many_files_at_once_are_named(library: Library, tmp_path: Path) -> None:
    outcomes = library.add([("a.txt", uploaded()) for _ in range(MAX_FILES + 1)])
    assert "more than" in outcomes[-1].reason
    assert len(list((tmp_path / "corpus" / "uploads").iterdir())) == MAX_FILES


def test_whatever_was_skipped_is_listed_with_its_reason(library: Library, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "photo.jpg").write_bytes(b"x")
    (corpus / "empty.txt").write_bytes(b"")
    (corpus / "link.txt").symlink_to(corpus / "nowhere.txt")
    library.sync().result(30)
    assert [source for source, _ in library.listing().skipped] == ["empty.txt", "link.txt", "photo.jpg"]
    assert "a symbolic link that leads nowhere" in dict(library.listing().skipped)["link.txt"]
    (corpus / "photo.jpg").unlink()
    library.sync().result(30)
    assert [source for source, _ in library.listing().skipped] == ["empty.txt", "link.txt"]


def test_the_list_is_in_pages_newest_first_and_searched_by_name(library: Library, tmp_path: Path) -> None:
    for day in range(1, 61):
        (tmp_path / "corpus" / f"2021-03-{day:02}-story.txt").write_bytes(ARTICLE + str(day).encode())
    library.sync().result()
    first, last = library.listing(), library.listing(page=99)
    assert (first.found, first.pages, len(first.articles), last.page, len(last.articles)) == (60, 2, 50, 2, 10)
    assert first.articles[0][0] == "2021-03-31-story.txt"
    assert library.listing("-03-07-").articles[0][0] == "2021-03-07-story.txt"
