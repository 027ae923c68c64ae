"""What a figure is an amount of, and whether it is below zero: euros are no dollars, miles no kilometres."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.days import without_days
from assistant.figures import Figure, figures, ungrouped

CURRENCIES = {
    "$": "dollar", "us$": "dollar", "dollar": "dollar", "dollars": "dollar", "usd": "dollar", "hk$": "hk$", "€": "euro",
    "euro": "euro", "euros": "euro", "£": "pound", "pound": "pound", "pounds": "pound", "¥": "yuan", "yuan": "yuan",
    "renminbi": "yuan", "元": "yuan", "yen": "yen",
}  # fmt: skip
_KINDS = {word: kind for words, kind in (
    ("us$ u$ u.s.$ usd 美元", "us$"), ("won ₩ 韩元", "won"), ("港元 港币", "hk$"),
    ("eur 欧元", "euro"), ("gbp 英镑 sterling", "pound"), ("cny rmb 人民币", "yuan"), ("jpy 日元", "yen"),
    ("rupee rupees ₹ 卢比", "rupee"), ("rouble roubles ruble rubles", "rouble"), ("franc francs chf", "franc"),
    ("crown crowns krona kronor krone kroner", "crown"), ("lira liras", "lira"), ("peso pesos", "peso"), ("rand", "rand"),
    ("km kilometre kilometres kilometer kilometers kph 公里", "km"), ("metre metres meter meters 米", "metre"),
    ("mile miles mph", "mile"), ("centimetre centimetres centimeter centimeters cm", "cm"), ("foot feet", "foot"),
    ("inch inches", "inch"), ("hectare hectares", "hectare"), ("acre acres", "acre"), ("litre litres liter liters", "litre"),
    ("gallon gallons", "gallon"), ("barrel barrels", "barrel"), ("tonne tonnes ton tons", "tonne"),
    ("kg kilo kilos kilogram kilograms", "kg"), ("kwh", "kwh"), ("mwh", "mwh"), ("gwh", "gwh"), ("twh", "twh"),
    ("kilowatt-hour kilowatt-hours", "kwh"), ("megawatt-hour megawatt-hours", "mwh"), ("gigawatt-hour gigawatt-hours", "gwh"),
    ("terawatt-hour terawatt-hours", "twh"), ("kw kilowatt kilowatts", "kw"), ("mw megawatt megawatts", "mw"),
    ("gw gigawatt gigawatts", "gw"), ("tw terawatt terawatts", "tw"), ("seconds", "second"),
    ("% percent pct prozent 百分", "percent"),
    ("minute minutes 分钟", "minute"),
    ("hour hours 小时", "hour"), ("day days", "day"), ("week weeks", "week"), ("month months", "month"), ("year years", "year"),
) for word in words.split()}  # fmt: skip
UNITS = {**CURRENCIES, **_KINDS, "¥": "¥"}
"""What is counted, by the words for it."""
_DEGREES = ("degree", "grad", "degré", "°", "℃", "度")
_SEVERAL = {"dollar": re.compile(r".+\$"), "¥": re.compile("yuan|yen")}
"""Money of several countries: a dollar may be any of theirs."""
_TENS = "|".join("twenty thirty forty fifty sixty seventy eighty ninety".split())
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = "|".join(f"one two three four five six seven eight nine {_TEENS}".split())
_AMOUNT = re.compile(
    r"(?P<sign>(?:(?<![^\s(（“\"„'’:：/])(?<!\d\s)|(?<=[$€£¥]))[-−–‑－](?=[$€£¥]?\d|[A-Z]{1,3}\$)"
    r"|\b(?:minus|negative)\s|(?<!\d)负|零下)?"
    r"(?P<before>\bU\.S\.\s?\$|\b[A-Z]{1,3}\$|[$€£¥₹₩]|\b(?:USD|EUR|GBP|CNY|RMB|JPY|CHF)(?=\s?\d))?\s?"
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|\b(?:(?:{_TENS})[\s-](?:{_ONES})|{_TENS}|{_ONES})\b)"
    r"(?P<scale>[\s-]?(?:hundred|thousand|million|billion|trillion|[mb]n|tn|mio\.?|mrd\.?|millionen|milliarden)\b|[mbk](?![a-z])|\s?[万亿千百]+)?"
    r"[\s-]?(?P<after>(?P<points>(?:percentage|percent|per cent|prozent|%)[\s-]?(?:points?|punkte?)|个百分点)"
    r"|per cent|%|°|℃|度|(?P<us>(?:US|U\.S\.)[\s-]dollars?)|港元|港币|韩元|卢比"
    r"|美元|欧元|英镑|日元|人民币|公里|小时|分钟|元|米|[a-z]+(?:-hours?\b)?)?",
    re.IGNORECASE,
)
LESS = (
    r"down|low\w*|less|fewer|slip\w*|dip\w*|weak\w*|below|slid\w*|fall\w*|declin\w+|decreas\w+|drop\w*|shr[aiu]nk\w*|cut\w*|reduc\w+"
    r"|halv\w+"
)
"""What says that something is or gets less."""
_BELOW = re.compile(
    rf"\b(?:{LESS}|fell|minus|negative|loss\w*|los[et]\w*|contract\w*|deficit|shortfall|slump\w*|plung\w*|tumbl\w*|s[aiu]nk\w*"
    r"|shed\w*|retreat\w*|off|eas(?:e[sd]?|ing)|collaps\w*|crash\w*|div(?:e[sd]?|ing)|slow\w*|worse\w*|behind|under|overdr\w*|red"
    r"|recession|wip(?:e[sd]?|ing)|trail\w*|frost\w*|debts?|unter|gesunken|gefallen|fiel\w*|verl\w*|rückgang|geschrumpft|recul\w*"
    r"|baiss\w*|perd\w*|pertes?|moins)\b|跌|降|减|滑|挫|回落|缩|逆差|亏|负|零下",
    re.IGNORECASE,
)
"""What says that a figure is below zero without a sign."""


def other_amounts(claim: str, source: str) -> list[str]:
    """The amounts of a claim that its source has otherwise: of something else, or below zero.

    >>> other_amounts("It cost 5 million euros.", "It cost $5 million."), other_amounts("It cost US$5m.", "It cost A$5m.")
    (['5000000 euro'], ['5000000 us$'])
    >>> other_amounts("It fell 5 percent.", "It fell 5 percentage points."), other_amounts("It made 5m.", "It made minus 5m.")
    (['5 percent'], ['5000000 without its minus'])
    """
    return [*_other_units(claim, source), *_other_signs(claim, source)]


def kinds_of(text: str) -> dict[Figure, set[str | None]]:
    """What each figure of a text is an amount of."""
    return {figure: {kind for kind, _ in said} for figure, said in _amounts(text).items()}


@lru_cache(maxsize=4_096)
def _amounts(text: str) -> dict[Figure, frozenset[tuple[str | None, bool | None]]]:
    """What each figure is an amount of, and whether it is below zero; None where that is not known."""
    found: dict[Figure, frozenset[tuple[str | None, bool | None]]] = {}
    for match in _AMOUNT.finditer(ungrouped(without_days(text))):
        scale, before, after = match["scale"] or "", (match["before"] or "").casefold(), (match["after"] or "").casefold()
        values = figures(f"{match['number']}{scale}")
        if len(values) == 1:
            kind = UNITS.get(before.replace(" ", ""), before or None) or UNITS.get(after.replace("per cent", "%"))
            kind = "point" if match["points"] else "us$" if match["us"] else kind
            found[values[0]] = found.get(values[0], frozenset()) | {(kind, _is_below_zero(match, kind, after))}
    return found


def _is_below_zero(match: re.Match[str], kind: str | None, after: str) -> bool | None:
    """A hyphen is surely a minus only where an amount follows: "Agni -5" and "20 points -10 of them late" have none."""
    sign = match["sign"] or ""
    amount = kind or match["scale"] or "." in match["number"] or after.startswith(_DEGREES) or after in ("c", "f")
    return (True if amount or len(sign) > 1 or sign == "负" else None) if sign else False


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
    """Whether two words for a unit may mean one; a percentage point in a claim is what others call a percent.

    >>> _may_be("dollar", "a$"), _may_be("us$", "a$"), _may_be("yen", "¥")
    (True, False, True)
    """
    return (
        kind == other
        or (kind, other) == ("point", "percent")
        or any(one in _SEVERAL and _SEVERAL[one].fullmatch(two) is not None for one, two in ((kind, other), (other, kind)))
    )


def _other_signs(claim: str, source: str) -> list[str]:
    """The figures of a claim that its source has below zero each time, where neither a sign nor a word ("fell") says so."""
    if _BELOW.search(claim):
        return []
    given = _amounts(source)
    return [
        f"{value.value:f} without its minus"
        for value, said in _amounts(claim).items()
        if value in given and all(below for _, below in given[value]) and all(below is False for _, below in said)
    ]
