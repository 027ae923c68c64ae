"""The story is told from what a page puts around it: the labelled pages as a guard, and each rule by itself.

`python -m benchmarks.cleaning` prints the figures; the floors here stand well below them and only catch what breaks.
"""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from benchmarks.cleaning import PAGES, body_of, labels, score
from index.furniture import furniture
from index.html import read_html
from index.load import load
from index.main_text import around_story
from tests.conftest import ROOT

FOLDER = ROOT / PAGES
STORY = [
    "The harbour office of Kestrel Bay closes the old pier on Monday, after divers found that four of its piles had rotted.",
    "The ferry to Saltworks will use the coal quay for eleven weeks, and the company has hired two buses to carry its passengers.",
    "“Nobody is happy about it, but nobody wants to swim either,” said Jonna Brask, who has run the office since 2014.",
    "The repair costs 2.4 million crowns, of which the town pays a third; the rest comes from the coast fund of the province.",
]


def _page(*after: str) -> str:
    around = '<div class="x1">Weather Tides Jobs</div>'
    paragraphs = "".join(f"<p>{one}</p>" for one in STORY)
    return (
        f"<title>Pier closes - Kestrel Bay Times</title>{around}<article><h1>Pier closes</h1>{paragraphs}</article>{''.join(after)}"
    )


