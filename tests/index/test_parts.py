"""An index whose vectors are in several parts: the same store, so the same tests, and what only parts can do."""

from __future__ import annotations

import inspect
import secrets
from typing import Any

import pytest
from filelock import FileLock

from index.check import check
from index.parts import Parts
from tests.conftest import Desk
from tests.index import test_store
from tests.index.test_store import ANOTHER, STORIES, _filled, _run, manifests_read  # noqa: F401 - a fixture

SLOW = ("test_a_graph_that_ends_whoever_searches_it_is_found_and_made_anew",)
"""A thousand passages would be five hundred parts."""

for _name, _test in inspect.getmembers(test_store, inspect.isfunction):
    if _name.startswith("test_") and _name not in SLOW and "desk" in inspect.signature(_test).parameters:
        globals()[_name] = _test


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two passages."""
    monkeypatch.setattr("index.mirror.PART", 2)
    monkeypatch.setattr("index.schema.PART", 2)


def _loaded(desk: Desk) -> tuple[int, int]:
    """How many parts there are, and how many of their graphs are held in memory."""
    vectors = desk.store.mirror._vectors
    assert vectors
    return len(vectors._collections), len(vectors._loaded)


def _as_before_there_were_parts(desk: Desk) -> None:
    with desk.store.catalog.changing() as db:
        db.execute("DELETE FROM meta WHERE key = 'parts'")
        db.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")


def test_who_only_indexes_holds_one_graph_at_a_time_and_who_searches_all(desk: Desk) -> None:
    _filled(desk)
    assert _loaded(desk) == (2, 1)
    desk.write("baker.txt", "A baker sells rolls.")  # the old one goes from the first part, the new one into a third
    desk.sync()
    assert _loaded(desk) == (3, 1)
    desk.reopen()
    desk.write("ferry.txt", "The ferry sails at noon.")
    desk.sync()
    assert _loaded(desk) == (3, 1)
    assert desk.search("the ferry")[0].passage.source == "ferry.txt"
    assert _loaded(desk) == (3, 3)
    desk.write("mill.txt", "The mill turns.")
    desk.sync()
    assert _loaded(desk) == (4, 4)
    desk.assert_exactly(*STORIES, "ferry.txt", "mill.txt")


def test_a_graph_is_let_go_of_by_closing_chroma(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.config import System

    stopped: list[System] = []
    stop = System.stop

    def counted(self: System) -> None:
        stopped.append(self)
        stop(self)

    monkeypatch.setattr(System, "stop", counted)
    _filled(desk)
    assert len(stopped) == 1, "from the first part to the second"
    with desk.store.lock():
        assert not desk.store.mirror.fault()
    before = len(stopped)
    desk.write("baker.txt", "A baker sells rolls.")
    desk.sync()
    assert len(stopped) > before, "a check holds nothing that keeps it"


def test_the_newest_passage_of_an_index_made_before_there_were_parts_is_deleted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("index.mirror.PART", 200_000)
        _filled(desk)
    _as_before_there_were_parts(desk)
    newest = desk.store.catalog.passages([4])[4].source
    desk.reopen()
    (desk.corpus / newest).unlink()
    desk.sync()
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    desk.assert_exactly(*(source for source in STORIES if source != newest))


def test_an_index_made_before_there_were_parts_has_what_it_held_in_its_first_one_however_much_comes_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("index.mirror.PART", 200_000)
        _filled(desk)
    _as_before_there_were_parts(desk)
    desk.reopen()
    for n in range(5):
        desk.write(f"{n}.txt", f"The ship number {n} landed herring.")
    desk.sync()
    assert desk.store.mirror._vectors
    assert desk.store.mirror._vectors.parts == Parts(2, (0, 5))
    assert _loaded(desk) == (4, 1)
    desk.assert_exactly(*STORIES, *(f"{n}.txt" for n in range(5)))


def test_a_sync_over_several_parts_loads_each_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.vectors import ChromaVectors

    for n in range(6):
        desk.write(f"{n}.txt", f"The ship number {n} landed herring.")
    desk.sync()
    desk.reopen()
    opened: list[int] = []
    opens = ChromaVectors._open

    def counted(self: ChromaVectors) -> None:
        opened.append(1)
        opens(self)

    monkeypatch.setattr(ChromaVectors, "_open", counted)
    for n in (0, 1, 2, 4):
        desk.write(f"{n}.txt", f"The ship number {n} sank.")
    desk.sync()
    assert len(opened) == 5, "three parts with old passages and two with new ones"
    desk.assert_exactly(*(f"{n}.txt" for n in range(6)))


def test_a_part_whose_graph_does_not_reach_all_is_compared_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.catalog import Catalog
    from index.vectors import ChromaVectors

    monkeypatch.setattr("index.mirror.PART", 5)
    for n in range(12):
        desk.write(f"{n}.txt", f"The ship number {n} landed herring.")
    desk.sync()
    vector = desk.embedder.query("ship number 7")
    expected = desk.store.mirror.nearest(vector, 50)
    assert len(expected) == 12
    query, vectors_from = ChromaVectors.query, Catalog.vectors_from

    def of_a_graph_without_its_second_part(self: ChromaVectors, *asked: Any) -> tuple[list[tuple[int, float]], list[range]]:
        found, unreached = query(self, *asked)
        return [one for one in found if one[0] not in range(5, 10)], [*unreached, range(5, 10)]

    monkeypatch.setattr(ChromaVectors, "query", of_a_graph_without_its_second_part)
    read: list[int] = []

    def few(self: Catalog, last: int, **until: int) -> list[tuple[int, bytes]]:
        found = vectors_from(self, last, 2, **until)
        read.extend(i for i, _ in found)
        return found

    monkeypatch.setattr(Catalog, "vectors_from", few)
    assert dict(desk.store.mirror.nearest(vector, 50)) == pytest.approx(dict(expected))
    assert read == [5, 6, 7, 8, 9], "and nothing behind it is read"


def test_a_part_that_another_process_made_is_written_and_searched(desk: Desk) -> None:
    desk.write("a.txt", "The pier closes early.")
    desk.write("b.txt", "The ferry sails at noon.")
    desk.sync()
    desk.search("the pier")
    desk.write("c.txt", "Comets fell.")
    desk.write("d.txt", "Extraordinary gentlemen dance.")
    assert _run(ANOTHER, desk.corpus, desk.folder, desk.server or "").returncode == 0
    (desk.corpus / "c.txt").unlink()
    desk.sync()
    vector = desk.embedder.query("the pier")
    assert {i for i, _ in desk.store.mirror.nearest(vector, 50)} == {1, 2, 4}
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []


def test_a_damaged_part_met_while_somebody_writes_is_compared_passage_by_passage(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.api.models.Collection import Collection

    def damaged(self: Collection, **options: object) -> object:
        raise RuntimeError("error reading the graph")

    _filled(desk)
    monkeypatch.setattr(Collection, "query", damaged)
    with FileLock(desk.folder / "lock", thread_local=False, is_singleton=False):
        assert desk.sources("the pier") == set(STORIES)
    monkeypatch.undo()
    desk.assert_exactly(*STORIES)


def test_a_collection_made_anew_is_shared_out_evenly(desk: Desk) -> None:
    _filled(desk)
    for n in range(6):  # ids with gaps between them
        desk.write("pier.txt", f"The pier closes on day {n}.")
        desk.sync()
    with desk.store.lock():
        desk.store.mirror.renew()
    ids = [i for i, _ in desk.store.catalog.vectors_from(0)]
    parts = desk.store.mirror._parts_of(str(desk.store.catalog.get("collection")))
    assert parts == Parts(2, (0, ids[2], ids[3] + 1))
    assert _loaded(desk) == (2, 1)
    assert ids[3] > ids[2] + 1
    desk.assert_exactly(*STORIES)
    desk.write("ferry.txt", "The ferry sails at noon.")
    desk.sync()
    with desk.store.lock():
        desk.store.mirror.renew()
    ids = [i for i, _ in desk.store.catalog.vectors_from(0)]
    parts = desk.store.mirror._parts_of(str(desk.store.catalog.get("collection")))
    assert parts == Parts(2, (0, ids[2], ids[4], ids[4] + 2)), "the last part has room for one more"


def test_an_index_made_before_there_were_parts_is_kept_and_goes_on_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr("index.mirror.PART", 200_000)
        _filled(desk)
    _as_before_there_were_parts(desk)
    name = desk.store.catalog.get("collection")
    desk.reopen()
    desk.write("ferry.txt", "The ferry sails at noon.")
    desk.write("baker.txt", "A baker sells rolls.")
    desk.sync()
    desk.assert_exactly(*STORIES, "ferry.txt")
    desk.reopen()
    desk.write("mill.txt", "The mill turns.")
    desk.sync()
    desk.assert_exactly(*STORIES, "ferry.txt", "mill.txt")
    assert desk.store.catalog.get("collection") == name
    assert _loaded(desk) == (3, 3)
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []


def test_a_graph_of_a_later_part_that_ends_the_process_is_found_and_made_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.mirror.PART", 1_050)
    for n in range(2_100):  # Chroma writes its graph to disk from a thousand vectors on
        desk.write(f"{n}.txt", f"The ship number {n} landed {n * n} herring at the quay of Gullwing.")
    desk.sync()
    name = desk.store.catalog.get("collection")
    desk.reopen()
    parts = sorted(desk.folder.rglob("link_lists.bin"), key=lambda path: path.stat().st_mtime)
    assert len(parts) == 2
    parts[1].write_bytes(bytes(parts[1].stat().st_size))  # as a power cut may leave it
    (desk.corpus / "2099.txt").unlink()
    assert _run(ANOTHER, desk.corpus, desk.folder, desk.server or "").returncode < 0, "who only indexes meets it too"
    assert desk.store.catalog.get("opening") == name
    assert desk.search("herring")
    assert desk.store.catalog.get("collection") != name
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    assert not desk.store.catalog.get("opening"), "nobody tries it in another process again"


@pytest.mark.parametrize("said", ["nonsense", "2:0,9,9", "0:0", "2:", "99999999999999999999:0"])
def test_parts_that_make_no_sense_are_made_anew(desk: Desk, said: str) -> None:
    _filled(desk)
    first = desk.store.catalog.get("collection")
    desk.store.catalog.put(parts=f"{first} {said}")
    desk.reopen()
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).vectors
    desk.assert_exactly(*STORIES)
    assert desk.store.catalog.get("collection") != first


def test_parts_that_are_not_those_of_the_collection_are_found_by_a_check(desk: Desk) -> None:
    _filled(desk)
    desk.store.catalog.put(parts=f"{desk.store.catalog.get('collection')} {Parts(4)}")
    desk.reopen()
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).vectors
        desk.store.mirror.renew()
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    desk.assert_exactly(*STORIES)


def test_a_lost_part_is_made_anew(desk: Desk) -> None:
    _filled(desk)
    vectors = desk.store.collection()
    vectors._client.delete_collection("passages-3")
    desk.reopen()
    desk.assert_exactly(*STORIES)


def test_each_passage_is_in_one_part_and_every_part_has_a_place() -> None:
    draw = secrets.SystemRandom()
    for _ in range(200):
        size = draw.randint(1, 9)
        parts = Parts(size, (0, *sorted(draw.sample(range(1, 60), draw.randint(0, 5)))))
        for passage in range(1, 100):
            start = parts.start_of(passage)
            assert passage in parts.ids_from(start)
            assert parts.start_of(parts.ids_from(start).stop) == parts.ids_from(start).stop
        assert Parts.parsed(str(parts)) == parts
