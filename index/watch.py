"""A folder is followed as it changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from index.errors import CorpusError

SILENCE = 60.0
"""Seconds after which a folder is looked at though nothing was told: a network's folder may change without a word."""
PAUSE = 1_000
"""Milliseconds after which it is seen that nothing was heard."""


def changes(corpus: Path, ignored: Path | None = None, silence: float = SILENCE) -> Iterator[None]:
    """Yield whenever a folder may have changed: once at the beginning, shortly after something in it did, and when nothing
    was heard for `silence` seconds.

    What is hidden is no part of the folder, and neither is what lies in `ignored`, such as an index. Raises CorpusError
    when it cannot be followed.
    """
    from watchfiles import watch

    root, apart = corpus.resolve(), ignored.resolve() if ignored else None

    def counts(_: object, changed: str) -> bool:
        path = Path(changed)
        inside = path.relative_to(root).parts if path.is_relative_to(root) else ()
        return not any(part.startswith(".") for part in inside) and not (apart and path.is_relative_to(apart))

    last = -silence
    try:
        for found in watch(root, yield_on_timeout=True, rust_timeout=PAUSE, watch_filter=counts, raise_interrupt=True):
            if found or time.monotonic() - last >= silence:
                last = time.monotonic()
                yield
    except OSError as error:
        raise CorpusError(
            f"the folder {corpus} cannot be followed: {error}; expected a folder that is there; try: dateline index FOLDER --watch"
        ) from error
