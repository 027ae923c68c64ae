"""Which year an article means by "last year": it is counted from the day on which the article was published."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

_NUMBERS = {word: n for n, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)}
_COUNTED = re.compile(
    r"(?P<this>\b(?<!the )(?:this|current) year\b|今年|本年|\bdiese[sm] jahr(?:es)?\b|\bcette année\b|\beste año\b)"
    r"|(?P<last>\b(?<!the )(?<!past )last year\b|\bthe previous year\b|去年|\b(?:letzte[ns]|vergangene[ns]) jahr(?:es)?\b"
    r"|\bl[’']an(?:née)? derni[eè]re?\b|\bel año pasado\b)"
    r"|(?P<next>\b(?<!the )next year\b|明年|\bnächste[ns] jahr(?:es)?\b|\bl[’']an(?:née)? prochaine?\b|\bel próximo año\b)"
    rf"|\b(?P<ago>a|{'|'.join(_NUMBERS)}|\d{{1,2}}) years? ago\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(r"\ba year (?:earlier|before)\b|\byear-earlier\b|上年|\bvorjahr\w*", re.IGNORECASE)
"""Counted from the time that the sentence is about, which is mostly the article's."""
_COMPARED = re.compile(
    r"\b(?:from|than|with|to|on|against|over|versus|since|of|für|gegenüber|als|zum)\W{1,3}$|[比较較于於]$", re.IGNORECASE
)
_MONTHS = "|".join(list(calendar.month_name)[1:])
_ASKED = re.compile(
    rf"\b(?:(?:in|during|for|of|im jahr)\s+(?:(?:early|late|mid|the year)[\s-])?|(?:{_MONTHS})\s+(?:\d{{1,2}},? )?)"
    r"(?P<year>(?:19|20)\d\d)\b(?!\s?[-–/]\s?\d)|(?P<nian>(?:19|20)\d\d)\s?年(?!前|以来|起)",
    re.IGNORECASE,
)
"""A year in which something was, not one since, until or by which it was."""
_SPELLED = re.compile(r"\u2060\(\d{4}\)")


def dated(text: str, published: str | None) -> str:
    """A text with the year behind every "this year", "last year" and the like, where it is known.

    >>> dated("It lost 5m last year, and 3m two years ago.", "2023-02-01").replace("\\u2060", " ")
    'It lost 5m last year (2022), and 3m two years ago (2021).'
    """
    if not published:
        return text
    return _COUNTED.sub(lambda match: f"{match.group()}\u2060({_year(match, int(published[:4]))})", text)


def plain(text: str) -> str:
    """A text without what `dated` put into it.

    >>> plain(dated("It lost 5m last year.", "2023-02-01"))
    'It lost 5m last year.'
    """
    return _SPELLED.sub("", text)


def of_another_year(question: str, text: str, clauses: Sequence[str], published: str | None) -> bool:
    """Whether a question is about a year, and a text about another one, which it counts from the article's.

    An article's own year goes without saying: what is asked of it is of another one only where `clauses`, those with the figures
    that answer, all say so.

    >>> said = "It lost 5m last year."
    >>> [of_another_year(f"What did it lose in {year}?", said, [said], "2023-02-01") for year in (2021, 2022, 2023)]
    [True, False, True]
    >>> said = "It lost 5m, up from 4m last year."
    >>> of_another_year("What did it lose in 2023?", said, ["It lost 5m"], "2023-02-01")
    False
    """
    asked = {match["year"] or match["nian"] for match in _ASKED.finditer(question)}
    if not asked or not published or any(year in dated(text, published) for year in asked):
        return False
    if published[:4] in asked:
        return bool(clauses) and all(_elsewhen(clause) for clause in clauses)
    return bool(_COUNTED.search(text) or _EARLIER.search(text))


def _elsewhen(clause: str) -> bool:
    """Whether a clause is of another year than the article; one that only compares with another is not.

    >>> _elsewhen("It lost 5m last year"), _elsewhen("It lost 5m more than last year"), _elsewhen("It lost 5m")
    (True, False, False)
    """
    return any(not match["this"] and not _COMPARED.search(clause[: match.start()]) for match in _COUNTED.finditer(clause))


def _year(match: re.Match[str], now: int) -> int:
    if ago := match["ago"]:
        return now - (1 if ago.casefold() == "a" else _NUMBERS.get(ago.casefold()) or int(ago))
    return now + (1 if match["next"] else -1 if match["last"] else 0)
