"""Whether a source says of another name what a claim says of one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.figures import figures
from assistant.names import missing_names, names
from assistant.pairs import uncounted
from assistant.words import dictionary
from index.sentences import sentences
from index.terms import terms

_PART = re.compile(r";\s+")
_NO_NAME = re.compile(
    r"\W*(?:he|she|it|they|his|her|its|their|this|that|these|those|er|sie|es|ihr|sein|il|elle|ils|elles)\b", re.IGNORECASE
)


def of_a_rival_name(claim: str, source: str) -> list[str]:
    """The names of a claim that stand in its source, but not in the sentence that says the rest of it, which is of another name.

    That sentence has all other words of the claim and all its figures, and the other name in the same place; no sentence with the
    claim's own name has them. One that begins with a pronoun may well be of the name before it.

    >>> said = "The court cleared Nadia Reyes. Director Paul Denning was found guilty."
    >>> [of_a_rival_name(f"{who} was found guilty.", said) for who in ("Nadia Reyes", "Paul Denning")]
    [['Nadia Reyes'], []]
    """
    parts = [part for a, b in sentences(source) for part in _PART.split(source[a:b])]
    if len(parts) < 2:
        return []
    return [run for run in dict.fromkeys(runs(claim, names(claim, first_words=True))) if run and _is_of_another(run, claim, parts)]


def _is_of_another(run: str, claim: str, parts: Sequence[str]) -> bool:
    own = run.split()
    words = uncounted(claim) - uncounted(run)
    stated = set(figures(claim))
    having = [part for part in parts if len(missing_names(run, part)) < len(own)]
    said = [part for part in parts if words <= uncounted(part) and stated <= set(figures(part))]
    if not having or not words or not said or any(part in having for part in said):
        return False
    return any(not _NO_NAME.match(part) and replaced(claim, own, part, surely=True) for part in said)


def runs(claim: str, absent: Sequence[str]) -> list[str]:
    """The names of a claim that the source does not have, those that follow one another together.

    >>> runs("President Xi met Bao Wen.", ["President", "Xi", "Bao", "Wen"])
    ['President Xi', 'Bao Wen']
    """
    one = "|".join(re.escape(name) for name in absent)
    return re.findall(rf"(?<!\w)(?:{one})(?:\s+(?:{one}))*(?!\w)", claim)


def replaced(claim: str, absent: Sequence[str], source: str, *, surely: bool = False) -> bool:
    """Whether a source says of another name what a claim says of one that the source does not have.

    With `surely`, a word that begins the source is no name if it is in the dictionary ("Court clears").

    >>> replaced("Alibaba will invest 5bn.", ["Alibaba"], "Tencent is to invest 5bn.")
    True
    >>> replaced("The port of Muheng has 34 cranes.", ["Muheng"], "Bao said that the port has 34 cranes.")
    False
    """
    others = missing_names(source, claim)
    if surely:
        inside = names(source)
        others = [name for name in others if name in inside or name.casefold() not in dictionary()]
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
