"""Do other sources give another value for what an answer states? Found in their sentences, by program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.attribute import Support
from assistant.evidence import Evidence, Range, is_copy_of, sentences_of
from assistant.figures import Figure, figures
from assistant.names import about_same
from assistant.units import CURRENCIES
from assistant.untrusted import of_programs
from index.terms import terms
from index.types import Hit

COVERED = 0.8
"""Another sentence speaks of the same thing when it holds at least this much of what the cited one holds of the question ..."""
HELD = 0.5
"""... and this much of the question's terms, the sentence before it read with it."""
MAX_CONFLICTS = 2
_COUNTED = re.compile(
    r"(?P<before>US\$|HK\$|[$€£¥])?\s?(?P<number>\d[\d,]*(?:\.\d+)?)[\s-]*"
    r"(?P<scale>(?:thousand|million|billion|trillion|[mb]n|tn|[万亿千百]+|[mbk])?(?![a-z]))[\s-]*"
    r"(?P<after>%|per ?cent|元|[^\W\d_]+)?",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\bhow (?:much|many|long|far|big|large|old|high|tall|wide|heavy|deep|fast)\b|多少|几"
    r"|\b(?:costs?|prices?|shares?|percentages?|numbers?|totals?|figures?|rates?|amounts?|sizes?|outputs?|capacity|growth|targets?"
    r"|sums?|budgets?|values?|lengths?|weights?|heights?|populations?|revenues?|sales|turnovers?|profits?|loss(?:es)?)\b",
    re.IGNORECASE,
)
"""A question that a figure answers."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TIME = re.compile(r"\b(?:19|20)\d\d\b|\b(?:this|last|next) year\b|[今去明]年", re.IGNORECASE)
_YEARS_ON = {"this": 0, "今": 0, "last": -1, "去": -1, "next": 1, "明": 1}
_ASKS_ABOUT = re.compile(
    r"^\W*(?:and |but |so )?what(?:[’']s| is| was| are| were)(?: this| that| the| these| those)? $", re.IGNORECASE
)
_BARE = re.compile(
    r"(?: (?:dollars?|euros?|pounds?|yuan))?(?: (?:figure|number|sum|amount|total))?s?\s*(?:[?,.]|$|\b(?:in|that|mentioned)\b)"
)
"""What stands before and behind a figure that is itself asked about: "what is the $20 million figure?"."""
_MONTH = r"(?:january|february|march|april|june|july|august|september|october|november|december|(?-i:May))"
_PERIOD = re.compile(
    rf"\b(?:{_MONTH}|(?:first|second|third|fourth|1st|2nd|3rd|4th) (?:quarter|half)|[qh][1-4]|spring|summer|autumn|winter)\b"
    r"|第[一二三四]季度|[上下]半年",
    re.IGNORECASE,
)
_CIRCUMSTANCES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # a plan or an estimate, a bound or a rounded number
        (
            r"\b(?:expect|estimat|forecast|project(?:ed|s|ion)|predict|target|aim|hop(?:e|ing)|would|could|might|initially|originally"
            r"|planned)|预计|预测|目标|原计划|有望"
        ),
        (
            r"\b(?:about|around|roughly|approximately|nearly|almost|some|more than|over|at least|up to|as much as|less than|under"
            r"|below|fewer)\b|大约|约|近|超过|至少|不到"
        ),
        r"\b(?:not|never|no|neither|without|den(?:y|ies|ied))\b|n[’']t\b|不|没|未|否认",
        (
            r"\b(?:old|former|previous|earlier|another|other) |\b(?:last|next) (?:year|month|quarter|week)\b|\bago\b"
            r"|去年|明年|今年|旧|前"
        ),
        r"\b(?:rose|risen|rise|grew|growth|up|increas\w+|gain\w*|climb\w*|jump\w*)\b|增|涨|升",
        r"\b(?:fell|fall\w*|drop\w*|declin\w*|down|decreas\w+|shr[aiu]nk|lost|loss)\b|降|跌|减",
    )
)
"""What makes two figures no contradiction when it is said of one of them alone."""
PLAN_OR_BOUND = 2
"""So many of them are a plan, an estimate or a bound, which a later report's count brings up to date."""
_FIRST_COUNT = re.compile(
    r"\b(?:expected|estimat\w*|forecast|projected|predicted|preliminary|provisional\w*|at least|so far)\b|预计|至少|初步",
    re.IGNORECASE,
)
_STILL_OPEN = re.compile(
    r"\b(?:would|could|might|may|expect\w*|estimated|forecast\w*|predict\w*|plan\w*|target\w*|aims?|hop(?:e|ing)\w*)\b|预计|计划",
    re.IGNORECASE,
)
SOON = 183
"""Days within which a later report is of the same matter."""
_RATE = re.compile(
    r"\b(?:a|per|each|every) (year|month|week|day|hour|head)\b|\b(annual|year|month|week|dai|hour)ly\b"
    r"|\b(annual)\b|每(年|月|周|天)",
    re.IGNORECASE,
)
_UNITS = {"annual": "year", "dai": "day", "年": "year", "月": "month", "周": "week", "天": "day"}
REACH_BEFORE, REACH_AFTER = 60, 30
"""Characters around a figure in which a circumstance is looked for."""
NEARLY = Decimal("0.02")
"""Values this near to one another, in shares of the larger, are one, rounded."""


