"""Articles and replies are anybody's: no regular expression takes ever longer over a run of what it looks for."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import assistant
import evals
import index
import prompts

PIECES = (
    "1", "1 ", "1, ", "1,", "1.", "1-", "1/", "1 and ", "$1 ", "1 percent ", "1月", "2021 ", "May ", "May 1 ", "A", "A ", "Ab ",
    "a ", "the ", "of ", "and ", "said ", ". ", ", ", "- ", "“", "”", "(", ")", "[1]", "<", "&", "|", "#", "*", "\n", " ", "中",
    "’s ",
)  # fmt: skip
TIMES = 26
SECONDS = 2
"""... of a processor, for one text. Where each piece is read in two ways, there are 67 million ways to read them all."""
MODULES = [
    found.name
    for package in (assistant, evals, index, prompts)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if found.name.rpartition(".")[2] not in ("__main__", "serve")  # these run when they are imported
]


@contextmanager
def limited(what: str) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError(what)

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("module", MODULES)
def test_no_run_of_pieces_is_read_in_ever_more_ways(module: str) -> None:
    for name, pattern in vars(importlib.import_module(module)).items():
        if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str):
            continue
        for pieces in [(one,) for one in PIECES] + list(itertools.permutations(PIECES, 2)):
            text = f"Lots {''.join(pieces) * TIMES}!x"
            with limited(f"{name} over {text[:40]!r}"):
                pattern.findall(text)


def test_one_that_is_read_in_ever_more_ways_is_found() -> None:
    with pytest.raises(TimeoutError), limited("this one"):
        re.findall(r"Lots (?:1\s?(?:,?\s?and)?\s?)+x$", f"Lots {'1 and ' * TIMES}!x")
