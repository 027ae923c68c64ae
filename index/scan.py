"""What a folder holds: the files that may be articles, each with a stamp that tells when it may have changed."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from index.characters import whole
from index.errors import CorpusError
from index.fields import NAME
from index.formats import format_of, unread

_README = re.compile(r"(readme|licen[sc]e)(\.\w+)?", re.I)
RACY_SECONDS = 2.0
"""A file touched this shortly before it was read may change again without its stamp changing, so it is read again."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: `files` are source → stamp, `skipped` source → reason, `unreadable` the folders that could not be looked
    into, each with its slash, and the files."""

    files: dict[str, str]
    skipped: dict[str, str]
    unreadable: list[str]


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


def scan_folder(corpus: Path, how: str) -> Scan:
    """The files of a folder that may be articles, and those that are left out, each with its reason.

    Hidden files and folders, and what describes the folder itself (README, LICENSE, dateline.toml), are not looked at. Each
    stamp begins with `how` files are read. Raises CorpusError when there is no such folder or it cannot be read.
    """
    checked_corpus(corpus)
    scan = Scan({}, {}, [])
    folders = [""]
    while folders:
        here = folders.pop()
        try:
            with os.scandir(corpus / here) as found:
                entries = sorted((one for one in found if not one.name.startswith(".")), key=lambda one: one.name)
        except OSError as error:
            _note_unreadable(corpus, here, error, scan)
            continue
        inner: list[str] = []
        for entry in entries:
            source = f"{here}/{entry.name}" if here else entry.name
            if entry.is_dir(follow_symlinks=False):
                inner.append(source)
            elif not _README.fullmatch(entry.name) and source != NAME:
                _scan_file(corpus, entry, source, scan, how)
        folders.extend(reversed(inner))
    return scan


def settled(stamp: str) -> str:
    """A stamp without the note that it was taken too early to be sure of."""
    return stamp.split(" racy")[0]


def _note_unreadable(corpus: Path, folder: str, error: OSError, scan: Scan) -> None:
    """What cannot be read is not known to be gone: its articles stay until it can be."""
    if not folder:
        raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}; nothing was changed; try again") from error
    source = _told(folder)
    scan.skipped[source] = f"folder cannot be read: {error.strerror}"
    scan.unreadable.append(f"{source}/")


def _told(source: str) -> str:
    """A source without the halves of characters that a name which is not UTF-8 is given as."""
    return source if source.isascii() else whole(source)


def _scan_file(corpus: Path, entry: os.DirEntry[str], source: str, scan: Scan, how: str) -> None:
    told = _told(source)
    if told != source:
        scan.skipped[told] = "the file name is not UTF-8; rename the file"
    elif entry.is_symlink():
        scan.skipped[source] = _about_link(corpus, corpus / source)
    elif format_of(entry.name) is None:
        scan.skipped[source] = unread(entry.name)
    else:
        try:
            scan.files[source] = f"{how}{_stamp(entry.stat(follow_symlinks=False))}"
        except OSError as error:
            scan.skipped[source] = f"cannot be read: {error.strerror}"
            scan.unreadable.append(source)


def _about_link(corpus: Path, path: Path) -> str:
    """Why a symbolic link is not followed: the folder is the truth, and each file stands in it once."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a symbolic link that leads nowhere or to itself"
    if not target.is_relative_to(corpus.resolve()):
        return "a symbolic link that leaves the folder; copy the file instead"
    return "a symbolic link to what is in the folder already"


def _stamp(status: os.stat_result) -> str:
    """What changes whenever a file may have changed; `racy` for one too fresh for its times to tell."""
    now = time.time()
    fresh = min(abs(now - status.st_mtime), abs(now - status.st_ctime)) < RACY_SECONDS
    racy = f" racy {time.time_ns()}" if fresh else ""
    return f"{status.st_size} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}{racy}"