@dataclass(frozen=True, slots=True)
class Other:
    """A sentence of another source that gives other values for what a claim states, and the values of both."""

    support: Support
    stated: str
    given: str
    up_to_date: bool = False
    """Whether it is a later report's, of what was a plan, an estimate or a bound before."""


def conflicting(question: str, claim: str, supports: Sequence[Support], hits: Sequence[Hit]) -> list[Other]:
    """The sentences of other sources that answer the question with another figure than a claim does, at most two.

    Both figures count the same kind of thing (percent, one currency, the same noun), the other sentence has no other of
    that kind, holds about as much of the question, knows its names, is of the same time and the same circumstances (both
    plans, both rounded, both a year ...), and is no copy; a later report may bring a plan or an estimate up to date. Of a
    question about a figure itself ("what is the $20 million figure?") they are those that have it at another time.
    """
    if asked_about := _asked_about(question):
        return _at_other_times(question, asked_about, supports, hits)
    said = "\n".join(support.evidence.text_of(support.at) for support in supports)
    known = set(figures(question))
    counted = _counted(said).items()
    stated = {kind: text for kind, found in counted for value, text in found if value in figures(claim) and value not in known}
    if not stated or not _QUANTITY.search(question):
        return []
    asked = set(terms(question))
    wanted = of_programs(question)
    held = HELD / COVERED * len(asked)
    for one in supports:
        held = max(held, _held(asked, one.evidence.hit, one.at, sentences_of(one.evidence.passage, wanted)))
    cited = {source for support in supports for source in (support.evidence.passage.source, *support.evidence.hit.also_in)}
    latest = max((support.evidence.passage.published or "9999" for support in supports), default="9999")[:10]
    found: list[Other] = []
    told = [said]  # a copy of the one or of another is not a second source
    for hit in hits:
        if {hit.passage.source, *hit.also_in} & cited or not about_same(question, _around(hit), 1.0):
            continue
        every = sentences_of(hit.passage, wanted)
        later = _soon_after(latest, hit.passage.published)
        for at in every:
            text = hit.passage.text[at[0] - hit.passage.start : at[1] - hit.passage.start]
            other = _other_value(stated, said, text, later=later)
            if other and _held(asked, hit, at, every) >= COVERED * held and not any(is_copy_of(text, one) for one in told):
                found.append(Other(Support(Evidence(0, hit, (at,)), at), *other))
                told.append(text)
                cited.add(hit.passage.source)
                break
    return found[:MAX_CONFLICTS]


def _soon_after(day: str, published: str | None) -> bool:
    if not published or not day < published[:10]:
        return False
    return (date.fromisoformat(published[:10]) - date.fromisoformat(day)).days <= SOON


def _asked_about(question: str) -> list[Figure]:
    """The figures, none of them a year, that a question asks what they are; not those that only say what something is like.

    >>> [f"{one.value:f}" for one in _asked_about("What is the 20 million euro figure?")], _asked_about("What is the 5 km tunnel?")
    (['20000000'], [])
    """
    plain = " ".join(question.split())
    return [
        value
        for found in _counted(question).values()
        for value, text in found
        if _ASKS_ABOUT.search(plain.partition(text)[0]) and _BARE.match(plain.partition(text)[2])
    ]


def _at_other_times(question: str, asked_about: Sequence[Figure], supports: Sequence[Support], hits: Sequence[Hit]) -> list[Other]:
    """The sentences of other sources that have the figures at another time than the cited ranges that have them."""
    wanted = of_programs(question)
    own = [one for one in supports if set(asked_about) <= set(figures(one.evidence.text_of(one.at)))]
    if not own:
        return []
    said = own[0].evidence.text_of(own[0].at)
    stated = _times(said, own[0].evidence.passage.published)
    cited = {source for support in supports for source in (support.evidence.passage.source, *support.evidence.hit.also_in)}
    found: list[Other] = []
    for hit in hits:
        if {hit.passage.source, *hit.also_in} & cited or not about_same(question, _around(hit), 1.0):
            continue
        for at in sentences_of(hit.passage, wanted):
            text = hit.passage.text[at[0] - hit.passage.start : at[1] - hit.passage.start]
            given = _times(text, hit.passage.published)
            if set(asked_about) <= set(figures(text)) and stated and given and not stated.keys() & given.keys():
                support = Support(Evidence(0, hit, (at,)), at)
                found.append(Other(support, _time_of(said, asked_about, stated), _time_of(text, asked_about, given)))
                cited.add(hit.passage.source)
                break
    return found[:MAX_CONFLICTS]


