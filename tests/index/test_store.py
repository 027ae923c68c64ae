"""The embedded store: what was put in is found, nothing else is, and no crash or damage changes that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import index.store
from index.build import sync_folder
from index.catalog import Catalog
from index.check import check
from index.embed import embedded_text
from index.errors import DatelineError, EmbedderError, IndexBusyError, IndexFolderError
from index.store import EmbeddedStore, Store
from index.types import FileRecord, Hit, Passage
from index.vectors import ChromaVectors, collections_of
from tests.conftest import ROOT, Desk, forget_chroma
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from index.embed import Vectors

STORIES = {
    "pier.txt": "The harbour office closes the old pier on Monday.",
    "baker.txt": "A baker sells loaves by weight and not by the piece.",
    "comet.txt": "Astronomers photographed an extraordinarily luminous comet.",
    "zh/码头.txt": "铜壶湾码头星期一起停业。",
}


def _filled(desk: Desk) -> Desk:
    for source, text in STORIES.items():
        desk.write(source, text)
    desk.sync()
    return desk


# Search


def test_each_story_is_found_by_its_own_words(desk: Desk) -> None:
    _filled(desk)
    for source, text in STORIES.items():
        assert desk.search(text)[0].passage.source == source


def test_of_two_reports_alike_the_one_of_the_year_asked_about_comes_first(desk: Desk) -> None:
    for year, count in ((2019, "forty"), (2021, "sixty")):
        desk.write(f"{year}-05-02-herring.txt", f"Herring\n\n2 May {year}\n\nThe fleet landed {count} tonnes of herring a day.\n")
    desk.sync()
    for year in (2019, 2021):
        assert desk.search(f"How much herring did the fleet land in {year}?")[0].passage.published == f"{year}-05-02"
        assert len(desk.search(f"How much herring did the fleet land in {year}?")) == 2
    assert desk.search("How much herring did the fleet land this year?")[0].passage.published == "2021-05-02"


def test_a_story_is_found_by_its_vector_alone(desk: Desk) -> None:
    _filled(desk)
    # No word in common, but the words are as long as those of "Astronomers photographed an extraordinarily luminous comet."
    question = "Shopkeepers condominiums of misunderstandings gorgeous flutes"
    assert desk.store.catalog.lexical(question, 9) == []
    assert desk.search(question)[0].passage.source == "comet.txt"


def test_the_cosine_is_that_of_the_vectors(desk: Desk) -> None:
    desk.write("a.txt", "an old axe")
    desk.sync()
    # "an old axe" has lengths 2, 3, 3: (0, 1, 2) / √5; "to be old" has 2, 2, 3: (0, 2, 1) / √5; 1*2 + 2*1 = 4, 4 / 5 = 0.8
    assert desk.search("to be old")[0].cosine == pytest.approx(0.8, abs=1e-5)


def test_dense_search_gives_the_order_of_a_slow_twin(desk: Desk) -> None:
    words = "a an axe barn crane damson eastern football grapevine horseshoes illuminates".split()
    for number in range(40):
        desk.write(f"{number}.txt", " ".join(words[(number * k) % 11] for k in range(2, 7)))
    desk.sync()
    question = "an axe in the barn of damson football"
    passages = desk.store.catalog.passages(range(1, 99))
    rows = FakeEmbedder().passages([embedded_text(passage) for passage in passages.values()])
    twin = dict(zip(passages, (rows @ FakeEmbedder().query(question)).tolist(), strict=True))
    found, _ = desk.store.rankings(question, 200)
    assert len(found) == 40
    assert dict(found) == pytest.approx(twin, abs=1e-5)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_copies_in_other_files_are_one_hit_that_names_them(desk: Desk) -> None:
    text = "The harbour office closes the old pier on Monday for eleven weeks of repair."
    desk.write("b.txt", text)
    desk.write("a/wire.txt", text + "\n")
    desk.sync()
    (hit,) = desk.search("pier")
    assert sorted([hit.passage.source, *hit.also_in]) == ["a/wire.txt", "b.txt"]


def test_stories_that_differ_in_a_figure_are_two_hits(desk: Desk) -> None:
    text = "The harbour office says that the repair of the old pier will cost {} million crowns."
    desk.write("a.txt", text.format("1.2"))
    desk.write("b.txt", text.format("1.5"))
    desk.sync()
    assert [hit.also_in for hit in desk.search("pier")] == [(), ()]


def test_furniture_is_found_only_when_the_words_of_the_question_point_to_it(desk: Desk) -> None:
    desk.write(
        "a.txt", "The harbour office closes the old pier on Monday.\nWe use cookies to remember where you stopped reading.\n"
    )
    desk.sync()
    assert {hit.passage.kind for hit in desk.search("When does the pier close?")} == {"body"}
    assert "boilerplate" in {hit.passage.kind for hit in desk.search("Does the site use cookies to remember reading?")}


def test_no_more_hits_than_the_limit_are_given_and_the_best_come_first(desk: Desk) -> None:
    _filled(desk)
    scores = [hit.score for hit in desk.search("the old pier")]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert len(desk.search("the old pier", 2)) == 2


def test_an_empty_store_finds_nothing_and_embeds_no_question(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEmbedder, "query", lambda self, text: pytest.fail("embedded"))
    assert desk.search("pier") == []


@pytest.mark.parametrize("question", ["", "?", "\x00", '"', "the", "码", "x" * 10_000])
def test_any_question_is_answered_with_hits_not_with_an_error(desk: Desk, question: str) -> None:
    _filled(desk)
    assert len(desk.search(question, 3)) == 3


def test_a_story_is_embedded_under_its_title_and_a_teaser_alone() -> None:
    body = Passage("a.txt", 0, 4, "Text", "body", "Title", None)
    teaser = Passage("a.txt", 0, 4, "Text", "teaser", "Title", None)
    assert (embedded_text(body), embedded_text(teaser)) == ("Title\nText", "Text")


def test_the_hits_text_is_the_files_text_at_its_range(desk: Desk) -> None:
    shutil.copytree(ROOT / "corpus", desk.corpus, dirs_exist_ok=True)
    desk.sync()
    encodings = {source: record.encoding for source, record in desk.store.manifest().items()}
    hits = [hit for question in ("plant cost", "数据中心", "rent by face", "chips target") for hit in desk.search(question)]
    files = {hit.passage.source for hit in hits if not hit.passage.source.endswith(".html")}
    assert len(files) > 10
    for hit in hits:
        passage = hit.passage
        if passage.source in files:
            text = (desk.corpus / passage.source).read_bytes().decode(encodings[passage.source])
            assert text[passage.start : passage.end] == passage.text


def test_the_text_behind_a_nul_is_found_as_it_stands(desk: Desk) -> None:
    # A text file with one stray NUL among 700 characters is still a text file.
    desk.write("a.txt", "\ufeffThe pier closes.\x00 " + "It was built of oak for the ferry of the town. " * 20)
    desk.sync()
    text = (desk.corpus / "a.txt").read_bytes().decode("utf-8-sig")
    for hit in desk.search("pier oak ferry"):
        assert hit.passage.text == text[hit.passage.start : hit.passage.end] != ""


def test_the_embedded_store_fits_the_protocol(desk: Desk) -> None:
    store: Store = desk.store
    assert store.stats().embedder == ""
    _filled(desk)
    stats = store.stats()
    assert (stats.articles, stats.passages, stats.vectors, stats.embedder, stats.dim) == (4, 4, 4, "fake/word-lengths", 12)
    assert stats.synced_at is not None


# One index, one embedder


def test_an_index_made_by_another_embedder_is_refused_with_the_command(desk: Desk) -> None:
    _filled(desk)
    desk.close()
    with pytest.raises(IndexFolderError) as caught:
        EmbeddedStore(desk.folder, FakeEmbedder("other/model"))
    message = str(caught.value)
    assert "made with the embedder fake/word-lengths; expected other/model" in message
    assert f"dateline index CORPUS --index {desk.folder} --rebuild" in message
    desk.assert_exactly(*STORIES)


def test_two_embedders_that_opened_an_empty_index_cannot_both_fill_it(desk: Desk) -> None:
    other = EmbeddedStore(desk.folder, FakeEmbedder("other/model"))
    desk.write("a.txt", "The pier closes.")
    desk.sync()
    desk.write("b.txt", "The ferry sails.")
    try:
        with pytest.raises(IndexFolderError, match="--rebuild"):
            sync_folder(desk.corpus, other)
    finally:
        other.close()


def test_an_embedder_that_changes_its_dimensions_is_refused_with_the_command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(desk)
    monkeypatch.setattr(FakeEmbedder, "passages", lambda self, texts: np.ones((len(texts), 7), dtype=np.float32))
    desk.write("new.txt", "The ferry sails.")
    with pytest.raises(IndexFolderError, match=r"makes 7 dimensions; the index in .* 12; .* --rebuild"):
        desk.sync()
    assert "new.txt" not in desk.store.manifest()


def test_a_question_in_other_dimensions_than_the_index_is_refused_and_costs_no_collection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(desk)
    desk.search("pier")
    name = desk.store.catalog.get("collection")
    with monkeypatch.context() as patch:  # another model behind the same name, and no file that would be embedded by it
        patch.setattr(FakeEmbedder, "query", lambda self, text: np.ones(7, dtype=np.float32))
        desk.sync()
        with pytest.raises(IndexFolderError, match=r"makes 7 dimensions; the index in .* 12; .* --rebuild"):
            desk.search("pier")
    desk.assert_exactly(*STORIES)
    assert desk.store.catalog.get("collection") == name, "it was not made anew"


@pytest.fixture
def manifests_read(monkeypatch: pytest.MonkeyPatch) -> list[Catalog]:
    """A catalog for each time that one was asked for its manifest."""
    asked: list[Catalog] = []
    whole = Catalog.manifest

    def noted(catalog: Catalog) -> dict[str, FileRecord]:
        asked.append(catalog)
        return whole(catalog)

    monkeypatch.setattr(Catalog, "manifest", noted)
    return asked


def test_a_manifest_is_kept_and_read_anew_after_every_change_whoever_makes_it(desk: Desk, manifests_read: list[Catalog]) -> None:
    _filled(desk)
    known = desk.store.manifest()
    manifests_read.clear()
    desk.store.manifest().clear()  # what a caller does with it is its own affair
    assert (desk.store.manifest(), manifests_read) == (known, [])
    other = EmbeddedStore(desk.store.folder, FakeEmbedder(), desk.corpus)
    try:
        desk.write("new.txt", "The ferry sails.")
        sync_folder(desk.corpus, other)
    finally:
        other.close()
    assert desk.store.manifest().keys() - known.keys() == {"new.txt"}
    desk.store.remove(["new.txt"])
    assert desk.store.manifest().keys() == known.keys()


def test_a_large_manifest_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch, manifests_read: list[Catalog]) -> None:
    monkeypatch.setattr(index.store, "KEPT_FILES", 1)
    _filled(desk)
    manifests_read.clear()
    assert desk.store.manifest() == desk.store.manifest()
    assert len(manifests_read) == 2


# The folder


def test_an_index_folder_that_is_a_file_is_an_error_on_one_line(desk: Desk) -> None:
    desk.folder.write_text("mine")
    with pytest.raises(IndexFolderError, match=r"cannot be made.*try: --index DIR"):
        EmbeddedStore(desk.folder, FakeEmbedder())
    assert desk.folder.read_text() == "mine"


def test_an_index_folder_is_made_with_its_parents(desk: Desk) -> None:
    desk.folder = desk.folder / "deep" / "down"
    _filled(desk)
    desk.assert_exactly(*STORIES)


@pytest.mark.parametrize("name", ["catalog.db", "lock"])
def test_a_folder_where_a_file_of_the_index_should_be_is_an_error_on_one_line(desk: Desk, name: str) -> None:
    desk.write("a.txt", "The pier closes.")
    (desk.folder / name).mkdir(parents=True)
    with pytest.raises(DatelineError):
        desk.sync()


def test_an_index_deleted_while_the_program_runs_is_made_anew(desk: Desk) -> None:
    _filled(desk)
    desk.store.search("pier", 1)
    desk.store.close()
    shutil.rmtree(desk.folder)
    again = EmbeddedStore(desk.folder, FakeEmbedder())
    try:
        assert len(sync_folder(desk.corpus, again).added) == 4
        assert len(again.search("pier", 9)) == 4
    finally:
        again.close()


# Crashes


class _Failing(FakeEmbedder):
    """Embeds one batch, then fails."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self.embedded:
            raise EmbedderError("the embedder ran out of memory")
        return super().passages(texts)


