"""A check finds what is wrong with an index, whatever part of it was touched; mending and a sync leave nothing of it."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from index.build import sync_folder
from index.check import Faults, check, mend
from index.errors import IndexFolderError, SkipFile
from index.store import EmbeddedStore
from tests.conftest import Desk
from tests.fakes import FakeEmbedder

PIER = "The harbour office closes the old pier on Monday."
RECORDS = [{"title": "Mill", "text": "The mill grinds 77 tonnes a day."}, {"title": "Ferry", "text": "The ferry carries 88 cars."}]


@pytest.fixture
def filled(desk: Desk, old_files: None) -> Desk:
    desk.write("pier.txt", PIER)
    desk.write("town/baker.txt", "A baker sells loaves by weight and not by the piece.")
    desk.write("wire.jsonl", "".join(json.dumps(record) + "\n" for record in RECORDS))
    desk.write("bad.txt", b"\x00\x01\x02")
    desk.sync()
    return desk


def found(desk: Desk) -> Faults:
    with desk.store.lock():
        return check(desk.store.catalog, desk.store.mirror, desk.corpus)


def say(desk: Desk, statement: str, *values: object) -> None:
    """Change the catalog behind the program's back."""
    with sqlite3.connect(desk.folder / "catalog.db") as db:
        db.execute("PRAGMA foreign_keys = OFF")
        assert db.execute(statement, values).rowcount != 0


def no_vector(desk: Desk) -> None:
    say(desk, "DELETE FROM vectors WHERE digest = (SELECT digest FROM passages WHERE id = 1)")


def short_vector(desk: Desk) -> None:
    say(desk, "UPDATE vectors SET vector = x'0000' WHERE digest = (SELECT digest FROM passages WHERE id = 1)")


def other_text(desk: Desk) -> None:
    say(desk, "UPDATE articles SET text = replace(text, 'Monday', 'Friday') WHERE source = 'pier.txt'")


def other_record(desk: Desk) -> None:
    say(desk, "UPDATE articles SET text = replace(text, '88', '99') WHERE source = 'wire.jsonl#2'")


def beyond_its_text(desk: Desk) -> None:
    say(desk, "UPDATE passages SET end = 9999 WHERE id = 1")


def no_words(desk: Desk) -> None:
    say(desk, "DELETE FROM lexical WHERE rowid = 1")


def words_of_nothing(desk: Desk) -> None:
    say(desk, "INSERT INTO lexical (rowid, terms) VALUES (99, 'ghost')")


def ghost_in_chroma(desk: Desk) -> None:
    desk.store.collection().upsert([99], np.eye(1, 12, dtype=np.float32))


def gone_from_chroma(desk: Desk) -> None:
    desk.store.collection().delete([2])


def turned_in_chroma(desk: Desk) -> None:
    desk.store.collection().upsert([2], -desk.store.collection().get([2])[2][None])


def chroma_gone(desk: Desk) -> None:
    (folder,) = desk.folder.glob("vectors-*")
    desk.close()
    shutil.rmtree(folder)


def chroma_garbled(desk: Desk) -> None:
    (folder,) = desk.folder.glob("vectors-*")
    desk.close()
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 99)


def no_passages(desk: Desk) -> None:
    say(desk, "DELETE FROM passages WHERE id = 1")


def other_date(desk: Desk) -> None:
    say(desk, "UPDATE articles SET published = '1999-01-01' WHERE source = 'pier.txt'")


def no_article(desk: Desk) -> None:
    say(desk, "DELETE FROM articles WHERE source = 'wire.jsonl#1'")


def line_not_counted(desk: Desk) -> None:
    say(desk, "DELETE FROM lines WHERE article = 1")


def line_taken_for_the_sites(desk: Desk) -> None:
    say(desk, "INSERT INTO recurring SELECT site, line FROM lines WHERE article = 1 LIMIT 1")


def file_changed(desk: Desk) -> None:
    desk.write("pier.txt", "The ferry moves to the coal quay.")


def file_gone(desk: Desk) -> None:
    (desk.corpus / "town" / "baker.txt").unlink()


