"""What turns a claim into another one though its words and figures stand in the source: a unit, an opposite."""

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
    ("us$ usd 美元", "us$"), ("eur 欧元", "euro"), ("gbp 英镑 sterling", "pound"), ("cny rmb 人民币", "yuan"), ("jpy 日元", "yen"),
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
    ("% percent pct prozent 百分", "percent"),
    ("minute minutes 分钟", "minute"),
    ("hour hours 小时", "hour"), ("day days", "day"), ("week weeks", "week"), ("month months", "month"), ("year years", "year"),
) for word in words.split()}  # fmt: skip
UNITS = {**CURRENCIES, **_KINDS, "¥": "¥"}
"""What is counted, by the words for it."""
_SEVERAL = {"dollar": re.compile(r".+\$"), "¥": re.compile("yuan|yen")}
"""Money of several countries: a dollar may be any of theirs."""
_TENS = "|".join("twenty thirty forty fifty sixty seventy eighty ninety".split())
_ONES = "|".join("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split())
_AMOUNT = re.compile(
    r"(?P<sign>(?<=[ \t(（])(?<!\d\s)[-−](?=\S)|\b(?:minus|negative)\s|负|零下)?"
    r"(?P<before>\b[A-Z]{1,3}\$|[$€£¥]|\b(?:USD|EUR|GBP|CNY|RMB|JPY|CHF)(?=\s?\d))?\s?"
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|\b(?:(?:{_TENS})-(?:{_ONES})|{_TENS}|{_ONES})\b)"
    r"(?P<scale>[\s-]?(?:thousand|million|billion|trillion|[mb]n|tn|mio\.?|mrd\.?|millionen|milliarden)\b|[mbk](?![a-z])|\s?[万亿千百]+)?"
    r"[\s-]?(?P<after>(?P<points>(?:percentage|prozent)[\s-]?(?:points?|punkte?)|个百分点)"
    r"|per cent|%|美元|欧元|英镑|日元|人民币|公里|小时|分钟|元|米|[a-z]+(?:-hours?\b)?)?",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th)[\s-](quarter|half)\b|\bq([1-4])\b|\bh([12])\b", re.IGNORECASE)
_OTHER_PARTS = re.compile(
    r"\b(?:quarters|halves|months|break|year-on-year|(?:first|second|third|fourth) (?:and|or|to|half and))\b", re.IGNORECASE
)
"""A source with these has parts of the year that are not told by their number."""
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
        r"profits?",
        r"loss(?:es)?|lost(?= (?:some |about )?[$€£\d])",
        r"gain\w*|surplus|earn\w*|income",
        r"los[et]\w*|deficit|debts?|red|minus|negative",
    ),
    _either(
        "acquitted|cleared of",
        "convicted|guilty",
        r"clear\w*|acquit\w*|dismiss\w*",
        r"guilty|convict\w*|sentenc\w*|got|jail\w*",
    ),
    _either(
        "accepted|approved|backed", "rejected|vetoed|turned down", r"accept\w*|approv\w*|back\w*|pass\w*|adopt\w*|voted|carr\w+",
        r"reject\w*|veto\w*|refus\w*|against|thrown",
    ),
    _either(
        "died|dead|killed", "injured|wounded|missing", r"deaths?|toll|dies?|fatal\w*|lives|victims?|perish\w*|bod(?:y|ies)",
        r"injur\w*|wound\w*|hurt|homeless|hospital\w*|burns",
    ),
    _either(
        r"(?:at most|up to|no more than)(?= [$€£\d])",
        r"(?:at least|no (?:less|fewer) than)(?= [$€£\d])",
    ),
    _either("提前", "推迟|延期|延后"),
    _either("缩短", "延长"),
    _either("上涨|增长|上升|增加|提高", "下跌|下降|减少|降低", "涨|升|多", "跌|降|少"),
)  # fmt: skip
"""Opposites, and what else speaks of the one or the other: a sentence with both is not compared."""
_BELOW = re.compile(
    rf"\b(?:{_DOWN}|minus|negative|loss\w*|los[et]\w*|contract\w*|deficit|slump\w*|plung\w*|cold\w*|frost\w*|debts?)\b"
    r"|下降|下跌|减少|降低|亏|负|零下|萎缩|收缩",
    re.IGNORECASE,
)
"""What says that a figure is below zero without a sign."""
_CLAUSE = re.compile(
    r"[,;:，；：、](?!\d)|\b(?:and|but|while|as|though|although|after|before|against|compared|who|which|whose|with|und|aber|während)\b",
    re.IGNORECASE,
)


