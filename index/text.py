"""Plain text, and the notion of a paragraph that every format shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.dates import first_date
from index.furniture import furniture
from index.types import Segment


@dataclass(frozen=True, slots=True)
class Read:
    """What a format reader makes of a file: the text to keep, and what the format itself told about it."""

    text: str
    title: str | None
    published: str | None
    hints: tuple[Segment, ...]
    author: str | None = None
    language: str | None = None


_LINE = re.compile(r"[^\r\n]+")
_BREAK = r"(?:\r\n|\r(?!\n)|\n)"
_BLANK = re.compile(rf"{_BREAK}[^\S\r\n]*+{_BREAK}")
_BYLINE = re.compile(r"(by|from|text|words|story|interview)\b[ :].{2,100}$|.{0,30}(文|记者|作者|来源)[／/:：]", re.I)
_MASTHEAD = re.compile(r"(?:The )?[A-Z][\w’'-]*(?: (?:[A-Z&–-][\w’'-]*|of|de|edition)){1,6}")
"""The name of a newspaper: nothing but capitalised words."""
WRAP_COLUMNS = 100
"""Lines of hard-wrapped text are at most this long; a page that keeps a paragraph on a line has longer ones."""


def lines(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of the non-blank lines, without the white space around them."""
    for match in _LINE.finditer(text):
        line = match.group()
        if stripped := line.strip():
            start = match.start() + len(line) - len(line.lstrip())
            yield start, start + len(stripped)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The ranges of the paragraphs: lines, or groups of lines where the text is hard-wrapped.

    A group of lines between blank lines is one paragraph when its lines look wrapped: three or more of them, all but
    the last of similar, bounded length.

    >>> text = "Title\\n\\nOne line.\\nAnother line.\\n"
    >>> [text[start:end] for start, end in paragraphs(text)]
    ['Title', 'One line.', 'Another line.']
    """
    found: list[tuple[int, int]] = []
    start = 0
    for stop in [*(match.start() for match in _BLANK.finditer(text)), len(text)]:
        group = [(start + a, start + b) for a, b in lines(text[start:stop])]
        found.extend([(group[0][0], group[-1][1])] if _is_wrapped(text, group) else group)
        start = stop
    return found


def _is_wrapped(text: str, group: list[tuple[int, int]]) -> bool:
    if len(group) < 2:
        return False
    lengths = [end - start for start, end in group]
    if max(lengths) > WRAP_COLUMNS or min(lengths[:-1]) < 40:
        return False
    # A wrapped line breaks in mid-sentence; a list of headlines or of one-line paragraphs begins anew each time.
    flowing = sum(text[start].islower() or text[start].isdigit() for start, _ in group[1:])
    return flowing >= (len(group) - 1) / 2 or (len(group) > 3 and max(lengths[:-1]) - min(lengths[:-1]) < 25)


def headline(text: str) -> str | None:
    """The headline among the first paragraphs, or None when the text starts with its story.

    >>> headline("Share this article\\nPlant opens in river town\\nThe plant opened.")
    'Plant opens in river town'
    >>> headline("The plant opened.\\nPlant opens in river town") is None
    True
    """
    candidates: list[str] = []
    for start, end in paragraphs(text[:8000])[:12]:
        line = text[start:end]
        if furniture(line) is not None or _BYLINE.match(line) or is_dated_line(line):
            continue
        if is_headline(line):
            candidates.append(" ".join(line.split()))
        elif len(line.split()) > 12 or line.endswith((".", "。")):
            break
    if len(candidates) > 1 and _MASTHEAD.fullmatch(candidates[0]):
        return candidates[1]
    return candidates[0] if candidates else None


def is_headline(line: str) -> bool:
    """Several words (or Chinese characters) in one short line that does not end like a sentence."""
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in line)
    return (
        len(line) <= 200
        and (len(line.split()) >= 4 or chinese >= 6)
        and not line.endswith((".", "。", ":", "：", ",", ";"))
        and "://" not in line
    )


def is_dated_line(line: str) -> bool:
    """A line that is a date and little else, such as the head of a newspaper page."""
    dated = first_date(line)
    return dated is not None and len(line) - (dated[2] - dated[1]) <= 40


def read_text(text: str) -> Read:
    """Plain text has no marks of its own; its headline is told by where it stands and how it ends."""
    return Read(text=text, title=headline(text), published=None, hints=())