DAMAGE: dict[Callable[[Desk], None], tuple[str, str]] = {
    no_vector: ("pier.txt", "a passage has no vector"),
    short_vector: ("pier.txt", "a vector is of another length"),
    other_text: ("pier.txt", "its text is not what its file says"),
    other_record: ("wire.jsonl#2", "its text is not what its file says"),
    beyond_its_text: ("pier.txt", "a passage is no part of its text"),
    no_words: ("words", "1 passages are found by other words than theirs"),
    words_of_nothing: ("words", "1 are of no passage"),
    ghost_in_chroma: ("vectors", "1 are of no passage"),
    gone_from_chroma: ("vectors", "1 passages have none, the first is 2"),
    turned_in_chroma: ("vectors", "1 are not those of their passages, the first is 2"),
    chroma_gone: ("vectors", "the collection is not there"),
    chroma_garbled: ("vectors", "the collection cannot be read"),
    no_passages: ("pier.txt", "its passages are not those of its text"),
    other_date: ("pier.txt", "its title, date or hash is not its file's"),
    no_article: ("wire.jsonl", "was not read to its end"),
    line_not_counted: ("pier.txt", "its lines are not counted as they stand"),
    line_taken_for_the_sites: ("recurring lines", "those of 1 folders are not what their articles say"),
    file_changed: ("pier.txt", "changed"),
    file_gone: ("town/baker.txt", "deleted"),
}


def test_a_whole_index_has_no_faults(filled: Desk) -> None:
    assert found(filled) == Faults()
    filled.reopen()
    assert found(filled) == Faults()


def test_an_empty_index_has_no_faults(desk: Desk) -> None:
    desk.sync()
    assert found(desk) == Faults()


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_what_is_wrong_is_found_and_mended(filled: Desk, damage: Callable[[Desk], None]) -> None:
    whole = {hit.passage.text for hit in filled.search("what is in the folder")}
    damage(filled)
    filled.reopen()
    faults = found(filled)
    where, what = DAMAGE[damage]
    assert any(place == where and said.startswith(what) for place, said in faults.lines()), faults
    with filled.store.lock():
        mend(filled.store.catalog, filled.store.mirror, faults)
    filled.sync()
    assert found(filled) == Faults()
    if damage not in (file_changed, file_gone):
        assert {hit.passage.text for hit in filled.search("what is in the folder")} == whole
        filled.assert_exactly("pier.txt", "town/baker.txt", "wire.jsonl#1", "wire.jsonl#2")
    filled.reopen()
    assert found(filled) == Faults()


def test_a_catalog_that_is_no_whole_file_is_told_with_what_to_type(filled: Desk) -> None:
    filled.close()
    path = filled.folder / "catalog.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passages_digest'").fetchone()[0], 4096
    data = bytearray(path.read_bytes())
    data[(root - 1) * size + 100 : root * size] = bytes(size - 100)
    path.write_bytes(data)
    filled.reopen()
    with pytest.raises(IndexFolderError, match=r"damaged .* to make it anew: dateline index CORPUS --index .* --rebuild"):
        found(filled)


def test_a_file_of_records_that_breaks_off_has_no_faults(filled: Desk) -> None:
    whole = gzip.compress("".join(json.dumps({"text": f"{n * n} boats came."}) + "\n" for n in range(999)).encode())
    filled.write("broken.jsonl.gz", whole[: len(whole) // 2])
    filled.sync()
    assert len(filled.store.manifest()) > 100
    assert found(filled) == Faults()


def test_a_file_that_cannot_be_read_now_costs_no_article(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, source: str) -> NoReturn:
        raise SkipFile("the machine is busy", passing=True)

    monkeypatch.setattr("index.check.load", refuse)
    assert found(filled) == Faults()


def test_a_store_that_is_open_follows_a_collection_made_anew_by_another(filled: Desk) -> None:
    filled.search("pier")
    other = EmbeddedStore(filled.folder, FakeEmbedder(), filled.corpus)
    filled.write("zebra.txt", "A zebra crossing of extraordinarily unusual proportions.")
    sync_folder(filled.corpus, other)
    with other.lock():
        other.mirror.renew()
    name = other.catalog.get("collection")
    filled.write("pier.txt", PIER)  # touched: nothing is pending
    filled.sync()
    question = FakeEmbedder().query("A zebra crossing of extraordinarily unusual proportions.")
    zebra = max(i for i, _ in other.catalog.vectors_from(0))
    for store in (filled.store, other):
        assert store.mirror.nearest(question, 1)[0][0] == zebra
    filled.write("more.txt", "The ferry moves to the coal quay.")
    filled.sync()
    assert other.catalog.get("collection") == name  # nobody made it anew for nothing
    other.close()
