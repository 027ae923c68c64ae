"""A report says once whom it is about: the sentence before a range that says the names it leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import Evidence, Range, sentences_of
from assistant.names import missing_names, names
from index.terms import terms
from index.types import Hit

_WORD = re.compile(r"[^\W_]+(?:[-’'.][^\W_]+)*")


def introduction(wanted: Sequence[str], evidence: Evidence, at: Range, hits: Sequence[Hit]) -> Evidence | None:
    """The last sentence before a range, among what was found of the same article, that says all of these names."""
    before = [
        (end, start, hit)
        for hit in hits
        if hit.passage.source == evidence.passage.source and hit.passage.kind == evidence.passage.kind
        for start, end in sentences_of(hit.passage, evidence.programs_wanted)
        if end <= at[0]
    ]
    for end, start, hit in sorted(before, key=lambda one: -one[0]):
        said = hit.passage.text[start - hit.passage.start : end - hit.passage.start]
        if not missing_names(" ".join(wanted), said):
            return Evidence(evidence.number, hit, ((start, end),), evidence.programs_wanted)
    return None


def without_names(claim: str, absent: Sequence[str]) -> str:
    """A claim without some of its names."""
    return re.sub("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in absent), "", claim)


def replaced(claim: str, absent: Sequence[str], source: str) -> bool:
    """Whether a source says of another name what a claim says of one that the source does not have.

    >>> replaced("Alibaba will invest 5bn.", ["Alibaba"], "Tencent is to invest 5bn.")
    True
    >>> replaced("The port of Muheng has 34 cranes.", ["Muheng"], "Bao said that the port has 34 cranes.")
    False
    """
    others = [name for name in names(source, first_words=True) if name in missing_names(name, claim)]
    if not others:
        return False
    for match in _runs(claim, absent):
        after, before = terms(claim[match.end() :])[:1], terms(claim[: match.start()])[-1:]
        for other in _runs(source, others):
            if (after and _first(source[other.end() :]) == after) or (before and _last(source[: other.start()]) == before):
                return True
    return False


def _runs(text: str, some: Sequence[str]) -> list[re.Match[str]]:
    one = "|".join(re.escape(name) for name in some)
    return list(re.finditer(rf"(?<!\w)(?:{one})(?:[’']s?)?(?:\s+(?:{one})(?:[’']s?)?)*(?!\w)", text))


def _first(text: str) -> list[str]:
    return terms(re.split(r"[,;:.!?()]", text, maxsplit=1)[0])[:1]


def _last(text: str) -> list[str]:
    return terms(re.split(r"[,;:.!?()]", text)[-1])[-1:]
