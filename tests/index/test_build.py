"""The folder is the truth: every change in it, and nothing else, is in the index after a sync."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from pathlib import Path

import pytest

from index.build import PIPELINE, READ_AHEAD, Progress, differences, prepare, sync_folder
from index.chunk import chunk
from index.errors import CorpusError, DatelineError
from index.types import Article, Passage, Prepared, Segment, SyncReport
from tests.conftest import ROOT, Desk, same_stamps_as

PIER = "The harbour office closes the old pier on Monday."
BAKER = "A baker sells loaves by weight and not by the piece."
COMET = "Astronomers photographed a comet."


def _three(desk: Desk) -> None:
    desk.write("pier.txt", PIER)
    desk.write("town/baker.txt", BAKER)
    desk.write("comet.md", COMET)


def _text_of(desk: Desk, question: str) -> set[str]:
    return {hit.passage.text for hit in desk.search(question)}


# Changes


def test_the_first_sync_adds_every_article(desk: Desk) -> None:
    _three(desk)
    report = desk.sync()
    assert report == SyncReport(("comet.md", "pier.txt", "town/baker.txt"), (), (), (), (), (), 3)
    desk.assert_exactly("pier.txt", "town/baker.txt", "comet.md")


def test_a_second_sync_of_an_unchanged_folder_reads_and_embeds_nothing(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _three(desk)
    desk.write("bad.txt", b"\x00\x01\x02")
    desk.sync()
    desk.reopen()
    monkeypatch.setattr("index.build.load", lambda path, source: pytest.fail(f"{source} was read"))
    report = desk.sync()
    assert (report.unchanged, report.embedded) == (("comet.md", "pier.txt", "town/baker.txt"), 0)
    assert report.skipped == (("bad.txt", "binary content; expected text"),)
    assert desk.embedder.embedded == []


def test_a_file_written_a_moment_ago_is_read_again_but_not_embedded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("pier.txt", PIER)
    desk.sync()
    read: list[str] = []

    def spy(corpus: Path, source: str, stamp: str) -> Prepared:
        read.append(source)
        return prepare(corpus, source, stamp)

    monkeypatch.setattr("index.build.prepare", spy)
    report = desk.sync()
    assert (read, report.unchanged, report.embedded) == (["pier.txt"], ("pier.txt",), 0)


def test_files_read_by_an_earlier_version_are_read_again_and_what_is_the_same_is_not_embedded(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("pier.txt", f"{PIER}\n\nThe harbour opens on Monday.\n")
    desk.write("dam.txt", "The dam cost 1,308 million yuan.\n")
    desk.sync()
    assert differences(desk.corpus, desk.store.manifest()) == []

    def smaller(article: Article, segments: tuple[Segment, ...]) -> tuple[Passage, ...]:
        return chunk(article, segments, size=10)

    monkeypatch.setattr("index.build.PIPELINE", PIPELINE + 1)
    monkeypatch.setattr("index.build.chunk", smaller)
    why = "read by another version of Dateline, or with another dateline.toml"
    assert differences(desk.corpus, desk.store.manifest()) == [("dam.txt", why), ("pier.txt", why)]
    report = desk.sync()
    assert (report.unchanged, report.embedded) == (("dam.txt", "pier.txt"), 2)
    desk.assert_exactly("dam.txt", "pier.txt")
    assert desk.store.manifest()["pier.txt"].passages == 2
    assert desk.sync().embedded == 0


def test_whoever_changes_how_files_are_read_raises_the_pipelines_number() -> None:
    """When this fails, raise index.build.PIPELINE and put the new digest in place of the old."""
    said = hashlib.sha256()
    for source in sorted(source for source, _ in differences(ROOT / "corpus", {})):
        prepared = prepare(ROOT / "corpus", source, "")
        article = prepared.article
        said.update(repr((source, article.title, article.published, article.text, prepared.segments, prepared.passages)).encode())
    assert (PIPELINE, said.hexdigest()[:16]) == (7, "0d5859fb74855517")


def test_a_file_that_was_only_touched_is_not_embedded(desk: Desk, old_files: None) -> None:
    _three(desk)
    desk.sync()
    os.utime(desk.corpus / "pier.txt", (1, 1))
    report = desk.sync()
    assert (len(report.unchanged), report.changed, report.embedded) == (3, (), 0)


def test_a_changed_file_is_found_by_its_new_text_and_not_by_its_old(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    desk.write("pier.txt", "The ferry moves to the coal quay.")
    report = desk.sync()
    assert (report.changed, len(report.unchanged), report.embedded) == (("pier.txt",), 2, 1)
    assert _text_of(desk, "pier ferry") == {"The ferry moves to the coal quay.", BAKER, COMET}
    desk.assert_exactly("pier.txt", "town/baker.txt", "comet.md")


def test_an_added_file_is_embedded_alone(desk: Desk) -> None:
    desk.write("pier.txt", PIER)
    desk.sync()
    desk.write("comet.md", COMET)
    report = desk.sync()
    assert (report.added, report.unchanged, report.embedded) == (("comet.md",), ("pier.txt",), 1)
    assert desk.embedder.embedded == [PIER, COMET]
    desk.assert_exactly("pier.txt", "comet.md")


def test_a_deleted_file_is_gone_from_everywhere(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    (desk.corpus / "pier.txt").unlink()
    report = desk.sync()
    assert (report.removed, len(report.unchanged), report.embedded) == (("pier.txt",), 2, 0)
    assert desk.store.catalog.lexical("pier", 9) == []
    assert desk.store.stats().vectors == 2
    desk.assert_exactly("town/baker.txt", "comet.md")


def test_a_renamed_file_is_found_under_its_new_name_without_embedding(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    (desk.corpus / "pier.txt").rename(desk.corpus / "town" / "quay.txt")
    report = desk.sync()
    assert (report.added, report.removed, report.embedded) == (("town/quay.txt",), ("pier.txt",), 0)
    assert desk.search("pier")[0].passage.source == "town/quay.txt"
    desk.assert_exactly("town/quay.txt", "town/baker.txt", "comet.md")


def test_two_files_that_swap_their_texts_are_both_followed(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    desk.write("pier.txt", BAKER)
    desk.write("town/baker.txt", PIER)
    report = desk.sync()
    assert (report.changed, report.embedded) == (("pier.txt", "town/baker.txt"), 0)
    assert desk.search("harbour office")[0].passage.source == "town/baker.txt"


def test_an_emptied_folder_empties_the_index(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    for path in list(desk.corpus.rglob("*.*")):
        path.unlink()
    assert len(desk.sync().removed) == 3
    assert desk.search("pier") == []
    desk.assert_exactly()
    assert desk.store.stats().vectors == 0


def test_of_two_files_with_the_same_text_the_other_is_still_found(desk: Desk) -> None:
    desk.write("one.txt", PIER)
    desk.write("two.txt", PIER)
    assert desk.sync().embedded == 1
    (desk.corpus / "one.txt").unlink()
    assert desk.sync().embedded == 0
    (hit,) = desk.search("pier")
    assert (hit.passage.source, hit.passage.text, hit.also_in) == ("two.txt", PIER, ())
    desk.assert_exactly("two.txt")


@pytest.mark.parametrize("fresh", [True, False], ids=["just written", "written long ago"])
def test_an_edit_that_keeps_size_and_time_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch, fresh: bool) -> None:
    if not fresh:
        monkeypatch.setattr("index.scan.RACY_SECONDS", 0.0)
    path = desk.write("pier.txt", "The pier closes on Monday.")
    desk.sync()
    if not fresh:
        time.sleep(0.05)  # a few ticks of the clock that stamps the change of the inode, which nobody can set back
    same_stamps_as(path, b"The pier closes on Friday.")
    assert desk.sync().changed == ("pier.txt",)
    assert desk.search("pier")[0].passage.text == "The pier closes on Friday."


def test_a_file_that_becomes_binary_is_dropped_with_its_reason(desk: Desk) -> None:
    _three(desk)
    desk.sync()
    desk.write("pier.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    report = desk.sync()
    assert report.removed == ("pier.txt",)
    assert report.skipped == (("pier.txt", "binary content; expected text"),)
    assert desk.store.manifest()["pier.txt"].skipped == "binary content; expected text"
    desk.assert_exactly("town/baker.txt", "comet.md")
    assert desk.sync().skipped == (("pier.txt", "binary content; expected text"),)  # and still says so


def test_a_skipped_file_that_is_mended_is_added(desk: Desk) -> None:
    desk.write("pier.txt", b"")
    assert desk.sync().skipped == (("pier.txt", "empty file"),)
    desk.write("pier.txt", PIER)
    report = desk.sync()
    assert (report.added, report.skipped) == (("pier.txt",), ())
    desk.assert_exactly("pier.txt")


def test_a_skipped_file_that_is_deleted_is_forgotten(desk: Desk) -> None:
    desk.write("pier.txt", b"")
    desk.sync()
    (desk.corpus / "pier.txt").unlink()
    report = desk.sync()
    assert (report.removed, report.skipped) == ((), ())  # it was never in the index
    assert desk.store.manifest() == {}


def test_what_was_lost_in_reading_is_noted_every_time(desk: Desk, old_files: None) -> None:
    desk.write("zh.txt", "铜壶湾码头星期一起停业，港务处星期五表示，维修费用为四百二十万元。".encode() + b"\xff")
    note = ("zh.txt", "1 bytes are not UTF-8 and are read as U+FFFD")
    assert desk.sync().notes == (note,)
    assert desk.sync().notes == (note,)


def test_a_file_that_vanishes_while_the_folder_is_read_is_skipped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _three(desk)

    def vanish(corpus: Path, source: str, stamp: str) -> Prepared:
        (desk.corpus / "town" / "baker.txt").unlink(missing_ok=True)
        return prepare(corpus, source, stamp)

    monkeypatch.setattr("index.build.prepare", vanish)
    assert desk.sync().skipped == (("town/baker.txt", "cannot be read: No such file or directory"),)
    desk.assert_exactly("pier.txt", "comet.md")


def test_any_history_of_changes_ends_where_a_fresh_index_begins(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - the same history in every run
    texts = [
        f"The {animal} crossed the {place} again."
        for animal in ("otter", "heron", "badger")
        for place in ("harbour", "pier", "tin street")
    ]
    contents: list[str | bytes] = [*texts, *texts, b"", b"\x00\x01"]
    desk = Desk(tmp_path / "history")
    for step in range(12):
        for _ in range(chance.randint(1, 4)):
            name = f"{chance.choice('abc')}/{chance.choice('uvw')}.txt"
            if chance.random() < 0.3:
                (desk.corpus / name).unlink(missing_ok=True)
            else:
                desk.write(name, chance.choice(contents))
        desk.sync()
        if chance.random() < 0.3:
            desk.reopen()
        twin = Desk(tmp_path / f"twin{step}")
        for path in desk.corpus.rglob("*.txt"):
            twin.write(path.relative_to(desk.corpus).as_posix(), path.read_bytes())
        twin.sync()
        assert _picture(desk) == _picture(twin)
        twin.store.close()
    desk.close()


def _picture(desk: Desk) -> tuple[object, ...]:
    """All that a user may see of an index, without the numbers of rows."""
    records = {source: (r.sha256, r.encoding, r.passages, r.skipped) for source, r in desk.store.manifest().items()}
    hits = {
        (frozenset([h.passage.source, *h.also_in]), h.passage.text, round(h.cosine, 4))
        for h in desk.search("the otter on the pier")
    }
    stats = desk.store.stats()
    return (
        records,
        hits,
        stats.articles,
        stats.passages,
        stats.vectors,
        desk.store.collection().count(),
    )


def test_progress_counts_the_files_that_are_kept(desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 1)
    _three(desk)
    desk.write("bad.txt", b"\x00")
    seen: list[Progress] = []
    sync_folder(desk.corpus, desk.store, seen.append)
    assert [(one.done, one.total) for one in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {one.source for one in seen} == {"pier.txt", "town/baker.txt", "comet.md", "bad.txt"}
    seen.clear()
    sync_folder(desk.corpus, desk.store, seen.append)
    assert seen == []


def test_a_report_becomes_json_key_by_key() -> None:
    report = SyncReport(("a",), ("b",), ("c",), ("d",), (("e", "empty file"),), (("f", "lost"),), 7)
    assert report.to_dict() == {
        "added": ["a"],
        "changed": ["b"],
        "removed": ["c"],
        "unchanged": ["d"],
        "skipped": [{"source": "e", "reason": "empty file"}],
        "notes": [{"source": "f", "note": "lost"}],
        "embedded": 7,
    }


# What is no folder of articles


def test_a_folder_that_is_not_there_is_an_error_that_says_what_to_type(desk: Desk) -> None:
    with pytest.raises(CorpusError) as caught:
        sync_folder(desk.corpus / "news", desk.store)
    assert str(caught.value) == f"nothing at {desk.corpus}/news; expected a folder of articles; try: dateline index FOLDER"
    assert isinstance(caught.value, DatelineError)


def test_a_file_in_place_of_the_folder_is_an_error_that_says_so(desk: Desk) -> None:
    path = desk.write("pier.txt", PIER)
    with pytest.raises(CorpusError, match=r"a file at .*pier\.txt; expected a folder of articles"):
        sync_folder(path, desk.store)


def test_a_folder_that_is_gone_leaves_the_index_as_it_was(desk: Desk) -> None:
    desk.write("pier.txt", PIER)
    desk.sync()
    desk.corpus.rename(desk.corpus.with_name("elsewhere"))
    with pytest.raises(CorpusError):
        desk.sync()
    desk.assert_exactly("pier.txt")


def test_a_folder_that_may_not_be_read_is_an_error_and_empties_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("pier.txt", PIER)
    desk.sync()

    def refuse(self: Path) -> object:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", refuse)  # root may read any folder, so the refusal is played
        with pytest.raises(CorpusError, match=r"cannot be read: Permission denied; .* check its permissions"):
            desk.sync()
    desk.assert_exactly("pier.txt")


def test_an_empty_folder_is_an_empty_index(desk: Desk) -> None:
    assert desk.sync() == SyncReport((), (), (), (), (), (), 0)
    assert desk.search("pier") == []


# What in a folder is no article


def _skipped(desk: Desk) -> dict[str, str]:
    """The reasons, beside one good article that must be indexed all the same."""
    desk.write("good.txt", PIER)
    report = desk.sync()
    assert report.added == ("good.txt",)
    desk.assert_exactly("good.txt")
    return dict(report.skipped)


def test_each_bad_file_is_skipped_with_its_reason_and_the_rest_is_indexed(desk: Desk) -> None:
    desk.write("binary.txt", b"\x7fELF\x00\x00")
    desk.write("empty.md", b"")
    desk.write("blank.html", b"<script>x</script>")
    desk.write("table.csv", b"a,b\n")
    desk.write("noending", b"text")
    os.mkfifo(desk.corpus / "pipe.txt")
    (desk.corpus / "large.txt").touch()
    os.truncate(desk.corpus / "large.txt", 50 * 1024 * 1024)
    expected = ".txt, .text, .md, .markdown, .html, .htm, .pdf, .docx, .eml, .json, ..., .gz"
    assert _skipped(desk) == {
        "binary.txt": "binary content; expected text",
        "empty.md": "empty file",
        "blank.html": "no text in it; expected an article",
        "table.csv": f"format .csv is not read; expected {expected}",
        "noending": f"format without an ending is not read; expected {expected}",
        "pipe.txt": "not a regular file",
        "large.txt": "50 MB; expected an article of at most 20 MB",
    }


def test_symbolic_links_are_skipped_each_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text(BAKER)
    (desk.corpus / "town").mkdir()
    for link, target in {
        "leaves.txt": tmp_path / "outside.txt",
        "leaves": tmp_path,
        "inside.txt": desk.corpus / "good.txt",
        "town/up": desk.corpus,
        "loops.txt": desk.corpus / "loops.txt",
        "nowhere.txt": desk.corpus / "gone.txt",
    }.items():
        (desk.corpus / link).symlink_to(target)
    assert _skipped(desk) == {
        "leaves.txt": "a symbolic link that leaves the folder; copy the file instead",
        "leaves": "a symbolic link that leaves the folder; copy the file instead",
        "inside.txt": "a symbolic link to what is in the folder already",
        "town/up": "a symbolic link to what is in the folder already",
        "loops.txt": "a symbolic link that leads nowhere or to itself",
        "nowhere.txt": "a symbolic link that leads nowhere or to itself",
    }


def test_a_corpus_reached_by_a_link_is_read_like_any_other(desk: Desk, tmp_path: Path) -> None:
    desk.write("pier.txt", PIER)
    (tmp_path / "link").symlink_to(desk.corpus)
    assert sync_folder(tmp_path / "link", desk.store).added == ("pier.txt",)


def test_a_file_whose_name_is_not_utf_8_is_skipped(desk: Desk) -> None:
    (desk.corpus / os.fsdecode(b"caf\xe9.txt")).write_text(BAKER)
    assert _skipped(desk) == {"caf?.txt": "the file name is not UTF-8; rename the file"}


@pytest.mark.parametrize(
    "name", ["码头 “新闻”.txt", "a b'c\"d.txt", "-rf.txt", "a\nb.txt", "％%s{}.txt", "😀.md", "x" * 200 + ".txt"]
)
def test_any_name_that_is_utf_8_is_a_source(desk: Desk, name: str) -> None:
    desk.write(name, PIER)
    assert desk.sync().added == (name,)
    assert desk.search("pier")[0].passage.source == name


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "readme.txt",
        "README",
        "LICENSE",
        "license.txt",
        ".hidden.txt",
        ".git/a.txt",
        "town/.cache/a.txt",
        "town/README.md",
    ],
)
def test_what_describes_the_folder_or_is_hidden_is_not_even_mentioned(desk: Desk, name: str) -> None:
    desk.write(name, BAKER)
    assert _skipped(desk) == {}


def test_a_folder_inside_that_may_not_be_read_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("town/baker.txt", BAKER)
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("town"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)  # root may read any folder, so the refusal is played
    assert _skipped(desk) == {"town": "folder cannot be read: Permission denied"}


def test_one_article_is_prepared_without_a_store(desk: Desk) -> None:
    desk.write("pier.txt", f"{PIER}\nShare this article\n")
    prepared = prepare(desk.corpus, "pier.txt", "stamp")
    assert (prepared.stamp, prepared.article.source) == ("stamp", "pier.txt")
    assert [(p.kind, p.text) for p in prepared.passages] == [("body", PIER), ("boilerplate", "Share this article")]


def test_files_are_read_at_once_and_kept_in_their_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(6):
        desk.write(f"{n}.txt", f"Report {n}\n\nThe mill {n} was sold.\n" if n != 2 else "")
    both = threading.Barrier(2)
    going: list[str] = []

    def meeting(corpus: Path, source: str, stamp: str) -> Prepared:
        going.append(source)
        if source in ("0.txt", "1.txt"):
            both.wait(20)  # each until the other is read, too
        return prepare(corpus, source, stamp)

    monkeypatch.setattr("index.build.prepare", meeting)
    report = desk.sync()
    assert report.added == ("0.txt", "1.txt", "3.txt", "4.txt", "5.txt")
    assert report.skipped == (("2.txt", "empty file"),)
    assert sorted(going) == [f"{n}.txt" for n in range(6)]
    rows = desk.store.catalog.rows("SELECT source FROM articles ORDER BY id")
    assert [row[0] for row in rows] == ["0.txt", "1.txt", "3.txt", "4.txt", "5.txt"]


def test_a_sync_that_fails_reads_no_further(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(40):
        desk.write(f"{n:02}.txt", f"Report {n}\n\nThe mill {n} was sold.\n")
    read: list[str] = []

    def counted(corpus: Path, source: str, stamp: str) -> Prepared:
        read.append(source)
        if source == "05.txt":
            raise MemoryError
        return prepare(corpus, source, stamp)

    monkeypatch.setattr("index.build.prepare", counted)
    with pytest.raises(MemoryError):
        desk.sync()
    assert len(read) <= 6 + READ_AHEAD
