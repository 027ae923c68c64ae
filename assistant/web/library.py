"""The folder as readers see it: what is in it, what was left out and why, and how articles are added to it."""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from assistant.api import BUSY, Assistant
from index.build import Progress
from index.errors import DatelineError, IndexBusyError, SkipFile
from index.fields import Fields, fields_of
from index.formats import PACKED
from index.load import check_file
from index.types import FileRecord, SyncReport

log = logging.getLogger("dateline")

UPLOADS = "uploads"
"""The folder inside the corpus that uploads go to."""
MAX_NAME = 100
PATIENCE = 2.0
"""Seconds that an answer waits for the folder to be looked through; what is read later is in later answers."""
FIRST_PATIENCE = 60.0
"""Seconds that it waits for the first articles, where there is none yet: an answer from nothing is of no use."""
LOOK = 0.2
"""Seconds between two looks for them."""
MAX_FILES = 50
"""Files of one upload."""
PAGE = 50
"""Articles of one page of the list."""
FOUND = 20
"""Passages looked through for what a search means, beside the titles and names that hold its words."""
_ADDRESS = re.compile(r"\bhttps?://[^\s;,]+")
_PATH = re.compile(r"(?<![\w./])/(?:[^/\n;:,'\"]*[^/\s;:,'\"]/)*([^/\s;:,'\"]+)")
"""An absolute path: readers on a network need not know where things are on the server, the log says it."""
_UNSAFE = re.compile(r"[^\w .,()&+-]")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the articles that a search finds; `pages` counts from 1."""

    articles: tuple[tuple[str, FileRecord], ...]
    found: int
    page: int
    pages: int
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one uploaded file: `source` is its name in the corpus, None when it was refused for `reason`."""

    name: str
    source: str | None
    reason: str = ""


