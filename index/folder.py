"""An index folder from outside: opened, looked at, thrown away."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout

from index.catalog import Catalog
from index.errors import IndexFolderError
from index.schema import empty
from index.vectors import NAMES, collections_of

LOCK_SECONDS = 60


def discard_index(folder: Path, server: str | None = None) -> None:
    """Empty what an index folder holds of ours, and its collections on a server; anything else in it is left alone.

    Whoever has the index open, in whatever process, finds it empty and sees what is put into it next. Raises IndexFolderError
    when it cannot be emptied.
    """
    if not folder.is_dir():
        return
    try:
        with FileLock(folder / "lock", timeout=LOCK_SECONDS):
            if not _emptied(folder, server):
                for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
                    (folder / name).unlink(missing_ok=True)
            for collection in folder.glob(f"{NAMES}*"):
                shutil.rmtree(collection)
    except Timeout as error:
        raise IndexFolderError(
            f"the index in {folder} is held by another process; expected it to finish; try again later"
        ) from error
    except OSError as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be emptied: {error.strerror}; expected a folder to write to; try: --index DIR"
        ) from error


def _emptied(folder: Path, server: str | None) -> bool:
    """Empty the catalog in its file and what it has on a server; False when it is not whole, or has no room to be emptied in.

    The file is not taken away: who has it open would go on with it as it was, and follow it in the collections of the new one.
    A catalog that is too damaged to say what is its own on the server leaves it there.
    """
    try:
        catalog = existing_catalog(folder)
    except IndexFolderError:
        return False
    try:
        own = collections_of(folder, server, catalog.owner) if server else None
        done = _is_emptied(catalog)
        if own:
            own.drop()
        return done
    finally:
        catalog.close()


def _is_emptied(catalog: Catalog) -> bool:
    try:
        if catalog.rows("PRAGMA quick_check(1)") != [("ok",)]:
            return False
        catalog.rows("PRAGMA foreign_keys = OFF")
        with catalog.changing() as db:
            empty(db)
        catalog.rows("VACUUM")  # the file is as small as a new one's, and holds nothing of what was forgotten
    except IndexFolderError:
        return False
    return True


def existing_catalog(folder: Path) -> Catalog:
    """The catalog of an index folder; IndexFolderError when there is none, with the command that makes one."""
    if not (folder / "catalog.db").is_file():
        raise IndexFolderError(f"no index in {folder}; expected one made by: dateline index CORPUS --index {folder}")
    return open_catalog(folder)


def open_catalog(folder: Path) -> Catalog:
    """The catalog of an index folder, made when there is none."""
    try:
        return Catalog(folder / "catalog.db")
    except (sqlite3.OperationalError, OSError) as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be opened: {error}; expected a folder to write to; try: --index DIR"
        ) from error
