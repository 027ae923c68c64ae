"""What the source panel shows of a file that is there, was changed, or is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import Citation
from assistant.web import render
from assistant.web.sources import WINDOW, Piece, View, cited, copied, read, shown
from index.load import load, load_source

TEXT = "A headline\n\nThe quay cost 41 million. It opened late.\n\nShare this article\n"
QUOTE = "The quay cost 41 million."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    return folder


@pytest.fixture
def citation(corpus: Path) -> Citation:
    article = load(corpus / "a.txt", "a.txt")
    start = TEXT.index(QUOTE)
    return Citation(1, "a.txt", start, start + len(QUOTE), QUOTE, 3, article.sha256, "A headline", None, ("b.txt",))


def marked(view: View) -> str:
    return "".join(piece.text for piece in view.pieces if piece.cited)


def test_a_file_that_is_as_it_was(corpus: Path, citation: Citation) -> None:
    view = cited(corpus, citation)
    assert (view.standing, view.line, marked(view)) == ("same", 3, QUOTE)
    assert "".join(piece.text for piece in view.pieces) == TEXT
    assert {piece.kind for piece in view.pieces if "Share" in piece.text} == {"boilerplate"}


def test_who_wrote_it_and_in_which_language_is_shown_as_text(corpus: Path) -> None:
    page = '<html lang="de"><head><meta name="author" content="Ann &lt;b&gt;Lee"></head><body><p>Es ist offen.</p></body></html>'
    (corpus / "a.html").write_text(page)
    panel = render.source(shown(corpus, "a.html"))
    assert 'lang="de"' in panel
    assert "by <bdi>Ann" in panel
    assert "<b>" not in panel


@pytest.mark.parametrize(
    ("text", "standing", "line", "mark"),
    [
        (TEXT + "One more line.", "elsewhere", 3, QUOTE),
        ("A correction.\r\n\r\n" + TEXT, "elsewhere", 5, QUOTE),
        (TEXT.replace("41", "14"), "changed", None, ""),
        ("", "unreadable", None, ""),
        (None, "deleted", None, ""),
    ],
)
def test_a_file_that_was_changed(
    corpus: Path, citation: Citation, text: str | None, standing: str, line: int | None, mark: str
) -> None:
    if text is None:
        (corpus / "a.txt").unlink()
    else:
        (corpus / "a.txt").write_bytes(text.encode())
    view = cited(corpus, citation)
    assert (view.standing, view.line, marked(view), view.quote) == (standing, line, mark, QUOTE)
    assert "b.txt" in render.source(view)


def test_a_record_of_a_file_is_shown_by_itself(corpus: Path) -> None:
    records = [{"title": "Mill", "text": "It grinds 77 tonnes."}, {"title": "Ferry", "text": "It carries 88 cars."}]
    (corpus / "wire.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    article = load_source(corpus, "wire.jsonl#2")
    start = article.text.index("It")
    citation = Citation(1, "wire.jsonl#2", start, len(article.text), article.text[start:], 3, article.sha256, "Ferry", None, ())
    view = cited(corpus, citation)
    assert (view.standing, view.title, marked(view)) == ("same", "Ferry", "It carries 88 cars.")
    (corpus / "wire.jsonl").write_text(json.dumps(records[1]) + "\n")
    assert cited(corpus, citation).standing == "unreadable"
    (corpus / "wire.jsonl").unlink()
    assert cited(corpus, citation).standing == "deleted"


@pytest.mark.parametrize("source", ["../wire.jsonl#1", "/wire.jsonl#1", "a/../../wire.jsonl#1", "link.jsonl#1"])
def test_no_record_outside_the_folder_is_shown(corpus: Path, source: str) -> None:
    (corpus.parent / "wire.jsonl").write_text(json.dumps({"text": "A secret."}) + "\n")
    (corpus / "link.jsonl").symlink_to(corpus.parent / "wire.jsonl")
    assert shown(corpus, source).standing == "deleted"


def test_a_quote_that_moved_is_marked_where_it_is_nearest(corpus: Path, citation: Citation) -> None:
    (corpus / "a.txt").write_text(f"{QUOTE}\n\n{'x' * 40}\n\n{QUOTE}\n")
    view = cited(corpus, replace(citation, start=45, end=45 + len(QUOTE)))
    assert (view.standing, view.line) == ("elsewhere", 5)


def test_a_copy_is_shown_at_the_quoted_words(corpus: Path, citation: Citation) -> None:
    (corpus / "b.txt").write_text("Another headline\n\n" + TEXT)
    assert (copied(corpus, citation, "b.txt").standing, marked(copied(corpus, citation, "b.txt"))) == ("copy", QUOTE)
    (corpus / "b.txt").write_text(TEXT.replace("cost", "has cost"))
    assert marked(copied(corpus, citation, "b.txt")) == ""
    (corpus / "b.txt").unlink()
    assert copied(corpus, citation, "b.txt").standing == "deleted"


@pytest.mark.parametrize(
    "source", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "", ".", "..", "link.txt", "a.txt\x00", "loop/a.txt"]
)
def test_nothing_outside_the_folder_is_read(corpus: Path, source: str) -> None:
    (corpus.parent / "secret.txt").write_text("The secret is 42.")
    (corpus / "link.txt").symlink_to(corpus.parent / "secret.txt")
    (corpus / "loop").symlink_to("loop")
    assert read(corpus, source) is None
    assert shown(corpus, source).standing == "deleted"


def test_of_a_very_long_article_the_part_around_the_words_is_shown(corpus: Path) -> None:
    text = "x" * 300_000 + " Here it is. " + "y" * 300_000
    (corpus / "long.txt").write_text(text)
    start = text.index("Here")
    view = shown(corpus, "long.txt", start, start + 11)
    assert (marked(view), view.cut) == ("Here it is.", True)
    assert sum(len(piece.text) for piece in view.pieces) == 2 * WINDOW + 11


@given(st.text(min_size=1, max_size=200).filter(lambda text: not text.isspace()))
def test_whatever_an_article_says_only_its_characters_are_shown(text: str) -> None:
    page = render.source(
        View(text, text, None, "same", 1, (Piece("body", text, True), Piece("teaser", text, False)), False, text, 1)
    )
    template = render.source(
        View("s", "s", None, "same", 1, (Piece("body", "s", True), Piece("teaser", "s", False)), False, "s", 1)
    )
    for sign in "<>":
        assert page.count(sign) == template.count(sign)


def test_a_citation_of_the_view_can_be_of_any_kind(citation: Citation, corpus: Path) -> None:
    gone = replace(citation, source="nowhere.txt", also_in=())
    assert "Deleted" in render.source(cited(corpus, gone))
