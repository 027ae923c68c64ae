"""Publication dates, where the text or the file name gives them."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "tr", "el", "sv", "da", "cs", "ro")
"""Whose names of months are known; Chinese, Japanese and Korean write numbers."""


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """The number of each month by its name and its abbreviations, as Unicode's locale data has them (CLDR, by Babel)."""
    from babel.dates import get_month_names

    found = {"sept": 9}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    found.setdefault(name.casefold().rstrip("."), number)
    return found


_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_DATES = (
    re.compile(r"(?P<year>(?:19|20)\d\d)-(?P<monthno>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)/(?P<monthno>\d\d?)/(?P<day>\d\d?)(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?(?P<year>(?:19|20)\d\d)(?!\d)"
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"(?<![\d.])(?P<day>\d\d?)\.(?P<monthno>\d\d?)\.(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"(?<![\d/])(?P<day>1[3-9]|2\d|3[01])/(?P<monthno>\d\d?)/(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<monthno>\d\d?)\s*月\s*(?P<day>\d\d?)\s*日"),
)
_LABEL = re.compile(
    r"\b(publish|posted|updated|date|first published|veröffentlicht|stand:|aktualisiert|publié|mis à jour|publicado|actualizado"
    r"|atualizado|pubblicato|опубликовано|дата|обновлено)|发布|发表|时间|日期|公開|更新",
    re.I,
)

HEAD_LINES = 15
"""A publication date stands near the top; further down a date belongs to the story."""
LINE_LENGTH = 120
"""A line longer than this is prose, whose dates are the story's own, unless it opens with a dateline."""


def first_date(text: str) -> tuple[date, int, int] | None:
    """The first full calendar date written in a text, and the range it stands in.

    A day before the number of a month is read where only one of the two can be the month, or where dots stand between.

    >>> first_date("BEIJING, May 12, 2021 (Wire) - Output rose")
    (datetime.date(2021, 5, 12), 9, 21)
    >>> first_date("Stand: 14. März 2024")[0], first_date("on 3/4/2024")
    (datetime.date(2024, 3, 14), None)
    """
    found: list[tuple[int, int, date]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = int(parts["monthno"]) if "monthno" in parts else _months().get(parts["month"].casefold(), 0)
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
