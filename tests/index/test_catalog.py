"""The catalog: articles, passages and vectors change together or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.catalog import Catalog
from index.errors import IndexFolderError
from index.schema import SCHEMA_VERSION
from index.types import Article, Passage, Prepared, Segment, Skipped

ROOT = Path(__file__).parents[2]
VECTOR = np.array([0.6, 0.8], dtype=np.float32)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    made = Catalog(tmp_path / "catalog.db")
    yield made
    made.close()


def _prepared(source: str, *texts: str, stamp: str = "1", published: str | None = None, sha256: str = "f" * 64) -> Prepared:
    """An article whose passages are these texts, a blank between them."""
    whole = " ".join(texts)
    article = Article(source, sha256, "utf-8", whole, "Title", published, (), "")
    passages, at = [], 0
    for text in texts:
        passages.append(Passage(source, at, at + len(text), text, "body", "Title", published))
        at += len(text) + 1
    return Prepared(article, stamp, (Segment("body", 0, len(whole)),), tuple(passages), frozenset(), b"")


def _put(catalog: Catalog, *items: Prepared) -> None:
    digests = [[p.text for p in item.passages] for item in items]
    catalog.replace(list(zip(items, digests, strict=True)), {d: VECTOR for own in digests for d in own})


def _all_texts(catalog: Catalog) -> list[str]:
    return [passage.text for _, passage in sorted(catalog.passages(range(1, 1_000)).items())]


def test_a_new_catalog_is_empty_and_knows_its_schema(catalog: Catalog) -> None:
    assert (catalog.manifest(), catalog.get("schema"), catalog.get("embedder")) == ({}, SCHEMA_VERSION, None)
    assert (catalog.stats().articles, catalog.stats().passages, catalog.stats().vectors) == (0, 0, 0)


def test_what_is_put_in_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = Catalog(tmp_path / "catalog.db")
    _put(first, _prepared("a.txt", "The pier closes.", "The ferry sails.", published="2022-05-14"))
    first.put(embedder="fake", dim="2")
    first.close()
    again = Catalog(tmp_path / "catalog.db")
    assert _all_texts(again) == ["The pier closes.", "The ferry sails."]
    record = again.manifest()["a.txt"]
    assert (record.stamp, record.title, record.published, record.passages, record.skipped) == ("1", "Title", "2022-05-14", 2, "")
    assert (again.get("embedder"), again.stats().dim) == ("fake", 2)
    again.close()


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20), min_size=1, max_size=5))
def test_passages_come_back_as_they_went_in_whatever_their_characters(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("catalog") / "catalog.db")
    item = _prepared("a.txt", *texts)
    _put(catalog, item)
    assert sorted(catalog.passages(range(1, 99)).values(), key=lambda p: p.start) == list(item.passages)
    catalog.close()


def test_an_article_put_in_again_takes_the_place_of_its_former_version(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes.", "The ferry sails."), _prepared("b.txt", "The baker bakes."))
    _put(catalog, _prepared("a.txt", "The pier opens."))
    assert _all_texts(catalog) == ["The baker bakes.", "The pier opens."]
    assert catalog.lexical("ferry closes", 9) == []
    assert len(catalog.lexical("pier", 9)) == 1


def test_a_failure_in_the_middle_changes_nothing(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    before = (_all_texts(catalog), catalog.manifest(), catalog.pending(), catalog.lexical("pier", 9), catalog.stats())
    good, bad = _prepared("b.txt", "The baker bakes."), _prepared("a.txt", "One.", "Two.")
    with pytest.raises(ValueError, match="zip"):  # a digest too few for the second passage: the third row of five fails
        catalog.replace([(good, ["x"]), (bad, ["y"])], {"x": VECTOR, "y": VECTOR})
    assert (_all_texts(catalog), catalog.manifest(), catalog.pending(), catalog.lexical("pier", 9), catalog.stats()) == before


def test_what_is_new_and_what_is_gone_waits_for_the_collection(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    assert catalog.pending() == [(1, VECTOR.tobytes())]
    catalog.settle([1], 0)
    _put(catalog, _prepared("a.txt", "The pier opens."))
    assert catalog.pending() == [(1, None), (2, VECTOR.tobytes())]
    catalog.settle([1, 2], 0)
    catalog.remove(["a.txt"])
    assert catalog.pending() == [(2, None)]


def test_a_new_collection_of_all_passages_waits_for_nothing(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes.", "The ferry sails."))
    catalog.settle([1, 2], 0)
    catalog.settle_anew("vectors-2", "9:0")
    assert (catalog.pending(), catalog.get("collection")) == ([], "vectors-2")


def test_what_a_search_asks_first_costs_the_same_however_many_passages_there_are(catalog: Catalog) -> None:
    steps: list[int] = []

    def asked() -> int:
        steps.clear()
        catalog._db.set_progress_handler(lambda: steps.append(1), 1)
        last = catalog.last_passage()
        assert (catalog.pending_until(last), catalog.vectors_from(last), catalog.newest()) == ([], [], None)
        catalog._db.set_progress_handler(None, 1)
        return len(steps)

    counts = []
    for name in ("a.txt", "b.txt", "c.txt"):
        _put(catalog, _prepared(name, *(f"The pier closes on day {n}." for n in range(200))))
        catalog.settle([i for i, _ in catalog.pending()], 0)
        counts.append(asked())
    assert counts[0] == counts[2], "each passage was asked whether it is pending: 3 of 20 ms with 52,000 of them"


def test_vectors_are_read_in_order_a_few_at_a_time(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes.", "The ferry sails.", "The mill turns."))
    assert [number for number, _ in catalog.vectors_from(0, 2)] == [1, 2]
    assert [number for number, _ in catalog.vectors_from(2, 2)] == [3]


def test_removing_what_is_not_there_is_no_error(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    catalog.remove(["nothing.txt"])
    assert _all_texts(catalog) == ["The pier closes."]


def test_a_skipped_file_loses_its_article_and_keeps_its_reason(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    catalog.look_past([Skipped("a.txt", "2", "binary content")])
    assert (catalog.manifest()["a.txt"].skipped, _all_texts(catalog)) == ("binary content", [])
    _put(catalog, _prepared("a.txt", "The pier opens."))
    assert (catalog.manifest()["a.txt"].skipped, _all_texts(catalog)) == ("", ["The pier opens."])


def test_an_article_is_held_only_with_the_same_bytes(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    assert catalog.held([_prepared("a.txt", "The pier closes.", stamp="2")])
    catalog.look_past([_prepared("a.txt", "The pier closes.", stamp="2")])
    assert catalog.manifest()["a.txt"].stamp == "2"
    assert not catalog.held([_prepared("a.txt", "The pier opens.", stamp="3", sha256="0" * 64)])
    assert not catalog.held([_prepared("b.txt", "The pier closes.")])


def test_the_same_bytes_read_in_another_way_are_not_kept(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes.", stamp="1: 16"))
    assert catalog.held([_prepared("a.txt", "The pier closes.", stamp="1: 17")])
    catalog.look_past([_prepared("a.txt", "The pier closes.", stamp="1: 17")])
    assert not catalog.held([_prepared("a.txt", "The pier closes.", stamp="2: 17")])
    assert not catalog.held([_prepared("a.txt", "The pier closes.", stamp="17")])
    assert catalog.manifest()["a.txt"].stamp == "1: 17"


def test_a_vector_is_forgotten_with_the_last_passage_that_uses_it(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."), _prepared("b.txt", "The pier closes."))
    catalog.remove(["a.txt"])
    catalog.forget_unused_vectors()
    assert catalog.known(["The pier closes."]) == {"The pier closes."}
    catalog.remove(["b.txt"])
    catalog.forget_unused_vectors()
    assert catalog.known(["The pier closes."]) == set()


def test_lexical_search_finds_the_passages_that_share_terms_best_first(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes.", "The pier, the old oak pier, closes.", "The baker bakes."))
    # Both have `pier`; the second has `oak` as well, which is rarer.
    found = catalog.lexical("the oak pier", 9)
    assert [number for number, _ in found] == [2, 1]
    assert found[0][1] > found[1][1]
    assert len(catalog.lexical("the oak pier", 1)) == 1


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("It cost US$1.4tn.", "1.4 trillion"),
        ("腾讯计划投资", "投资多少"),
        ("The café closed", "CAFE closing"),
        ("It has 1,400 seats", "1400"),
    ],
)
def test_lexical_search_goes_by_terms_not_by_spelling(catalog: Catalog, text: str, question: str) -> None:
    _put(catalog, _prepared("a.txt", text), _prepared("b.txt", "The baker bakes 14 loaves."))
    assert [number for number, _ in catalog.lexical(question, 9)] == [1]


@pytest.mark.parametrize(
    "question", ["", "the of and", "?!", '"', "NEAR(", "* OR -", "terms:pier AND", "'; DROP TABLE articles; --", "x" * 100_000]
)
def test_no_question_is_mistaken_for_a_query_language(catalog: Catalog, question: str) -> None:
    _put(catalog, _prepared("a.txt", "The baker bakes."))
    assert catalog.lexical(question, 9) == []
    assert _all_texts(catalog) == ["The baker bakes."]


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_any_question_at_all_can_be_searched(tmp_path_factory: pytest.TempPathFactory, question: str) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("catalog") / "catalog.db")
    _put(catalog, _prepared("a.txt", question + " pier"))
    assert (1 in dict(catalog.lexical(question + " pier", 9))) is True
    catalog.close()


def test_the_dates_covered_are_the_first_and_the_last_known(catalog: Catalog) -> None:
    _put(catalog, _prepared("a", "x", published="2021-05-12"), _prepared("b", "y"), _prepared("c", "z", published="2020-01-02"))
    assert (catalog.stats().first_published, catalog.stats().last_published) == ("2020-01-02", "2021-05-12")


def test_two_threads_may_use_one_catalog(catalog: Catalog) -> None:
    def fill(name: str) -> None:
        for number in range(20):
            _put(catalog, _prepared(f"{name}{number}", f"{name} {number}"))

    threads = [threading.Thread(target=fill, args=(name,)) for name in ("pier", "ferry")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert catalog.stats().articles == 40


# No room, and others


def _message_of(catalog: Catalog, *items: Prepared) -> str:
    with pytest.raises(IndexFolderError) as caught:
        _put(catalog, *items)
    return str(caught.value)


def test_a_full_disk_is_told_as_such_and_the_index_is_not_to_be_thrown_away_for_it(catalog: Catalog) -> None:
    _put(catalog, _prepared("a.txt", "The pier closes."))
    pages = catalog.rows("PRAGMA page_count")[0][0]
    catalog.rows(f"PRAGMA max_page_count = {pages}")  # SQLite says the same as on a disk without room
    message = _message_of(catalog, _prepared("b.txt", "The ferry sails. " * 50_000))
    assert "disk is full" in message
    assert "expected room on the disk" in message
    assert "--rebuild" not in message
    catalog.rows("PRAGMA max_page_count = 100000")
    _put(catalog, _prepared("b.txt", "The ferry sails."))
    assert _all_texts(catalog) == ["The pier closes.", "The ferry sails."]


def test_a_catalog_that_another_process_holds_is_told_as_such(catalog: Catalog) -> None:
    catalog.rows("PRAGMA busy_timeout = 10")
    with sqlite3.connect(catalog.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        message = _message_of(catalog, _prepared("a.txt", "The pier closes."))
        other.execute("ROLLBACK")
    other.close()
    assert "held by another process (database is locked); expected it to finish; try again later" in message
    assert "--rebuild" not in message


def test_a_lost_table_is_damage_and_names_the_repair(catalog: Catalog) -> None:
    with catalog.changing() as db:
        db.execute("DROP TABLE pending")
    with pytest.raises(IndexFolderError, match=r"is damaged \(no such table: pending\).*--rebuild"):
        catalog.pending()


def test_a_commit_that_fails_leaves_no_transaction_open(catalog: Catalog) -> None:
    def fail_at_its_end() -> None:
        with catalog.changing() as db:
            db.execute("PRAGMA defer_foreign_keys = ON")  # what is wrong shows when it is committed
            db.execute("INSERT INTO placed VALUES (99, 1, 1)")

    with pytest.raises(IndexFolderError, match="FOREIGN KEY"):
        fail_at_its_end()
    _put(catalog, _prepared("a.txt", "The pier closes."))
    assert catalog.rows("SELECT article FROM placed") == [(1,)]


# Damage


def _damage(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(IndexFolderError) as caught:
        Catalog(path).manifest()
    return str(caught.value)


def test_garbage_in_place_of_the_catalog_names_the_repair(tmp_path: Path) -> None:
    message = _damage(tmp_path / "catalog.db", b"not a database, " * 500)
    assert "is damaged" in message
    assert f"dateline index CORPUS --index {tmp_path} --rebuild" in message


@pytest.mark.parametrize("kept", [50, 4_096, 20_000])
def test_a_catalog_cut_off_names_the_repair(tmp_path: Path, kept: int) -> None:
    catalog = Catalog(tmp_path / "catalog.db")
    _put(catalog, *(_prepared(f"{number}.txt", f"The pier closes for the {number}th time.") for number in range(50)))
    catalog.close()
    whole = (tmp_path / "catalog.db").read_bytes()
    assert len(whole) > 20_000
    assert f"--index {tmp_path} --rebuild" in _damage(tmp_path / "catalog.db", whole[:kept])


def test_a_catalog_of_another_schema_is_refused_with_the_repair(tmp_path: Path) -> None:
    Catalog(tmp_path / "catalog.db").close()
    with sqlite3.connect(tmp_path / "catalog.db") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        db.execute("DROP TABLE recurring")
    db.close()
    with pytest.raises(IndexFolderError) as caught:
        Catalog(tmp_path / "catalog.db")
    assert f"has schema 99; expected {SCHEMA_VERSION}" in str(caught.value)
    assert "--rebuild" in str(caught.value)
    with sqlite3.connect(tmp_path / "catalog.db") as db:  # what is refused is not written to
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'recurring'").fetchone()
    db.close()


def test_two_processes_may_make_the_catalog_at_the_same_time(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from index.catalog import Catalog; Catalog(Path({str(tmp_path / 'catalog.db')!r})).close()"
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(4)]  # noqa: S603
    assert [process.wait(60) for process in both] == [0, 0, 0, 0]


def test_the_commonest_terms_of_a_query_are_left_out_when_they_match_too_many(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.MOST_MATCHED", 3)
    _put(catalog, *(_prepared(f"{n}.txt", f"The harbour pier {'zebra' if n > 3 else 'ferry'} closes.") for n in range(6)))
    found = catalog.lexical("harbour zebra", 9)
    assert len(found) == 2  # those of the zebra, though all six have a harbour
    assert len(catalog.lexical("harbour", 9)) == 6  # when there is nothing rarer
    assert len(catalog.lexical("harbour ferry unheard", 9)) == 4
    assert catalog.lexical("unheard", 9) == []
