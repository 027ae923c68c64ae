"""What kind of thing a question asks for, and whether a sentence has one: a number, a time, somebody."""

from __future__ import annotations

import re

from assistant.figures import figures
from assistant.verify import names

_NUMBER = re.compile(
    r"\bhow (?:much|many|old|tall|far|high|long|big|large|heavy|deep|wide|fast|often)\b"
    r"|\b(?:what|which) (?:\w+ )?(?:share|percentage|per ?cent|number|amount|price|proportion|population)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"^\W*(?:and |but |so )?(?:when|since when|by when|until when)\b|\b(?:what|which) (?:year|date|month|day)\b", re.IGNORECASE
)
_SOMEBODY = re.compile(
    r"^\W*(?:and |but |so )?who\b(?! (?:is|are|was|were) (?:it|they)\b)"
    r"|\b(?:which|what) (?:\w+ )?(?:company|companies|firms?|banks?)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day|spring|summer|autumn|winter|century|decade|today|yesterday|tomorrow|noon|midnight|morning|evening|night"
    r"|(?:last|next|this|every|each|same|following|previous) (?:year|month|week|season)|until|during|after|before|when|once|ago"
    r"|years?|months?|weeks?|days?|hours?|era|age|war)\b",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(
    r"\b(?:half|third|quarter|dozens?|hundreds?|thousands?|millions?|billions?|most|all|none|no|every|several|double|twice|triple"
    r"|once|daily|weekly|monthly|yearly)\b",
    re.IGNORECASE,
)
_PLACES = frozenset(
    "us usa uk eu un america american britain british england english china chinese japan japanese india indian russia russian"
    " germany german france french italy italian spain spanish netherlands dutch canada canadian australia australian korea korean"
    " taiwan taiwanese europe european asia asian africa african washington beijing united states kingdom north south east west"
    " monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october"
    " november december".split()
)


def has_what_is_asked(question: str, text: str) -> bool:
    """Whether a text has a number for "how much", a time for "when", and somebody for "who" or "which company".

    Somebody is a name that the question does not hold itself. Any other question asks for no kind of thing.

    >>> has_what_is_asked("Who won the contract?", "The contract for the bridge was signed in China.")
    False
    >>> has_what_is_asked("Who won the contract?", "Kestrel Homes won it."), has_what_is_asked("Why?", "It rained.")
    (True, True)
    """
    if _SOMEBODY.search(question):
        asked = {name.casefold() for name in names(question, first_words=True)}
        return any(name.casefold() not in asked | _PLACES for name in names(text, first_words=True))
    if _TIME.search(question):
        return bool(_TIMES.search(text))
    if _NUMBER.search(question):
        return bool(set(figures(text)) - set(figures(question)) or _AMOUNTS.search(text))
    return True
