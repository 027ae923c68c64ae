"""The values that travel through the index, one per stage, all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["body", "teaser", "caption", "boilerplate"]
"""What a stretch of an article is: its own story, another story's cut-off lead, a photo line, or page furniture."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A marked range of an article's text, `start` included and `end` excluded, in Unicode code points."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One file, decoded but not edited.

    `source` is the path relative to the corpus with `/` between folders. `sha256` is of the file's bytes. `text` is
    the file as decoded with `encoding` (a byte order mark is not part of it), newlines untouched; for HTML it is the
    extracted text. `published` is an ISO date. `hints` are the ranges whose kind the format itself told (an HTML
    `figcaption`, a Markdown image); empty for plain text. `note` says what was lost in reading, else it is "".
    `author` is who wrote it and `language` a BCP 47 tag ("pt-BR"), where the format says so.
    """

    source: str
    sha256: str
    encoding: str
    text: str
    title: str | None
    published: str | None
    hints: tuple[Segment, ...]
    note: str
    author: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable range of one article: `article.text[start:end] == text`, within one segment of kind `kind`."""

    source: str
    start: int
    end: int
    text: str
    kind: Kind
    title: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` orders the hits (higher is better, comparable within one search only). `cosine` is the similarity of
    question and passage in [-1, 1]. `also_in` are the sources of near-identical passages that were folded into this
    one, sorted.
    """

    passage: Passage
    score: float
    cosine: float
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What the manifest knows of one file of the folder.

    `stamp` changes whenever the file system says that the file may have changed. `skipped` is the reason why the file
    is not indexed, "" for one that is; `note` says what was lost in reading it, "" for nothing.
    """

    stamp: str
    sha256: str
    encoding: str
    title: str | None
    published: str | None
    passages: int
    note: str
    skipped: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready for the store: its file stamp, its segments and its passages.

    `lines` are the numbers of its lines, by which what a site repeats is learnt, `signature` is that of its story, by which its
    copies are found.
    """

    article: Article
    stamp: str
    segments: tuple[Segment, ...]
    passages: tuple[Passage, ...]
    lines: frozenset[int]
    signature: bytes

    @property
    def source(self) -> str:
        """The article's."""
        return self.article.source


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not indexed, and why."""

    source: str
    stamp: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds, and by which embedder it was made."""

    articles: int
    passages: int
    vectors: int
    embedder: str
    dim: int
    first_published: str | None
    last_published: str | None
    synced_at: str | None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did, every list sorted by source. `embedded` counts the passages that had to be embedded."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    embedded: int

    def to_dict(self) -> dict[str, object]:
        """The report as JSON-ready values; skipped files and notes become objects with a `reason` or a `note`."""
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "unchanged": list(self.unchanged),
            "skipped": [{"source": source, "reason": reason} for source, reason in self.skipped],
            "notes": [{"source": source, "note": note} for source, note in self.notes],
            "embedded": self.embedded,
        }
