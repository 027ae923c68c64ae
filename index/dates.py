"""Publication dates, where the text or the file name gives them."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may may", "jun june", "jul july", "aug august",
         "sep september sept", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = r"(?P<month>[A-Z][a-z]{2,8})\.?"
_DATES = (
    re.compile(r"(?P<year>(?:19|20)\d\d)-(?P<monthno>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)/(?P<monthno>\d\d?)/(?P<day>\d\d?)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<monthno>\d\d?)\s*月\s*(?P<day>\d\d?)\s*日"),
)
_LABEL = re.compile(r"\b(publish|posted|updated|date|first published)|发布|发表|时间|日期", re.I)

HEAD_LINES = 15
"""A publication date stands near the top; further down a date belongs to the story."""
LINE_LENGTH = 120
"""A line longer than this is prose, whose dates are the story's own, unless it opens with a dateline."""


def first_date(text: str) -> tuple[date, int, int] | None:
    """The first full calendar date written in a text, and the range it stands in.

    >>> first_date("BEIJING, May 12, 2021 (Wire) - Output rose")
    (datetime.date(2021, 5, 12), 9, 21)
    """
    found: list[tuple[int, int, date]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = int(parts["monthno"]) if "monthno" in parts else _MONTHS.get(parts["month"].lower(), 0)
            try:
                found.append((match.start(), match.end(), date(int(parts["year"]), month, int(parts["day"]))))
            except ValueError:
                continue  # "31 February 2021" and words that are no month
            break
    if not found:
        return None
    start, end, day = min(found)
    return day, start, end


def date_in_text(text: str) -> str | None:
    """The ISO date a page carries in a short line near its top, or at the head of its first paragraph.

    >>> date_in_text("Plant opens\\nPublished: 12 May 2021\\nThe plant ...")
    '2021-05-12'
    >>> date_in_text("The plant was closed after the flood of 3 March 1997 and has stood empty for decades since then, "
    ...              "say the people who live beside it.") is None
    True
    """
    lines = [line for line in text[:8000].splitlines() if line.strip()][:HEAD_LINES]
    plain: str | None = None
    for line in lines:
        dated = first_date(line)
        if dated is None:
            continue
        day, start, end = dated
        if len(line) > LINE_LENGTH and not (start < 60 and _is_dateline(line[:start], line[end:])):
            continue
        if _LABEL.search(line) and (_LABEL.match(line) or not line.rstrip().endswith((".", "。"))):
            return day.isoformat()
        if plain is None and _stands_alone(line, start, end):
            plain = day.isoformat()
    return plain


def _stands_alone(line: str, start: int, end: int) -> bool:
    """A date in a sentence of the story is not the page's date: besides a byline there is little else on the line."""
    rest = line[:start] + line[end:]
    return not rest.rstrip().endswith((".", "。")) or _is_dateline(line[:start], line[end:])


def _is_dateline(before: str, after: str) -> bool:
    """`BEIJING, May 12, 2021 (Wire) - ...`: a place in capitals before, a dash, a bracket or a colon after."""
    return bool(re.match(r"[A-Z][A-Z .’'/-]{2,40},?\s*\(?$", before)) and bool(re.match(r"\s*\)?\s*[(:—–-]", after))


def date_in_name(source: str) -> str | None:
    """The ISO date a file name carries, the way archives name their files.

    >>> date_in_name("wire/2021-05-12-plant.txt")
    '2021-05-12'
    """
    dated = first_date(source.rsplit("/", 1)[-1])
    return dated[0].isoformat() if dated else None
