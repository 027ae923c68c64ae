"""Do other sources give another value for what an answer states? Found in their sentences, by program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.attribute import Support
from assistant.evidence import Evidence, is_copy_of, sentences_of
from assistant.figures import Figure, figures
from assistant.verify import about_same
from index.terms import terms
from index.types import Hit

COVERED = 0.8
"""Another sentence speaks of the same thing when it holds at least this much of what the cited one holds of the question ..."""
HELD = 0.5
"""... and this much of the question's terms, the sentence before it read with it."""
MAX_CONFLICTS = 2
_COUNTED = re.compile(
    r"(?P<before>US\$|HK\$|[$€£¥])?\s?(?P<number>\d[\d,]*(?:\.\d+)?)[\s-]*"
    r"(?P<scale>(?:thousand|million|billion|trillion|[mb]n|tn|[万亿千百]+|[mbk])?(?![a-z]))[\s-]*"
    r"(?P<after>%|per ?cent|元|[^\W\d_]+)?",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\bhow (?:much|many|long|far|big|large|old|high|tall|wide|heavy|deep|fast)\b|多少|几"
    r"|\b(?:costs?|prices?|shares?|percentages?|numbers?|totals?|figures?|rates?|amounts?|sizes?|outputs?|capacity|growth|targets?"
    r"|sums?|budgets?|values?|lengths?|weights?|heights?|populations?|revenues?|sales|turnovers?|profits?|loss(?:es)?)\b",
    re.IGNORECASE,
)
"""A question that a figure answers."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONEY = frozenset({"$", "us$", "hk$", "€", "£", "¥", "yuan", "dollar", "dollars", "euro", "euros", "元", "pounds", "yen"})


@dataclass(frozen=True, slots=True)
class Other:
    """A sentence of another source that gives other values for what a claim states, and the values of both."""

    support: Support
    stated: str
    given: str


def conflicting(question: str, claim: str, supports: Sequence[Support], hits: Sequence[Hit]) -> list[Other]:
    """The sentences of other sources that answer the question with another figure than a claim does, at most two.

    Both figures count the same kind of thing (percent, money, the same noun), the other sentence holds about as much of
    the question, knows its names, speaks of no other year, and is no copy.
    """
    said = "\n".join(support.evidence.text_of(support.at) for support in supports)
    known = set(figures(question))
    stated = {kind: text for kind, (value, text) in _counted(said).items() if value in figures(claim) and value not in known}
    if not stated or not _QUANTITY.search(question):
        return []
    asked = set(terms(question))
    held = HELD / COVERED * len(asked)
    held = max(held, *(_held(asked, support.evidence.hit, support.at) for support in supports))
    cited = {source for support in supports for source in (support.evidence.passage.source, *support.evidence.hit.also_in)}
    found: list[Other] = []
    for hit in hits:
        if {hit.passage.source, *hit.also_in} & cited or not about_same(question, _around(hit), 1.0):
            continue
        for at in sentences_of(hit.passage, question):
            text = hit.passage.text[at[0] - hit.passage.start : at[1] - hit.passage.start]
            other = _other_value(stated, said, text)
            if other and _held(asked, hit, at) >= COVERED * held and not is_copy_of(text, said):
                found.append(Other(Support(Evidence(0, hit, (at,)), at), *other))
                cited.add(hit.passage.source)
                break
    return found[:MAX_CONFLICTS]


def _other_value(stated: dict[str, str], said: str, text: str) -> tuple[str, str] | None:
    """What is stated and what a sentence gives instead; None when it gives the same, or nothing of that kind."""
    years, other_years = set(_YEAR.findall(said)), set(_YEAR.findall(text))
    if years and other_years and years.isdisjoint(other_years):
        return None
    given = _counted(text)
    everything = set(figures(said))
    for kind, shown in stated.items():
        if kind in given and given[kind][0] not in everything and not set(figures(shown)) & set(figures(text)):
            return shown, given[kind][1]
    return None


def _counted(text: str) -> dict[str, tuple[Figure, str]]:
    """What a text counts: the kind of thing, its figure, and the characters that give it; years count nothing."""
    found: dict[str, tuple[Figure, str]] = {}
    for match in _COUNTED.finditer(text):
        values = figures(match.group())
        before, after = (match.group("before") or "").casefold(), (match.group("after") or "").casefold()
        if len(values) != 1 or (_YEAR.fullmatch(match.group("number")) and not before and not match.group("scale")):
            continue
        kind = "money" if {before, after} & _MONEY else "percent" if values[0].percent else "".join(terms(after)[:1])
        if kind:
            found.setdefault(kind, (values[0], " ".join(match.group().split())))
    return found


def _held(asked: set[str], hit: Hit, at: tuple[int, int]) -> int:
    """How many of the terms asked about stand in a sentence, or in the one before it."""
    start = at[0] - hit.passage.start
    before = [one for one in sentences_of(hit.passage) if one[1] <= at[0]][-1:]
    text = hit.passage.text[(before[0][0] - hit.passage.start) if before else start : at[1] - hit.passage.start]
    return len(asked & set(terms(text)))


def _around(hit: Hit) -> str:
    return f"{hit.passage.title or ''}\n{hit.passage.text}"