def test_every_visible_line_of_the_text_pages_is_labelled_once() -> None:
    rows = [json.loads(line) for line in (FOLDER / "labels.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) >= 40
    assert {row["file"] for row in rows} == {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.*")} - {"labels.jsonl"}
    for row in rows:
        if row["file"].endswith(".txt"):
            lines = [line.strip() for line in (FOLDER / row["file"]).read_text("utf-8").splitlines() if line.strip()]
            assert Counter(lines) == Counter([*row["body"], *row["not_body"], *row["either"]]), row["file"]


@pytest.mark.parametrize(("group", "precision", "recall"), [("html", 0.8, 0.9), ("text", 0.7, 0.85)])
def test_most_of_what_is_marked_is_the_story_and_most_of_the_story_is_marked(group: str, precision: float, recall: float) -> None:
    scores = []
    for page in labels(FOLDER):
        if page.file.startswith(f"{group}/"):
            article = load(FOLDER / page.file, page.file)
            scores.append(score(page, article, body_of(article)))
    right = sum(one.right for one in scores)
    assert right / sum(one.marked for one in scores) > precision
    assert right / sum(one.body for one in scores) > recall
    assert sum(one.date for one in scores) / len(scores) > 0.8
    assert sum(one.title for one in scores) / len(scores) > 0.7


def test_most_pages_tell_who_wrote_them_and_in_which_language_and_one_without_an_author_names_none() -> None:
    pages = [page for page in labels(FOLDER) if page.file.startswith("html/")]
    articles = [load(FOLDER / page.file, page.file) for page in pages]
    scores = [score(page, article, ()) for page, article in zip(pages, articles, strict=True)]
    assert sum(one.author for one in scores) / len(scores) > 0.6
    assert sum(one.language for one in scores) / len(scores) > 0.7
    assert [page.file for page, article in zip(pages, articles, strict=True) if article.author and not page.authors] == []
    told = [(page, article) for page, article in zip(pages, articles, strict=True) if article.language]
    assert [page.file for page, article in told if (article.language or "").partition("-")[0] != page.language] == []


def test_the_score_counts_characters_and_leaves_out_what_may_be_either() -> None:
    (page,) = [one for one in labels(FOLDER) if one.file == "text/01-wire-brief.txt"]
    article = load(FOLDER / page.file, page.file)
    whole = score(page, article, [article.text])
    exact = score(page, article, [*page.either[:1], *page.body])
    assert whole.right == exact.right == exact.marked == whole.body == exact.body
    assert whole.marked > whole.right
    half = score(page, article, page.body[:2])
    assert half.right == half.marked < half.body


def test_what_stands_around_the_story_is_told_without_any_known_word() -> None:
    """The names of its classes and its words say nothing; its place does."""
    other = '<div class="x9"><div><a href="/1">Mill grinds again</a></div><div><a href="/2">Baker wins prize</a></div></div>'
    read = read_html(_page(other))
    hinted = {read.text[hint.start : hint.end] for hint in read.hints}
    assert {"Mill grinds again", "Baker wins prize"} <= hinted
    assert not hinted & {*STORY, "Pier closes"}


def test_all_of_the_page_is_kept_as_text() -> None:
    read = read_html(_page('<div class="x9"><a href="/1">Mill grinds again</a></div>'))
    assert read.text.split("\n\n") == ["Weather Tides Jobs", "Pier closes", *STORY, "Mill grinds again"]


def test_who_a_quotation_is_of_is_the_storys() -> None:
    assert around_story(_page(), "Pier closes", ["Pier closes", *STORY, "— Deng Baozhen, Saltworks"]) == frozenset()


def test_a_headline_that_the_main_text_leaves_out_is_the_storys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.main_text._main_text", lambda page: " ".join(STORY))
    blocks = ["Pier closes", *STORY, "Mill grinds again"]
    assert around_story(_page(), "Pier closes!", blocks) == {"Mill grinds again"}


def test_a_short_page_is_taken_as_it_is() -> None:
    assert around_story("<p>The pier closes.</p><div>Jobs</div>", None, ["The pier closes.", "Jobs"]) == frozenset()


def test_a_judgement_that_takes_most_of_the_page_for_furniture_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [f"{one} So it was told again in spring." for one in STORY]
    monkeypatch.setattr("index.main_text._main_text", lambda page: "The pier closes.")
    assert around_story(_page(), "Pier closes", ["The pier closes.", *STORY, *more]) == frozenset()
    monkeypatch.setattr("index.main_text._main_text", lambda page: " ".join(STORY))
    assert around_story(_page(), "Pier closes", ["The pier closes.", *STORY, *more]) == {"The pier closes.", *more}


@pytest.mark.parametrize(
    "page", ["<" * 5000, "<div>" * 20_000 + "x" * 900, "<table>" * 3000 + "word " * 300, "\x00" * 900, "<!--" * 500]
)
def test_a_page_of_nothing_but_damage_is_read_soon(page: str) -> None:
    block = "word " * 300
    begun = time.process_time()
    assert around_story(page, None, [block]) <= {block}
    assert isinstance(read_html(page).text, str)
    assert time.process_time() - begun < 10


def test_a_page_of_very_many_long_blocks_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [f"{'word ' * 60}{n}" for n in range(800)]
    monkeypatch.setattr("index.main_text._main_text", lambda page: " ".join(blocks[:700]))
    assert around_story("<p>", None, blocks) == frozenset()
    assert around_story("<p>", None, blocks[600:]) == frozenset(blocks[700:])


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("212 comments", "boilerplate"),
        ("Kommentare (17)", "boilerplate"),
        ("Комментарии", "boilerplate"),
        ("6 minute read", "boilerplate"),
        ("Tags: stocks, copper, crown", "boilerplate"),
        ("Aller au contenu principal", "boilerplate"),
        ("Lire aussi | Sur l'île de Gwenzac, l'école rouvre", "boilerplate"),
        ("Your email address will not be published. Required fields are marked *", "boilerplate"),
        ("The miller at his door. Photograph: Kit Salloway", "caption"),
        ("Die Brücke am Mittwoch. (Foto: Jobst Riedinger)", "caption"),
        ("Danil Okonjic wheels away after his winner (Pic: Lorna Feith/Touchline)", "caption"),
        ("The council received 212 comments.", None),
        ("Home is where the mill was, she said", None),
        ("The bank declined to comment.", None),
        ("Next year's budget", None),
        ("Accept all that and the plan still costs 40 million", None),
        ("She kept every photograph: of the mill, of the men, of the flood.", None),
        ("He follows the money", None),
    ],
)
def test_what_a_line_is(line: str, kind: str | None) -> None:
    assert furniture(line) == kind
