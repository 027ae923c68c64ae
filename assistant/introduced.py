"""A report says once whom it is about: the sentence before a range that says the names it leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Evidence, Range, sentences_of
from assistant.names import CALENDAR, missing_names, names
from assistant.words import dictionary
from index.types import Hit

NO_SENTENCE = 5
"""Characters: passages that are no further apart have only white space between them."""
_WORD = r"[^\W\d_a-z][\w’'-]{0,40}"
_NAME = rf"(?<!\w){_WORD}(?:\s+{_WORD}){{0,3}}\s*(?:\([^)]{{1,40}}\)\s*)?"
_SPEAKER = re.compile(rf"\b(?:said|says|told|according to)\s+(?:[a-z-]+\s+){{0,3}}{_NAME}|{_NAME}(?:said|says|told)\b")
"""Who tells of somebody is not whom it is told of."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """A sentence that says names which a range after it leaves out.

    `alone` when nobody else is named from there to the range's end, and all of the text between is known.
    """

    evidence: Evidence
    alone: bool


def introduction(wanted: Sequence[str], evidence: Evidence, at: Range, hits: Sequence[Hit], known: str) -> Introduction | None:
    """The last sentence before a range that says all of these names, in the passages found of its article.

    A name in `known` is nobody else.
    """
    passage, said = evidence.passage, evidence.text_of(at)
    same = [hit for hit in hits if hit.passage.source == passage.source and hit.passage.kind == passage.kind]
    reached, whole = at[0], True
    for hit in sorted(same, key=lambda one: -one.passage.start):
        whole = whole and reached - hit.passage.end <= NO_SENTENCE
        for start, end in reversed(sentences_of(hit.passage, evidence.programs_wanted)):
            if end > at[0]:
                continue
            sentence = hit.passage.text[start - hit.passage.start : end - hit.passage.start]
            said = f"{sentence}\n{said}"
            if not missing_names(" ".join(wanted), sentence):
                alone = whole and not missing_names(" ".join(_named(said)), f"{known} {' '.join(wanted)}")
                return Introduction(Evidence(evidence.number, hit, ((start, end),), evidence.programs_wanted), alone)
        reached = min(reached, hit.passage.start)
    return None


def _named(text: str) -> list[str]:
    """The names of a text, without who is quoted in it, days and months."""
    found = names(_SPEAKER.sub(" ", text), first_words=True)
    inside = set(names(_SPEAKER.sub(" ", text)))
    return [
        name
        for name in found
        if name.casefold() not in CALENDAR and (name in inside or name.casefold() not in dictionary())  # it only begins a sentence
    ]


def without_names(claim: str, absent: Sequence[str]) -> str:
    """A claim without some of its names."""
    return re.sub("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in absent), "", claim)
