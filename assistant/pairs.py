"""Whether a figure stands in its source with what a claim says of it, or with something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.figures import FIGURE_WORDS, Figure, figures
from index.sentences import sentences
from index.terms import terms

_WORD = re.compile(r"[^\W_]+(?:[.,’'/-][^\W_]+)*%?|[$€£¥]\S+|[,;:().!?]")
_BETWEEN = frozenset("for in to at by from of on during per among against with für bei im am von auf pour en à".split())
_ARTICLES = frozenset("the a an its their his her our each all every der die das den dem".split())
_AND = frozenset({"and", "und", "et", "y", "while", "but", "after", "against", ",", ";"})
_STEM = 5
"""Words that begin alike are one: lorry, lorries."""
MOST_ALONE = 0.5
"""A sentence with the figure of a claim, and no more of its words than this, is not the one that the claim is made of ..."""
LEAST_TERMS = 2
"""... when a later one, with a figure of its own, holds them all, and they are at least so many."""
_YEARS = range(1_000, 2_100)

Of = tuple[str, str]
"""A preposition and what stands behind it: ("for", "lorri")."""


def swapped(claim: str, source: str) -> list[str]:
    """The figures of a claim that its source gives of something else, where it gives another of what the claim names.

    In a sentence that lists figures ("4 crowns for cars and 11 for lorries"), each is of what stands behind its preposition; what
    is said in another way is not compared. Between sentences, a figure is another's when all that is claimed stands in a later
    sentence that has a figure of its own: what is said later is not said of what came before.

    >>> swapped("It is 4 crowns for lorries.", "The toll is 4 crowns for cars and 11 for lorries.")
    ['4']
    >>> swapped("It is 11 crowns for lorries.", "The toll is 4 crowns for cars and 11 for lorries.")
    []
    >>> swapped("230 will be offered jobs in Morrow.", "The plant loses 230. About 60 are offered jobs in Morrow.")
    ['230']
    """
    claimed = figures(claim)
    if not claimed:
        return []
    listed = _listed(source)
    found = [
        figure
        for _, figure, of, _ in (_given(claim) if listed else [])
        if figure in listed.values() and listed.get(of, figure) != figure
    ]
    found.extend(_from_before(claim, claimed, source))
    return [f"{figure.value:f}{'%' if figure.percent else ''}" for figure in dict.fromkeys(found)]


def uncounted(text: str) -> frozenset[str]:
    """The terms of a text that make up no figure.

    >>> sorted(uncounted("It lost 5 million pounds."))
    ['lost', 'pound']
    """
    return frozenset(term for term in terms(text) if not (term[0].isdigit() or term in FIGURE_WORDS))


def _listed(text: str) -> dict[Of, Figure]:
    """What the figures of a list are of: two or more that follow one another with nothing but "and" between."""
    found: dict[Of, Figure] = {}
    given = _given(text)
    for (_, figure, of, end), (start, other, whose, _) in pairwise(given):
        if of[0] == whose[0] and end <= start <= end + 2 and figure.percent == other.percent:
            found |= {of: figure, whose: other}
    return found


def _given(text: str) -> list[tuple[int, Figure, Of, int]]:
    """Each figure with a preposition behind it, and at most a word for its unit between: where it starts, its value, what it is
    of, and where the list would go on."""
    words = _WORD.findall(text)
    found: list[tuple[int, Figure, Of, int]] = []
    for n, word in enumerate(words):
        alone = figures(word)
        if not alone or (found and n < found[-1][3] - 1):
            continue
        scaled = figures(" ".join(words[n : n + 2]))
        figure, at = (scaled[0], n + 2) if len(scaled) == 1 and scaled != alone else (alone[0], n + 1)
        if at < len(words) and words[at].casefold() not in _BETWEEN:
            at += 1  # its unit
        if at >= len(words) or words[at].casefold() not in _BETWEEN:
            continue
        behind = at + 1 + (at + 1 < len(words) and words[at + 1].casefold() in _ARTICLES)
        named = _named(words[behind]) if behind < len(words) else ""
        if named:
            after = behind + 1
            while after < len(words) and words[after].casefold() in _AND and after < behind + 3:
                after += 1
            found.append((n, figure, (words[at].casefold(), named), after))
    return found


def _from_before(claim: str, claimed: Sequence[Figure], source: str) -> list[Figure]:
    wanted = uncounted(claim)
    if len(wanted) < LEAST_TERMS:
        return []
    known = set(claimed)
    parts = [source[a:b] for a, b in sentences(source)]
    there = [frozenset(figures(part)) for part in parts]
    held = [len(wanted & set(terms(part))) / len(wanted) for part in parts]
    rivals = [n for n, share in enumerate(held) if share == 1.0 and not there[n] & known and any(map(_counts, there[n]))]
    if not rivals:
        return []
    return [
        one
        for one in claimed
        if (own := [n for n, inside in enumerate(there) if one in inside])
        and max(own) < max(rivals)
        and max(held[n] for n in own) <= MOST_ALONE
    ]


def _counts(figure: Figure) -> bool:
    """A year is no value that could be taken for another."""
    return figure.percent or figure.value not in _YEARS


def _named(word: str) -> str:
    return word if word.isdigit() else next((term[:_STEM] for term in terms(word)), "")
