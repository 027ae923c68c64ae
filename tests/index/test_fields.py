"""A folder says which fields of its JSON are an article's text, headline and date."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.build import differences
from index.check import check
from index.errors import CorpusError
from index.fields import NAME, USUAL, Fields, fields_of, value_at
from index.load import load_source
from tests.conftest import Desk

RECORD = {
    "kopf": "Mole öffnet",
    "tag": "2024-03-01",
    "Inhalt": {"Klartext": "Die Mole öffnet am Montag."},
    "text": "Bitte anmelden.",
}
TABLE = '[json]\ntext = ["inhalt.klartext", "text"]\ntitle = "Kopf"\ndate = "tag"\n'


@pytest.fixture
def feed(desk: Desk, old_files: None) -> Desk:
    desk.write("feed.jsonl", json.dumps(RECORD) + "\n")
    return desk


def test_the_usual_names_are_looked_for_where_the_folder_says_nothing(feed: Desk) -> None:
    feed.sync()
    assert load_source(feed.corpus, "feed.jsonl#1").text == "Bitte anmelden."
    assert fields_of(feed.corpus) is USUAL


def test_the_folders_names_are_looked_for_in_their_order(feed: Desk) -> None:
    feed.write(NAME, TABLE)
    report = feed.sync()
    assert (report.added, report.skipped) == (("feed.jsonl#1",), ())
    article = load_source(feed.corpus, "feed.jsonl#1")
    assert (article.text, article.title, article.published) == (
        "Mole öffnet\n\nDie Mole öffnet am Montag.", "Mole öffnet", "2024-03-01",
    )  # fmt: skip
    (hit,) = feed.search("Mole")
    assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_author_and_language_are_read_under_their_names(feed: Desk) -> None:
    records = [
        {"text": "It opened.", "author": "Ann Lee", "language": "en"},
        {"text": "It closed.", "authors": ["Ann Lee", "Bo Wu"], "lang": "pt-BR"},
        {"text": "It sank.", "author": {"name": "Cy Oz"}, "language": "<script>"},
        {"text": "It swam.", "author": [{"name": "Di Po"}, {"name": "El Qi"}], "language": "en_US"},
        {"text": "It rose.", "author": 7, "language": ["en"] * 9, "who": "Di Po"},
    ]
    feed.write("feed.jsonl", "\n".join(map(json.dumps, records)))
    found = [load_source(feed.corpus, f"feed.jsonl#{n}") for n in range(1, 6)]
    assert [(one.author, one.language) for one in found] == [
        ("Ann Lee", "en"), ("Ann Lee; Bo Wu", "pt-BR"), ("Cy Oz", None), ("Di Po; El Qi", "en-US"), (None, None),
    ]  # fmt: skip
    feed.write(NAME, '[json]\nauthor = "who"\n')
    assert load_source(feed.corpus, "feed.jsonl#5").author == "Di Po"


def test_another_table_has_the_files_read_again_and_is_told_as_stale(feed: Desk) -> None:
    feed.sync()
    assert differences(feed.corpus, feed.store.manifest()) == []
    feed.write(NAME, TABLE)
    (stale,) = differences(feed.corpus, feed.store.manifest())
    assert stale == ("feed.jsonl", f"read by another version of Dateline, or with another {NAME}")
    feed.sync()
    assert "Mole öffnet am Montag" in feed.search("Mole")[0].passage.text
    with feed.store.lock():
        assert check(feed.store.catalog, feed.store.mirror, feed.corpus).lines() == []
    (feed.corpus / NAME).unlink()
    feed.sync()
    assert "anmelden" in feed.search("Mole")[0].passage.text


def test_a_list_of_articles_is_found_in_the_objects_around_it(desk: Desk, old_files: None) -> None:
    results = [{"title": "Pier", "body": "The pier closes.", "published": 1620777600}, {"title": "Mill", "body": "The mill opens."}]
    desk.write("a.json", json.dumps({"response": {"status": "ok", "page": {"results": results, "tags": [{"id": 1}]}}}))
    assert desk.sync().added == ("a.json#1", "a.json#2")
    assert [desk.store.manifest()[f"a.json#{n}"].published for n in (1, 2)] == ["2021-05-12", None]
    deep: object = results
    for _ in range(200):
        deep = {"in": deep}
    desk.write("b.json", json.dumps(deep))
    assert desk.sync().added == ()


@pytest.mark.parametrize(
    "day",
    [
        1620777600,
        "1620777600",
        1620777600000,
        1620777600.25,
        "20210512",
        "202105121430",
        20210512143000,
        "2021-05-12T00:00:00Z",
        "12 May 2021",
    ],
)
def test_a_day_is_read_as_a_text_and_as_seconds_since_1970(desk: Desk, day: object) -> None:
    desk.write("a.jsonl", json.dumps({"text": "The pier closes.", "date": day}))
    desk.sync()
    assert desk.store.manifest()["a.jsonl#1"].published == "2021-05-12"


@pytest.mark.parametrize(
    "day", [True, 12, -1620777600, 1e300, float("nan"), [1620777600], {"day": 1620777600}, "16207776001", 9999999999]
)
def test_another_number_is_no_day(desk: Desk, day: object) -> None:
    desk.write("a.jsonl", json.dumps({"text": "The pier closes.", "date": day}))
    desk.sync()
    assert desk.store.manifest()["a.jsonl#1"].published is None


def test_a_list_of_articles_is_told_from_an_article_by_the_folders_names(desk: Desk, old_files: None) -> None:
    desk.write(NAME, '[json]\ntext = "story"\n')
    desk.write("one.json", json.dumps({"story": "The pier closes.", "tags": [{"name": "pier"}]}))
    desk.write("two.json", json.dumps({"text": "a feed", "items": [{"story": "The mill opens."}, {"story": "The ferry sails."}]}))
    assert desk.sync().added == ("one.json#1", "two.json#1", "two.json#2")


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("[json\n", "Expected"),
        (b"\xff\xfe", "utf-8"),
        ('[jsno]\ntext = "a"\n', "'jsno' is nothing that is read"),
        ('[json]\nbody = "a"\n', "'body' is nothing that is read"),
        ('json = "a"\n', "'json' is nothing that is read"),
        ("[json]\ntext = 3\n", "'text' is neither a name nor a list of names"),
        ("[json]\ntitle = []\n", "'title' is neither"),
        ('[json]\ndate = ["a", ""]\n', "'date' is neither"),
    ],
)
def test_a_table_that_cannot_be_used_is_an_error_and_nothing_is_changed(feed: Desk, table: str | bytes, why: str) -> None:
    feed.sync()
    feed.write(NAME, table)
    with pytest.raises(CorpusError, match=why) as caught:
        feed.sync()
    assert "\n" not in str(caught.value)
    assert f"rm {feed.corpus / NAME}" in str(caught.value)
    feed.assert_exactly("feed.jsonl#1")


@pytest.mark.parametrize("table", ["[json]\ntext = " + "[" * 30_000, "#" * 70_000 + "\n[json]\ntitle = 5\n"], ids=["deep", "long"])
def test_a_table_that_is_a_bomb_is_an_error(feed: Desk, table: str) -> None:
    feed.write(NAME, table)
    with pytest.raises(CorpusError, match="cannot be used"):
        feed.sync()


def test_a_pipe_in_the_place_of_the_table_is_an_error(feed: Desk) -> None:
    os.mkfifo(feed.corpus / NAME)
    with pytest.raises(CorpusError, match="not a regular file"):
        feed.sync()


def test_only_files_of_json_are_read_again_for_another_table(feed: Desk) -> None:
    feed.write("pier.txt", "The pier closes on Monday.")
    feed.sync()
    feed.write(NAME, TABLE)
    assert [file for file, _ in differences(feed.corpus, feed.store.manifest())] == ["feed.jsonl"]


def test_a_folder_in_the_place_of_the_table_is_an_error(feed: Desk) -> None:
    (feed.corpus / NAME).mkdir()
    with pytest.raises(CorpusError, match="cannot be used"):
        feed.sync()


def test_a_name_with_a_dot_is_itself_before_it_is_a_way(tmp_path: Path) -> None:
    assert value_at({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert value_at({"A": {"B": {"c": 3}}}, "a.b.c") == 3
    assert value_at({"a": [1]}, "a.b") is None
    assert value_at({}, "a.b") is None
    assert Fields(text=("a",)).mark != Fields(text=("b",)).mark != USUAL.mark == ""