def _times(text: str, published: str | None) -> dict[str, str]:
    """The years that a text names, each with how it does; "this year" is that of its article, where its date is known."""
    found: dict[str, str] = {}
    for match in _TIME.finditer(text):
        shown = match.group()
        on = _YEARS_ON.get(shown.casefold().partition(" ")[0].removesuffix("年"))
        year = str(int(published[:4]) + on) if published and on is not None else shown.casefold()
        found.setdefault(year, shown)
    return found


def _time_of(text: str, asked_about: Sequence[Figure], times: dict[str, str]) -> str:
    """Which of a text's times is said of a figure: the first behind it, else the last before it."""
    end = max(
        (match.end() for match in _COUNTED.finditer(text) if set(figures(match.group())) & set(asked_about)), default=len(text)
    )
    shown = sorted(times.values(), key=text.find)
    return next((one for one in shown if text.find(one) >= end), shown[-1])


def _other_value(stated: dict[str, str], said: str, text: str, *, later: bool) -> tuple[str, str, bool] | None:
    """What is stated, what a sentence gives instead, and whether it brings it up to date; None when it gives nothing else.

    A later report may say otherwise what was a plan, an estimate or a bound: it has become a count.
    """
    for times in (_YEAR, _PERIOD):
        then, now = set(times.findall(said)), set(times.findall(text))
        if then and now and then != now:
            return None
    given = _counted(text)
    everything = figures(said)
    for kind, shown in stated.items():
        if len(given.get(kind, ())) != 1 or any(_nearly(given[kind][0][0], one) for one in everything):
            continue
        other = given[kind][0][1]
        ours, theirs = _near(said, shown), _near(text, other)
        alike = [bool(one.search(ours)) == bool(one.search(theirs)) for one in _CIRCUMSTANCES]
        counted = later and _FIRST_COUNT.search(ours) and not _STILL_OPEN.search(theirs.partition(other)[0])
        if _rates(ours) == _rates(theirs) and all(alike[PLAN_OR_BOUND:] if counted else alike):
            return shown, other, not all(alike)
    return None


def _near(text: str, shown: str) -> str:
    """What stands around a figure, with the white space made one."""
    text = " ".join(text.split())
    at = text.find(shown)
    return text[max(0, at - REACH_BEFORE) : at + len(shown) + REACH_AFTER]


def _rates(text: str) -> set[str]:
    """The units of time, or "head", that a text counts by."""
    found = {unit.casefold() for match in _RATE.findall(text) for unit in match if unit}
    return {_UNITS.get(unit, unit) for unit in found}


def _nearly(one: Figure, other: Figure) -> bool:
    return abs(one.value - other.value) <= NEARLY * max(abs(one.value), abs(other.value))


def _counted(text: str) -> dict[str, list[tuple[Figure, str]]]:
    """What a text counts: of each kind of thing the figures, and the characters that give them; dates count nothing."""
    found: dict[str, list[tuple[Figure, str]]] = {}
    for match in _COUNTED.finditer(text):
        values = figures(match.group())
        before, after = (match.group("before") or "").casefold(), (match.group("after") or "").casefold()
        if len(values) != 1 or (_YEAR.fullmatch(match.group("number")) and not before and not match.group("scale")):
            continue
        currency = CURRENCIES.get(before) or CURRENCIES.get(after)
        kind = currency or ("percent" if values[0].percent else "".join(terms(after)[:1]))
        if kind and not re.fullmatch(_MONTH, match.group("after") or "", re.IGNORECASE):
            found.setdefault(kind, []).append((values[0], " ".join(match.group().split())))
    return found


def _held(asked: set[str], hit: Hit, at: Range, every: Sequence[Range]) -> int:
    """How many of the terms asked about stand in a sentence, or in the one before it among `every`."""
    start = at[0] - hit.passage.start
    before = [one for one in every if one[1] <= at[0]][-1:]
    text = hit.passage.text[(before[0][0] - hit.passage.start) if before else start : at[1] - hit.passage.start]
    return len(asked & set(terms(text)))


def _around(hit: Hit) -> str:
    return f"{hit.passage.title or ''}\n{hit.passage.text}"