_PROFIT = re.compile(r"\b(?:profits?|net income)\b", re.IGNORECASE)
_REVENUE = re.compile(r"\b(?:revenues?|turnover|sales|sold)\b", re.IGNORECASE)
_GAINED = re.compile(
    r"\b(?:profit\w*|net|income|earn\w*|made|makes?|making|surplus|gain\w*|black|loss\w*|lost|margins?)\b", re.IGNORECASE
)
_TAKEN = re.compile(
    r"\b(?:revenues?|turnover|sales|sold|sells?|selling|tak(?:es?|en|ings?)|took|income|receipts|gross\w*|brought|generat\w*|worth|business)\b",
    re.IGNORECASE,
)


def another_quantity(question: str, source: str) -> bool:
    """Whether a question is about a profit and a source gives revenue, or the other way round.

    >>> [another_quantity("What was its profit?", said) for said in ("It sold tin for 1.6 billion.", "It made 2m on sales of 9m.")]
    [True, False]
    >>> [another_quantity("What was its revenue?", said) for said in ("Profit rose to 5m.", "Profit was 5m on sales of 9m.")]
    [True, False]
    """
    profit, revenue = _PROFIT.search(question), _REVENUE.search(question)
    if profit and not revenue:
        return bool(_REVENUE.search(source)) and not _GAINED.search(source)
    return bool(revenue and not profit and _PROFIT.search(source)) and not _TAKEN.search(source)


def otherwise(claim: str, source: str) -> list[str]:
    """What a claim has that its source has otherwise: the unit of an amount, its sign, the quarter or half of the year.

    >>> otherwise("It cost 5 million euros.", "It cost $5 million."), otherwise("It cost US$5m.", "It cost A$5m.")
    (['5000000 euro'], ['5000000 us$'])
    >>> otherwise("It fell 5 percent.", "It fell 5 percentage points."), otherwise("It made 5m.", "Its profit was minus 5m.")
    (['5 percent'], ['5000000 without its minus'])
    >>> otherwise("Sales rose in the third quarter.", "Sales rose in the first quarter.")
    ['3 quarter']
    """
    return [*_other_units(claim, source), *_other_signs(claim, source), *_other_part(claim, source)]


def opposed(claim: str, parts: Sequence[str]) -> list[str]:
    """What a claim says of which every part that it is made of says the opposite.

    In each part the opposite has to stand in the clause that the claim is made of: it may be said of something else in another.

    >>> opposed("Debt rose to 1.1bn.", ["Debt fell from 1.3bn to 1.1bn."])
    ['rose']
    >>> opposed("Sales rose to 1.1bn.", ["Sales were up, to 1.1bn, though debt fell."])
    []
    """
    return [said for opposite in _OPPOSITES if (said := _opposite(opposite, claim, parts))]


@lru_cache(maxsize=4_096)
def _amounts(text: str) -> dict[Figure, frozenset[tuple[str | None, bool]]]:
    """What each figure is an amount of, None where that is not known, and whether it is below zero."""
    found: dict[Figure, frozenset[tuple[str | None, bool]]] = {}
    for match in _AMOUNT.finditer(text):
        scale, before, after = match["scale"] or "", (match["before"] or "").casefold(), (match["after"] or "").casefold()
        values = figures(f"{match['number']}{scale}")
        if len(values) == 1:
            kind = "point" if match["points"] else UNITS.get(before, before or None) or UNITS.get(after.replace("per cent", "%"))
            found[values[0]] = found.get(values[0], frozenset()) | {(kind, bool(match["sign"]))}
    return found


