"""What turns a claim into another one though its words and figures stand in the source: a unit, an opposite, a cause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.figures import Figure, figures
from index.sentences import sentences
from index.terms import terms

CURRENCIES = {
    "$": "dollar", "us$": "dollar", "dollar": "dollar", "dollars": "dollar", "usd": "dollar", "hk$": "hk$", "€": "euro",
    "euro": "euro", "euros": "euro", "£": "pound", "pound": "pound", "pounds": "pound", "¥": "yuan", "yuan": "yuan",
    "renminbi": "yuan", "元": "yuan", "yen": "yen",
}  # fmt: skip
_KINDS = {word: kind for words, kind in (
    ("usd 美元", "dollar"), ("eur 欧元", "euro"), ("gbp 英镑 sterling", "pound"), ("cny rmb 人民币", "yuan"), ("jpy 日元", "yen"),
    ("rupee rupees", "rupee"), ("rouble roubles ruble rubles", "rouble"), ("franc francs chf", "franc"),
    ("crown crowns krona kronor krone kroner", "crown"), ("lira liras", "lira"), ("peso pesos", "peso"), ("rand", "rand"),
    ("km kilometre kilometres kilometer kilometers kph 公里", "km"), ("metre metres meter meters 米", "metre"),
    ("mile miles mph", "mile"), ("centimetre centimetres centimeter centimeters cm", "cm"), ("foot feet", "foot"),
    ("inch inches", "inch"), ("hectare hectares", "hectare"), ("acre acres", "acre"), ("litre litres liter liters", "litre"),
    ("gallon gallons", "gallon"), ("barrel barrels", "barrel"), ("tonne tonnes ton tons", "tonne"),
    ("kg kilo kilos kilogram kilograms", "kg"), ("kwh", "kwh"), ("mwh", "mwh"), ("gwh", "gwh"), ("twh", "twh"),
    ("kilowatt-hour kilowatt-hours", "kwh"), ("megawatt-hour megawatt-hours", "mwh"), ("gigawatt-hour gigawatt-hours", "gwh"),
    ("terawatt-hour terawatt-hours", "twh"), ("kw kilowatt kilowatts", "kw"), ("mw megawatt megawatts", "mw"),
    ("gw gigawatt gigawatts", "gw"), ("tw terawatt terawatts", "tw"), ("second seconds", "second"),
    ("minute minutes 分钟", "minute"),
    ("hour hours 小时", "hour"), ("day days", "day"), ("week weeks", "week"), ("month months", "month"), ("year years", "year"),
) for word in words.split()}  # fmt: skip
UNITS = {**_KINDS, **{sign: kind for sign, kind in CURRENCIES.items() if sign != "¥"}}
"""What is counted, by the words for it; ¥ is money of two countries."""
_AMOUNT = re.compile(
    r"(?P<before>US\$|HK\$|[$€£]|\b(?:USD|EUR|GBP|CNY|RMB|JPY|CHF)(?=\s?\d))?\s?(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"(?P<scale>[\s-]?(?:thousand|million|billion|trillion|[mb]n|tn|mio\.?|mrd\.?|millionen|milliarden)\b|[mbk](?![a-z])|\s?[万亿千百]+)?"
    r"[\s-]?(?P<after>美元|欧元|英镑|日元|人民币|公里|小时|分钟|元|米|[a-z]+(?:-hours?\b)?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(\d{1,2}(?:[:.]\d\d)?)\s?([ap])\.?\s?m\b", re.IGNORECASE)
_PART = re.compile(
    r"\b(first|second|third|fourth|last|1st|2nd|3rd|4th)[\s-](quarter|half)\b|\bq([1-4])\b|\bh([12])\b", re.IGNORECASE
)
_NTH = {"first": "1", "1st": "1", "second": "2", "2nd": "2", "third": "3", "3rd": "3", "fourth": "4", "4th": "4"}


def _either(first: str, second: str, also: str = "", also_second: str = "") -> tuple[re.Pattern[str], ...]:
    """Two opposites; `also` are words that only say that a text speaks of the first one too."""
    shown = (first, second, f"{first}|{also}" if also else first, f"{second}|{also_second}" if also_second else second)
    return tuple(
        re.compile(pattern if "\u4e00" <= pattern[0] <= "\u9fff" else rf"\b(?:{pattern})\b", re.IGNORECASE) for pattern in shown
    )


_UP = (
    r"up|high\w*|more|gain\w*|growth|grow\w*|ris\w+|increas\w+|climb\w*|add\w*|rebound\w*|recover\w*|expand\w*|above|jump\w*|rais\w+"
    r"|lift\w*"
)
_DOWN = (
    r"down|low\w*|less|fewer|slip\w*|dip\w*|weak\w*|below|slid\w*|fall\w*|declin\w+|decreas\w+|drop\w*|shr[aiu]nk\w*|cut\w*|reduc\w+"
    r"|halv\w+"
)
_DAY = r"(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_OPPOSITES = (
    _either(
        r"rose|risen|grew|grown|increased|climbed|jumped|surged|soared|(?:increase|rise) (?:of|in)"
        r"|up(?= (?:by |some |about )?[$€£\d])",
        r"fell|fallen|dropped|declined|decreased|shrank|sank|slumped|plunged|tumbled|(?:decrease|decline) (?:of|in)"
        r"|down(?= (?:by |some |about )?[$€£\d])",
        _UP,
        _DOWN,
    ),
    _either(
        r"profits?", r"loss(?:es)?|lost(?= (?:some |about )?[$€£\d])", r"gain\w*|surplus|earn\w*", r"los[et]\w*|deficit|debts?"
    ),
    _either(
        r"(?:earlier|sooner) than|ahead of (?:schedule|plan)", r"later than|behind schedule", "early|earlier", r"later?|delay\w*"
    ),
    _either("acquitted|cleared of", "convicted|guilty", r"clear\w*|acquit\w*", r"guilty|convict\w*|sentenc\w*"),
    _either("opened|opens|will open", "closed|closes|will close", r"(?:re)?open\w*", r"clos\w+|shut\w*"),
    _either(
        "accepted|approved|backed", "rejected|vetoed|turned down", r"accept\w*|approv\w*|back\w*", r"reject\w*|veto\w*|refus\w*"
    ),
    _either("died|dead|killed", "injured|wounded|hurt|missing", r"deaths?|toll|dies?|fatal\w*", r"injur\w*|wound\w*|homeless"),
    _either(
        r"(?:at most|up to|less than|fewer than|below|under|no more than)(?= [$€£\d])",
        r"(?:at least|more than|over|above|no (?:less|fewer) than)(?= [$€£\d])",
    ),
    _either(rf"before(?= {_DAY})", rf"after(?= {_DAY})"),
    _either(r"(?:start|beginning) of", "end of", "start|begin"),
    _either("提前", "推迟|延期|延后"),
    _either("缩短", "延长"),
    _either("上涨|增长|上升|增加|提高", "下跌|下降|减少|降低", "涨|升", "跌|降"),
)
"""Opposites, and what else speaks of the one or the other: a text with both is not compared."""
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|on account of|thanks to|wegen|weil)\b(?P<cause>.*)|(?:因为|由于)(?P<原因>.*)"
)
_WILL, _MAY = re.compile(r"\bwill\b"), re.compile(r"\b(?:may|might|could)\b(?! \d)")
CAUSE_SHARE = 0.5
"""A stated cause shares more than this of its terms with the source."""


def otherwise(claim: str, source: str) -> list[str]:
    """What a claim has that its source has otherwise: the unit of an amount, the half of the day or of the year, the cause.

    >>> otherwise("It cost 5 million euros.", "It cost $5 million.")
    ['5000000 euro']
    >>> otherwise("Sales rose in the third quarter.", "Sales rose in the first quarter.")
    ['3 quarter']
    """
    return [*_other_units(claim, source), *_other_clock(claim, source), *_other_part(claim, source), *_other_cause(claim, source)]


def opposed(claim: str, parts: Sequence[str]) -> list[str]:
    """What a claim says of which every part that it is made of says the opposite, or says only that it may be so.

    >>> opposed("Debt rose to 1.1bn.", ["Debt fell from 1.3bn to 1.1bn."])
    ['rose']
    >>> opposed("Sales rose to 1.1bn.", ["Sales were up, to 1.1bn, though debt fell."])
    []
    """
    found = [said for opposite in _OPPOSITES if (said := _opposite(opposite, claim, parts))]
    if _WILL.search(claim) and not _MAY.search(claim) and all(_MAY.search(one) and not _WILL.search(one) for one in parts):
        found.append("will")
    return found


def _amounts(text: str) -> dict[Figure, set[str | None]]:
    """What each figure in digits is an amount of; None where that is not known."""
    found: dict[Figure, set[str | None]] = {}
    for match in _AMOUNT.finditer(text):
        scale, after = match["scale"] or "", (match["after"] or "").casefold()
        values = figures(f"{match['number']}{scale}")
        if len(values) == 1:
            kind = UNITS.get((match["before"] or "").casefold()) or UNITS.get(after)
            found.setdefault(values[0], set()).add(kind)
    return found


def _other_units(claim: str, source: str) -> list[str]:
    """The amounts of a claim that its source has of something else only: euros for dollars, miles for kilometres."""
    given = _amounts(source)
    return [
        f"{value.value:f} {kind}"
        for value, kinds in _amounts(claim).items()
        for kind in kinds
        if kind and value in given and not given[value] & {kind, None}
    ]


def _other_clock(claim: str, source: str) -> list[str]:
    """The hours of a claim that its source has in the other half of the day."""
    given = {(hour, half.lower()) for hour, half in _CLOCK.findall(source)}
    hours = {hour for hour, _ in given}
    return [f"{hour} {half}.m." for hour, half in _CLOCK.findall(claim) if hour in hours and (hour, half.lower()) not in given]


def _parts(text: str) -> set[tuple[str, str]]:
    """The quarters and halves of a year, or of a game, that a text names: (which, "quarter" or "half")."""
    return {
        (_NTH.get(nth.lower(), nth.lower()) or quarter or half, what.lower() or ("quarter" if quarter else "half"))
        for nth, what, quarter, half in _PART.findall(text)
    }


def _other_part(claim: str, source: str) -> list[str]:
    """The quarters and halves that a claim names where its source names only others."""
    given = _parts(source)
    named = {what for _, what in given}
    return [f"{which} {what}" for which, what in sorted(_parts(claim) - given) if what in named]


def _other_cause(claim: str, source: str) -> list[str]:
    """The cause that a claim gives, where its source has less than half of it."""
    found = _CAUSE.search(claim)
    cause = (found["cause"] or found["原因"] or "") if found else ""
    said = set(terms(cause))
    return [" ".join(cause.split())] if said and len(said & set(terms(source))) <= CAUSE_SHARE * len(said) else []


@lru_cache(maxsize=1_024)
def made_of(claim: str, source: str) -> tuple[str, ...]:
    """The sentences of a source that a claim is made of: those with a figure of it, else the one with most of its terms.

    >>> made_of("It fell to 5.", "Rain came. The price fell to 5.")
    ('The price fell to 5.',)
    """
    every = [source[a:b] for a, b in sentences(source)] or [source]
    stated, said = set(figures(claim)), set(terms(claim))
    own = [one for one in every if stated & set(figures(one))]
    return tuple(own) or (max(every, key=lambda one: len(said & set(terms(one)))),)


def _opposite(pair: Sequence[re.Pattern[str]], claim: str, parts: Sequence[str]) -> str:
    first, second, any_first, any_second = pair
    for mine, other, any_mine, any_other in ((first, second, any_first, any_second), (second, first, any_second, any_first)):
        said = mine.search(claim)
        if said and not any_other.search(claim) and all(other.search(one) and not any_mine.search(one) for one in parts):
            return said.group()
    return ""
