"""Sentences, as exact ranges of a text."""

from __future__ import annotations

import re

import sentencex

from index.text import paragraphs

_MONTHS = "januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|maart|mei|augustus"
_ABBREVIATED = re.compile(r"(?:^|[\s(–-])(?:Mio|Mrd|Tsd|ca|bzw|Nr|Abs|Art|approx|Bd|Jh)\.$")
_ORDINAL = re.compile(r"(?:^|[\s(–-])(?P<which>(?:am|vom|zum|bis|der|den|dem|im|ab|seit|op) )?\d{1,2}\.$", re.IGNORECASE)
_MONTH = re.compile(rf"\s+(?:{_MONTHS})\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\s+(?:(?i:april|august|september|november)\b|[a-zäöüß])")
"""What follows the full stop of an ordinal in German or Dutch: "am 30. Juni". These months are English too: "to 30. April was"."""
_OPENERS = "“‘\"'([（「『《«"
MAX_PARAGRAPH = 20_000
"""A longer paragraph is cut here before it is searched for sentences, to keep the work linear in hostile files."""


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The ranges of the sentences in `text[start:end]`, paragraph by paragraph, without the white space around them.

    >>> text = "It rose 3.5 percent, said Dr. Li. Really?\\n\\n好。真的？"
    >>> [text[a:b] for a, b in sentences(text)]
    ['It rose 3.5 percent, said Dr. Li.', 'Really?', '好。', '真的？']
    """
    part = text[start:end]
    found: list[tuple[int, int]] = []
    for first, last in paragraphs(part):
        for at in range(first, last, MAX_PARAGRAPH):
            found.extend(_split(part, at, min(at + MAX_PARAGRAPH, last)))
    return [(start + a, start + b) for a, b in found]


def _goes_on(text: str, start: int, stop: int) -> bool:
    """Whether a full stop belongs to an ordinal or an abbreviation of other languages than English."""
    before = text[max(start, stop - 12) : stop]
    if _ABBREVIATED.search(before):
        return True
    ordinal = _ORDINAL.search(before)
    return bool(ordinal and (_MONTH.match(text, stop) or (ordinal["which"] and _GOES_ON.match(text, stop))))


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The splitter's pieces are consecutive and keep every character, so their lengths give the ranges."""
    found: list[tuple[int, int]] = []
    at = start
    carried = start
    for piece in sentencex.segment("en", text[start:end]):
        at += len(piece)
        stop = at
        # An opening quotation mark belongs to the sentence that follows it.
        while stop > carried and (text[stop - 1].isspace() or text[stop - 1] in _OPENERS):
            if text[stop - 1] in "\"'" and not text[stop - 2].isspace():
                break  # a straight mark right after a word or a stop closes
            stop -= 1
        if stop <= carried or (at < end and _goes_on(text, carried, stop)):
            continue
        begin = carried + len(text[carried:stop]) - len(text[carried:stop].lstrip())
        found.append((begin, stop))
        carried = stop
    tail = text[carried:end].strip()
    if tail and found:
        found[-1] = (found[-1][0], carried + text[carried:end].index(tail) + len(tail))
    elif tail:
        begin = carried + text[carried:end].index(tail)
        found.append((begin, begin + len(tail)))
    return found
