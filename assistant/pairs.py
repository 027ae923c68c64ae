"""Whether a figure stands in its source with what a claim says of it, or with something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.figures import FIGURE_WORDS, Figure, figures
from index.sentences import sentences
from index.terms import terms

_WORD = re.compile(r"[^\W_]+(?:[.,’'/-][^\W_]+)*%?|[$€£¥]\S+|[;:()]")
_BETWEEN = frozenset("for in to at by from of on during per among against with".split())
_ARTICLES = frozenset("the a an its their his her our each all every about around".split())
_STEM = 5
"""Words that begin alike are one: lorry, lorries."""
MOST_ALONE = 0.5
"""A sentence with the figure of a claim, and no more of its words than this, is not the one that the claim is made of ..."""
LEAST_TERMS = 2
"""... when another, with figures of its own, holds them all, and they are at least so many."""

Pairs = dict[Figure, set[tuple[str, str]]]
"""For a figure, what stands behind it: its unit, if any, and what it is of."""


def swapped(claim: str, source: str) -> list[str]:
    """The figures of a claim that its source gives of something else, where it gives another of what the claim names.

    In a sentence, a figure and what it is of are told by a preposition between them, with at most one word for the unit: "4 crowns
    for cars and 11 for lorries"; what is said in another order is not compared. Between sentences, the figure is another's when
    all that is claimed stands in a sentence that has other figures.

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
    said, given = _pairs(claim), _pairs(source)
    found = [
        figure
        for figure, whose in said.items()
        for unit, of in whose
        if figure in given and of not in {other for _, other in given[figure]} and _is_of_another(figure, unit, of, said, given)
    ]
    return [f"{figure.value:f}" for figure in dict.fromkeys([*found, *_from_another_sentence(claim, claimed, source)])]


def _is_of_another(figure: Figure, unit: str, of: str, said: Pairs, given: Pairs) -> bool:
    """Whether the source gives another figure of the same kind of what the claim names; a unit may be left out there."""
    units = {"", unit, *(one for one, _ in given[figure])}
    return any(
        other not in said and other.percent == figure.percent and any(whose == of and one in units for one, whose in pairs)
        for other, pairs in given.items()
    )


def _from_another_sentence(claim: str, claimed: Sequence[Figure], source: str) -> list[Figure]:
    wanted = {term for term in terms(claim) if not term[0].isdigit() and term not in FIGURE_WORDS}
    if len(wanted) < LEAST_TERMS:
        return []
    parts = [source[a:b] for a, b in sentences(source)]
    held = [(set(figures(part)), len(wanted & set(terms(part))) / len(wanted)) for part in parts]
    elsewhere = any(share == 1.0 and there and not there & set(claimed) for there, share in held)
    if not elsewhere:
        return []
    return [one for one in claimed if max((share for there, share in held if one in there), default=1.0) <= MOST_ALONE]


def _pairs(text: str) -> Pairs:
    found: Pairs = {}
    words = _WORD.findall(text)
    for n in range(len(words)):
        for figure, after in _figure_at(words, n):
            rest, unit = words[after : after + 4], ""
            if rest and rest[0].casefold() not in _BETWEEN:
                unit, rest = _named(rest[0]), rest[1:]
            of = [word for word in rest[1:] if word.casefold() not in _ARTICLES]
            if rest and rest[0].casefold() in _BETWEEN and of and (named := _named(of[0])):
                found.setdefault(figure, set()).add((unit, named))
    return found


def _figure_at(words: list[str], n: int) -> Iterator[tuple[Figure, int]]:
    """The figure that begins with a word, if one does, and the place after it: "4 million" is one figure of two words."""
    alone = figures(words[n])
    if not alone:
        return
    scaled = figures(" ".join(words[n : n + 2]))
    if len(scaled) == 1 and scaled != alone:
        yield scaled[0], n + 2
    else:
        yield alone[0], n + 1


def _named(word: str) -> str:
    return word if word.isdigit() else next((term[:_STEM] for term in terms(word)), "")
