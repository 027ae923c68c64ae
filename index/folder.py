"""An index folder from outside: opened, looked at, thrown away."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout

from index.catalog import Catalog
from index.errors import IndexFolderError
from index.vectors import NAMES, collections_of

LOCK_SECONDS = 60


def discard_index(folder: Path, server: str | None = None) -> None:
    """Remove what an index folder holds of ours, and its collections on a server; anything else in it is left alone.

    Raises IndexFolderError when it cannot be removed.
    """
    if not folder.is_dir():
        return
    try:
        with FileLock(folder / "lock", timeout=LOCK_SECONDS):
            if server and (folder / "catalog.db").exists():
                _drop_from_server(folder, server)
            _remove(folder)
    except Timeout as error:
        raise IndexFolderError(
            f"the index in {folder} is held by another process; expected it to finish; try again later"
        ) from error
    except OSError as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be emptied: {error.strerror}; expected a folder to write to; try: --index DIR"
        ) from error


def _drop_from_server(folder: Path, server: str) -> None:
    """A catalog that is too damaged to say what is its own on the server leaves it there."""
    try:
        catalog = open_catalog(folder)
    except IndexFolderError:
        return
    try:
        collections_of(folder, server, catalog.owner).drop()
    finally:
        catalog.close()


def _remove(folder: Path) -> None:
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (folder / name).unlink(missing_ok=True)
    for collection in folder.glob(f"{NAMES}*"):
        shutil.rmtree(collection)


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
