"""Stand-ins whose output can be computed by hand, and short ways to make the values that tests start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.types import Article, Kind, Passage, Segment

if TYPE_CHECKING:
    from index.embed import Vectors

LONGEST = 12


class FakeEmbedder:
    """A text's vector counts its words by length: component 0 those of one letter, ... component 11 those of twelve or more.

    Two texts whose words are as long are the same to it, whatever the words: `the plant` and `zoo heron`. It remembers
    the texts it embedded as passages.

    >>> [round(float(x), 3) for x in FakeEmbedder().query("an old axe")[:4]]  # lengths 2, 3, 3: (0, 1, 2, 0) / √5
    [0.0, 0.447, 0.894, 0.0]
    """

    def __init__(self, name: str = "fake/word-lengths") -> None:
        self.name = name
        self.embedded: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.stack([_word_lengths(text) for text in texts])

    def query(self, text: str) -> Vectors:
        return _word_lengths(text)


def _word_lengths(text: str) -> Vectors:
    counts = np.zeros(LONGEST, dtype=np.float32)
    for word in text.split() or ["?"]:
        counts[min(len(word), LONGEST) - 1] += 1
    unit: Vectors = counts / np.linalg.norm(counts)
    return unit


class NearAs:
    """Every text is as near to every question as `near` says, or as `nearness` says of that text.

    >>> near = NearAs(0.5, {"plant": 0.9})
    >>> [round(float(cosine), 3) for cosine in near.passages(["plant", "goose"]) @ near.query("any")]
    [0.9, 0.5]
    """

    name = "fake/near-as"

    def __init__(self, near: float, nearness: dict[str, float] | None = None) -> None:
        self.near, self.nearness = near, nearness or {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of which the first component is the nearness."""
        near = [self.nearness.get(text, self.near) for text in texts]
        return np.array([[one, (1 - one**2) ** 0.5] for one in near], dtype=np.float32)

    def query(self, text: str) -> Vectors:
        """(1, 0)."""
        return np.array([1, 0], dtype=np.float32)


def an_article(text: str, *, source: str = "a.txt", title: str | None = None, hints: tuple[Segment, ...] = ()) -> Article:
    """A plain, undated article."""
    return Article(source, "", "utf-8", text, title, None, hints, "")


def a_passage(text: str, *, source: str = "a.txt", kind: Kind = "body") -> Passage:
    """A passage that is the whole of its article."""
    return Passage(source, 0, len(text), text, kind, None, None)