def test_an_embedder_that_fails_in_the_middle_leaves_every_article_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(desk)
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 1)
    desk.reopen(_Failing())
    for source in ("baker.txt", "pier.txt"):  # read in this order
        desk.write(source, f"The new story about {source} is this.\nIt has two sentences.")
    with pytest.raises(EmbedderError, match="ran out of memory"):
        desk.sync()
    assert desk.search("old pier Monday")[0].passage.text == STORIES["pier.txt"]
    assert desk.search("new story baker")[0].passage.source == "baker.txt"
    desk.assert_exactly(*STORIES)
    desk.reopen()
    assert desk.sync().changed == ("pier.txt",)
    desk.assert_exactly(*STORIES)
    assert "old pier" not in {hit.passage.text for hit in desk.search("pier")}


def test_a_collection_that_dropped_more_than_it_holds_is_made_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.mirror.MOST_DROPPED", 5)
    _filled(desk)
    first = desk.store.catalog.get("collection")
    for n in range(5):
        desk.write("pier.txt", f"The pier closes on day {n}.")
        desk.sync()
        assert desk.store.catalog.get("collection") == first
    desk.write("pier.txt", "The pier closes.")
    desk.sync()
    assert desk.store.catalog.get("collection") != first
    desk.assert_exactly(*STORIES)
    desk.reopen()
    desk.assert_exactly(*STORIES)


