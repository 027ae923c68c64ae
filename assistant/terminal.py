"""What goes to a terminal: untrusted text made safe for it, JSON, what the system refused, and progress."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


def harmless(text: str) -> str:
    """Untrusted text of several lines, or JSON, with what could steer a terminal written out as JSON does."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def print_json(value: object) -> None:
    """A value as JSON that steers no terminal: one may be reading."""
    print(harmless(json.dumps(value, ensure_ascii=False, indent=2)))


def one_line(text: str) -> str:
    """Untrusted text on a terminal: white space folded, and no control character that could steer the terminal."""
    folded = " ".join(text.split()) if text.strip() else text
    lead = " " if text[:1] == " " else ""
    return lead + "".join(character if character.isprintable() else "\ufffd" for character in folded)


def system_failure(error: OSError) -> int:
    """Say in a line what the system refused, a file or the output; the exit code: 0 when the reader of the output left, else 1."""
    if error.filename is not None:
        print(f"dateline: {one_line(str(error.filename))}: {error.strerror}; check the name and its permissions", file=sys.stderr)
        return 1
    # The reader left, or the disk is full: nothing more can be said there, not even while Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    print(f"dateline: the output cannot be written: {error.strerror}; expected room for it", file=sys.stderr)
    return 1


@contextmanager
def bar(label: str, unit: str, out: TextIO | None = None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that appears when something is worth waiting for; on a terminal only."""
    from tqdm import tqdm

    bars: list[Any] = []

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(
                tqdm(total=total, desc=label, unit=unit, unit_scale=unit == "B", file=out or sys.stderr, leave=False, disable=None)
            )
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars[0].close()

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()
