"""An index is made anew while others have it open: all see the same index, and nobody spoils it for another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.build import sync_folder
from index.check import check
from index.errors import IndexFolderError
from index.folder import discard_index
from index.store import EmbeddedStore
from tests.conftest import Desk
from tests.fakes import FakeEmbedder
from tests.index.test_store import STORIES, _filled

if TYPE_CHECKING:
    from index.embed import Vectors


@pytest.fixture
def rebuilding(desk: Desk) -> Iterator[list[EmbeddedStore]]:
    """The stores that a test opens beside the desk's own."""
    opened: list[EmbeddedStore] = []
    yield opened
    for store in opened:
        store.close()


def _made_anew(desk: Desk, opened: list[EmbeddedStore], embedder: FakeEmbedder | None = None) -> EmbeddedStore:
    """What `dateline index --rebuild` does, beside the desk's open store."""
    discard_index(desk.folder)
    opened.append(EmbeddedStore(desk.folder, embedder or FakeEmbedder(), desk.corpus))
    return opened[-1]


def _found(store: EmbeddedStore) -> set[str]:
    return {source for hit in store.search("what is in the folder", 50) for source in (hit.passage.source, *hit.also_in)}


def _collections(desk: Desk) -> list[str]:
    return [path.name for path in desk.folder.glob("vectors-*")]


def test_whoever_has_the_index_open_sees_the_one_that_was_made_anew(desk: Desk, rebuilding: list[EmbeddedStore]) -> None:
    _filled(desk)
    assert _found(desk.store) == {*STORIES}
    (desk.corpus / "baker.txt").unlink()
    desk.write("pier.txt", "The pier is open again.")
    desk.write("new.txt", "The ferry sails.")
    now = {*STORIES, "new.txt"} - {"baker.txt"}
    other = _made_anew(desk, rebuilding)
    assert _found(desk.store) == set(), "it is empty for all"
    assert len(sync_folder(desk.corpus, other).added) == 4
    name = other.catalog.get("collection")
    assert _found(desk.store) == _found(other) == now
    assert {hit.passage.text for hit in desk.search("pier open") if hit.passage.source == "pier.txt"} == {"The pier is open again."}
    assert len(desk.sync().unchanged) == 4
    assert desk.store.manifest() == other.manifest()
    assert (desk.store.catalog.get("collection"), _collections(desk)) == (name, [name])
    # What one of them adds, the other finds.
    desk.write("later.txt", "The mill turns.")
    assert desk.sync().added == ("later.txt",)
    assert _found(other) == _found(desk.store) == {*now, "later.txt"}
    assert _collections(desk) == [name]
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    desk.assert_exactly(*now, "later.txt")


def test_whoever_has_it_open_may_fill_it_first(desk: Desk, rebuilding: list[EmbeddedStore]) -> None:
    _filled(desk)
    desk.search("pier")
    other = _made_anew(desk, rebuilding)
    assert len(desk.sync().added) == 4
    assert len(sync_folder(desk.corpus, other).unchanged) == 4
    assert _found(other) == _found(desk.store) == {*STORIES}
    assert _collections(desk) == [other.catalog.get("collection")]


class _Longer(FakeEmbedder):
    """Another embedder, of one dimension more."""

    def __init__(self) -> None:
        super().__init__("fake/longer")

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.pad(super().passages(texts), ((0, 0), (0, 1)))

    def query(self, text: str) -> Vectors:
        return np.pad(super().query(text), (0, 1))


def test_an_index_made_anew_by_another_embedder_refuses_the_former_one(desk: Desk, rebuilding: list[EmbeddedStore]) -> None:
    _filled(desk)
    desk.search("pier")
    other = _made_anew(desk, rebuilding, _Longer())
    sync_folder(desk.corpus, other)
    with pytest.raises(IndexFolderError, match=r"fake/word-lengths makes 12 dimensions; .* made with fake/longer and 13"):
        desk.search("pier")
    desk.write("new.txt", "The ferry sails.")
    with pytest.raises(IndexFolderError, match="fake/longer and 13"):
        desk.sync()
    assert _found(other) == {*STORIES}


def test_no_id_of_the_former_index_is_used_again_and_its_file_is_small(desk: Desk, rebuilding: list[EmbeddedStore]) -> None:
    desk.write("long.txt", "\n\n".join(f"The ship number {n} landed {n * n} herring at the quay." for n in range(2_000)))
    _filled(desk)
    last, path = desk.store.catalog.last_passage(), desk.store.catalog.path
    before, owner = desk.store.catalog.rows("PRAGMA page_count"), desk.store.catalog.owner()
    (desk.corpus / "long.txt").unlink()
    other = _made_anew(desk, rebuilding)
    assert (other.manifest(), other.stats().embedder, other.catalog.owner()) == ({}, "", owner)
    sync_folder(desk.corpus, other)
    assert min(i for i, _ in other.catalog.vectors_from(0)) > last
    assert other.catalog.rows("PRAGMA page_count")[0][0] < before[0][0] / 2
    desk.close()
    other.close()
    assert b"herring" not in path.read_bytes()
    desk.reopen()
    desk.assert_exactly(*STORIES)


def test_the_rarest_words_of_a_query_are_known_of_the_index_made_anew(
    desk: Desk, rebuilding: list[EmbeddedStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.MOST_MATCHED", 2)
    _filled(desk)
    assert desk.store.catalog.lexical("pier loaves", 9)
    sync_folder(desk.corpus, _made_anew(desk, rebuilding))
    assert [source for source in STORIES if desk.store.catalog.lexical(STORIES[source], 9)] == [*STORIES]


def test_an_index_that_is_not_whole_is_thrown_away(desk: Desk) -> None:
    _filled(desk)
    desk.close()
    path = desk.folder / "catalog.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    discard_index(desk.folder)
    assert not path.exists()
    assert _collections(desk) == []
    desk.reopen()
    assert len(desk.sync().added) == 4
    desk.assert_exactly(*STORIES)


def test_whoever_has_a_file_open_that_was_taken_away_is_told_and_spoils_nothing(
    desk: Desk, rebuilding: list[EmbeddedStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(desk)
    desk.search("pier")
    monkeypatch.setattr("index.folder._is_emptied", lambda catalog: False)  # as when its file is damaged
    other = _made_anew(desk, rebuilding)
    sync_folder(desk.corpus, other)
    before = _collections(desk)
    desk.write("new.txt", "The ferry sails.")
    for meet in (lambda: desk.search("pier"), desk.sync, desk.store.stats):
        with pytest.raises(IndexFolderError, match=r"was removed, or made anew, while it was open; .* start this program again"):
            meet()
    assert _collections(desk) == before == [other.catalog.get("collection")]
    assert _found(other) == {*STORIES}


def test_a_folder_without_an_index_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    discard_index(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} - {"lock"} == {"notes.txt"}