def test_a_collection_made_anew_leaves_nothing_of_the_former_one(desk: Desk) -> None:
    _filled(desk)
    first = desk.store.catalog.get("collection")
    with desk.store.lock():
        desk.store.mirror.renew()
    (left,) = desk.folder.glob("vectors-*")
    assert left.name == desk.store.catalog.get("collection") != first


def test_what_the_graph_does_not_reach_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.api.models.Collection import Collection

    whole = Collection.query

    def without_the_last(self: Collection, **options: Any) -> Any:
        found = whole(self, **options)
        for some in (found["ids"], found["distances"]):
            assert some
            some[0].pop()
        return found

    _filled(desk)
    first = desk.store.catalog.get("collection")
    monkeypatch.setattr(Collection, "query", without_the_last)
    desk.assert_exactly(*STORIES)
    assert desk.store.catalog.get("collection") == first, "it was not made anew"


def test_a_crash_between_catalog_and_chroma_is_caught_up_when_next_opened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: ChromaVectors, ids: Sequence[int], vectors: Vectors) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ChromaVectors, "upsert", crash)
        with pytest.raises(KeyboardInterrupt):
            _filled(desk)
    desk.reopen()
    assert desk.store.stats().passages == 4
    assert len(desk.search("Shopkeepers condominiums of misunderstandings gorgeous flutes")) == 4
    assert desk.embedder.embedded == []
    desk.assert_exactly(*STORIES)


