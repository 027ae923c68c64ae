"""Slips of the keyboard in a question are read as the words that were meant."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from assistant.names import SAME_NAME
from index.rerank import is_english
from index.terms import STOP_WORDS, fold, terms
from index.types import Hit

if TYPE_CHECKING:
    from spellchecker import SpellChecker

LEAST_LETTERS = 4
"""A shorter word is like too many others."""
SURE_LETTERS = 6
"""In a shorter word than this, nothing but two letters that changed places is mended: it may be newer than the dictionary."""
_WORD = re.compile(r"(?<![\w-])[^\W\d_]+(?:[’'][^\W\d_]+)?(?![\w-])")
_POSSESSIVE = re.compile(r"[’']s?$")


def respelled(question: str, hits: Sequence[Hit]) -> str:
    """An English question with each word that is unknown as the word that was meant.

    A word is known that stands in the passages found, or in the dictionary of pyspellchecker. What was meant is a word of the
    passages that is one slip away (a letter too many, too few, another or exchanged with the next one) or nearly the same by
    difflib's ratio, else a word of the dictionary that is one slip away. A name is only ever another name found.
    """
    if not is_english(question):
        return question
    found = Counter(word for hit in hits for word in _WORD.findall(f"{hit.passage.title or ''} {hit.passage.text}"))
    forms = {_bare(word): _POSSESSIVE.sub("", word) for word, _ in reversed(found.most_common())}  # the commonest is put in last

    def read(match: re.Match[str]) -> str:
        written = match.group()
        word = _bare(written)
        if len(word) < LEAST_LETTERS or not word.isalpha() or word in STOP_WORDS or word in forms:
            return written
        if word in _dictionary() or _lacks_apostrophe(word):
            return written
        meant = _meant(word, forms, is_name=written[0].isupper() and match.start() > 0)
        if meant is None:
            return written
        spelled = forms.get(meant, meant) if written[0].isupper() else meant
        return spelled + (_POSSESSIVE.search(written) or [""])[0]

    return _WORD.sub(read, question)


def _meant(word: str, forms: dict[str, str], is_name: bool) -> str | None:
    dictionary = _dictionary()
    sure = len(word) >= SURE_LETTERS

    def is_meant(other: str) -> bool:
        if other in slips:
            return sure or is_name or sorted(other) == sorted(word)
        return sure and not is_name and other[0] == word[0] and _ratio(word, other) >= SAME_NAME

    slips = dictionary.edit_distance_1(word)
    found = [other for other in forms if is_meant(other)]
    known = [] if is_name else [other for other in dictionary.known(slips) if other.isalpha() and is_meant(other)]

    def rank(other: str) -> tuple[float, int, int, str]:
        return _ratio(word, other), _alike_until(word, other), dictionary[other], other

    if not found and not known:
        return None
    best = max(found or known, key=rank)
    best = max((other for other in known if terms(other) == terms(best)), key=rank, default=best)  # the same word, better inflected
    inflected = best.startswith(word) or word.startswith(best)
    return None if inflected or _is_variant(word, best) else best


def _ratio(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, word, other).ratio()


def _alike_until(word: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))


def _bare(word: str) -> str:
    return fold(_POSSESSIVE.sub("", word))


def _lacks_apostrophe(word: str) -> bool:
    """whats, havent, theyll"""
    return any(word.endswith(end) and word.removesuffix(end) in STOP_WORDS for end in ("s", "nt", "ll", "re", "ve"))


def _is_variant(word: str, other: str) -> bool:
    """Two spellings of one word: organised and organized, colour and color, traveller and traveler."""
    return any(
        word.replace(a, b) == other.replace(a, b) for a, b in (("s", "z"), ("ou", "o"), ("ll", "l"), ("ae", "e"), ("re", "er"))
    )


@cache
def _dictionary() -> SpellChecker:
    from spellchecker import SpellChecker  # not before it is needed: it takes .15 s and 40 MB

    return SpellChecker(language="en", distance=1)
