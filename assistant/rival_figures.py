"""Whether a clause beside that of a figure says all that is claimed of it, of a figure of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.figures import Figure, figures
from assistant.pairs import uncounted
from assistant.units import kinds_of
from index.sentences import sentences

LEAST_TERMS = 2
"""A claim of fewer words says too little of its figure to give it to another clause."""
_JOINTS = "and|but|while|whereas|although|though|up from|down from|compared (?:with|to)|against|und|aber|et|mais"
_CLAUSE = re.compile(rf"[,;:]\s+|\s[–—]\s|\s+(?:{_JOINTS})\s+", re.IGNORECASE)
_RANGE = re.compile(r"\b(?:between|from|zwischen|von|entre|de)\s+[^,;]{1,20}$", re.IGNORECASE)
"""What a clause ends with that goes on: "between 5m and 8m"."""
_COMPARED = re.compile(r"\b(?:from|with|to|against)\s+$", re.IGNORECASE)
"""What leads to a figure that another is held against ..."""
_THEN = re.compile(
    r"\b(?:ago|before|compared|earlier|former(?:ly)?|from|had|last|once|previous(?:ly)?|prior|used to|was|were|year-ago)\b",
    re.IGNORECASE,
)
"""... and what a claim says that means it: "a year earlier it was 3m"."""
_APART = re.compile(r"\b(?:respectively|beziehungsweise|respectivement)\b", re.IGNORECASE)
_BOUND = re.compile(
    r"\b(?:about|above|almost|around|at least|at most|below|fewer|least|less|more|most|nearly|over|some|under|up to)\b",
    re.IGNORECASE,
)
"""A claim with a bound may be a conclusion from another figure."""
_YEARS = range(1_000, 2_100)


@dataclass(frozen=True, slots=True)
class _Clause:
    """What a clause says, and its figures with what they are of; `compared` when something before it is held against it."""

    said: frozenset[str]
    figures: dict[Figure, frozenset[str]]
    compared: bool


def of_a_rival(claim: str, source: str) -> list[str]:
    """The figures of a claim that its source gives in a clause which says less of the claim than another with such a figure.

    All of the claim has to stand in the sentence, the other clause has to say all that the figure's own does and more, and its
    figure has to be of the same kind: an amount in the same currency, a percentage, a year, a number of the same things. A
    synonym ("rebuilt" for "modernised") leaves it open.

    >>> sentence = "Bellweather lost 96 million pounds; the teachers' fund lost 31 million pounds."
    >>> of_a_rival("Bellweather lost 31 million pounds.", sentence), of_a_rival("The fund lost 31 million pounds.", sentence)
    (['31000000'], [])
    >>> of_a_rival("The smelter opened in 1998.", "The smelter opened in 1967 and was modernised in 1998.")
    ['1998']
    """
    claimed = figures(claim)
    if not claimed or len(uncounted(claim)) < LEAST_TERMS or _BOUND.search(claim):
        return []
    parts = [source[a:b] for a, b in sentences(source)]
    return [
        f"{figure.value:f}{'%' if figure.percent else ''}"
        for figure in claimed
        if (saying := [part for part in parts if figure in figures(part)])
        and all(_is_of_another(claim, figure, one) for one in saying)
    ]


def _is_of_another(claim: str, figure: Figure, sentence: str) -> bool:
    if len(figures(sentence)) < 2 or _APART.search(sentence):
        return False
    others = frozenset(figures(claim)) - {figure}
    kinds = _kinds(claim, figure)
    wanted = _said(claim, others)
    if not wanted <= _said(sentence, others) or (others and "year" in kinds):
        return False
    clauses = _clauses(sentence, others)
    rivals = [
        one
        for one in clauses
        if figure not in one.figures and any(kinds & of for rival, of in one.figures.items() if rival not in others)
    ]
    own = [one for one in clauses if figure in one.figures]
    return bool(own) and all(
        any(one.said & wanted < rival.said & wanted for rival in rivals)
        and not (one.compared and _THEN.search(claim))
        and (one.compared or bool(one.said) or len(one.figures) > 1)  # "in 1949 and 1950": both are of all that is said
        for one in own
    )


def _clauses(sentence: str, known: frozenset[Figure]) -> list[_Clause]:
    found: list[_Clause] = []
    at, joint = 0, ""
    for match in [*_CLAUSE.finditer(sentence), None]:
        part = sentence[at : match.start() if match else None]
        if match and _RANGE.search(part) and figures(part):
            continue
        of = {figure: _kinds(part, figure) for figure in figures(part)}
        found.append(_Clause(_said(part, known), of, bool(_COMPARED.search(joint))))
        if match:
            at, joint = match.end(), match.group()
    return found


def _kinds(text: str, figure: Figure) -> frozenset[str]:
    """What a figure of a text is of: its unit, else a year, else the word behind it."""
    units = frozenset(kind for kind in kinds_of(text).get(figure, ()) if kind)
    if units:
        return units
    if figure.percent:
        return frozenset({"percent"})
    if figure.value in _YEARS:
        return frozenset({"year"})
    words = text.split()
    ends = [n + width for n in range(len(words)) for width in (1, 2) if figures(" ".join(words[n : n + width])) == [figure]]
    behind = [sorted(uncounted(" ".join(words[end : end + 1]))) for end in ends]
    return frozenset(f"of {term}" for some in behind for term in some)


def _said(text: str, known: frozenset[Figure]) -> frozenset[str]:
    """The words of a text, and which of some figures it has."""
    return uncounted(text) | {f"#{figure}" for figure in figures(text) if figure in known}