STEPS: list[tuple[type, str, bool]] = [
    (Catalog, "replace", False),
    (Catalog, "replace", True),
    (Catalog, "settle", False),
    (Catalog, "settle", True),
    (Catalog, "settle_anew", False),
    (Catalog, "settle_anew", True),
    (Catalog, "forget_unused_vectors", False),
    (Catalog, "remove", False),
    (Catalog, "remove", True),
    (Catalog, "put", False),
    (ChromaVectors, "upsert", True),
    (ChromaVectors, "delete", False),
]


@pytest.mark.parametrize(
    ("owner", "step", "after"), STEPS, ids=[f"{'after' if after else 'before'} {step}" for _, step, after in STEPS]
)
def test_a_crash_at_any_step_loses_nothing_and_leaves_no_ghost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, after: bool
) -> None:
    _filled(desk)
    desk.reopen()
    collections_of(desk.folder, desk.server, desk.store.catalog.owner).drop()  # so that every step is taken
    desk.reopen()
    desk.write("pier.txt", "The pier is open again.")
    desk.write("new.txt", "The ferry sails.")
    (desk.corpus / "baker.txt").unlink()
    whole = getattr(owner, step)
    crashed = []

    def crash(*values: Any, **facts: Any) -> Any:
        if after:
            whole(*values, **facts)
        crashed.append(step)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, crash)
        with pytest.raises(KeyboardInterrupt):
            desk.sync()
    assert crashed
    desk.reopen()
    for hit in desk.search("anything at all"):  # what is there is whole, in its old or new version
        assert hit.passage.text in {*STORIES.values(), "The pier is open again.", "The ferry sails."}
    desk.sync()
    desk.assert_exactly("pier.txt", "comet.txt", "zh/码头.txt", "new.txt")
    assert desk.search("pier open again")[0].passage.text == "The pier is open again."
    assert desk.store.stats().vectors == 4


