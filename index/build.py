"""The order of the steps from a folder to the store: scan → load → clean → chunk → embed and keep."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.chunk import chunk
from index.clean import clean
from index.errors import CorpusError, SkipFile
from index.formats import file_of, format_of, unread
from index.load import load, load_records
from index.store import Store
from index.types import Article, FileRecord, Prepared, Skipped, SyncReport

_README = re.compile(r"(readme|licen[sc]e)(\.\w+)?", re.I)
PIPELINE = 4
"""Raised by whoever changes what loading, cleaning or chunking gives: files read by an earlier one are read again."""
RACY_SECONDS = 2.0
"""A file touched this shortly before it was read may change again without its stamp changing, so it is read again."""
LAST = " last"
"""Ends the stamp of the last record of a file that holds many: it was read to its end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: `done` of `total` files to read, the last of which is `source`."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class _Scan:
    files: dict[str, str]
    """source → stamp"""
    skipped: dict[str, str]
    """source → reason"""
    unreadable: list[str]
    """the folders that could not be looked into, each with its slash"""


def sync_folder(corpus: Path, store: Store, progress: Callable[[Progress], None] | None = None) -> SyncReport:
    """Make the store reflect a folder exactly: added, changed and removed files; nothing else is read or embedded.

    A file whose stamp (size, inode, times and how it was read) is unchanged is not read; text that was embedded before
    is not embedded again, whatever file it stands in. Raises CorpusError when the folder is not there, IndexFolderError
    when the index cannot be written. Whatever happens in the middle, every article in the store is whole, in its old or
    new version.
    """
    scan = _scan(corpus)
    before = store.manifest()
    to_read, gone = _compare(scan, before)
    embedded = 0
    found: set[str] = set()
    # What was embedded for a file that is gone is kept until the new files are in: a renamed file embeds nothing.
    if to_read:
        embedded = store.sync(_noted(_prepare_all(corpus, scan, to_read, progress), found))
        read = set(to_read)
        gone += [source for source in before if source not in found and file_of(source)[0] in read]
    if gone:
        store.remove(gone)
    after = store.manifest() if to_read or gone else before
    return _report(before, after, scan.skipped, embedded)


def differences(corpus: Path, manifest: dict[str, FileRecord]) -> list[tuple[str, str]]:
    """The files that a sync would look at, each with why, sorted; nothing is read or written."""
    if not corpus.is_dir():
        return [(str(corpus), "the folder is not there")]
    scan = _scan(corpus)
    to_read, gone = _compare(scan, manifest)
    known = {file_of(source)[0]: record for source, record in manifest.items()}
    changed = [(file, why) for file in to_read if (why := _why(known.get(file), scan.files[file]))]
    return sorted([*changed, *((source, "deleted") for source in gone)])


def _why(record: FileRecord | None, stamp: str) -> str:
    """What a file to be read is to a reader; nothing for one that is only looked at again to be sure."""
    if record is None:
        return "new"
    if record.stamp and record.stamp.rpartition(":")[0] != stamp.rpartition(":")[0]:
        return "read by another version of Dateline"
    return "" if _settled(record.stamp) == _settled(stamp) else "changed"


def _compare(scan: _Scan, manifest: dict[str, FileRecord]) -> tuple[list[str], list[str]]:
    """The files to read, and the articles whose file is gone."""
    stamps: dict[str, list[str]] = {}
    gone: list[str] = []
    hidden = tuple(scan.unreadable)
    for source, record in manifest.items():
        file = file_of(source)[0]
        if file in scan.files:
            # A record's stamp is its file's, and only the last one's says that it is: else the file was not read to its end.
            stamps.setdefault(file, []).append(record.stamp if file == source else _of_file(record.stamp))
        elif not source.startswith(hidden):
            gone.append(source)
    ended = {file_of(source)[0] for source, record in manifest.items() if record.stamp.endswith(LAST)}
    to_read = [
        file for file, stamp in scan.files.items()
        if set(stamps.get(file, ())) != {stamp} or (_many(file) and file not in ended and file not in manifest)
    ]  # fmt: skip
    return to_read, gone


def _of_file(stamp: str) -> str:
    return stamp.removesuffix(LAST)


def _many(file: str) -> bool:
    kind = format_of(file)
    return kind is not None and kind.many


def _noted(files: Iterator[Prepared | Skipped], found: set[str]) -> Iterator[Prepared | Skipped]:
    """The same, with the name of each put into a set as it goes by."""
    for one in files:
        found.add(one.source)
        yield one


def _prepare_all(
    corpus: Path, scan: _Scan, to_read: list[str], progress: Callable[[Progress], None] | None
) -> Iterator[Prepared | Skipped]:
    for number, source in enumerate(to_read, start=1):
        try:
            yield from (
                _prepare_records(corpus, source, scan.files[source])
                if _many(source)
                else (prepare(corpus, source, scan.files[source]),)
            )
        except SkipFile as error:
            yield _skipped(source, scan.files[source], error)
        if progress:
            progress(Progress(number, len(to_read), source))


