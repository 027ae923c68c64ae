"""How old somebody is said to be."""

from __future__ import annotations

import re

from assistant.names import bare

AGE = re.compile(r"\b(\d{1,3})[\s-]+years?[\s-]+(?:old|of age)\b", re.IGNORECASE)
"""A man who is 83 is 83 years old ..."""
_AGED = (
    r"(?:\b(?:aged?|is|was|are|were|turn(?:s|ed|ing)?|now|at)\s+|[,(]\s?)"
    r"{}(?:[\s-]+years?[\s-]+(?:old|of age)\b|\s*(?:[,.;:)]|$|\band\b|\bwhen\b))"
    r"|\b{}[\s-]+years?[\s-]+(?:old|of age)\b"
)
"""... and 83 passengers are no age."""
_PERSON = re.compile(r"\b[A-Z][\w’'-]{1,30} [A-Z][\w’'-]{1,30}")
_NAMEDAGE = (
    r"\b[A-Z][\w’'-]{1,30} [A-Z][\w’'-]{1,30}(?=, (?:the|a) {}-year-old\b)|(?<=\b{}-year-old )[A-Z][\w’'-]{1,30} [A-Z][\w’'-]{1,30}"
)
"""Whose age it is beyond doubt: "Luka Cole, the 19-year-old ...", "19-year-old Luka Cole"."""


def no_ages(claim: str, source: str, question: str = "") -> list[str]:
    """The ages of a claim that its source gives of nobody, or of somebody else by name.

    >>> no_ages("He is 83 years old.", "The bus took 83 people."), no_ages("83 years old", "The keeper, who is 83, left.")
    (['83'], [])
    >>> no_ages("Paul Tench is 19 years old.", "Paul Tench shot past Luka Cole, the 19-year-old in goal.")
    ['19']
    """
    whose = set(_PERSON.findall(claim) or _PERSON.findall(question))
    lacking: list[str] = []
    for age in AGE.findall(claim):
        named = set(re.findall(_NAMEDAGE.replace("{}", age), source))
        others = (
            whose and named and not any(bare(one) in map(bare, other.split()) for one in " ".join(whose).split() for other in named)
        )
        if not re.search(_AGED.replace("{}", age), source, re.IGNORECASE) or others:
            lacking.append(age)
    return lacking
