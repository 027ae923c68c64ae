"""The order of the steps from a folder to the store: scan → load → clean → chunk → embed and keep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.chunk import chunk
from index.clean import clean
from index.errors import SkipFile
from index.fields import NAME, Fields, fields_of
from index.formats import file_of, format_of
from index.load import load, load_records
from index.minhash import signature
from index.recurring import lines_of
from index.scan import Scan, checked_corpus, scan_folder, settled
from index.store import Store
from index.types import Article, FileRecord, Prepared, Skipped, SyncReport

PIPELINE = 7
"""Raised by whoever changes what loading, cleaning or chunking gives: files read by an earlier one are read again."""
READ_AHEAD = 3
"""Files that are read at once: enough for two cores, few enough for large files in memory."""
LAST = " last "
"""Ends the stamp of what comes last of a file that holds many, with how many came: it was read to its end, and all is here."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: `done` of `total` files to read, the last of which is `source`."""

    done: int
    total: int
    source: str


def sync_folder(corpus: Path, store: Store, progress: Callable[[Progress], None] | None = None) -> SyncReport:
    """Make the store reflect a folder exactly: added, changed and removed files; nothing else is read or embedded.

    A file whose stamp (size, inode, times and how it was read) is unchanged is not read; text that was embedded before
    is not embedded again, whatever file it stands in. Raises CorpusError when the folder is not there, IndexFolderError
    when the index cannot be written. Whatever happens in the middle, every article in the store is whole, in its old or
    new version.
    """
    scan, fields = _scanned(corpus)
    store.sync(())  # what an interrupted sync has left
    before = store.manifest()
    to_read, gone = _compare(scan, before)
    embedded = 0
    failed: set[str] = set()
    # What was embedded for a file that is gone is kept until the new files are in: a renamed file embeds nothing.
    if to_read:
        reading = _Reading(to_read, progress)
        embedded = store.sync(reading.noted(_prepare_all(corpus, scan, to_read, fields)), reading.settled, more=bool(gone))
        failed = reading.failed
        read = set(to_read) - failed  # what cannot be read now is not known to be gone
        left_over = [source for source in before if source not in reading.found and file_of(source)[0] in read]
        now = store.manifest() if left_over else {}
        # What another process has put there since is its own affair.
        gone += [source for source in left_over if source in now and now[source].stamp in (before[source].stamp, "")]
    if gone:
        store.remove(gone)
    after = store.manifest() if to_read or gone else before
    # What was learnt from these files of what their sites put around stories may tell more of others.
    if (to_read or gone) and (again := _to_read_again(scan, after, failed)):
        reading = _Reading(again, progress)
        embedded += store.sync(reading.noted(_prepare_all(corpus, scan, again, fields)), reading.settled)
        after = store.manifest()
    return _report(before, after, scan.skipped, embedded)


def _to_read_again(scan: Scan, manifest: dict[str, FileRecord], failed: set[str]) -> list[str]:
    unsure = {file_of(source)[0] for source, record in manifest.items() if not record.stamp and not record.skipped}
    return [file for file in scan.files if file in unsure - failed]


def differences(corpus: Path, manifest: dict[str, FileRecord]) -> list[tuple[str, str]]:
    """The files that a sync would look at, each with why, sorted; nothing is read or written."""
    if not corpus.is_dir():
        return [(str(corpus), "the folder is not there")]
    scan, _ = _scanned(corpus)
    to_read, gone = _compare(scan, manifest)
    known = {file_of(source)[0]: record for source, record in manifest.items()}
    changed = [(file, why) for file in to_read if (why := _why(file, known.get(file), scan.files[file]))]
    return sorted([*changed, *((source, "deleted") for source in gone)])


def _scanned(corpus: Path) -> tuple[Scan, Fields]:
    """The folder's files, each with a stamp that tells how it is read now, and the fields that its JSON is read by."""
    fields = fields_of(checked_corpus(corpus))
    scan = scan_folder(corpus, f"{PIPELINE}: ")
    if fields.mark:
        for file in filter(_is_json, scan.files):
            scan.files[file] = scan.files[file].replace(f"{PIPELINE}: ", f"{PIPELINE}{fields.mark}: ", 1)
    return scan, fields


def _is_json(file: str) -> bool:
    kind = format_of(file)
    return kind is not None and kind.kind in ("json", "jsonl")


def _why(file: str, record: FileRecord | None, stamp: str) -> str:
    """What a file to be read is to a reader; nothing for one that is only looked at again to be sure."""
    if record is None:
        return "new"
    if record.stamp and record.stamp.rpartition(":")[0] != stamp.rpartition(":")[0]:
        return f"read by another version of Dateline, or with another {NAME}"
    known = record.stamp.partition(LAST)[0]
    if settled(known) != settled(stamp):
        return "changed"
    return "was not read to its end" if known == stamp and _many(file) else ""


