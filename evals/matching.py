"""Does an answer say what the gold says? Facts with numbers by value; exact match and F1 as SQuAD 2.0 defines them."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from assistant.figures import FIGURE_WORDS, Figure, figures
from index.terms import terms

_MARKER = re.compile(r"\s?\[\d+\]")
_SCALE_WORDS = frozenset(
    terms("hundred thousand million billion trillion mn bn tn mln bln trn percent pct us usd dollar dollars yuan euro euros")
) | {term for word in FIGURE_WORDS for term in terms(word)}
_NUMERAL = re.compile(
    r"\bper ?cent(?:age points?)?\b|\b(?:pour cent|por ciento|por cento|per cento)\b"
    r"|\bhalf (?=an? (?:hundred|thousand|[mb]illion|trillion)\b)|(?<=\d)(?:st|nd|rd|th)\b"
    r"|百分之|个百分点|(?:(?<=\d)\s?[十百千万萬亿億]+|[零〇一二两兩三四五六七八九十百千万萬亿億]{2,}|(?<=\d))(?:[美欧]?元)?",
    re.I,
)
"""What belongs to a figure and is compared with its value, beside the scale words."""
_CJK = re.compile(r"[\u3400-\u9fff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "‑": "-", "–": "-", "—": "-", "\u00a0": " "})


def unmarked(text: str) -> str:
    """An answer's text without its markers: the 1 of "[1]" is no fact.

    >>> unmarked("It has 35 labs [1][2].")
    'It has 35 labs.'
    """
    return _MARKER.sub("", text)


def says(text: str, alternative: str) -> bool:
    """Whether an answer says one alternative of a fact.

    Where the alternative has figures, they must be in the text by value and its other words in any order, as stems;
    without figures it must stand there as whole words. A plain figure is also said by a percentage, not the reverse.

    >>> says("It is US$1.4 trillion [1].", "1.4tn"), says("In 2016 [16].", "16"), says("The Dutchman", "Dutch")
    (True, False, False)
    >>> says("on 22 May 2020", "May 22"), says("It fell 13 percent.", "13"), says("It has 13.", "13%")
    (True, True, False)
    >>> says("500,000 homes", "half a million homes"), says("US$1.4 trillion", "1.4万亿"), says("16%", "16 per cent")
    (True, True, True)
    """
    text = unmarked(text)
    wanted = set(figures(alternative))
    if not wanted:
        return _phrase(text, alternative)
    given = set(figures(text))
    given |= {Figure(figure.value) for figure in given if figure.percent}
    words = {
        term for term in terms(_NUMERAL.sub(" ", alternative)) if term.isalpha() and term not in _SCALE_WORDS and not figures(term)
    }
    numbers = {term for word in re.findall(r"[^\W\d_]+", alternative) if figures(word) for term in terms(word)}
    held = set(terms(text))
    # Terms of Chinese are pairs of characters: what is left beside a numeral may be a single one.
    return wanted <= given and all(word in held or (_CJK.match(word) and word in text) for word in words - numbers)


def _phrase(text: str, phrase: str) -> bool:
    text, phrase = (" ".join(one.translate(_QUOTES).casefold().split()) for one in (text, phrase))
    if _CJK.search(phrase):
        return phrase in text
    letter = r"[^\W\u3400-\u9fff]"  # Chinese puts no space beside a foreign name
    return re.search(rf"(?<!{letter}){re.escape(phrase)}(?!{letter})", text) is not None


def facts_said(text: str, facts: Sequence[Sequence[str]]) -> list[bool]:
    """For every group of alternatives, whether the text says one of them."""
    return [any(says(text, alternative) for alternative in group) for group in facts]


def normalised(text: str) -> list[str]:
    """The words of a text as SQuAD compares them: lower case, punctuation out, articles out.

    From the official evaluation script 2.0 (Rajpurkar et al. 2018, arXiv:1806.03822).

    >>> normalised("The Plan's 35 labs.")
    ['plans', '35', 'labs']
    """
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def exact_match(text: str, answers: Sequence[str]) -> float:
    """1 when the text equals a reference answer after normalisation, else 0; for no answers, whether the text is empty.

    >>> exact_match("The plan", ["plan", "a scheme"]), exact_match("", []), exact_match("plan", [])
    (1.0, 1.0, 0.0)
    """
    wanted = [normalised(one) for one in answers] or [[]]
    return float(normalised(text) in wanted)


def f1(text: str, answers: Sequence[str]) -> float:
    """The best token F1 over the reference answers, after normalisation; with no answers, that of the empty one.

    F1 = 2PR/(P+R) with P and R the shares of common tokens, counted with repetitions. By hand: "700 new labs" against
    "700 labs by 2020" has 2 common tokens, P = 2/3, R = 2/4, F1 = 4/7.

    >>> round(f1("700 new labs", ["700 labs by 2020"]), 4), f1("", []), f1("", ["labs"])
    (0.5714, 1.0, 0.0)
    """
    return max(_f1(normalised(text), normalised(one)) for one in (answers or [""]))


def _f1(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    common = sum((Counter(said) & Counter(wanted)).values())
    return 2 * common / (len(said) + len(wanted))
