"""Days of the year, compared as days: "3 May" is not said by "3 March" and "12 May"."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = {name[:width]: n for n, name in enumerate(calendar.month_name) if n for width in (3, len(name))} | {"Sept": 9}
_MONTH = "|".join(sorted((form for name in _MONTHS for form in (name, name.upper())), key=len, reverse=True))
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\d%])"
_JOIN = r"(?:(?:\s?,\s?|\s)?(?:&|\+|\bto\b|\band\b|\bor\b|\buntil\b|\bthrough\b)|\s?[,/–—-])\s?(?:the\s)?"
"""Each text in one way only: else a list of forty numbers that are no days would take years to read."""
_DAYS = rf"{_DAY}(?:{_JOIN}{_DAY}){{0,31}}"
_NO_COUNT = (
    rf"(?![.,:]\d|[-–]\w|\s(?:of\s)?(?:{_MONTH})\b"
    r"|\s(?!(?:in|at|on|for|to|and|or|until|through|after|before|with|by|when|as|from|near)\b)[A-Za-z])"
)
_LATER = rf"{_DAY}(?:\s?[-–—/]\s?{_DAY}(?![.,:]\d|\s(?:of\s)?(?:{_MONTH})\b)|{_JOIN}{_DAY}{_NO_COUNT}){{0,31}}"
"""Days behind their month; a number that counts what follows it ("On May 3, 12 people") is none."""
_YEAR = r"(?:19|20)\d\d(?!\d)"
_YEARS = rf"{_YEAR}(?:(?:,? and | or | to |\s?[/–-]\s?){_YEAR})*"
_SAID = re.compile(
    rf"(?:(?<![\w.,:/$€£])(?<![Cc]ovid-)(?<!COVID-)(?P<before>{_DAYS})\s+(?:of\s+)?)?\b(?P<month>{_MONTH})\b\.?"
    rf"(?:\s+(?:the\s+)?(?P<after>{_LATER}))?(?:,?\s+(?:of\s+)?(?P<year>{_YEARS}))?"
    rf"|(?P<iso>{_YEAR})-(?P<isomonth>\d\d)-(?P<isoday>\d\d)(?!\d)"
    rf"|(?:(?P<nian>{_YEAR})\s?年\s?)?(?<!\d)(?P<yue>\d{{1,2}})\s?月(?:份|\s?(?P<ri>\d{{1,2}})(?=\s?[日号號至到和、-])\s?[日号號]?)?"
    r"(?:\s?[至到和、-]\s?(?P<rito>\d{1,2})\s?[日号號])?"
)
_NUMBER = re.compile(r"\d+")
_FOUR = re.compile(r"\d{4}")
_WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_LOOSE = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)\b|(?<![月\d])(\d{{1,2}})\s?[日号號]|\b{_WEEKDAY}\.?,?\s(\d{{1,2}})\b|\b(\d{{1,2}})\s?\({_WEEKDAY}\b"
)
"""What is a day whose month stands elsewhere: "on the 3rd", "Friday 3"."""
_NUMERIC = re.compile(r"(?<![\d/.,])(\d{1,2})(?:/(\d{1,2})(?:/(?:19|20)?\d\d)?|\.(\d{1,2})\.(?:19|20)\d\d)(?![\d/])")
"""5/3/2021, of which either number may be the day."""
_SAME = re.compile(
    r"\bsame (?:month|day|date|period|time|quarter)\b|\byear (?:earlier|ago|before|to)\b|\byear-(?:ago|earlier)\b|同期|同月",
    re.IGNORECASE,
)
"""What is said of the month in another year too."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A month that a text names, with the days and the years that stand beside it; `number` when it is written as one."""

    month: int
    days: frozenset[int]
    years: frozenset[int]
    number: bool


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
    loose = {int(one) for several in _LOOSE.findall(rest) for one in several if one}
    loose |= {int(one) for several in _NUMERIC.findall(source) for one in several if one}
    same_time = _SAME.search(source) is not None
    found: list[str] = []
    for said in _read(claim)[0]:
        own = [one for one in there if one.month == said.month]
        for day in sorted(said.days):
            same = [one for one in own if day in one.days]
            elsewhere = own and not same and day not in loose and _elsewhere(day, own, there, rest)
            if elsewhere or (not same_time and _other_year(said.years, same)):
                found.append(f"{day} {calendar.month_name[said.month]}")
        if not said.days and not same_time and _other_year(said.years, own):
            found.append(f"{calendar.month_name[said.month]} {min(said.years)}")
    return found


def without_days(text: str) -> str:
    """A text without its months, their days and their years: a day is no amount.

    >>> without_days("It fell to -12 on May 12.")
    'It fell to -12 on  .'
    """
    return _read(text)[1]


def month_said(name: str, source: str) -> bool:
    """Whether a name is that of a month which a source says in another form.

    >>> month_said("Sept", "on September 3, 2021"), month_said("May", "2021年5月3日"), month_said("May", "in June")
    (True, True, False)
    """
    month = _MONTHS.get(name.rstrip(".").title())
    return month is not None and any(one.month == month for one in _read(source)[0])


def months_as_numbers(claim: str, source: str) -> set[str]:
    """The months that a claim writes as a number and its source in letters: "5月" and "May".

    >>> months_as_numbers("2021年5月3日", "on May 3, 2021"), months_as_numbers("5月", "in June")
    ({'5'}, set())
    """
    named = {one.month for one in _read(source)[0] if not one.number}
    return {str(one.month) for one in _read(claim)[0] if one.number and one.month in named}


def _elsewhere(day: int, own: list[_Said], there: tuple[_Said, ...], rest: str) -> bool:
    """Whether a day that a source does not give its month is another day: of that month, or of another month."""
    if all(one.days for one in own):
        return True
    return any(day in one.days for one in there) and day not in map(int, _NUMBER.findall(rest))


def _other_year(years: frozenset[int], same: list[_Said]) -> bool:
    return bool(years and same) and all(one.years and not one.years & years for one in same)


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[tuple[_Said, ...], str]:
    """The months of a text with their days, and the text without them."""
    found: list[_Said] = []
    for match in _SAID.finditer(text):
        days: list[str]
        if match["iso"]:
            month, days, year = int(match["isomonth"]), [match["isoday"]], match["iso"]
        elif match["yue"]:
            month, days, year = int(match["yue"]), [one for one in (match["ri"], match["rito"]) if one], match["nian"]
        else:
            month, year = _MONTHS[match["month"].title()], match["year"]
            days = _NUMBER.findall(match["before"] or match["after"] or "")
        if 1 <= month <= 12:
            years = frozenset(map(int, _FOUR.findall(year or "")))
            found.append(_Said(month, frozenset(map(int, days)), years, match["month"] is None))
    return tuple(found), _SAID.sub(" ", text)