def _report(before: dict[str, FileRecord], after: dict[str, FileRecord], left_out: dict[str, str], embedded: int) -> SyncReport:
    old = {source: record.sha256 for source, record in before.items() if not record.skipped}
    new = {source: record.sha256 for source, record in after.items() if not record.skipped}
    skipped = left_out | {source: record.skipped for source, record in after.items() if record.skipped}
    return SyncReport(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(source for source in new.keys() & old.keys() if new[source] != old[source])),
        removed=tuple(sorted(old.keys() - new.keys())),
        unchanged=tuple(sorted(source for source in new.keys() & old.keys() if new[source] == old[source])),
        skipped=tuple(sorted(skipped.items())),
        notes=tuple(sorted((source, record.note) for source, record in after.items() if record.note)),
        embedded=embedded,
    )


def prepare(corpus: Path, source: str, stamp: str) -> Prepared:
    """One file, through the steps that need no store: load → clean → chunk. Raises SkipFile with the reason."""
    return _prepared(load(corpus / source, source), stamp)


def _prepare_records(corpus: Path, file: str, stamp: str) -> Iterator[Prepared | Skipped]:
    """The same for each record of a file. Raises SkipFile when the file as a whole cannot be read, or holds none."""
    held: tuple[str, Article | SkipFile] | None = None
    try:
        for one in load_records(corpus / file, file):
            if held:
                yield _of_record(*held, stamp)
            held = one
    except SkipFile:
        if held:
            yield _of_record(*held, stamp)  # what was read before the damage is good
        raise
    if held is None:
        raise SkipFile("no record in it; expected articles")
    yield _of_record(*held, stamp + LAST)


def _of_record(source: str, found: Article | SkipFile, stamp: str) -> Prepared | Skipped:
    return _skipped(source, stamp, found) if isinstance(found, SkipFile) else _prepared(found, stamp)


def _skipped(source: str, stamp: str, error: SkipFile) -> Skipped:
    return Skipped(source, "" if error.passing else stamp, str(error))


def _prepared(article: Article, stamp: str) -> Prepared:
    segments = clean(article)
    return Prepared(article, stamp, segments, chunk(article, segments))


def checked_corpus(corpus: Path) -> Path:
    """The folder, when it is one that can be read; CorpusError says what was found instead."""
    try:
        if not corpus.is_dir():
            found = "a file" if corpus.exists() else "nothing"
            raise CorpusError(f"{found} at {corpus}; expected a folder of articles; try: dateline index FOLDER")
        next(corpus.iterdir(), None)
    except OSError as error:
        raise CorpusError(
            f"the folder {corpus} cannot be read: {error.strerror}; expected a folder of articles; check its permissions"
        ) from error
    return corpus


def _scan(corpus: Path) -> _Scan:
    """The files of a folder that may be articles, and those that are left out, each with its reason.

    Hidden files and folders, and what describes the folder itself (README, LICENSE), are not looked at.
    """
    checked_corpus(corpus)
    scan = _Scan({}, {}, [])
    for folder, folders, names in os.walk(corpus, onerror=lambda error: _note_unreadable(corpus, error, scan)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(folder)
        for name in [*(name for name in folders if (here / name).is_symlink()), *sorted(names)]:
            if not name.startswith(".") and not _README.fullmatch(name):
                _scan_file(corpus, here / name, scan)
    return scan


def _note_unreadable(corpus: Path, error: OSError, scan: _Scan) -> None:
    """What cannot be read is not known to be gone: its articles stay until it can be."""
    if Path(error.filename) == corpus:
        raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}; nothing was changed; try again") from error
    source = _source(corpus, Path(error.filename))
    scan.skipped[source] = f"folder cannot be read: {error.strerror}"
    scan.unreadable.append(f"{source}/")


def _source(corpus: Path, path: Path) -> str:
    return str(PurePosixPath(*path.relative_to(corpus).parts)).encode("utf-8", "replace").decode("utf-8")


def _scan_file(corpus: Path, path: Path, scan: _Scan) -> None:
    source = _source(corpus, path)
    if source != str(PurePosixPath(*path.relative_to(corpus).parts)):
        scan.skipped[source] = "the file name is not UTF-8; rename the file"
    elif path.is_symlink():
        scan.skipped[source] = _about_link(corpus, path)
    elif format_of(path.name) is None:
        scan.skipped[source] = unread(path.name)
    else:
        try:
            scan.files[source] = _stamp(path.stat(follow_symlinks=False))
        except OSError as error:
            scan.skipped[source] = f"cannot be read: {error.strerror}"


def _about_link(corpus: Path, path: Path) -> str:
    """Why a symbolic link is not followed: the folder is the truth, and each file stands in it once."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a symbolic link that leads nowhere or to itself"
    if not target.is_relative_to(corpus.resolve()):
        return "a symbolic link that leaves the folder; copy the file instead"
    return "a symbolic link to what is in the folder already"


def _settled(stamp: str) -> str:
    """A stamp without the note that it was taken too early to be sure of."""
    return stamp.split(" racy")[0]


def _stamp(status: os.stat_result) -> str:
    """What changes whenever a file, or how it is read, may have changed; `racy` for one too fresh for its times to tell."""
    now = time.time()
    fresh = any(abs(now - touched) < RACY_SECONDS for touched in (status.st_mtime, status.st_ctime))
    racy = f" racy {time.time_ns()}" if fresh else ""
    return f"{PIPELINE}: {status.st_size} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}{racy}"