def _compare(scan: Scan, manifest: dict[str, FileRecord]) -> tuple[list[str], list[str]]:
    """The files to read, and the articles whose file is gone."""
    known: dict[str, list[str]] = {}
    gone: list[str] = []
    hidden = tuple(one for one in scan.unreadable if one.endswith("/"))
    for source, record in manifest.items():
        file = file_of(source)[0]
        if file in scan.files:
            known.setdefault(file, []).append(record.stamp)
        elif not source.startswith(hidden) and file not in scan.unreadable:
            gone.append(source)
    return [file for file, stamp in scan.files.items() if not _is_current(file, stamp, known.get(file, []))], gone


def _is_current(file: str, stamp: str, known: list[str]) -> bool:
    """Whether what is known of a file was read from it as it is now, to its end."""
    if not _many(file):
        return known == [stamp]
    return sorted(known) == sorted([*[stamp] * (len(known) - 1), f"{stamp}{LAST}{len(known)}"])


def _many(file: str) -> bool:
    kind = format_of(file)
    return kind is not None and kind.many


class _Reading:
    """What went by of the files to read: the names that were found in them, and how many of them are kept by now."""

    def __init__(self, files: list[str], progress: Callable[[Progress], None] | None) -> None:
        self.found: set[str] = set()
        self.failed: set[str] = set()
        """The files that could not be read this time, and may be the next."""
        self._number = {file: number for number, file in enumerate(files, start=1)}
        self._progress = progress
        self._on_the_way: deque[str] = deque()

    def noted(self, files: Iterator[Prepared | Skipped]) -> Iterator[Prepared | Skipped]:
        """The same, each noted as it goes by."""
        for one in files:
            self.found.add(one.source)
            if isinstance(one, Skipped) and not one.stamp:
                self.failed.add(file_of(one.source)[0])
            self._on_the_way.append(file_of(one.source)[0])
            yield one

    def settled(self, count: int) -> None:
        """So many more are kept, in the order in which they went by."""
        for _ in range(count - 1):
            self._on_the_way.popleft()
        file = self._on_the_way.popleft()
        if self._progress:
            self._progress(Progress(self._number[file], len(self._number), file))


def _prepare_all(corpus: Path, scan: Scan, to_read: list[str], fields: Fields) -> Iterator[Prepared | Skipped]:
    """The files' articles in their order, READ_AHEAD files read at once: PDF, Word and whatever else takes a process of its own
    by as many processes. A file of records is read when its turn comes, a record at a time."""
    readers = ThreadPoolExecutor(READ_AHEAD, thread_name_prefix="dateline-reader")
    coming = iter(to_read)
    ahead: deque[tuple[str, Future[Prepared] | None]] = deque()
    try:
        while True:
            for source in islice(coming, READ_AHEAD - len(ahead)):
                ahead.append((source, None if _many(source) else readers.submit(prepare, corpus, source, scan.files[source])))
            if not ahead:
                return
            source, reading = ahead.popleft()
            try:
                if reading is None:
                    yield from _prepare_records(corpus, source, scan.files[source], fields)
                else:
                    yield reading.result()
            except SkipFile as error:
                yield _skipped(source, scan.files[source], error)
    finally:
        readers.shutdown(wait=False, cancel_futures=True)


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
    return prepared(load(corpus / source, source), stamp)


def _prepare_records(corpus: Path, file: str, stamp: str, fields: Fields) -> Iterator[Prepared | Skipped]:
    """The same for each record of a file; what is wrong with the file as a whole comes last, what was read before it is good."""
    held: tuple[str, Article | SkipFile] | None = None
    count = 0
    try:
        for one in load_records(corpus / file, file, fields):
            if held:
                yield _of_record(*held, stamp)
            held = one
            count += 1
        if held is None:
            raise SkipFile("no record in it; expected articles")
    except SkipFile as error:
        if held:
            yield _of_record(*held, stamp)
        # What is still being written may be whole the next time.
        held = (file, SkipFile(str(error), passing=error.passing or settled(stamp) != stamp))
        count += 1
    yield _of_record(*held, f"{stamp}{LAST}{count}")


def _of_record(source: str, found: Article | SkipFile, stamp: str) -> Prepared | Skipped:
    return _skipped(source, stamp, found) if isinstance(found, SkipFile) else prepared(found, stamp)


def _skipped(source: str, stamp: str, error: SkipFile) -> Skipped:
    return Skipped(source, "" if error.passing else stamp, str(error))


def prepared(article: Article, stamp: str) -> Prepared:
    """What the steps behind loading make of an article."""
    segments = clean(article)
    lines, signed = lines_of(article, segments), signature(article, segments)
    return Prepared(article, stamp, segments, chunk(article, segments), lines, signed)
