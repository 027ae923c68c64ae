"""A SQLite file that threads share: its errors say what to type next, its changes are whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError


class Database:
    """One file; safe to share between threads, and between processes one of which writes at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)

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
        """One thread at a time; SQLite's errors become IndexFolderError."""
        with self._lock:
            try:
                yield
            except sqlite3.OperationalError as error:
                raise IndexFolderError(
                    f"{self.path}: {error}; expected a writable index with room on the disk; {rebuild(self.path)}"
                ) from error
            except sqlite3.DatabaseError as error:
                raise IndexFolderError(
                    f"{self.path} is damaged ({error}); expected a Dateline catalog; {rebuild(self.path)}"
                ) from error

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing."""
        with self.guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def rebuild(path: Path) -> str:
    """What to type when a file of the index is of no use any more."""
    return f"to make it anew: dateline index CORPUS --index {path.parent} --rebuild"
