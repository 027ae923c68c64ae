"""Files that are opened are regular ones: no pipe that nobody writes to, no device."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from index.errors import SkipFile


@contextmanager
def regular(path: Path) -> Iterator[BinaryIO]:
    """A regular file, opened; SkipFile says why when there is none to be had."""
    try:
        # O_NONBLOCK: opening a named pipe that looks like an article must not wait for a writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise SkipFile(f"cannot be read: {error.strerror}", passing=True) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SkipFile("not a regular file")
    with os.fdopen(handle, "rb") as file:
        try:
            yield file
        except OSError as error:
            raise SkipFile(f"cannot be read: {error.strerror or error}", passing=True) from error
