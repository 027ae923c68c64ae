"""What a site puts around all its stories is learnt by counting; the index is what the folder says, in whatever order it came."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cleaning import PAGES, labels, score
from index.build import sync_folder
from index.check import check
from index.errors import EmbedderError
from index.load import load
from index.store import EmbeddedStore
from tests.conftest import ROOT, Desk
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from index.embed import Vectors

CLUB = "Courier Circle members meet every second Thursday in the back room of the Lamplighter."
MILL = "The mill closed in 1998 with the loss of 240 jobs."
TOWNS = "Lorne Ashby Brask Vessim Dunmarrow Pell Saltworks Ostrane Emmery Harrow Quillon Tamsin Orwick Penhale Wrath Skell".split()


def story(n: int, *around: str) -> str:
    town = TOWNS[n % len(TOWNS)]
    own = f"{town} opens bridge number {n} to walkers\n\nThe bridge at {town} cost {n + 3} million crowns and took {n + 2} years."
    return "\n\n".join([own, f"Nobody in {town} had asked for it.", *around]) + "\n"


def kinds(desk: Desk, text: str) -> set[str]:
    """The kinds of the passages that hold a text."""
    said = "SELECT p.kind, substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN articles a ON a.id = p.article"
    return {kind for kind, passage in desk.store.catalog.rows(said) if text in passage}


def state(store: EmbeddedStore) -> list[Any]:
    """All that an index says, but for the numbers it gave to things."""
    article = "a.source, a.title, a.published, a.sha256, a.encoding, a.text, a.segments, a.note, a.stamp = ''"
    return [
        store.catalog.rows(f"SELECT {article} FROM articles a ORDER BY source"),
        store.catalog.rows(
            "SELECT a.source, p.start, p.end, p.kind, p.digest, (SELECT terms FROM lexical WHERE rowid = p.id)"
            " FROM passages p JOIN articles a ON p.article = a.id ORDER BY a.source, p.start"
        ),
        store.catalog.rows("SELECT a.source, s.signature FROM signatures s JOIN articles a ON a.id = s.article ORDER BY 1"),
        store.catalog.rows("SELECT a.source, b.band FROM bands b JOIN articles a ON a.id = b.article ORDER BY 1, 2"),
        store.catalog.rows("SELECT a.source, p.site, p.rank FROM placed p JOIN articles a ON a.id = p.article ORDER BY 1"),
        store.catalog.rows("SELECT source, reason FROM skipped ORDER BY source"),
        store.catalog.rows("SELECT * FROM unsettled UNION ALL SELECT * FROM pending"),
        store.catalog.rows("SELECT a.source, l.site, l.line FROM lines l JOIN articles a ON a.id = l.article ORDER BY 1, 3"),
        store.catalog.rows("SELECT * FROM recurring ORDER BY site, line"),
        store.catalog.rows("SELECT digest FROM vectors ORDER BY digest"),
        store.collection().count(),
    ]


def assert_as_fresh(desk: Desk, folder: Path) -> None:
    fresh = EmbeddedStore(folder, FakeEmbedder())
    try:
        sync_folder(desk.corpus, fresh)
        assert state(desk.store) == state(fresh)
    finally:
        fresh.close()


def test_a_line_of_most_articles_is_the_sites_and_background_is_not(desk: Desk, old_files: None) -> None:
    for n in range(12):
        desk.write(f"{n}.txt", story(n, CLUB, *([MILL] if n < 4 else [])))
    desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    assert kinds(desk, MILL) == {"body"}
    assert kinds(desk, "million crowns") == {"body"}


def test_the_sixth_article_changes_the_other_five_and_its_going_changes_them_back(desk: Desk, old_files: None) -> None:
    for n in range(5):
        desk.write(f"{n}.txt", story(n, CLUB))
    desk.sync()
    assert kinds(desk, CLUB) == {"body"}
    desk.write("5.txt", story(5, CLUB))
    report = desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    assert (report.added, report.changed) == (("5.txt",), ())
    (desk.corpus / "2.txt").unlink()
    desk.sync()
    assert kinds(desk, CLUB) == {"body"}
    assert desk.sync().embedded == 0


def test_nothing_is_embedded_twice_when_a_whole_site_comes_at_once(desk: Desk, old_files: None) -> None:
    for n in range(30):
        desk.write(f"{n}.txt", story(n, CLUB))
    report = desk.sync()
    assert len(desk.embedder.embedded) == report.embedded == desk.store.stats().vectors


def test_the_figures_of_a_line_and_its_capitals_may_vary(desk: Desk, old_files: None) -> None:
    for n in range(8):
        line = f"Today's tide tables: high water 0{n}:{10 + n} and 1{n}:{20 + n}"
        desk.write(f"{n}.txt", story(n, line if n % 2 else line.upper()))
    desk.sync()
    assert kinds(desk, "igh water") | kinds(desk, "HIGH WATER") == {"boilerplate"}


def test_each_folder_and_each_file_of_records_is_a_site_of_its_own(desk: Desk, old_files: None) -> None:
    for n in range(4):
        desk.write(f"north/{n}.txt", story(n, CLUB))
        desk.write(f"south/{n}.txt", story(n + 4, CLUB))
    desk.write("wire.jsonl", "".join(json.dumps({"text": story(n, MILL)}) + "\n" for n in range(8)))
    desk.sync()
    assert kinds(desk, CLUB) == {"body"}
    assert kinds(desk, MILL) == {"boilerplate"}


def test_copies_of_one_story_are_not_taken_for_furniture(desk: Desk, old_files: None) -> None:
    for n in range(10):
        desk.write(f"{n}.txt", story(3, CLUB))
    desk.sync()
    assert kinds(desk, "million crowns") == {"body"}


def test_a_headline_is_not_a_line_of_the_site(desk: Desk, old_files: None) -> None:
    banner = "The Larkhaven Courier has told the stories of this town since 1871"
    for n in range(8):
        desk.write(f"{n}.txt", f"{banner}\n\n{story(n)}")
    desk.sync()
    titles = {row[0] for row in desk.store.catalog.rows("SELECT title FROM articles")}
    assert titles == {f"{TOWNS[n]} opens bridge number {n} to walkers" for n in range(8)}


def test_the_headlines_of_a_series_are_headlines(desk: Desk, old_files: None) -> None:
    for n in range(8):
        desk.write(f"{n}.txt", f"Report {n} from the northern bridges\n\nThe bridge at {TOWNS[n]} cost {n + 3} million crowns.\n")
    desk.sync()
    assert kinds(desk, "from the northern bridges") == {"body"}


def test_in_whatever_order_files_come_and_go_the_index_is_that_of_the_folder(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("index.store.WINDOW", 600)
    dice = random.Random(7)  # noqa: S311 - no secret
    around = [CLUB, MILL, "Our lantern note is kept by the ferrymen.", "Write to Ropewalk Yard 9, above the chandlery."]
    learnt = set()
    for turn in range(10):
        for _ in range(dice.randint(2, 14)):
            n = dice.randrange(32)
            path = desk.corpus / f"{'ab'[n % 2]}/{n}.txt"
            if path.exists() and dice.random() < 0.5:
                path.unlink() if dice.random() < 0.7 else path.write_text("")
            else:
                desk.write(f"{'ab'[n % 2]}/{n}.txt", story(n, *dice.sample(around, dice.randint(0, 4))))
        desk.sync()
        assert_as_fresh(desk, tmp_path / f"fresh{turn}")
        learnt.add(tuple(desk.store.catalog.rows("SELECT site, line FROM recurring ORDER BY line")))
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    assert len(learnt) > 3, "too little was learnt and unlearnt"


def test_a_sync_that_ends_before_the_others_are_read_again_is_completed_by_the_next(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for n in range(5):
        desk.write(f"{n}.txt", story(n, CLUB))
    desk.sync()
    desk.write("5.txt", story(5, CLUB))
    with monkeypatch.context() as patch:
        patch.setattr("index.build._to_read_again", lambda *_: [])
        desk.sync()
    assert kinds(desk, CLUB) == {"body", "boilerplate"}
    desk.reopen()
    desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    assert_as_fresh(desk, tmp_path / "fresh")


def test_an_article_that_is_one_no_more_is_not_counted(desk: Desk, old_files: None, tmp_path: Path) -> None:
    for n in range(6):
        desk.write(f"{n}.txt", story(n, CLUB))
    desk.sync()
    desk.write("3.txt", "")
    desk.sync()
    assert kinds(desk, CLUB) == {"body"}
    assert_as_fresh(desk, tmp_path / "fresh")


def test_a_forecast_that_does_not_come_true_is_taken_back(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The run ends after two of eight articles that were read together, and the other six are deleted."""
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 1)
    for n in range(8):
        desk.write(f"{n}.txt", story(n, CLUB))
    batches = []

    def failing(texts: Sequence[str]) -> Vectors:
        batches.append(texts)
        if len(batches) > 2:
            raise EmbedderError("the embedder ran out of memory")
        return FakeEmbedder().passages(texts)

    with monkeypatch.context() as patch:
        patch.setattr(desk.embedder, "passages", failing)
        with pytest.raises(EmbedderError):
            desk.sync()
    held = set(desk.store.manifest())
    assert len(held) == 2
    assert kinds(desk, CLUB) == {"boilerplate"}
    for n in range(8):
        if f"{n}.txt" not in held:
            (desk.corpus / f"{n}.txt").unlink()
    desk.sync()
    assert kinds(desk, CLUB) == {"body"}
    assert_as_fresh(desk, tmp_path / "fresh")


