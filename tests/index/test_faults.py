"""What fails while the index follows the folder: whatever it is, each article is in its old form or its new one, and a later sync
makes the index that of the folder."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest

from index.build import sync_folder
from index.check import check
from index.errors import DatelineError, EmbedderError
from index.load import read_bytes
from index.store import EmbeddedStore
from tests.conftest import ROOT, Desk, forget_chroma
from tests.fakes import FakeEmbedder
from tests.index.test_recurring import assert_as_fresh, story

if TYPE_CHECKING:
    from index.embed import Vectors


def texts(store: EmbeddedStore) -> dict[str, str]:
    return dict(store.catalog.rows("SELECT source, text FROM articles"))


def assert_whole(store: EmbeddedStore, allowed: dict[str, set[str]]) -> None:
    """Each article is one of those it may be, and every passage of it has its vector."""
    held = texts(store)
    for source, text in held.items():
        assert text in allowed[source], source
    assert {source for source, forms in allowed.items() if "" not in forms} <= held.keys()
    lacking = "SELECT count(*) FROM passages p LEFT JOIN vectors v ON v.digest = p.digest WHERE v.digest IS NULL"
    assert store.catalog.rows(lacking) == [(0,)]


class Moody(FakeEmbedder):
    """Fails at every third batch or so."""

    def __init__(self) -> None:
        super().__init__()
        self._dice = random.Random(3)  # noqa: S311 - no secret
        self.failures = 0

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self._dice.random() < 0.35:
            self.failures += 1
            raise EmbedderError("the embedding model failed: expected one vector per text; try again")
        return super().passages(texts)


def test_an_embedder_that_fails_at_random_costs_time_and_nothing_else(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 2)
    moody = Moody()
    desk.reopen(moody)
    allowed: dict[str, set[str]] = {}
    for turn in range(4):
        for n in range(turn, 14, 2):
            text = story(n + 100 * turn, "It is told again in spring.")
            desk.write(f"{n}.txt", text)
            allowed[f"{n}.txt"] = {text, *(allowed.get(f"{n}.txt") or {""})}
        for _ in range(60):
            try:
                desk.sync()
                break
            except EmbedderError:
                assert_whole(desk.store, allowed)
        assert_as_fresh(desk, tmp_path / f"fresh{turn}")
    assert moody.failures > 5
    assert len(moody.embedded) == len(set(moody.embedded)), "what was finished was embedded again"


INDEXER = """
import resource, signal, sys
from pathlib import Path
from index.build import sync_folder
from index.errors import DatelineError
from index.store import EmbeddedStore
from tests.fakes import FakeEmbedder

room = int(sys.argv[3])
if room:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is an error, as on a disk that is full
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    store = EmbeddedStore(Path(sys.argv[2]), FakeEmbedder(), server=sys.argv[4] or None)
    sync_folder(Path(sys.argv[1]), store)
except DatelineError as error:
    print(error)
    sys.exit(3)
