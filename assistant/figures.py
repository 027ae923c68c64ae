"""Numbers in text, compared by value: "$1.4tn", "US$1.4 trillion", "1,400 billion" and "1.4万亿" are one figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as a value: scale words multiplied in; a percentage is told apart from a plain number."""

    value: Decimal
    percent: bool = False


_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "mn": 6, "mln": 6, "m": 6, "billion": 9, "bn": 9, "bln": 9, "b": 9,
    "trillion": 12, "trn": 12, "tn": 12,
    "tausend": 3, "mio": 6, "millionen": 6, "millions": 6, "millón": 6, "millones": 6, "milione": 6, "milioni": 6, "milhão": 6,
    "milhões": 6, "mrd": 9, "milliarde": 9, "milliarden": 9, "milliard": 9, "milliards": 9, "mil millones": 9, "miliardo": 9,
    "miliardi": 9, "bilhões": 9, "billionen": 12, "billones": 12,
}  # fmt: skip
"""Powers of ten, in English and in five neighbours; where a word has two meanings ("Billion"), the English one."""
_LATIN_SCALES = "|".join(sorted((s for s in _SCALES if len(s) > 1), key=len, reverse=True))
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0xA0: 0x20, 0x202F: 0x20, 0x2009: 0x20, 0x2011: 0x2D}
"""Full-width forms, no-break spaces and hyphens. (NFKC would also make 102 of 10².)"""
_EXACT = Context(prec=2_000)
MAX_DIGITS = 1_000
"""More than a reply can have; a longer run of digits in an article is no quantity."""
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:['’]\d{3})+(?![\d'’])|(?<![\d.,])\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?!\d)")
"""12'500 and, with spaces that do not break, 12 500; where they may break these are two numbers."""
_THOUSANDS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"
_BY_DOTS = r"(?<![\d.,])(?:\d{1,3}(?:\.\d{3}){2,}(?:,\d{1,2})?|\d{1,3}\.\d{3},\d{1,2})(?![.,]?\d)"
_PERCENT_WORDS = r"per ?cent(?:age points?)?|pct|prozent(?:punkte?)?|pour cent|por ciento|por cento|per cento"
# Only what is counted tells 2,4 from two numbers: "3,4 Millionen" from "pages 3,4", "6-4,6-3" and "in 2019,20 people".
_DECIMAL_COMMA = (
    rf"(?<![\d.,])(?!(?:19|20)\d\d,)\d{{1,9}},\d{{1,2}}(?=[\s-]?(?:%|€|(?:{_LATIN_SCALES}|{_PERCENT_WORDS}|euros?|eur)(?![a-z])))"
)
_DIGITS = re.compile(rf"{_THOUSANDS}|{_BY_DOTS}|{_DECIMAL_COMMA}|\d+(?:\.\d+)?")
"""1,234.5 and, as most of Europe writes it, 1.234,5 and 2,4 Millionen. Three digits after one dot are read the English way."""
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}|\d{1,3}(?:\.\d{3}){2,}|\d+,\d{1,2}")
# A single letter is a scale only right after its number: "5m" are millions, "5 m" are metres.
MAX_SCALES = 2
"""A thousand billion; whoever strings more of them together is not counting."""
_SCALE = re.compile(rf"(?:[\s-]?({_LATIN_SCALES})|([kmb]))(?![a-z])")
_PERCENT = re.compile(rf"[\s-]?(?:%|(?:{_PERCENT_WORDS})(?![a-z])|个百分点)")
_GLUED = re.compile(r"[a-z]+-?$")
_WORD = re.compile(r"[a-z]+")
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_WORDS = {word: n for n, word in enumerate([*_SMALL.split(), "eighteen", "nineteen"])} | {"dozen": 12}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
FIGURE_WORDS = frozenset({*_SCALES, *_WORDS, *_TENS, "half", "percent", "per", "cent", "pct", "prozent", "prozentpunkte"})
"""Words that make figures up."""
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_FRACTION = re.compile(r"(?<![\d.,])(\d{1,9})?([½¼¾])")
_ONES = "|".join(list(_WORDS)[1:20])
_MIXED = re.compile(
    rf"\b(?P<halved>{_ONES}|\d{{1,9}}) and a half\b"
    rf"|\b(?P<hundreds>a|{_ONES}) hundred and (?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<unit>{_ONES}))?|(?P<ones>{_ONES}))\b(?!-)"
    rf"|\b(?P<parts>(?:a|one) quarter|three[ -]quarters) of an?(?= (?:{_LATIN_SCALES})\b)"
)
_CHINESE = re.compile(
    r"(百分之)?((?:\d[\d,]*(?:\.\d+)?|[零〇一二两兩三四五六七八九十百千])(?:\d[\d,]*(?:\.\d+)?|[零〇一二两兩三四五六七八九十百千万萬亿億]|\s(?=[万萬亿億百千]))*)"
)
_IN_CHINESE = re.compile(r"\s?[十百千万萬亿億]")
_CHINESE_DIGITS = {digit: n for n, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}


