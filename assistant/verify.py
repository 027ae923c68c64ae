"""Does a range of a source say what a sentence of the answer says? Figures, names and content, by program."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from assistant.figures import FIGURE_WORDS, figures, missing_figures
from assistant.pairs import swapped
from index.terms import STOP_WORDS, fold, terms

CONTENT_SHARE = 0.5
"""A supported sentence shares at least this much of its terms with what it cites, and of what it adds to the question."""
AFFIRMED_SHARE = 0.75
"""... and a claim that adds nothing, as "Yes, the mill will close", nearly all of its terms."""
_NEGATION = re.compile(
    r"\b(?:not|never|neither|cannot|no longer|nobody|no one|none|without|hardly|barely|unlikely|untrue|false"
    r"|den(?:y|ies|ied|ying)|refus(?:es?|ed|ing) to|declin(?:es?|ed|ing) to|fail(?:s|ed)? to|rul(?:es?|ed) out)\b(?! only\b)"
    r"(?:\s+(?:yet|also|even|ever|been|so far|of|that))*"
    r"|\bno\b(?!\s*[.,:;!?\d)]|\s+(?:doubt|matter|fewer|less|more|later|sooner|wonder|longer|one)\b)"
    r"|n[’']t\b(?:\s+(?:yet|even))?|没有|并未|并非|不会|不再|否认|不|未|没",
    re.IGNORECASE,
)
_WITH_HAN = frozenset({"HIRAGANA", "KATAKANA", "HALFWIDTH", "BOPOMOFO"})
_AFFIRMS = re.compile(r"\W{0,9}(?:yes|no|yeah|indeed|correct|是的|不是|是|不)\s?(?:[,.:;!，。：；！]|$)", re.IGNORECASE)
_YES_OR_NO = frozenset(term for word in ("yes", "yeah", "indeed", "correct", "是的", "不是", "是") for term in terms(word))
_FIGURE_TERMS = frozenset(term for word in FIGURE_WORDS for term in terms(word))
_NAME_WITH_DIGITS = re.compile(r"(?<![\w.-])(?:[A-Za-z]{1,20}-?\d{1,9}[A-Za-z]?|\d{1,9}[A-Za-z]{1,9})(?![\w-])")
"""5G, COVID-19, B-52: not what is counted."""
_AGE = re.compile(r"\b(\d{1,3})[\s-]+years?[\s-]+(?:old|of age)\b", re.IGNORECASE)
"""A man who is 83 is 83 years old ..."""
_AGED = (
    r"(?:\b(?:aged?|is|was|are|were|turn(?:s|ed|ing)?|now|at)\s+|[,(]\s?)"
    r"{}(?:[\s-]+years?[\s-]+(?:old|of age)\b|\s*(?:[,.;:)]|$|\band\b|\bwhen\b))"
    r"|\b{}[\s-]+years?[\s-]+(?:old|of age)\b"
)
"""... and 83 passengers are no age."""
_NUMERALS = re.compile("[零〇一二两兩三四五六七八九十百千万萬亿億]+")
NEGATION_REACH = 30
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
STEM = 5
"""Words that begin alike count as one here: employs, employees, employment."""
NAMES_SHARE = 0.5
"""Half of the names asked about are enough around a claim, which is checked by itself; a mere quotation needs all."""
SAME_NAME = 0.8
"""Names whose letters agree this much (difflib's ratio) are one name mistyped."""
_LETTERS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october"
    " november december".split()
)
"""Names of nobody."""
_QUOTE = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_WORD = re.compile(
    r"[^\W\d_\u3400-\u9fff]+(?:[-’'][^\W\d_\u3400-\u9fff]+)*|[\u3400-\u9fff]+|(?<!\d)\d{1,9}[A-Z]{1,9}(?![^\W\u3400-\u9fff])"
)
_COMMON = re.compile(
    r"(ing|ly|tion|sion|ment|ness|ity|ance|ence|ure|ers|ors|ists?|ises|izes|ies|ches|yes|no|none|nobody|everybody|everyone|someone|neither|several|many|sources?|however|plans?|funds?|work|talks|prices|sales|costs?|rates?)$"
)
"""Endings of common words: one that begins a sentence is no name for its capital alone."""
_STARTS = re.compile(r"(?:^\W*|[.!?:;]\s+|[“\"(‘])$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a source lacks of a claim.

    `share` is the part of the claim's terms that the source has, 0 to 1; `added` is the same of the terms that do not
    stand in the question: words that are only said back prove nothing. A claim that adds none affirms the question; its
    `added` is 1 when the source holds at least AFFIRMED_SHARE of it, else 0.
    """

    figures: tuple[str, ...]
    names: tuple[str, ...]
    quotes: tuple[str, ...]
    denials: tuple[str, ...]
    share: float
    added: float = 1.0

    @property
    def supported(self) -> bool:
        """No figure, name or quotation is missing, nothing is turned round, and enough of the content is there."""
        return not self.missing and min(self.share, self.added) >= CONTENT_SHARE

    @property
    def missing(self) -> tuple[str, ...]:
        """All that the source lacks."""
        return self.figures + self.names + self.quotes + self.denials


def verify(claim: str, source: str, context: str = "", question: str = "") -> Verdict:
    """Compare a claim with a source; names may also stand in the context that a reader sees with it (its title).

    >>> verify("Tencent will invest $70bn.", "Tencent announced US$70 billion to invest.").supported
    True
    >>> verify("Alibaba will invest $80bn.", "Tencent announced US$70 billion to invest.").missing
    ('80000000000', 'Alibaba')
    >>> verify("The mill will close.", "The mill will hire 64 people.", question="Will the mill close?").added
    0.0
    """
    claimed = _telling(claim) - _YES_OR_NO
    given = _telling(f"{source}\n{context}")
    share = len(claimed & given) / len(claimed) if claimed else 0.0
    new = claimed - _telling(question)
    added = len(new & given) / len(new) if new else float(share >= AFFIRMED_SHARE)
    asked = _telling(question) - _YES_OR_NO
    least = CONTENT_SHARE if _is_chinese(question) else AFFIRMED_SHARE  # pairs of characters differ where words agree
    if _AFFIRMS.match(claim) and len(asked & given) < least * len(asked):
        added = 0.0  # a yes is to the question, whatever is said after it
    if _is_chinese(claim) != _is_chinese(source):
        # Two languages share no terms. Figures do cross over: a claim that states some, all of them there, is taken.
        share = added = CONTENT_SHARE if figures(claim) else 0.0
    lacking = missing_names(claim, f"{source} {context}")
    ours, theirs = _denied(claim), _denied(source)
    turned = (theirs & set(terms(claim)) - ours) | (ours & set(terms(source)) - theirs)
    denials = tuple(f"not {term}" for term in sorted(turned))
    quotes = tuple(missing_quotes(claim, source))
    wrong = missing_figures(claim, source) or ([] if lacking else [*swapped(claim, source), *_no_ages(claim, source)])
    return Verdict(tuple(wrong), tuple(lacking), quotes, denials, share, added)


@lru_cache(maxsize=4_096)
def _telling(text: str) -> frozenset[str]:
    """The terms of a text, its figures by value: 1.4tn and 1,400 billion, twelve and 12 are one; an age is its figure."""
    text = _AGE.sub(r"\1", text)
    counted = {f"{figure.value:f}{'%' if figure.percent else ''}" for figure in figures(text)}
    named = [word.casefold() for word in _NAME_WITH_DIGITS.findall(text) if not figures(word)]
    words = set(terms(_NAME_WITH_DIGITS.sub(" ", text) if named else text))
    if counted:
        words = {word for word in words if not (word[0].isdigit() or word in _FIGURE_TERMS or _NUMERALS.fullmatch(word))}
    return frozenset(words | counted | set(named))


def _no_ages(claim: str, source: str) -> list[str]:
    """The ages of a claim that its source gives of nobody.

    >>> _no_ages("He is 83 years old.", "The bus took 83 people."), _no_ages("83 years old", "The keeper, who is 83, left.")
    (['83'], [])
    """
    return [age for age in _AGE.findall(claim) if not re.search(_AGED.replace("{}", age), source, re.IGNORECASE)]


def is_curt(claim: str) -> bool:
    """Whether a claim has no more than one telling word or figure.

    >>> is_curt("83 years old."), is_curt("He is 83 and well.")
    (True, False)
    """
    return len(_telling(claim)) <= 1


def scripts(text: str) -> set[str]:
    """The scripts that the letters of a text are of, by Unicode's names; Chinese and Japanese are one.

    >>> sorted(scripts("Он открыт, said Li.")), scripts("大桥"), scripts("84.5")
    (['CYRILLIC', 'LATIN'], {'CJK'}, set())
    """
    found = {unicodedata.name(c, "?").removeprefix("FULLWIDTH ").split(" ")[0].split("-")[0] for c in text if c.isalpha()}
    return {"CJK" if one in _WITH_HAN else one for one in found}


def _is_chinese(text: str) -> bool:
    return len(re.findall(r"[\u3400-\u9fff]", text)) > len(text) / 4


def denies(text: str) -> bool:
    """Whether a text turns anything round.

    >>> denies("Why did it not open?"), denies("工厂为什么没有关闭？"), denies("Why did it open?")
    (True, True, False)
    """
    return bool(_NEGATION.search(text))


def _denied(text: str) -> set[str]:
    """The term that each negation of a text turns round: the first one after it."""
    found: set[str] = set()
    for match in _NEGATION.finditer(text):
        found.update(terms(text[match.end() : match.end() + NEGATION_REACH])[:1])
    return found


def stands_by_what_is_counted(question: str, claim: str, source: str) -> bool:
    """Whether a number that answers "how many" stands in its source beside something that the question names.

    >>> stands_by_what_is_counted("How many people does it employ?", "212.", "it employs 212 people")
    True
    >>> stands_by_what_is_counted("How many people does it employ?", "21,700.", "the largest employer in a town of 21,700")
    False
    >>> stands_by_what_is_counted("How many people does Kestrel employ?", "14.", "14 were ordered from Kestrel")
    False
    """
    counted = set(figures(claim))
    how_many = _HOW_MANY.search(question)
    if not how_many or not counted:
        return True
    whose = {term for name in names(question) for term in terms(name)}  # who has them is not what is counted ...
    things = terms(question[how_many.end() :])[:1]  # ... unless it comes right behind: "how many Wrens"
    asked = {term[:STEM] for term in (*(set(terms(question)) - whose), *things)}
    words = source.split()
    for n, word in enumerate(words):
        if counted & set(figures(" ".join(words[n : n + 2]))):
            before = terms(" ".join(words[max(0, n - 6) : n]))[-1:]
            after = [term for term in terms(" ".join(words[n + 1 : n + 8])) if not term[0].isdigit()][:3]
            if asked & {term[:STEM] for term in (*before, *after)} or asked & {term[:STEM] for term in terms(word)}:
                return True
    return False


def missing_quotes(claim: str, source: str) -> list[str]:
    """The quotations of three words or more in a claim that its source does not have word for word.

    >>> missing_quotes('It is a "whole nation strategy".', "the “whole nation strategy” of Li")
    []
    """
    plain = " ".join(_LETTERS.findall(source.casefold()))
    quoted = [" ".join(_LETTERS.findall(quote.casefold())) for quote in _QUOTE.findall(claim)]
    return [quote for quote in quoted if quote.count(" ") >= 2 and quote not in plain]


def about_same(question: str, passages: str, least: float = NAMES_SHARE) -> bool:
    """Whether enough of the names in a question stand, give or take an ending or a slip, in some passages.

    >>> about_same("What does Alibaba plan?", "Tencent plans a centre."), about_same("Chinese plans?", "China plans.")
    (False, True)
    """
    asked = {
        _folded(name) for name in names(question)
    } - CALENDAR  # a date is preferred by the search, and a question may err in it
    given = _words(passages)
    known = [name for name in asked if _given(name, given) or any(_alike(name, word) for word in given)]
    return len(known) >= least * len(asked)


def missing_names(claim: str, source: str) -> list[str]:
    """The proper names of a claim, word by word, that its source does not have; case and accents aside.

    >>> missing_names("Alibaba met Tong Taosang in May.", "Tong met Xi Jinping in May")
    ['Alibaba', 'Taosang']
    """
    given = _words(source)
    return [word for word in names(claim, first_words=True) if not _given(_folded(word), given)]


def names(text: str, *, first_words: bool = False) -> list[str]:
    """The capitalised words of a text.

    A word that begins a sentence has its capital anyway. It is left out unless another capitalised word follows, or
    `first_words` asks for those that do not look like common words by their endings.

    >>> names("Construction of the 5G network by Huawei began. Tong Taosang said so. Alibaba did not.")
    ['5G', 'Huawei', 'Tong', 'Taosang']
    """
    found: list[str] = []
    matches = list(_WORD.finditer(text))
    for n, match in enumerate(matches):
        word = match.group()
        if not any(c.isupper() for c in word) or word.casefold() in STOP_WORDS:
            continue
        following = matches[n + 1].group() if n + 1 < len(matches) else ""
        alone = not (following[:1].isupper() and text[match.end() : match.end() + 2].startswith(" "))
        begins = bool(_STARTS.search(text[: match.start()])) and not any(c.isupper() for c in word[1:])
        if begins and alone and not (first_words and not _COMMON.search(word.casefold())):
            continue
        found.append(word)
    return found


@lru_cache(maxsize=4_096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_folded(word) for word in _WORD.findall(text))


def _alike(name: str, word: str) -> bool:
    """One name in two forms (China, Chinese) or with a slip of the keyboard (Tencnet)."""
    if min(len(name), len(word)) < 4:
        return False
    same_start = next((n for n, (a, b) in enumerate(zip(name, word, strict=False)) if a != b), min(len(name), len(word)))
    return same_start >= max(4, 0.55 * max(len(name), len(word))) or difflib.SequenceMatcher(None, name, word).ratio() >= SAME_NAME


def _given(word: str, given: frozenset[str]) -> bool:
    bare = re.sub(r"s$", "", word)
    return bool({word, bare, bare + "s"} & given)


def _folded(word: str) -> str:
    return fold(re.sub(r"[’']s?$", "", word.casefold()))
