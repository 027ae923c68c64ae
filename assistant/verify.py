"""Does a range of a source say what a sentence of the answer says? Figures, names and content, by program."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from assistant.ages import AGE, no_ages
from assistant.contrary import made_of, opposed, otherwise
from assistant.days import month_said, months_as_numbers, wrong_days
from assistant.figures import FIGURE_WORDS, figures, grouped_alike, missing_figures
from assistant.names import missing_names, names
from assistant.pairs import swapped
from assistant.rival_figures import of_a_rival
from assistant.rival_names import of_a_rival_name
from assistant.years import plain
from index.terms import terms

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
_NUMERALS = re.compile("[零〇一二两兩三四五六七八九十百千万萬亿億]+")
NEGATION_REACH = 30
_MEANT = frozenset(term for word in "plan expect intend want hope propose seek".split() for term in terms(word))
_QUALIFIED = re.compile(
    r"\b(deputy|vice|former|acting|interim|assistant|honorary|ex|would-be|alleged|suspected)(?:-| )(\w+)", re.IGNORECASE
)
"""Who is one of these is not the thing itself: a deputy mayor is no mayor."""
_COUNTED_CHINESE = re.compile(r"(?:多少|几)[座个名家辆台架条所间位次项只份吨]?[A-Za-z0-9]{0,6}([\u4e00-\u9fff]{2,4})")
_WHERE = re.compile(r"\b(?:in|at|near) (?:the )?((?:[A-Z][\w’'-]{1,30} ?){1,4})")
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_NUMBER_OF = re.compile(
    r"\b(?:(?<!\ba )number of (?P<of>(?:[\w’'-]{1,30} ){1,18}?)|(?:death toll|toll) (?:[\w’'-]{1,30} ){0,6}?)"
    r"(?:has |have |had |now )?(?:risen|rose|grown|climbed|fallen|fell|dropped|increased|stands?|stood|is|was|reached)(?: to| at)? "
    r"(?P<is>[\d.,]+(?: (?:hundred|thousand|million))?)",
    re.IGNORECASE,
)
"""The number of them, or the toll of the dead, is so much."""
_DEAD = re.compile(r"\b(?:died?|dead|deaths?|killed|victims|fatalities|lost their lives)\b", re.IGNORECASE)
STEM = 5
"""Words that begin alike count as one here: employs, employees, employment."""
_LETTERS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_QUOTE = re.compile(r"[“\"„]([^“”\"„]+)[”\"“]|‘([^‘’]+)’|(?<!\w)'([^']{3,})'(?!\w)|«([^«»]+)»|「([^「」]+)」")


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


@lru_cache(maxsize=1_024)
def verify(claim: str, source: str, context: str = "", question: str = "") -> Verdict:
    """Compare a claim with a source; names may also stand in the context that a reader sees with it (its title).

    Kept, because a claim is compared with the same range as one that stands alone, as one of several, and as one that has its
    names elsewhere.

    >>> verify("Tencent will invest $70bn.", "Tencent announced US$70 billion to invest.").supported
    True
    >>> verify("Alibaba will invest $80bn.", "Tencent announced US$70 billion to invest.").missing
    ('80000000000', 'Alibaba')
    >>> verify("The mill will close.", "The mill will hire 64 people.", question="Will the mill close?").added
    0.0
    """
    claim, source = grouped_alike(claim, source), grouped_alike(source, claim)
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
    absent = [name for name in missing_names(claim, f"{source} {context}") if not month_said(name, source)]
    lacking = [*absent, *_unqualified(claim, source)]
    if not lacking:
        lacking = of_a_rival_name(claim, source)
    ours, theirs = _denied(claim), _denied(source)
    denied = (theirs & set(terms(claim)) - ours) | (ours & set(terms(source)) - theirs)
    contrary = [] if lacking else [*otherwise(claim, source), *_opposed(claim, source)]
    denials = (*(f"not {term}" for term in sorted(denied)), *contrary)
    quotes = tuple(missing_quotes(claim, plain(source)))
    figureless = [figure for figure in missing_figures(claim, source) if figure not in months_as_numbers(claim, source)]
    wrong = figureless or (
        []
        if lacking
        else [*swapped(claim, source), *of_a_rival(claim, source), *wrong_days(claim, source), *no_ages(claim, source, question)]
    )
    return Verdict(tuple(wrong), tuple(lacking), quotes, denials, share, added)


def _opposed(claim: str, source: str) -> list[str]:
    """What a claim says the opposite of; where something is turned round ("did not fall") words do not tell."""
    parts = made_of(claim, source)
    return [] if any(map(denies, (claim, *parts))) else opposed(claim, parts)


@lru_cache(maxsize=4_096)
def _telling(text: str) -> frozenset[str]:
    """The terms of a text, its figures by value: 1.4tn and 1,400 billion, twelve and 12 are one; an age is its figure."""
    text = AGE.sub(r"\1", text)
    counted = {f"{figure.value:f}{'%' if figure.percent else ''}" for figure in figures(text)}
    named = [word.casefold() for word in _NAME_WITH_DIGITS.findall(text) if not figures(word)]
    words = set(terms(_NAME_WITH_DIGITS.sub(" ", text) if named else text))
    if counted:
        words = {word for word in words if not (word[0].isdigit() or word in _FIGURE_TERMS or _NUMERALS.fullmatch(word))}
    return frozenset(words | counted | set(named))


def _unqualified(claim: str, source: str) -> list[str]:
    """What a claim says of somebody whom its source calls a deputy, a former one or the like of it, and never without.

    >>> _unqualified("The mayor is Kong.", "Deputy mayor Kong spoke."), _unqualified("Mayor Li", "mayor Li and her deputy mayor")
    (['Deputy mayor'], [])
    """
    own = {noun.casefold() for _, noun in _QUALIFIED.findall(claim)}
    bare = f" {' '.join(_LETTERS.findall(_QUALIFIED.sub(' ', source).casefold()))} "
    said = set(_LETTERS.findall(claim.casefold()))
    return [
        match.group()
        for match in _QUALIFIED.finditer(source)
        if (noun := match.group(2).casefold()) in said - own and f" {noun} " not in bare
    ]


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
    return {_script(c) for c in set(text) if c.isalpha()}


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    found = unicodedata.name(letter, "?").removeprefix("FULLWIDTH ").split(" ")[0].split("-")[0]
    return "CJK" if found in _WITH_HAN else found


def _is_chinese(text: str) -> bool:
    return len(re.findall(r"[\u3400-\u9fff]", text)) > len(text) / 4


def denies(text: str) -> bool:
    """Whether a text turns anything round.

    >>> denies("Why did it not open?"), denies("工厂为什么没有关闭？"), denies("Why did it open?")
    (True, True, False)
    """
    return bool(_NEGATION.search(text))


@lru_cache(maxsize=4_096)
def _denied(text: str) -> frozenset[str]:
    """The term that each negation of a text turns round: the first one after it, and what is not planned or expected."""
    found: set[str] = set()
    for match in _NEGATION.finditer(text):
        after = terms(text[match.end() : match.end() + NEGATION_REACH])
        found.update(after[: 2 if after and after[0] in _MEANT else 1])
    return frozenset(found)


def stands_by_what_is_counted(question: str, claim: str, source: str) -> bool:
    """Whether a number that answers "how many" stands in its source beside something that the question names.

    >>> stands_by_what_is_counted("How many people does it employ?", "212.", "it employs 212 people")
    True
    >>> stands_by_what_is_counted("How many people does it employ?", "21,700.", "the largest employer in a town of 21,700")
    False
    >>> stands_by_what_is_counted("How many people died?", "31.", "the number of people known to have died has risen to 31")
    True
    >>> stands_by_what_is_counted("How many people does Kestrel employ?", "14.", "14 were ordered from Kestrel")
    False
    >>> stands_by_what_is_counted("How many people work in Malaysia?", "48.", "61 of them in Ireland and 48 in Malaysia")
    True
    """
    counted = set(figures(claim))
    in_chinese = _COUNTED_CHINESE.search(question)
    if in_chinese and counted and _is_chinese(source):
        noun = in_chinese.group(1)
        return any(noun[n : n + 2] in source for n in range(len(noun) - 1))
    how_many = _HOW_MANY.search(question)
    if not how_many or not counted:
        return True
    whose = {term for name in names(question) for term in terms(name)}  # who has them is not what is counted ...
    things = terms(question[how_many.end() :])[:1]  # ... unless it comes right behind: "how many Wrens"
    where = [term for place in _WHERE.findall(question) for term in terms(place)]
    asked = {term[:STEM] for term in (*(set(terms(question)) - whose), *things, *where)}
    for match in _NUMBER_OF.finditer(source):
        of = {term[:STEM] for term in terms(match.group("of") or "")}
        if counted & set(figures(match.group("is"))) and (asked & of or (not of and _DEAD.search(question))):
            return True
    words = source.split()
    for n, word in enumerate(words):
        if counted & set(figures(" ".join(words[n : n + 2]))):
            before = terms(" ".join(words[max(0, n - 6) : n]))[-1:]
            after = [term for term in terms(" ".join(words[n + 1 : n + 8])) if not term[0].isdigit()][:3]
            if asked & {term[:STEM] for term in (*before, *after)} or asked & {term[:STEM] for term in terms(word)}:
                return True
    return False


def missing_quotes(claim: str, source: str) -> list[str]:
    """The quotations in a claim that its source does not have word for word, or, of two words at most, in another form.

    >>> missing_quotes('It is a "whole nation strategy".', "the “whole nation strategy” of Li")
    []
    >>> missing_quotes("She called it “scandalous” and ‘a crime’.", "She was ashamed and said: “It is a crime.”")
    ['scandalous']
    """
    plain = f" {' '.join(_LETTERS.findall(source.casefold()))} "
    quoted = [" ".join(_LETTERS.findall("".join(quote).casefold())) for quote in _QUOTE.findall(claim)]
    given = set(terms(source))
    return [
        quote
        for quote in quoted
        if f" {quote} " not in plain
        and (quote.count(" ") >= 2 or (not set(terms(quote)) <= given and not _is_chinese(quote + source)))
    ]