KILLED = """
import os, sys
from pathlib import Path
from index.build import sync_folder
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder
import index.store
index.store.BATCH_PASSAGES = 1

class Killed(FakeEmbedder):
    def passages(self, texts):
        if len(self.embedded) == 2:
            os.kill(os.getpid(), 9)
        return super().passages(texts)

sync_folder(Path(sys.argv[1]), EmbeddedStore(Path(sys.argv[2]), Killed(), server=sys.argv[3] or None))
"""


def _run(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60)  # noqa: S603


def test_a_process_killed_while_it_indexes_loses_only_what_it_had_not_done(desk: Desk) -> None:
    for source, text in STORIES.items():
        desk.write(source, text)
    assert _run(KILLED, desk.corpus, desk.folder, desk.server or "").returncode == -9
    assert desk.store.stats().articles == 2
    report = desk.sync()
    assert (len(report.unchanged), len(report.added), report.embedded) == (2, 2, 2)
    desk.assert_exactly(*STORIES)


CUT = """
import sys
from pathlib import Path
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder

print(len(EmbeddedStore(Path(sys.argv[1]), FakeEmbedder()).search("herring at the quay", 5)))
"""


def test_a_graph_that_ends_whoever_searches_it_is_found_and_made_anew(desk: Desk) -> None:
    for n in range(1_101):  # Chroma writes its graph to disk from a thousand vectors on
        desk.write(f"{n}.txt", f"The ship number {n} landed {n * n} herring at the quay of Gullwing.")
    desk.sync()
    desk.reopen()
    (graph,) = desk.folder.rglob("link_lists.bin")
    graph.write_bytes(bytes(graph.stat().st_size))  # as a power cut may leave it
    assert _run(CUT, desk.folder).returncode < 0
    with desk.store.lock():
        assert any(
            "a search in it ends the process" in line for line in check(desk.store.catalog, desk.store.mirror, desk.corpus).lines()
        )
    desk.reopen()
    again = _run(CUT, desk.folder)
    assert (again.returncode, again.stdout) == (0, "5\n"), again.stderr
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []


def test_what_a_killed_process_was_filling_is_dropped(desk: Desk) -> None:
    _filled(desk)
    left_over = desk.folder / "vectors-123"
    left_over.mkdir()
    (left_over / "chroma.sqlite3").write_bytes(b"half")
    desk.reopen()
    desk.search("the pier")
    assert not left_over.exists()
    desk.assert_exactly(*STORIES)


ANOTHER = """
import sys
from pathlib import Path
from index.build import sync_folder
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder

sync_folder(Path(sys.argv[1]), EmbeddedStore(Path(sys.argv[2]), FakeEmbedder(), server=sys.argv[3] or None))
"""


def test_a_reader_beside_another_process_that_indexes_does_not_compare_ever_more_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.mirror.BEHIND", 10)
    _filled(desk)
    for day in range(3):
        for n in range(8):
            desk.write(f"{day}/{n}.txt", f"On day {day} the ship number {n} landed herring at the quay of Gullwing.")
        assert _run(ANOTHER, desk.corpus, desk.folder, desk.server or "").returncode == 0
        found = desk.search(f"On day {day} the ship number 7 landed herring")
        assert found[0].passage.source == f"{day}/7.txt"
        assert {hit.passage.source for hit in found} >= {f"{day}/{n}.txt" for n in range(8)}
        assert desk.store.catalog.last_passage() - desk.store.mirror._last <= 10
    desk.assert_exactly(*STORIES, *(f"{day}/{n}.txt" for day in range(3) for n in range(8)))


