"""How the vectors of an index are shared out among several collections, each for a range of passage ids."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

PART = 400_000
"""Passages of a collection. Chroma holds the graph of one whole in memory, some 2.5 KB a passage, also of one that is only written;
a search asks each collection by itself."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where each part begins: at the ids of `starts`, which begin with 0 and grow, and every `size` ids behind the last of them.

    Nothing but its id tells which part a passage is in, so that a step that is repeated after a crash meets the same one.
    """

    size: int = PART
    starts: tuple[int, ...] = (0,)

    def start_of(self, passage: int) -> int:
        """Where the part of a passage begins.

        >>> parts = Parts(size=100, starts=(0, 250))
        >>> [parts.start_of(passage) for passage in (1, 249, 250, 349, 350, 1_000)]
        [0, 0, 250, 250, 350, 950]
        """
        start = self.starts[bisect_right(self.starts, passage) - 1]
        return start if start != self.starts[-1] else start + (passage - start) // self.size * self.size

    def ids_from(self, start: int) -> range:
        """The ids of the part that begins at one.

        >>> Parts(size=100, starts=(0, 250)).ids_from(0), Parts(size=100, starts=(0, 250)).ids_from(350)
        (range(0, 250), range(350, 450))
        """
        after = bisect_right(self.starts, start)
        return range(start, self.starts[after] if after < len(self.starts) else start + self.size)

    def until(self, passage: int) -> list[int]:
        """Where the parts begin that passages up to one may be in.

        >>> Parts(size=100, starts=(0, 250)).until(400), Parts(size=100, starts=(0, 250)).until(40)
        ([0, 250, 350], [0])
        """
        last = self.starts[-1]
        return [*(start for start in self.starts if start <= passage), *range(last + self.size, passage + 1, self.size)]

    def of(self, passages: Sequence[int]) -> dict[int, list[int]]:
        """The positions of passages in their list, by where their parts begin, the lowest first.

        >>> Parts(size=100).of([7, 220, 8])
        {0: [0, 2], 200: [1]}
        """
        found: dict[int, list[int]] = {}
        for position, passage in enumerate(passages):
            found.setdefault(self.start_of(passage), []).append(position)
        return dict(sorted(found.items()))

    def __str__(self) -> str:
        return f"{self.size}:{','.join(map(str, self.starts))}"

    @classmethod
    def parsed(cls, text: str) -> Parts | None:
        """What `str` wrote; None for anything else.

        >>> Parts.parsed(str(Parts(100, (0, 250)))) == Parts(100, (0, 250)), Parts.parsed("100:0,0"), Parts.parsed("0:0")
        (True, None, None)
        """
        if not re.fullmatch(r"[1-9]\d{0,17}:0(,[1-9]\d{0,17})*", text):
            return None
        size, _, listed = text.partition(":")
        starts = tuple(map(int, listed.split(",")))
        return cls(int(size), starts) if list(starts) == sorted(set(starts)) else None