def _other_units(claim: str, source: str) -> list[str]:
    """The amounts of a claim that its source has of something else only: euros for dollars, miles for kilometres."""
    given = _amounts(source)
    return [
        f"{value.value:f} {kind}"
        for value, said in _amounts(claim).items()
        for kind in sorted({kind for kind, _ in said if kind})
        if value in given and not any(other is None or _may_be(kind, other) for other, _ in given[value])
    ]


def _may_be(kind: str, other: str) -> bool:
    """Whether two words for a unit may mean one.

    >>> _may_be("dollar", "a$"), _may_be("us$", "a$"), _may_be("yen", "¥")
    (True, False, True)
    """
    return kind == other or any(
        one in _SEVERAL and _SEVERAL[one].fullmatch(two) is not None for one, two in ((kind, other), (other, kind))
    )


def _other_signs(claim: str, source: str) -> list[str]:
    """The figures that are below zero in one of both and not in the other, where no word ("fell", "loss") says so instead."""
    given = _amounts(source)
    found: list[str] = []
    for value, said in _amounts(claim).items():
        mine, theirs = {below for _, below in said}, {below for _, below in given.get(value, ())}
        if mine == {False} and theirs == {True} and not _BELOW.search(claim):
            found.append(f"{value.value:f} without its minus")
        if mine == {True} and theirs == {False} and not _BELOW.search(source):
            found.append(f"-{value.value:f}")
    return found


def _parts(text: str) -> set[tuple[str, str]]:
    """The quarters and halves of a year, or of a game, that a text names: (which, "quarter" or "half")."""
    return {
        (_NTH.get(nth.lower(), nth.lower()) or quarter or half, what.lower() or ("quarter" if quarter else "half"))
        for nth, what, quarter, half in _PART.findall(text)
    }


def _other_part(claim: str, source: str) -> list[str]:
    """The quarter or half that a claim names where its source names one other."""
    given = _parts(source)
    if len(given) != 1 or _OTHER_PARTS.search(source):
        return []
    ((_, known),) = given
    return [f"{which} {what}" for which, what in sorted(_parts(claim) - given) if what == known]


@lru_cache(maxsize=1_024)
def made_of(claim: str, source: str) -> tuple[str, ...]:
    """The sentences of a source that a claim is made of: those with a figure of it, else the one with most of its terms.

    >>> made_of("It fell to 5.", "Rain came. The price fell to 5.")
    ('The price fell to 5.',)
    """
    return _nearest(claim, [source[a:b] for a, b in sentences(source)] or [source])


def clauses_with_figures(claim: str, source: str) -> list[str]:
    """The clauses of a source that have a figure of a claim.

    >>> clauses_with_figures("5m", "It lost 5m, and 3m last year.")
    ['It lost 5m']
    """
    stated = set(figures(claim))
    every = [clause for a, b in sentences(source) for clause in _CLAUSE.split(source[a:b])]
    return [clause for clause in every if stated & set(figures(clause))]


def _nearest(claim: str, every: Sequence[str]) -> tuple[str, ...]:
    stated, said = set(figures(claim)), set(terms(claim))
    own = [one for one in every if stated & set(figures(one))]
    return tuple(own) or (max(every, key=lambda one: len(said & set(terms(one)))),)


def _opposite(pair: Sequence[re.Pattern[str]], claim: str, parts: Sequence[str]) -> str:
    first, second, any_first, any_second = pair
    for mine, other, any_mine, any_other in ((first, second, any_first, any_second), (second, first, any_second, any_first)):
        said = mine.search(claim)
        if (
            said
            and not any_other.search(claim)
            and all(other.search(one) and not any_mine.search(one) for one in parts)
            and all(other.search(clause) for one in parts for clause in _nearest(claim, _CLAUSE.split(one)))
        ):
            return said.group()
    return ""