"""


def _index(desk: Desk, room: int = 0, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-c", INDEXER, str(desk.corpus), str(desk.folder), str(room), desk.server or ""]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)  # noqa: S603


def _paper(n: int) -> str:
    return "\n\n".join(story(100 * n + part) for part in range(8))


def _told_in_a_line(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 3, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "room" in done.stdout or "cannot" in done.stdout


@pytest.mark.parametrize("room", [4_000, 60_000, 150_000, 300_000, 600_000])
def test_a_write_that_finds_no_room_is_an_error_on_one_line_and_no_damage(
    desk: Desk, old_files: None, tmp_path: Path, room: int
) -> None:
    allowed: dict[str, set[str]] = {}
    for n in range(10):
        desk.write(f"{n}.txt", _paper(n))
        allowed[f"{n}.txt"] = {_paper(n)}
    assert _index(desk).returncode == 0
    for n in range(40):
        desk.write(f"{n}.txt", _paper(n + 50))
        allowed[f"{n}.txt"] = {*allowed.get(f"{n}.txt", {""}), _paper(n + 50)}
    _told_in_a_line(_index(desk, room))
    assert_whole(desk.store, allowed)
    assert {hit.passage.source for hit in desk.search("the bridge cost million crowns")} <= allowed.keys()
    desk.reopen()
    desk.sync()
    assert_as_fresh(desk, tmp_path / "fresh")
    assert texts(desk.store) == {f"{n}.txt": _paper(n + 50) for n in range(40)}


def test_a_disk_that_fills_is_an_error_on_one_line_and_no_damage(desk: Desk, old_files: None, tmp_path: Path) -> None:
    """A file system of one megabyte, made where the kernel lets a user make one."""
    unshare = shutil.which("unshare")
    mount = f"mount -t tmpfs -o size=1m none {desk.folder}"
    desk.folder.mkdir()
    probe = [unshare or "false", "-rm", "sh", "-c", mount]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    for n in range(150):
        desk.write(f"{n}.txt", _paper(n))
    kept = tmp_path / "kept"
    script = f'{mount} && "$@"; code=$?; cp -r {desk.folder} {kept}; exit $code'
    _told_in_a_line(_index(desk, 0, [probe[0], "-rm", "sh", "-c", script, "sh"]))
    shutil.rmtree(desk.folder)
    shutil.move(kept, desk.folder)  # the same index where there is room
    assert_whole(desk.store, {f"{n}.txt": {_paper(n), ""} for n in range(150)})
    desk.sync()
    assert_as_fresh(desk, tmp_path / "fresh")


def test_files_that_change_while_they_are_read_are_as_they_are_in_the_end(desk: Desk, tmp_path: Path) -> None:
    """A writer changes, cuts, removes and replaces files all the while that another thread syncs."""
    stop = threading.Event()
    allowed: dict[str, set[str]] = {f"{n}.txt": {""} for n in range(12)}

    def write() -> None:
        dice = random.Random(5)  # noqa: S311 - no secret
        turn = 0
        while not stop.is_set():
            turn += 1
            name = f"{dice.randrange(12)}.txt"
            text = story(turn % 97, f"This was turn {turn % 10} of the writer.")
            allowed[name] |= {text, text[: len(text) // 2]}
            path = desk.corpus / name
            kind = dice.randrange(4)
            if kind == 0:
                path.unlink(missing_ok=True)
            elif kind == 1:
                desk.write(f".{name}", text).replace(path)
            else:
                desk.write(name, text)
                if kind == 2:
                    os.truncate(path, len(text) // 2)
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            desk.sync()
            assert_whole(desk.store, allowed)
    finally:
        stop.set()
        writer.join()
    desk.sync()
    found = {path.name: path.read_text() for path in desk.corpus.glob("[0-9]*.txt") if path.read_text().strip()}
    assert texts(desk.store) == found
    assert sum(map(len, allowed.values())) > 200, "the writer did nothing"


def test_a_change_is_seen_though_the_clock_went_back(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now = time.time()
    desk.write("a.txt", story(1))
    desk.write("b.txt", story(2))
    for turn, back in enumerate((0, 3_600, 86_400, 40 * 365 * 86_400)):
        monkeypatch.setattr("index.scan.time.time", lambda back=back: now - back)
        monkeypatch.setattr("index.scan.time.time_ns", lambda back=back: int((now - back) * 1e9))
        path = desk.write("a.txt", story(3 + turn))
        os.utime(path, (now - back, now - back))
        desk.sync()
        assert texts(desk.store)["a.txt"] == story(3 + turn)
        assert_as_fresh(desk, tmp_path / f"fresh{turn}")


@pytest.mark.parametrize("day", [0, 2**31 - 10, 2**33])
def test_a_file_of_any_time_is_read(desk: Desk, day: int) -> None:
    path = desk.write("a.txt", story(1))
    os.utime(path, (day, day))
    desk.sync()
    path.write_text(story(2))
    os.utime(path, (day, day))  # nothing but the time of the last change of its marks tells
    desk.sync()
    assert texts(desk.store) == {"a.txt": story(2)}


def test_what_failed_is_told_by_a_check_and_gone_after_the_next_sync(desk: Desk, old_files: None) -> None:
    class Failing(FakeEmbedder):
        def passages(self, texts: Sequence[str]) -> Vectors:
            raise EmbedderError("the embedding model failed: expected one vector per text; try again")

    desk.write("a.txt", story(1))
    desk.reopen(Failing())
    with pytest.raises(DatelineError):
        desk.sync()
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == [("a.txt", "new")]
    desk.reopen()
    sync_folder(desk.corpus, desk.store)
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus).lines() == []
    forget_chroma()


def test_a_file_that_is_written_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    first, second = b"The bridge cost 9 million.", b"The bridge cost 10 million crowns."
    path.write_bytes(first)

    @contextmanager
    def torn(one: Path) -> Iterator[Torn]:
        with one.open("rb") as file:
            yield Torn(file)

    class Torn:
        def __init__(self, file: BinaryIO) -> None:
            self.fileno, self._file = file.fileno, file

        def read(self, size: int) -> bytes:
            begun = self._file.read(10)
            if path.read_bytes() == first:
                path.write_bytes(second)
            return begun + self._file.read(size)

    monkeypatch.setattr("index.load.regular", torn)
    assert read_bytes(path) == second


def records(count: int) -> str:
    return "".join(
        json.dumps({"title": f"Mill {n}", "text": f"Mill number {n} grinds {n} tonnes a day."}) + "\n" for n in range(count)
    )


@pytest.mark.parametrize("fails", ["open", "stat"])
def test_what_cannot_be_read_for_a_while_keeps_what_it_said(desk: Desk, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    files = [desk.write("pier.txt", "The pier opened in May."), desk.write("mills.jsonl", records(5))]
    desk.sync()
    for path in files:
        os.utime(path, (10**9, 10**9))  # as a change of who may read it does
    tried: list[str] = []
    with monkeypatch.context() as patched:
        if fails == "open":
            really, refused = os.open, {os.fspath(path) for path in files}

            def opened(path: str | Path, *more: int) -> int:
                tried.append(os.fspath(path))
                return _refused() if os.fspath(path) in refused else really(path, *more)

            patched.setattr(os, "open", opened)
        else:
            patched.setattr("index.scan._stamp", _refused)
        report = desk.sync()
        assert (report.removed, report.embedded, desk.store.stats().articles) == ((), 0, 6)
        assert "Permission denied" in f"{report.skipped} {report.notes}"
        assert fails == "stat" or tried.count(os.fspath(files[0])) == 1  # once a sync
        assert {"pier.txt", "mills.jsonl#4"} <= {hit.passage.source for hit in desk.search("The pier and mill number 3")}
    report = desk.sync()
    assert (report.removed, report.embedded, report.skipped, report.notes) == ((), 0, (), ())
    assert len(report.unchanged) == 6


def _refused(*_: object, **__: object) -> int:
    raise PermissionError(13, "Permission denied")


def test_half_a_file_of_records_that_is_being_written_loses_none_of_what_it_said(desk: Desk) -> None:
    whole = json.dumps([json.loads(line) for line in records(5).splitlines()])
    path = desk.write("mills.json", whole)
    desk.sync()
    path.write_text(whole[: len(whole) // 2])
    report = desk.sync()
    assert (report.removed, desk.store.stats().articles) == ((), 5)
    path.write_text(whole)
    report = desk.sync()
    assert (report.removed, report.embedded, len(report.unchanged)) == ((), 0, 5)
    path.write_text(whole[: len(whole) // 2])
    os.utime(path, (10**9, 10**9))
    time.sleep(2.1)  # it stays like this: nobody writes it any more
    assert len(desk.sync().removed) == 5
