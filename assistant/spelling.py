"""Slips of the keyboard in a question are read as the words that were meant."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Sequence

from assistant.names import CALENDAR, SAME_NAME, bare
from assistant.words import dictionary
from index.rerank import is_english
from index.terms import STOP_WORDS, terms
from index.types import Hit

LEAST_LETTERS = 4
"""A shorter word is like too many others."""
SURE_LETTERS = 6
"""In a shorter word than this, nothing but two letters that changed places is mended."""
COMMON = 3_000
"""Times that pyspellchecker counted a word: "inhabitants" and what is commoner. A rarer word is not put in the place of one that
may be newer than the dictionary."""
MAX_UNKNOWN = 8
"""A question with more unknown words is in words of its own."""
_WORD = re.compile(r"(?<![\w-])[^\W\d_]+(?:[’'][^\W\d_]+)?(?![\w-])")
_POSSESSIVE = re.compile(r"[’']s?$")
_VARIANTS = (
    ("s", "z"), ("ou", "o"), ("ll", "l"), ("ae", "e"), ("oe", "e"), ("re", "er"), ("ence", "ense"), ("sc", "sk"), ("ph", "f"),
    ("ium", "um"), ("y", "a"), ("ty", "ity"), ("au", "a"), ("ogue", "og"), ("que", "ck"), ("amme", "am"),
)  # fmt: skip
"""Organised and organized, colour and color, metres and meters, sceptic and skeptic, pyjamas and pajamas."""


def respelled(question: str, hits: Sequence[Hit]) -> str:
    """An English question with each word that is unknown as the word that was meant.

    A word is known that stands in the passages found or in the dictionary. What was meant is a word of the passages that is one
    slip away (a letter too many, too few, another or exchanged with the next one) or nearly the same by difflib's ratio; else a
    common word of the dictionary that is one usual slip away (`_is_usual`). A name is read as another name only when two of its
    letters changed places: Hubei is not Hebei.

    >>> respelled("How many pagse has the aplication form?", [])
    'How many pages has the application form?'
    """
    if not is_english(question):
        return question
    found = Counter(word for hit in hits for word in _WORD.findall(f"{hit.passage.title or ''} {hit.passage.text}"))
    forms: dict[str, str] = {}
    for word, _ in found.most_common():
        if not word[0].isupper() or bare(word) not in forms:  # in small letters where it ever stands so: it is no name then
            forms[bare(word)] = _POSSESSIVE.sub("", word)

    unknown = {word for written in _WORD.findall(question) if _is_unknown(word := bare(written), forms)}
    if len(unknown) > MAX_UNKNOWN:
        return question

    def read(match: re.Match[str]) -> str:
        written = match.group()
        word = bare(written)
        capital = written[0].isupper()
        meant = _meant(word, forms, is_name=capital and match.start() > 0) if word in unknown else None
        if meant is None:
            return written
        spelled = meant if meant in dictionary() else forms[meant]
        return (spelled[0].upper() + spelled[1:] if capital else spelled) + (_POSSESSIVE.search(written) or [""])[0]

    return _WORD.sub(read, question)


def _is_unknown(word: str, forms: Collection[str]) -> bool:
    if len(word) < LEAST_LETTERS or not word.isalpha() or word in STOP_WORDS or word in forms or _lacks_apostrophe(word):
        return False
    return word not in dictionary()


def _meant(word: str, forms: dict[str, str], is_name: bool) -> str | None:
    slips = dictionary().edit_distance_1(word)
    known = [other for other in dictionary().known(slips) if other.isalpha()]
    if any(_is_variant(word, other) or _is_inflected(word, other) for other in (*known, *forms)):
        return None
    sure = len(word) >= SURE_LETTERS

    def may_be(other: str) -> bool:
        """A word of the passages."""
        if _is_exchanged(word, other):
            return True
        if is_name or not sure or other[0] != word[0] or (forms[other][0].isupper() and other not in dictionary()):
            return False
        return other in slips or (abs(len(other) - len(word)) <= 1 and _ratio(word, other) >= SAME_NAME)

    def rank(other: str) -> tuple[float, int, int, str]:
        return _ratio(word, other), _alike_until(word, other), dictionary()[other], other

    common = [one for one in known if one in CALENDAR or (dictionary()[one] >= COMMON and not is_name)]
    usual = [one for one in common if _is_usual(word, one, sure)]
    near = [other for other in forms if may_be(other)] or usual
    best = max(near, key=rank, default=None)
    if best is None:
        return None
    return max((one for one in usual if terms(one) == terms(best)), key=rank, default=best)  # the same word, better inflected


def _is_usual(word: str, other: str, sure: bool) -> bool:
    """Whether a word comes of another by the usual slips: letters exchanged, doubled or not, left out, or another vowel."""
    if _is_exchanged(word, other):
        return True
    if not sure or word[0] != other[0] or word[-1] != other[-1]:
        return False
    if len(word) == len(other):
        return all(a == b or {a, b} <= set("aeiou") for a, b in zip(word, other, strict=True))
    at = _alike_until(word, other)
    return len(other) > len(word) or word[at] == word[at - 1]


def _is_exchanged(word: str, other: str) -> bool:
    """Whether two neighbouring letters changed places."""
    at = _alike_until(word, other)
    return len(word) == len(other) and word != other and word[at + 1 : at + 2] + word[at] + word[at + 2 :] == other[at:]


def _is_variant(word: str, other: str) -> bool:
    return any(word.replace(a, b) == other.replace(a, b) for a, b in _VARIANTS)


def _is_inflected(word: str, other: str) -> bool:
    """An ending more or less, of a word that is long enough to be that word: electrolysers, capulet."""
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= 2 and len(short) >= SURE_LETTERS - 1


def _ratio(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, word, other).ratio()


def _alike_until(word: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))


def _lacks_apostrophe(word: str) -> bool:
    """Whats, havent, theyll."""
    return any(word.endswith(end) and word.removesuffix(end) in STOP_WORDS for end in ("s", "nt", "ll", "re", "ve"))
