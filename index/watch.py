"""A folder is followed as it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index.errors import CorpusError

SILENCE = 60.0
"""Seconds after which a folder is looked at though nothing was told: a network's folder may change without a word, and
what changed before anybody listened is found so too."""


def changes(corpus: Path, silence: float = SILENCE) -> Iterator[None]:
    """Yield whenever a folder may have changed: shortly after something in it did, and when nothing was heard for a while.

    Raises CorpusError when it cannot be followed.
    """
    from watchfiles import watch

    try:
        for _ in watch(corpus, yield_on_timeout=True, rust_timeout=int(1000 * silence), watch_filter=None, raise_interrupt=True):
            yield
    except OSError as error:
        raise CorpusError(
            f"the folder {corpus} cannot be followed: {error}; expected a folder that is there; try: dateline index FOLDER --watch"
        ) from error
