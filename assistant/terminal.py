"""What goes to a terminal: untrusted text made safe for it, JSON, and progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


def print_json(value: object) -> None:
    """A value as JSON that steers no terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))  # a terminal may be reading


def one_line(text: str) -> str:
    """Untrusted text on a terminal: white space folded, and no control character that could steer the terminal."""
    folded = " ".join(text.split()) if text.strip() else text
    lead = " " if text[:1] == " " else ""
    return lead + "".join(character if character.isprintable() else "\ufffd" for character in folded)


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
