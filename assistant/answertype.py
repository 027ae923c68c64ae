"""What kind of thing a question asks for, and whether a sentence has one: a number, a time, somebody."""

from __future__ import annotations

import re

from assistant.ages import no_ages
from assistant.figures import figures
from assistant.names import CALENDAR, names

_NUMBER = re.compile(
    r"\bhow (?:much|many|old|tall|far|high|big|large|heavy|deep|wide|fast)\b"
    r"|\b(?:what|which) (?:\w+ )?(?:share|percentage|per ?cent|number|amount|price|proportion|population)\b",
    re.IGNORECASE,
)
_AGE_ASKED = re.compile(r"\bhow old\b", re.IGNORECASE)
_AGES = re.compile(r"\b(\d{1,3})-year-old\b")
_TIME = re.compile(
    r"^\W*(?:and |but |so )?(?:when|since when|by when|until when)\b|\b(?:what|which) (?:year|date|month|day)\b"
    r"|\bhow (?:long|often)\b",
    re.IGNORECASE,
)
_YEAR_ASKED = re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
"""A time, but no year."""
_WHO = re.compile(r"^\W*(?:and |but |so )?who\b(?! (?:is|are|was|were) (?-i:[A-Z]))", re.IGNORECASE)
_COMPANY = re.compile(
    r"(?<!\bof )\b(?:which|what) (?!(?:do|does|did|are|is|were|was|have|has|can|will)\b)(?:\w+ )?"
    r"(?:company|companies|firms?|banks?)\b"
    r"|^\W*(?:(?:from|to|by|with|for|and) )?which (?:(?!(?-i:[a-z]+s) )\w+ ){0,4}(?:companies|company|suppliers?|contractors?)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)days?|(?:twen|thir|for|fif|six|seven|eigh|nine)ties|spring|summer|autumn|winter|christmas|easter|new year|century"
    r"|decade|today|yesterday|tomorrow|noon"
    r"|midnight|dawn|dusk|morning|evening|night|until|during|after|before|when|once|twice|ago|only|always|never|seldom|often"
    r"|years?|months?|weeks?|days?|hours?|minutes?|era|age|war|annual(?:ly)?|yearly|monthly|weekly|daily|hourly)\b",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(
    r"\b(?:one|single|only|both|half|third|quarter|dozens?|hundreds?|thousands?|millions?|billions?|most|many|few|all|none|no"
    r"|nobody|nothing|free|every|several|double|twice|triple|once)\b",
    re.IGNORECASE,
)
_HAN = re.compile("[\u4e00-\u9fff]")
_NUMBER_CHINESE = re.compile("多少|几[个名家座台辆次位种条]")
_TIME_CHINESE = re.compile("何时|什么时候|哪一?[年月天日]|几[月号]")
_TIMES_CHINESE = re.compile(
    r"[\d〇一二三四五六七八九十]\s?[年月日号]|[去今明前后当][年天日]|上?个?月|星期|周[一二三四五六日]|世纪|年代|季度"
)
_AMOUNTS_CHINESE = re.compile("[零一二两三四五六七八九十百千万亿半]")
_PLACES = frozenset(
    "us usa uk eu un america american britain british england english china chinese japan japanese india indian russia russian"
    " germany german france french italy italian spain spanish netherlands dutch canada canadian australia australian korea korean"
    " taiwan taiwanese europe european asia asian africa african washington beijing united states kingdom north south east"
    " west".split()
)
"""Names of no company."""


def has_what_is_asked(question: str, text: str) -> bool:
    """Whether a text has a number for "how much", a time for "when", and somebody for "who" or "which company".

    Somebody is a name that the question does not hold itself, unless it gives a choice. Any other question asks for no
    kind of thing.

    >>> has_what_is_asked("Which company won the contract?", "The contract for the bridge was signed in China.")
    False
    >>> has_what_is_asked("Who won the contract?", "Kestrel Homes won it."), has_what_is_asked("Why?", "It rained.")
    (True, True)
    """
    company = bool(_COMPANY.search(question))
    if company or _WHO.search(question):
        asked = set() if " or " in question else {name.casefold() for name in names(question, first_words=True)}
        given = {name.casefold() for name in names(text, first_words=True)}
        return bool(given - asked - CALENDAR - (_PLACES if company else frozenset()))
    if _TIME_CHINESE.search(question):
        return bool(_TIMES_CHINESE.search(text) or (not _HAN.search(text) and _TIMES.search(text)))
    if _NUMBER_CHINESE.search(question):
        return bool(set(figures(text)) - set(figures(question)) or _AMOUNTS_CHINESE.search(text) or _AMOUNTS.search(text))
    if _TIME.search(question):
        return bool(_TIMES.search(_WEEKDAY.sub("", text) if _YEAR_ASKED.search(question) else text))
    if _AGE_ASKED.search(question) and (ages := _AGES.findall(text)):
        return any(not no_ages(f"{age} years old", text, question) for age in ages)
    if _NUMBER.search(question):
        return bool(set(figures(text)) - set(figures(question)) or _AMOUNTS.search(text))
    return True
