"""The periods that a question names, to prefer articles of that time."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from index.types import Passage

DATED_BONUS = 0.25
"""What an article of a named period gains, in standard deviations of a search's scores: it is preferred among passages
that are about as near, and never outweighs what a passage says."""

_MONTHS = {name: n for n, name in enumerate(calendar.month_name) if name}
_BEFORE = "in|of|during|since|from|for|by|before|after|until|till|to|and|or|year|early|late|mid|than|over|throughout"
_DATED = re.compile(
    rf"(?:\b(?P<month>{'|'.join(_MONTHS)})(?: \d{{1,2}}(?:st|nd|rd|th)?,?)? |(?<![A-Za-z])(?i:{_BEFORE})[ -])"
    r"(?P<year>(?:19|20)\d\d)"
    r"(?!\d|,\d|-\d\d-\d| (?!and\b|or\b|than\b|to\b)[a-z]+s\b)"
    r"|(?<!\d)(?P<nian>(?:19|20)\d\d)\s?年(?:\s?(?P<yue>1[0-2]|[1-9])\s?月)?"
    r"|(?<!\d)(?P<iso>(?:19|20)\d\d)-(?P<mm>0[1-9]|1[0-2])-\d\d(?!\d)"
)
"""A year after a word or a month that makes it one: "2000 people" are none."""
_RELATIVE = {
    "year": re.compile(r"\b(?P<last>last|previous)?(?(last)|this) year\b|(?P<zh>去年)|今年", re.IGNORECASE),
    "month": re.compile(r"\b(?P<last>last|previous)?(?(last)|this) month\b(?! of\b)|(?P<zh>上个?月)|这个?月|本月", re.IGNORECASE),
    "week": re.compile(r"\b(?P<last>last|previous)?(?(last)|this) week\b(?! of\b)|(?P<zh>上周)|本周|这周", re.IGNORECASE),
}

Period = tuple[str, str]
"""The first and the last day, as ISO dates."""


def periods(question: str, latest: str | None) -> list[Period]:
    """The periods that a question names; "last year" is the one before that of the corpus's `latest` article.

    >>> periods("What was announced in May 2020, and what last year?", "2023-03-14")
    [('2020-05-01', '2020-05-31'), ('2022-01-01', '2022-12-31')]
    >>> periods("How many flats are 2,019 yuan?", "2023-03-14")
    []
    """
    found: list[Period] = []
    for match in _DATED.finditer(question):
        year = int(match["year"] or match["nian"] or match["iso"])
        month = _MONTHS.get(match["month"] or "") or int(match["yue"] or match["mm"] or 0)
        found.append(_month(year, month) if month else (f"{year}-01-01", f"{year}-12-31"))
    if latest is None:
        return found
    today = min(date.fromisoformat(latest[:10]), date.today())  # an article may be misdated
    for unit, pattern in _RELATIVE.items():
        for match in pattern.finditer(question):
            before = bool(match["last"] or match["zh"])
            found.append(_around(today, unit, before=before))
    return found


def prefer(
    ranked: Iterable[tuple[int, float]], passages: Mapping[int, Passage], named: Iterable[Period]
) -> list[tuple[int, float]]:
    """The ranking with DATED_BONUS for passages of articles published in one of the named periods."""
    asked = list(named)
    bonus = {i: DATED_BONUS for i, one in passages.items() if one.published and any(a <= one.published <= b for a, b in asked)}
    return sorted(((i, score + bonus.get(i, 0.0)) for i, score in ranked), key=lambda item: (-item[1], item[0]))


def _month(year: int, month: int) -> Period:
    return f"{year}-{month:02}-01", f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"


def _around(today: date, unit: str, *, before: bool) -> Period:
    """The year, month or week of a day, or the one before it."""
    if unit == "year":
        year = today.year - before
        return f"{year}-01-01", f"{year}-12-31"
    if unit == "month":
        last = today.replace(day=1) - timedelta(days=1) if before else today
        return _month(last.year, last.month)
    monday = today - timedelta(days=today.weekday() + 7 * before)
    return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
