"""Days of the year, compared as days: "3 May" is not said by "3 March" and "12 May"."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = {name[:width]: n for n, name in enumerate(calendar.month_name) if n for width in (3, len(name))} | {"Sept": 9}
_MONTH = "|".join(sorted((form for name in _MONTHS for form in (name, name.upper())), key=len, reverse=True))
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\d%])"
_DAYS = rf"{_DAY}(?:\s?(?:,|/|-|–|—|\bto\b|\band\b|\bor\b|\buntil\b|\bthrough\b)\s?{_DAY})*"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_SAID = re.compile(
    rf"(?:(?<![\d.,:/$€£])(?P<before>{_DAYS})\s+(?:of\s+)?)?\b(?P<month>{_MONTH})\b\.?"
    rf"(?:\s+(?:the\s+)?(?P<after>{_DAYS}))?(?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?"
    rf"|(?P<iso>{_YEAR})-(?P<isomonth>\d\d)-(?P<isoday>\d\d)(?!\d)"
    rf"|(?:(?P<nian>{_YEAR})\s?年\s?)?(?<!\d)(?P<yue>\d{{1,2}})\s?月(?:份|\s?(?P<ri>\d{{1,2}})(?=\s?[日号號至到和、-])\s?[日号號]?)?"
    r"(?:\s?[至到和、-]\s?(?P<rito>\d{1,2})\s?[日号號])?"
)
_NUMBER = re.compile(r"\d+")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b|(?<![月\d])(\d{1,2})\s?[日号號]")


@dataclass(frozen=True, slots=True)
class _Said:
    """A month that a text names, with the days and the year that stand beside it."""

    month: int
    days: frozenset[int]
    year: int | None


def wrong_days(claim: str, source: str) -> list[str]:
    """The days of a claim that its source does not have, though it has their numbers: of another month, or of another year.

    A day is only missed where the source leaves nothing open: each time that it names the month it says another day, or the day's
    number is nothing but that of another month's day; and each time that it names the month or the day it says another year.

    >>> wrong_days("It opened on 3 May 2021.", "The bridge, inspected on 3 March, opened on 12 May 2021.")
    ['3 May']
    >>> wrong_days("It opened on 12 May.", "The bridge, inspected on 3 March, opened on May 12th, 2021.")
    []
    >>> wrong_days("It opened in May 2020.", "It opened in May 2021; work began in June 2020.")
    ['May 2020']
    """
    there, rest = _read(source)
    loose = {int(one or other) for one, other in _ORDINAL.findall(rest)}
    found: list[str] = []
    for said in _read(claim)[0]:
        own = [one for one in there if one.month == said.month]
        for day in sorted(said.days):
            same = [one for one in own if day in one.days]
            if (own and not same and day not in loose and _elsewhere(day, own, there, rest)) or _other_year(said.year, same):
                found.append(f"{day} {calendar.month_name[said.month]}")
        if not said.days and _other_year(said.year, own):
            found.append(f"{calendar.month_name[said.month]} {said.year}")
    return found


def _elsewhere(day: int, own: list[_Said], there: tuple[_Said, ...], rest: str) -> bool:
    """Whether a day that a source does not give its month is another day: of that month, or of another month."""
    if all(one.days for one in own):
        return True
    return any(day in one.days for one in there) and day not in map(int, _NUMBER.findall(rest))


def _other_year(year: int | None, same: list[_Said]) -> bool:
    return year is not None and bool(same) and all(one.year not in (None, year) for one in same)


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[tuple[_Said, ...], str]:
    """The months of a text with their days, and the text without them."""
    found: list[_Said] = []
    for match in _SAID.finditer(text):
        if match["iso"]:
            month, days, year = int(match["isomonth"]), [match["isoday"]], match["iso"]
        elif match["yue"]:
            month, days, year = int(match["yue"]), [one for one in (match["ri"], match["rito"]) if one], match["nian"]
        else:
            month, days, year = (
                _MONTHS[match["month"].title()],
                _NUMBER.findall(match["before"] or match["after"] or ""),
                match["year"],
            )
        if 1 <= month <= 12:
            found.append(_Said(month, frozenset(map(int, days)), int(year) if year else None))
    return tuple(found), _SAID.sub(" ", text)
