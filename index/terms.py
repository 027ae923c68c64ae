"""Text as terms for lexical search: folded, stemmed, stop words out, Chinese in pairs of characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being between both but by can could did do
    does doing down during each few for from further had has have having he her here hers him his how i if in into is
    it its itself just me might more most much must my no nor not now of off on once one only or other our out over own
    s said same say says she should so some such t than that the their them then there these they this those through to
    too under until up upon us very was we were what when where which while who whom whose why will with would you your
    according article articles corpus tell give""".split()
)
_SCALES = {"bn": "billion", "tn": "trillion", "mn": "million", "pct": "percent"}
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+")
_ASKS = re.compile(
    "什么时候|为什么|怎么样|怎么|什么|多少|哪里|哪儿|哪些|哪[个位年天月]?|谁|何时|何地|为何|如何|几[个名家座台次位月号]|[吗呢]|是否|有没有"
)
_stemmer = Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """The terms of a text in order, with repetitions.

    >>> terms("How much will Tencent be investing: US$70bn or 1,400?")
    ['tencent', 'invest', '70', 'billion', '1400']
    >>> terms("腾讯投资")
    ['腾讯', '讯投', '投资']
    """
    return list(_terms(text))


def without_asking(question: str) -> str:
    """A question without the Chinese words that only ask; the English ones are stop words.

    >>> without_asking("大桥什么时候通车？")
    '大桥 通车？'
    """
    return _ASKS.sub(" ", question)


@lru_cache(maxsize=4_096)
def _terms(text: str) -> tuple[str, ...]:
    """Kept, because an answer is made of the same few sentences compared with one another many times."""
    folded = fold(text)
    found: list[str] = []
    for token in _TOKEN.findall(folded):
        if token[0].isdigit():
            found.append(_number(token))
        elif "\u3400" <= token[0] <= "\u9fff":
            found.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        elif token not in STOP_WORDS:
            found.append(_stem(_SCALES.get(token, token)))
    return tuple(found)


def fold(text: str) -> str:
    """A text without case and accents.

    >>> fold("Café ÎLE")
    'cafe ile'
    """
    folded = text.casefold()
    if folded.isascii():
        return folded
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def _number(token: str) -> str:
    """`1,400` is one number; a comma that does not group thousands is left as a stop."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", token):
        return token.replace(",", "")
    return token.replace(",", ".")


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))