def figures(text: str) -> list[Figure]:
    """The numbers of a text, as values, in no particular order.

    Digits glued to letters ("5G", "COVID-19", "G20") are names, not numbers; "a" and "one" alone are no numbers.

    >>> {str(f.value) for t in ("$1.4tn", "US$1.4 trillion", "1,400 billion", "1.4万亿") for f in figures(t)}
    {'1400000000000'}
    >>> figures("16 percent") == figures("16%"), figures("16") == figures("16%")
    (True, False)
    >>> [str(f.value) for f in figures("half a million homes, twenty-five towns, 5G")]
    ['500000', '25']
    """
    return list(_figures(text))


@lru_cache(maxsize=4_096)
def _figures(text: str) -> tuple[Figure, ...]:
    """Kept for the same reason as terms are."""
    text = ungrouped(text).translate(_WIDE).lower()
    text = _FRACTION.sub(lambda match: f"{match[1] or 0}{_FRACTIONS[match[2]]}", text)
    text = _MIXED.sub(_in_one, text)
    return (*_in_digits(text), *_in_words(text), *_in_chinese(text))


def ungrouped(text: str) -> str:
    """A text with its numbers in one piece that are grouped by apostrophes or by spaces that do not break.

    >>> ungrouped("12'500 and 1\u202f200")
    '12500 and 1200'
    """
    return _GROUPED.sub(lambda match: re.sub(r"['’\s]", "", match.group()), text)


def grouped_alike(text: str, other: str) -> str:
    """A text with the spaces that do not break which `other` has in the same numbers: models write plain ones.

    >>> figures(grouped_alike("12 500 people", "the 12\u202f500 people")) == figures("12500")
    True
    """
    for match in _GROUPED.finditer(other):
        text = text.replace(re.sub(r"\s", " ", match.group()), match.group())
    return text


def _in_one(match: re.Match[str]) -> str:
    """What is said in several words, in digits: "two and a half", "six hundred and forty", "a quarter of a" million."""
    halved, hundreds, tens, parts = match["halved"], match["hundreds"], match["tens"], match["parts"]
    ones = match["unit"] or match["ones"]
    if halved:
        return f"{_WORDS.get(halved, halved)}.5"
    if hundreds:
        return str(100 * _WORDS.get(hundreds, 1) + _TENS.get(tens or "", 0) + _WORDS.get(ones or "", 0))
    return "0.75" if parts.startswith("three") else "0.25"


def missing_figures(claim: str, source: str) -> list[str]:
    """The figures that a claim states and its source does not, as plain text; a figure of the source may go unused.

    >>> missing_figures("It rose 35 percent to 1.5bn.", "up 35% to $1.4 billion")
    ['1500000000']
    """
    given = set(figures(source))
    return [f"{figure.value:f}{'%' if figure.percent else ''}" for figure in dict.fromkeys(figures(claim)) if figure not in given]


def _figure(value: Decimal, percent: bool) -> Figure:
    whole = value == value.to_integral_value()
    return Figure(value.quantize(Decimal(1), context=_EXACT) if whole else _EXACT.normalize(value), percent)