def test_the_figures_of_a_series_are_each_storys_own(desk: Desk, old_files: None) -> None:
    for n in range(12):
        closed = f"The Larkhaven index closed at {4017 + n} points, {n + 1} points up on the day."
        desk.write(
            f"{n}.txt", f"Market report of day {n}\n\n{closed}\n\nCopper in {TOWNS[n]} fetched {80 + n} crowns\n\n{story(n)}"
        )
    desk.sync()
    assert kinds(desk, "The Larkhaven index closed") == kinds(desk, "Copper in") == {"body"}


def test_of_a_large_site_some_articles_are_counted(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("index.learning.SAMPLE", 20)
    monkeypatch.setattr("index.store.WINDOW", 2_000)
    for n in range(60):
        desk.write(f"{n}.txt", story(n, CLUB, *([MILL] if n % 10 == 0 else [])))
    desk.sync()
    assert (kinds(desk, CLUB), kinds(desk, MILL)) == ({"boilerplate"}, {"body"})
    before = len(desk.embedder.embedded)
    desk.write("60.txt", story(60))
    desk.sync()
    assert len(desk.embedder.embedded) - before <= 1
    assert_as_fresh(desk, tmp_path / "fresh")


def test_nothing_is_learnt_of_a_list_of_thousands_of_lines(desk: Desk, old_files: None) -> None:
    desk.write("a.txt", "".join(f"entry {n} of the list\n" for n in range(3_000)))
    desk.sync()
    assert desk.store.catalog.rows("SELECT count(*) FROM lines") == [(0,)]


def test_the_lines_of_a_site_of_which_a_file_of_records_lost_some_are_counted(desk: Desk, old_files: None) -> None:
    records = [json.dumps({"text": story(n, CLUB)}) + "\n" for n in range(7)]
    desk.write("wire.jsonl", "".join(records))
    desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    desk.write("wire.jsonl", "".join(records[:5]))
    desk.sync()
    desk.assert_exactly(*(f"wire.jsonl#{n}" for n in range(1, 6)))
    assert kinds(desk, CLUB) == {"body"}


def test_records_that_are_gone_go_at_once_though_what_is_known_of_their_site_changes(desk: Desk, old_files: None) -> None:
    def records(count: int, *around: str) -> str:
        return "".join(json.dumps({"text": story(n, *around)}) + "\n" for n in range(count))

    desk.write("wire.jsonl", records(7, CLUB))
    desk.sync()
    desk.write("wire.jsonl", records(5))
    desk.sync()
    desk.assert_exactly(*(f"wire.jsonl#{n}" for n in range(1, 6)))


def test_what_no_list_of_words_knows_is_learnt_from_a_site(desk: Desk) -> None:
    """The floors stand below what `docs/measurements.md` says."""
    folder = ROOT / PAGES
    sync_folder(folder / "site", desk.store)
    right = marked = body = 0
    for page in labels(folder):
        if page.file.startswith("site/"):
            article = load(folder / page.file, page.file)
            rows = desk.store.catalog.rows(
                "SELECT start, end FROM passages WHERE kind = 'body' AND article = (SELECT id FROM articles WHERE source = ?)",
                (page.file.removeprefix("site/"),),
            )
            one = score(page, article, [article.text[start:end] for start, end in rows])
            right, marked, body = right + one.right, marked + one.marked, body + one.body
    assert right / marked > 0.85
    assert right / body > 0.9


def test_what_is_unlearnt_and_learnt_again_by_one_sync_is_not_embedded_again(desk: Desk, old_files: None) -> None:
    for n in range(24):
        desk.write(f"{n}.txt", story(n, *([CLUB] if n < 8 else [])))
    desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    known = set(desk.embedder.embedded)
    desk.embedder.embedded.clear()
    for n in range(8):
        desk.write(f"{n}.txt", story(n, CLUB) + "\n")
        desk.write(f"{n + 24}.txt", story(n + 24))  # until others are gone, too few have the line
        (desk.corpus / f"{n + 8}.txt").unlink()
    desk.sync()
    assert kinds(desk, CLUB) == {"boilerplate"}
    assert not known & set(desk.embedder.embedded)
