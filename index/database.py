"""A SQLite file that threads share: its errors say what to type next, its changes are whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError

_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_NO_ROOM = (
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
)  # fmt: skip
"""What the disk or the folder refuses; nothing is wrong with the index then."""


class Database:
    """One file; safe to share between threads, and between processes one of which writes at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._opened = _identity(path)

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        self._db.close()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """What a statement gives. Raises IndexFolderError when the file is damaged or cannot be used."""
        with self.guarded():
            return self._db.execute(statement, values).fetchall()

    def version(self) -> tuple[int, int]:
        """What is another whenever anything was changed, by this connection or by another one."""
        with self.guarded():
            return int(self._db.execute("PRAGMA data_version").fetchone()[0]), self._db.total_changes

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """One thread at a time; SQLite's errors become IndexFolderError, and so does a file that is not there any more.

        SQLite would go on with the file that was taken away, and whoever follows it would spoil what belongs to the new one.
        """
        with self._lock:
            if _identity(self.path) != self._opened:
                raise IndexFolderError(
                    f"{self.path} was removed, or made anew, while it was open; expected the file that was opened; "
                    "start this program again"
                )
            try:
                yield
            except sqlite3.DatabaseError as error:
                raise IndexFolderError(f"{self.path} {_fault(error, self.path)}") from error

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing."""
        with self.guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a disk that is full has SQLite roll back by itself
                    self._db.execute("ROLLBACK")
                raise


def _identity(path: Path) -> tuple[int, int] | None:
    """What no other file has; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _fault(error: sqlite3.DatabaseError, path: Path) -> str:
    """What SQLite met, what was expected and what to type: only a damaged index is worth making anew."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # an extended code has its kind in the low byte
    if code in _HELD:
        return f"is held by another process ({error}); expected it to finish; try again later"
    if code in _NO_ROOM:
        return f"cannot be used ({error}); expected room on the disk and a folder to write to; make room, or try: --index DIR"
    return f"is damaged ({error}); expected a Dateline catalog; {rebuild(path)}"


def rebuild(path: Path) -> str:
    """What to type when a file of the index is of no use any more."""
    return f"to make it anew: dateline index CORPUS --index {path.parent} --rebuild"