def _in_digits(text: str) -> Iterator[Figure]:
    for match in _DIGITS.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        glued = _GLUED.search(before)
        if (glued and not re.search(r"(^|[^a-z])(us|hk|nt|rmb|cny|usd|eur)$", glued.group())) or before.endswith("."):
            continue
        if len(match.group()) > MAX_DIGITS or _IN_CHINESE.match(text, match.end()):
            continue
        value = _valued(match.group())
        value, at = _scaled(text, value, match.end())
        percent = _PERCENT.match(text, at)
        rest = text[percent.end() if percent else at :]
        if not percent and re.match(r"[a-z]", rest) and not re.match(r"(st|nd|rd|th|s)(?![a-z])", rest):
            continue
        yield _figure(value, bool(percent) or text.endswith("百分之", 0, match.start()))


def _valued(digits: str) -> Decimal:
    """The value of what _DIGITS finds.

    >>> _valued("1,234.5"), _valued("1.234,5"), _valued("2,4")
    (Decimal('1234.5'), Decimal('1234.5'), Decimal('2.4'))
    """
    if _EUROPEAN.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    return Decimal(digits.replace(",", ""))


def _scaled(text: str, value: Decimal, at: int) -> tuple[Decimal, int]:
    for _ in range(MAX_SCALES):
        found = _SCALE.match(text, at)
        if not found:
            break
        value = value.scaleb(_SCALES[next(filter(None, found.groups()))])
        at = found.end()
    return value, at


def _in_words(text: str) -> Iterator[Figure]:
    words = [(match.group(), match.end()) for match in _WORD.finditer(text)]
    at = 0
    while at < len(words):
        word, end = words[at]
        after = words[at + 1][0] if at + 1 < len(words) else ""
        value: Decimal | None = None
        if word in _TENS:
            value = Decimal(_TENS[word])
            if 0 < _WORDS.get(after, 0) < 10 and text[end : end + 1] in " -":
                value += _WORDS[after]
                at += 1
        elif word in _WORDS and (word not in ("zero", "one") or after in _SCALES):
            value = Decimal(_WORDS[word])
        elif word in ("a", "an") and after in _SCALES and len(after) > 2:
            half = at > 0 and words[at - 1][0] == "half"
            value = Decimal("0.5") if half else Decimal(1)
        if value is not None:
            value, stop = _scaled(text, value, words[at][1])
            yield _figure(value, bool(_PERCENT.match(text, stop)))
            while at + 1 < len(words) and words[at + 1][1] <= stop:
                at += 1
        at += 1


def _in_chinese(text: str) -> Iterator[Figure]:
    for percent, numerals in _CHINESE.findall(text):
        signs = re.findall(r"\d[\d,]*(?:\.\d+)?|[^\s\d]", numerals)
        if all(sign[0].isdigit() and sign.isascii() for sign in signs):
            continue  # plain digits, read with the others
        counts = any(sign[0].isdigit() or sign in _CHINESE_DIGITS or sign == "十" for sign in signs)
        if (len(signs) < 2 and not percent) or not counts:
            continue  # 一 and 百 alone are parts of words, and so is 千万
        if len(numerals) <= MAX_DIGITS:
            yield _figure(_chinese_value(signs), bool(percent))


def _chinese_value(signs: list[str]) -> Decimal:
    """3亿5000万 = 3 * 10^8 + 5000 * 10^4; 一万四千亿 = (1 * 10^4 + 4000) * 10^8; 二〇二三 = 2023."""
    if all(sign in _CHINESE_DIGITS for sign in signs):
        return Decimal("".join(str(_CHINESE_DIGITS[sign]) for sign in signs))
    total = upper = section = Decimal(0)
    number: Decimal | None = None
    for sign in signs:
        if sign in "十百千":
            section += (Decimal(1) if number is None else number) * {"十": 10, "百": 100, "千": 1000}[sign]
            number = None
        elif sign in "万萬":
            upper += (section + (number or 0)) * 10**4
            section, number = Decimal(0), None
        elif sign in "亿億":
            total += (upper + section + (number or 0)) * 10**8
            upper, section, number = Decimal(0), Decimal(0), None
        else:
            number = Decimal(_CHINESE_DIGITS[sign]) if sign in _CHINESE_DIGITS else Decimal(sign.replace(",", ""))
    return total + upper + section + (number or 0)
