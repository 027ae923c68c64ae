"""Proper names: which a text has, and which of them another text lacks."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from index.terms import STOP_WORDS, fold

NAMES_SHARE = 0.5
"""Half of the names asked about are enough around a claim, which is checked by itself; a mere quotation needs all."""
SAME_NAME = 0.8
"""Names whose letters agree this much (difflib's ratio) are one name mistyped."""
CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october"
    " november december".split()
)
"""Names of nobody."""
_WORD = re.compile(
    r"[^\W\d_\u3400-\u9fff]+(?:[-’'][^\W\d_\u3400-\u9fff]+)*|[\u3400-\u9fff]+|(?<!\d)\d{1,9}[A-Z]{1,9}(?![^\W\u3400-\u9fff])"
)
_COMMON = re.compile(
    r"(?:ing|ly|tion|sion|ment|ness|ity|ance|ence|ure|ers|ors|ists?|ises|izes|ies|ches)$"
    r"|^(?:yes|no|none|nobody|everybody|everyone|someone|neither|several|many|sources?|however|plans?|funds?|work|talks|prices|sales"
    r"|costs?|rates?)$"
)
"""Endings of common words, and some words: one that begins a sentence is no name for its capital alone."""
_OPENERS = frozenset(
    """since despite although though unless unlike whereas whether amid among besides throughout toward towards regarding meanwhile
    moreover nevertheless nonetheless therefore otherwise perhaps maybe instead likewise zero one two three four five six seven
    eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
    seventy eighty ninety""".split()
)
"""A sentence may begin with one whatever its source says, and a name follow ("Since May", "Two Chinese firms"); numbers are
compared by value."""
_ADVERBS = frozenset(
    """across against almost along already another around aside away behind below beneath beyond dozens due earlier either else
    elsewhere even ever every except first former fourth given half hence hundreds last late later less like millions near nearly
    next often overall previously quite rather second sometimes soon still thanks third thousands thus today together tomorrow
    tonight twice upon usually via within without worldwide yesterday yet""".split()
)
"""The same where no capital follows: First Republic and Near East Bank are names."""
_STARTS = re.compile(r"(?:^\W*|[.!?:;]\s+|[“\"(‘])$")


@lru_cache(maxsize=256)
def about_same(question: str, passages: str, least: float = NAMES_SHARE) -> bool:
    """Whether enough of the names in a question stand, give or take an ending or a slip, in some passages.

    >>> about_same("What does Alibaba plan?", "Tencent plans a centre."), about_same("Chinese plans?", "China plans.")
    (False, True)
    """
    asked = {bare(name) for name in names(question)}
    given = _words(passages)
    known = [name for name in asked if _given(name, given) or any(_alike(name, word) for word in given)]
    return len(known) >= least * len(asked)


def missing_names(claim: str, source: str) -> list[str]:
    """The proper names of a claim, word by word, that its source does not have; case and accents aside.

    >>> missing_names("Alibaba met Tong Taosang in May.", "Tong met Xi Jinping in May")
    ['Alibaba', 'Taosang']
    """
    given = _words(source)
    return [word for word in names(claim, first_words=True) if not _given(bare(word), given)]


def names(text: str, *, first_words: bool = False) -> list[str]:
    """The capitalised words of a text.

    A word that begins a sentence has its capital anyway. It is left out unless another capitalised word follows, or
    `first_words` asks for those that do not look like common words by their endings.

    >>> names("Construction of the 5G network by Huawei began. Tong Taosang said so. Alibaba did not.")
    ['5G', 'Huawei', 'Tong', 'Taosang']
    """
    return list(_names(text, first_words))


@lru_cache(maxsize=4_096)
def _names(text: str, first_words: bool) -> tuple[str, ...]:
    found: list[str] = []
    matches = list(_WORD.finditer(text))
    for n, match in enumerate(matches):
        word = match.group()
        if not any(c.isupper() for c in word) or word.casefold() in STOP_WORDS:
            continue
        following = matches[n + 1].group() if n + 1 < len(matches) else ""
        alone = not (following[:1].isupper() and text[match.end() : match.end() + 2].startswith(" "))
        begins = bool(_STARTS.search(text[: match.start()])) and not any(c.isupper() for c in word[1:])
        plain = word.casefold()
        common = not first_words or plain in _ADVERBS or bool(_COMMON.search(plain))
        if begins and (plain in _OPENERS or (alone and common)):
            continue
        found.append(word)
    return tuple(found)


@lru_cache(maxsize=256)
def _words(text: str) -> frozenset[str]:
    return frozenset(bare(word) for word in _WORD.findall(text))


def _alike(name: str, word: str) -> bool:
    """One name in two forms (China, Chinese) or with a slip of the keyboard (Tencnet)."""
    shorter, longer = sorted((len(name), len(word)))
    if shorter < 4 or (2 * shorter < SAME_NAME * (shorter + longer) and shorter < 0.55 * longer):
        return False  # neither of what follows can be
    same_start = next((n for n, (a, b) in enumerate(zip(name, word, strict=False)) if a != b), shorter)
    return same_start >= max(4, 0.55 * longer) or difflib.SequenceMatcher(None, name, word).ratio() >= SAME_NAME


def _given(word: str, given: frozenset[str]) -> bool:
    bare = re.sub(r"s$", "", word)
    return bool({word, bare, bare + "s"} & given)


@lru_cache(maxsize=16_384)
def bare(word: str) -> str:
    """A word in small letters, without accents and without a possessive.

    >>> bare("Müller’s"), bare("works'")
    ('muller', 'works')
    """
    return fold(re.sub(r"[’']s?$", "", word.casefold()))