class Library:
    """The articles of an assistant's folder."""

    def __init__(self, assistant: Assistant, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called after the first sync, and after each that added, changed or removed an article."""
        self._assistant, self._on_change = assistant, on_change
        self._syncs = ThreadPoolExecutor(1, thread_name_prefix="dateline-sync")
        self._last: Future[SyncReport] | None = None
        self._first = True
        self._left_out: dict[str, str] = {}
        """What the last sync skipped, and why: links and files of other formats are in no index."""
        self._closed = False
        self.progress: Progress | None = None
        """How far the sync is that runs now; None when none does, or when it has not yet counted."""

    def listing(self, search: str = "", page: int = 1) -> Listing:
        """The articles, newest first; with `search`, those whose title or name holds it, then those it is found in."""
        manifest = self._assistant.store.manifest()
        indexed = {source: record for source, record in manifest.items() if not record.skipped}
        order = sorted(indexed, key=lambda source: (indexed[source].published or "", source), reverse=True)
        wanted = search.strip()[:200].casefold()
        if wanted:
            named = [one for one in order if wanted in f"{one}\n{indexed[one].title or ''}".casefold()]
            inside = [hit.passage.source for hit in self._assistant.store.search(search.strip()[:200], FOUND)]
            order = [one for one in dict.fromkeys([*named, *inside]) if one in indexed]
        pages = max(1, -(-len(order) // PAGE))
        at = min(max(1, page), pages)
        rows = tuple((source, indexed[source]) for source in order[(at - 1) * PAGE : at * PAGE])
        skipped = self._left_out | {source: record.skipped for source, record in manifest.items() if record.skipped}
        return Listing(rows, len(order), at, pages, tuple(sorted(skipped.items())))

    def has(self, source: str) -> bool:
        """Whether an article of this name is indexed."""
        record = self._assistant.store.manifest().get(source)
        return record is not None and not record.skipped

    def sync(self) -> Future[SyncReport]:
        """Begin to make the index reflect the folder as it is now; `progress` tells how far it is.

        The report holds what `Assistant.sync` raises.
        """
        self._last = self._syncs.submit(self._sync)
        return self._last

    def refresh(self) -> str:
        """The same for a reader who wants an answer: a big change of the folder is not waited for, and goes on.

        Returns what the reader has to know of what is left to be read, "" when nothing is. Raises what `Assistant.sync` raises, and
        DatelineError when the folder is read for the first time and has no article ready after FIRST_PATIENCE.
        """
        if self._last is None or self._last.done():
            self._last = self._syncs.submit(self._sync)
        begun, syncing = time.monotonic(), self._last
        while self._nothing_yet() and not _ended(syncing) and time.monotonic() < begun + FIRST_PATIENCE:
            wait([syncing], LOOK)
            if syncing.done() and not _ended(syncing):  # another process is at it
                syncing = self.sync()
        try:
            syncing.result(PATIENCE)
        except IndexBusyError:
            if not self._nothing_yet():
                return BUSY
        except TimeoutError:
            pass
        else:
            return ""
        at = self.progress
        if self._nothing_yet():
            read = f" ({at.done} of {at.total} files so far)" if at else ""
            raise DatelineError(f"the articles are being read for the first time{read}, and none is ready; ask again in a minute")
        if syncing.done() or (at is not None and at.done == at.total):
            return ""
        if at is None:
            return "the folder is still being looked through: what was changed in it lately may not be in this answer"
        return f"{at.done} of {at.total} new or changed files were read: the others are not in this answer"

    def _nothing_yet(self) -> bool:
        return self._first and not self._assistant.store.stats().articles

    def reading(self) -> str:
        """How far the sync is that runs now, for a reader; "" when none does."""
        at = self.progress
        if not self.syncing:
            return ""
        return f"reading articles, {at.done} of {at.total}" if at else "looking through the folder"

    @property
    def syncing(self) -> bool:
        """Whether a sync is under way."""
        return self._last is not None and not self._last.done()

    def close(self) -> None:
        """Begin no further sync, and let the one under way end with the file it is at."""
        self._closed = True
        self._syncs.shutdown(wait=False, cancel_futures=True)

    def _sync(self) -> SyncReport:
        try:
            report = self._assistant.sync(self._tell)
        finally:
            self.progress = None
        self._left_out = dict(report.skipped)
        if self._first or report.added or report.changed or report.removed:
            self._first = False
            self._on_change()
        return report

    def _tell(self, progress: Progress) -> None:
        if self._closed:
            raise DatelineError("the server was stopped; what was read is kept, and the next sync goes on from there")
        self.progress = progress

    def add(self, files: Sequence[tuple[str, BinaryIO]]) -> list[Uploaded]:
        """Put uploaded files, (name as the reader has it, content), into the folder; never over another one.

        Each is read as an article would be, and refused with the reason when it is none.
        """
        outcomes = [self._add_one(name, file) for name, file in files[:MAX_FILES]]
        return [*outcomes, *(Uploaded(name, None, f"more than {MAX_FILES} files at once") for name, _ in files[MAX_FILES:])]

    def _add_one(self, given: str, file: BinaryIO) -> Uploaded:
        folder = self._assistant.corpus / UPLOADS
        try:
            folder.mkdir(exist_ok=True)
            if not folder.resolve().is_relative_to(self._assistant.corpus.resolve()):
                raise SkipFile(f"the folder {UPLOADS} leads out of the corpus; remove the link")
            kept = _written(folder, safe_name(given), file, fields_of(self._assistant.corpus))
        except SkipFile as error:
            return Uploaded(given, None, str(error))
        except OSError as error:
            log.warning("an upload failed: %s", error)
            return Uploaded(given, None, f"it could not be kept: {error.strerror}")
        return Uploaded(given, f"{UPLOADS}/{kept.name}")


def _ended(syncing: Future[SyncReport]) -> bool:
    """Whether a sync has ended, and not because another process was at it."""
    return syncing.done() and not isinstance(syncing.exception(), IndexBusyError)


def safe_name(given: str) -> str:
    """A file name made of an uploaded one: no folders, nothing hidden, no character that a shell or a page minds.

    >>> safe_name("../../etc/pass<b>wd.txt"), safe_name("..\\\\.htm"), safe_name("腾讯 投资.txt")
    ('pass_b_wd.txt', 'article.htm', '腾讯 投资.txt')
    """
    last = re.split(r"[/\\]", given.replace("\x00", ""))[-1]
    stem, dot, ending = last.rpartition(".")
    stem, ending = (_UNSAFE.sub("_", part).strip(" .-") for part in ((stem, ending) if dot else (last, "")))
    stem = stem.encode("utf-8", "replace")[:MAX_NAME].decode("utf-8", "ignore") or "article"
    if re.fullmatch(r"readme|licen[sc]e", stem, re.IGNORECASE):
        stem = f"{stem} (uploaded)"  # files of these names describe a folder and are not read as articles
    return f"{stem}.{ending[:10]}" if ending else stem


def _written(folder: Path, name: str, file: BinaryIO, fields: Fields) -> Path:
    """Write a file whole under a name that is free; SkipFile says why, when it cannot be read as an article."""
    given = PurePosixPath(name)
    ending = "".join(given.suffixes[-2:]) if given.suffix.lower() == PACKED else given.suffix
    hidden = folder / f".{os.getpid()}-{threading.get_ident()}{ending}"
    try:
        with hidden.open("wb") as out:
            shutil.copyfileobj(file, out)
        check_file(hidden, fields)
        for number in range(1, 1_000):
            target = folder / (name if number == 1 else f"{name.removesuffix(ending)} ({number}){ending}")
            with suppress(FileExistsError):
                target.open("xb").close()
                hidden.replace(target)
                return target
        raise SkipFile("a thousand files have this name; expected another one")
    finally:
        hidden.unlink(missing_ok=True)


def failure(error: BaseException) -> str:
    """What a reader is told of an error: its message when it is meant for them, and otherwise nothing of the inside.

    >>> failure(DatelineError("nothing at /srv/my news/corpus; the model at http://10.0.0.7/v1 is down"))
    'nothing at corpus; the model at its address is down'
    >>> failure(DatelineError("x; try: dateline index /srv/corpus --index /srv/idx"))
    'x; try: dateline index corpus --index idx'
    """
    if isinstance(error, DatelineError):
        text = _PATH.sub(lambda found: found[1], _ADDRESS.sub("its address", str(error)))
        if text != str(error):
            log.warning("told to a reader: %s", error)
        return text
    log.error("the web UI failed", exc_info=error)
    return "something went wrong on the server, and was written to its log; try again"
