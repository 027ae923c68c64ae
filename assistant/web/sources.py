"""What a citation points at, as the file is now: the article with the cited characters marked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Literal

from assistant.types import Citation
from index.clean import clean
from index.errors import SkipFile
from index.formats import file_of
from index.load import load_source
from index.types import Article, Kind

Standing = Literal["same", "elsewhere", "changed", "deleted", "unreadable", "shown", "copy"]
"""What a file says of a citation: the file is as it was; it was changed and still says so; it was changed and no longer
does; it is gone; it is there and cannot be read. `shown` is an article that nothing cites, `copy` one that says nearly the
same as a cited one."""
WINDOW = 300_000
"""Characters shown on each side of the cited ones; a page that holds a whole book is of no use."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the article in one colour: its kind, its characters, and whether they are the cited ones."""

    kind: Kind
    text: str
    cited: bool


@dataclass(frozen=True, slots=True)
class View:
    """An article as a reader sees it beside the answer. `line` counts from 1 and is of the marked characters."""

    source: str
    title: str | None
    published: str | None
    standing: Standing
    line: int | None
    pieces: tuple[Piece, ...]
    cut: bool
    quote: str = ""
    marker: int | None = None
    also_in: tuple[str, ...] = ()
    note: str = ""
    """Why the file cannot be read."""
    author: str | None = None
    language: str | None = None


def cited(corpus: Path, citation: Citation) -> View:
    """The article of a citation as it is now, with what was quoted marked wherever it stands now."""
    article, problem = _read(corpus, citation.source)
    start, standing = _where(article, citation)
    same = article is not None and article.sha256 == citation.sha256
    return View(
        citation.source,
        article.title if article else citation.title,
        article.published if article else citation.published,
        problem[0] if problem else "same" if same and standing == "elsewhere" else standing,
        line_of(article.text, start) if article and start is not None else None,
        *_pieces(article, start, start + len(citation.quote)) if article and start is not None else _pieces(article),
        quote=citation.quote,
        marker=citation.marker,
        also_in=citation.also_in,
        note=problem[1] if problem else "",
        author=article.author if article else None,
        language=article.language if article else None,
    )


def copied(corpus: Path, citation: Citation, source: str) -> View:
    """An article that says nearly the same as a cited one; what was quoted is marked where it stands word for word."""
    view = cited(corpus, replace(citation, source=source, sha256="", title=None, published=None, also_in=()))
    return view if view.standing in ("deleted", "unreadable") else replace(view, standing="copy", quote="")


def shown(corpus: Path, source: str, start: int | None = None, end: int | None = None) -> View:
    """An article that no answer cites; `start` and `end` are the passage to scroll to, which need not exist any more."""
    article, problem = _read(corpus, source)
    if article is None:
        standing, note = problem or ("deleted", "")
        return View(source, None, None, standing, None, (), False, note=note)
    known = start is not None and end is not None and 0 <= start < end <= len(article.text)
    pieces, cut = _pieces(article, start, end) if known else _pieces(article)
    line = line_of(article.text, start) if known and start is not None else None
    return View(
        source, article.title, article.published, "shown", line, pieces, cut, author=article.author, language=article.language
    )


def read(corpus: Path, source: str) -> Article | None:
    """An article of the folder, None when there is none of that name in it (any more) or it cannot be read.

    Nothing outside the folder is read, whatever the name says.
    """
    return _read(corpus, source)[0]


def _read(corpus: Path, source: str) -> tuple[Article | None, tuple[Standing, str] | None]:
    """An article, or why there is none."""
    path = PurePosixPath(source)
    gone: tuple[Standing, str] = ("deleted", "")
    if path.is_absolute() or ".." in path.parts or "\x00" in source or not path.parts:
        return None, gone
    file = corpus / file_of(source)[0]
    try:
        if not file.resolve(strict=True).is_relative_to(corpus.resolve()):
            return None, gone
        return load_source(corpus, source), None
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        return None, gone  # RuntimeError: a link that turns in a circle
    except (OSError, SkipFile) as error:
        return None, ("unreadable", error.strerror or "" if isinstance(error, OSError) else str(error))


def line_of(text: str, at: int) -> int:
    """The line of a character, from 1; every kind of newline counts."""
    return len(re.findall(r"\r\n|\r|\n", text[:at])) + 1


def _where(article: Article | None, citation: Citation) -> tuple[int | None, Standing]:
    if article is None:
        return None, "deleted"
    if article.text[citation.start : citation.end] == citation.quote:
        return citation.start, "elsewhere"
    found = [match.start() for match in re.finditer(re.escape(citation.quote), article.text)]
    return (min(found, key=lambda at: abs(at - citation.start)), "elsewhere") if found else (None, "changed")


def _pieces(article: Article | None, start: int | None = None, end: int | None = None) -> tuple[tuple[Piece, ...], bool]:
    """The article in pieces around a range, and whether something was left out on either side."""
    if article is None:
        return (), False
    text = article.text
    first, last = max(0, (start or 0) - WINDOW), min(len(text), (end or 0) + WINDOW)
    bounds = {first, last, *(at for at in (start, end) if at is not None)}
    segments = clean(article)
    for segment in segments:
        bounds |= {at for at in (segment.start, segment.end) if first < at < last}
    cuts = sorted(bounds)
    pieces: list[Piece] = []
    number = 0
    for a, b in pairwise(cuts):
        while number < len(segments) and segments[number].end <= a:
            number += 1
        here = segments[number] if number < len(segments) and segments[number].start <= a else None
        is_cited = start is not None and end is not None and start <= a < end
        pieces.append(Piece(here.kind if here else "boilerplate", text[a:b], is_cited))
    return tuple(pieces), first > 0 or last < len(text)