def test_all_of_many_vectors_are_compared_a_batch_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(desk)
    expected = [(hit.passage.source, round(hit.cosine, 5)) for hit in desk.search("the pier on Monday", 4)]
    desk.reopen()
    vectors_from = Catalog.vectors_from
    monkeypatch.setattr(Catalog, "vectors_from", lambda self, last, **until: vectors_from(self, last, 2, **until))
    with desk.store.lock():  # another thread cannot open the collection
        found: list[Hit] = []
        thread = threading.Thread(target=lambda: found.extend(desk.search("the pier on Monday", 4)))
        thread.start()
        thread.join(20)
    assert [(hit.passage.source, round(hit.cosine, 5)) for hit in found] == expected


# Damage to the collection


def _collection_folder(desk: Desk) -> Path:
    (found,) = desk.folder.glob("vectors-*")
    return found


def _delete(folder: Path) -> None:
    shutil.rmtree(folder)


def _garble(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage!" * 100)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _replace_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


@pytest.mark.parametrize("damage", [_delete, _garble, _empty, _replace_by_a_file])
def test_a_damaged_collection_is_made_anew_from_the_catalog_without_embedding(desk: Desk, damage: Callable[[Path], None]) -> None:
    _filled(desk)
    desk.close()
    damage(_collection_folder(desk))
    desk.reopen()
    desk.assert_exactly(*STORIES)
    assert desk.embedder.embedded == []
    assert len(list(desk.folder.glob("vectors-*"))) == 1 or damage is _replace_by_a_file


def test_a_collection_damaged_before_a_sync_is_made_anew_by_it(desk: Desk) -> None:
    _filled(desk)
    desk.close()
    _garble(_collection_folder(desk))
    desk.reopen()
    desk.write("new.txt", "The ferry sails.")
    assert desk.sync().embedded == 1
    desk.assert_exactly(*STORIES, "new.txt")


def test_a_collection_deleted_under_an_open_store_is_made_anew_by_the_next_sync(desk: Desk) -> None:
    _filled(desk)
    desk.search("pier")
    shutil.rmtree(_collection_folder(desk))
    desk.write("new.txt", "The ferry sails.")
    desk.sync()
    desk.assert_exactly(*STORIES, "new.txt")


def test_a_collection_that_holds_less_than_the_catalog_says_is_made_anew(desk: Desk) -> None:
    _filled(desk)
    desk.store.collection().delete([1])  # behind the catalog's back
    desk.reopen()
    desk.assert_exactly(*STORIES)


# Damage to the catalog


def test_garbage_in_place_of_the_catalog_is_an_error_that_names_the_command(desk: Desk) -> None:
    _filled(desk)
    desk.close()
    (desk.folder / "catalog.db").write_bytes(b"garbage!" * 1_000)
    with pytest.raises(IndexFolderError, match=f"dateline index CORPUS --index {desk.folder} --rebuild"):
        desk.sync()


@pytest.mark.parametrize("kept", [100, 10_000])
def test_a_truncated_catalog_is_an_error_that_names_the_command(desk: Desk, kept: int) -> None:
    _filled(desk)
    desk.close()
    os.truncate(desk.folder / "catalog.db", kept)
    with pytest.raises(IndexFolderError, match=f"dateline index CORPUS --index {desk.folder} --rebuild"):
        desk.sync()


def test_an_emptied_catalog_is_filled_again(desk: Desk) -> None:
    _filled(desk)
    desk.close()
    os.truncate(desk.folder / "catalog.db", 0)
    desk.reopen()
    assert len(desk.sync().added) == 4
    desk.assert_exactly(*STORIES)


# Threads and processes


class _Waiting(FakeEmbedder):
    """Embeds one batch, then waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = threading.Event()
        self.go = threading.Event()

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self.embedded:
            self.waits.set()
            self.go.wait(20)
        return super().passages(texts)


def _in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except DatelineError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_a_search_while_the_same_store_is_indexing_blocks_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 1)
    monkeypatch.setattr("index.store.LOCK_SECONDS", 2)  # not ten minutes, should the two wait for each other
    embedder = _Waiting()
    desk = Desk(tmp_path)
    desk.embedder = embedder
    for source, text in STORIES.items():
        desk.write(source, text)
    desk.store.stats()  # opened in this thread, used in others
    indexing, reports = _in_thread(lambda: len(desk.sync().added))
    assert embedder.waits.wait(10)  # one article is committed, the next one is being embedded
    searching, hits = _in_thread(lambda: len(desk.search("pier")))
    searching.join(0.3)
    embedder.go.set()
    indexing.join(20)
    searching.join(20)
    try:
        assert reports == [4]
        assert len(hits) == 1
        assert isinstance(hits[0], int), hits[0]
    finally:
        desk.close()


def test_searches_in_many_threads_see_the_same_store(desk: Desk) -> None:
    _filled(desk)
    desk.reopen()
    desk.store.stats()  # opened in this thread, used in others
    found = [_in_thread(lambda: len(desk.search("the old pier"))) for _ in range(8)]
    for thread, _ in found:
        thread.join(20)
    assert [results for _, results in found] == [[4]] * 8


SYNC = """
import sys, time
from pathlib import Path
from index.build import sync_folder
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder
store = EmbeddedStore(Path(sys.argv[2]), FakeEmbedder(), server=sys.argv[3] or None)
print("ready", flush=True)
sys.stdin.readline()
sync_folder(Path(sys.argv[1]), store)
print(store.stats().articles, store.collection().count(), len(store.search("story", 100)))
"""


def test_two_processes_that_index_one_folder_at_once_both_succeed(desk: Desk) -> None:
    names = (
        "ash birch cedar damson elm fir gorse hazel ivy juniper kelp larch maple nettle oak pine quince rowan sorrel thyme".split()
    )
    for name in names:
        desk.write(f"{name}.txt", f"Story of the {name}.")
    both = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", SYNC, str(desk.corpus), str(desk.folder), desk.server or ""],
            cwd=ROOT,
            text=True,
            stdin=-1,
            stdout=-1,
            stderr=-1,
        )
        for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        ends = [process.communicate(timeout=60) for process in both]
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert [(process.returncode, out) for process, (out, _) in zip(both, ends, strict=True)] == [(0, "20 20 20\n")] * 2, ends
    desk.assert_exactly(*(f"{name}.txt" for name in names))


def test_an_open_store_finds_by_vector_what_another_process_has_added(desk: Desk) -> None:
    desk.write("pier.txt", STORIES["pier.txt"])
    desk.sync()
    desk.search("pier")  # the collection is open now
    desk.write("comet.txt", STORIES["comet.txt"])
    assert _run(SYNC.replace("sys.stdin.readline()", ""), desk.corpus, desk.folder, desk.server or "").stdout == "ready\n2 2 2\n"
    # No word in common with the comet, see above: only the vector can find it.
    assert desk.search("Shopkeepers condominiums of misunderstandings gorgeous flutes")[0].passage.source == "comet.txt"


def test_a_held_index_is_an_error_that_says_what_to_do(desk: Desk) -> None:
    desk.write("a.txt", "The pier closes.")
    holder, waiting = EmbeddedStore(desk.folder, FakeEmbedder()), EmbeddedStore(desk.folder, FakeEmbedder(), patience=0.1)
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with holder.lock():
            held.set()
            release.wait(10)

    thread, _ = _in_thread(hold)
    try:
        assert held.wait(5)
        with pytest.raises(IndexBusyError, match=r"held by another process for 0\.1 s.* try again later, or: --index DIR"):
            sync_folder(desk.corpus, waiting)
    finally:
        release.set()
        thread.join(5)
        holder.close()
        waiting.close()
    assert desk.sync().added == ("a.txt",)


def test_a_store_opened_twice_in_one_process_is_one_index(desk: Desk) -> None:
    _filled(desk)
    other = EmbeddedStore(desk.folder, FakeEmbedder())
    desk.write("new.txt", "The ferry sails.")
    desk.sync()
    try:
        assert "new.txt" in {hit.passage.source for hit in other.search("ferry", 9)}
        assert len(other.search("ferry", 9)) == 5
    finally:
        other.close()
        forget_chroma()
