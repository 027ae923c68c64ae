"""What turns a claim into another one though its words and figures stand in the source: a unit, an opposite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.figures import figures
from assistant.units import LESS, other_amounts
from index.sentences import sentences
from index.terms import terms

_PART = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th)[\s-](quarter|half)\b|\bq([1-4])\b|\bh([12])\b", re.IGNORECASE)
_OTHER_PARTS = re.compile(
    r"\b(?:quarters|halves|months|break|year-on-year|(?:first|second|third|fourth) (?:and|or|to|half and))\b", re.IGNORECASE
)
"""A source with these has parts of the year that are not told by their number."""
_NTH = {"first": "1", "1st": "1", "second": "2", "2nd": "2", "third": "3", "3rd": "3", "fourth": "4", "4th": "4"}


def _either(first: str, second: str, also: str = "", also_second: str = "") -> tuple[re.Pattern[str], ...]:
    """Two opposites; `also` are words that only say that a text speaks of the first one too."""
    shown = (first, second, f"{first}|{also}" if also else first, f"{second}|{also_second}" if also_second else second)
    return tuple(
        re.compile(pattern if "\u4e00" <= pattern[0] <= "\u9fff" else rf"\b(?:{pattern})\b", re.IGNORECASE) for pattern in shown
    )


_UP = (
    r"up|high\w*|more|gain\w*|growth|grow\w*|ris\w+|increas\w+|climb\w*|add\w*|rebound\w*|recover\w*|expand\w*|above|jump\w*|rais\w+"
    r"|lift\w*"
)
_OPPOSITES = (
    _either(
        r"rose|risen|grew|grown|increased|climbed|jumped|surged|soared|(?:increase|rise) (?:of|in)"
        r"|up(?= (?:by |some |about )?[$€£\d])",
        r"fell|fallen|dropped|declined|decreased|shrank|sank|slumped|plunged|tumbled|(?:decrease|decline) (?:of|in)"
        r"|down(?= (?:by |some |about )?[$€£\d])",
        _UP,
        LESS,
    ),
    _either(
        r"profits?",
        r"loss(?:es)?|lost(?= (?:some |about )?[$€£\d])",
        r"gain\w*|surplus|earn\w*|income",
        r"los[et]\w*|deficit|debts?|red|minus|negative",
    ),
    _either(
        "acquitted|cleared of",
        "convicted|guilty",
        r"clear\w*|acquit\w*|dismiss\w*",
        r"guilty|convict\w*|sentenc\w*|got|jail\w*",
    ),
    _either(
        "accepted|approved|backed", "rejected|vetoed|turned down", r"accept\w*|approv\w*|back\w*|pass\w*|adopt\w*|voted|carr\w+",
        r"reject\w*|veto\w*|refus\w*|against|thrown",
    ),
    _either(
        "died|dead|killed", "injured|wounded|missing", r"deaths?|toll|dies?|fatal\w*|lives|victims?|perish\w*|bod(?:y|ies)",
        r"injur\w*|wound\w*|hurt|homeless|hospital\w*|burns",
    ),
    _either(
        r"(?:at most|up to|no more than)(?= [$€£\d])",
        r"(?:at least|no (?:less|fewer) than)(?= [$€£\d])",
    ),
    _either("提前", "推迟|延期|延后"),
    _either("缩短", "延长"),
    _either("上涨|增长|上升|增加|提高", "下跌|下降|减少|降低", "涨|升|多", "跌|降|少"),
)  # fmt: skip
"""Opposites, and what else speaks of the one or the other: a sentence with both is not compared."""
_CLAUSE = re.compile(
    r"[,;:，；：、](?!\d)|\b(?:and|but|while|as|though|although|after|before|against|compared|who|which|whose|with|und|aber|während)\b",
    re.IGNORECASE,
)


_PROFIT = re.compile(r"\b(?:profits?|net income)\b", re.IGNORECASE)
_REVENUE = re.compile(r"\b(?:revenues?|turnover|sales|sold)\b", re.IGNORECASE)
_GAINED = re.compile(
    r"\b(?:profit\w*|net|income|earn\w*|made|makes?|making|surplus|gain\w*|black|loss\w*|lost|margins?)\b", re.IGNORECASE
)
_TAKEN = re.compile(
    r"\b(?:revenues?|turnover|sales|sold|sells?|selling|tak(?:es?|en|ings?)|took|income|receipts|gross\w*|brought|generat\w*|worth|business)\b",
    re.IGNORECASE,
)


def another_quantity(question: str, source: str) -> bool:
    """Whether a question is about a profit and a source gives revenue, or the other way round.

    >>> [another_quantity("What was its profit?", said) for said in ("It sold tin for 1.6 billion.", "It made 2m on sales of 9m.")]
    [True, False]
    >>> [another_quantity("What was its revenue?", said) for said in ("Profit rose to 5m.", "Profit was 5m on sales of 9m.")]
    [True, False]
    """
    profit, revenue = _PROFIT.search(question), _REVENUE.search(question)
    if profit and not revenue:
        return bool(_REVENUE.search(source)) and not _GAINED.search(source)
    return bool(revenue and not profit and _PROFIT.search(source)) and not _TAKEN.search(source)


def otherwise(claim: str, source: str) -> list[str]:
    """What a claim has that its source has otherwise: the unit of an amount, its sign, the quarter or half of the year.

    >>> otherwise("It cost 5 million euros.", "It cost $5 million.")
    ['5000000 euro']
    >>> otherwise("Sales rose in the third quarter.", "Sales rose in the first quarter.")
    ['3 quarter']
    """
    return [*other_amounts(claim, source), *_other_part(claim, source)]


def opposed(claim: str, parts: Sequence[str]) -> list[str]:
    """What a claim says of which every part that it is made of says the opposite.

    In each part the opposite has to stand in the clause that the claim is made of: it may be said of something else in another.

    >>> opposed("Debt rose to 1.1bn.", ["Debt fell from 1.3bn to 1.1bn."])
    ['rose']
    >>> opposed("Sales rose to 1.1bn.", ["Sales were up, to 1.1bn, though debt fell."])
    []
    """
    return [said for opposite in _OPPOSITES if (said := _opposite(opposite, claim, parts))]


def _parts(text: str) -> set[tuple[str, str]]:
    """The quarters and halves of a year, or of a game, that a text names: (which, "quarter" or "half")."""
    return {
        (_NTH.get(nth.lower(), nth.lower()) or quarter or half, what.lower() or ("quarter" if quarter else "half"))
        for nth, what, quarter, half in _PART.findall(text)
    }


def _other_part(claim: str, source: str) -> list[str]:
    """The quarter or half that a claim names where its source names one other."""
    given = _parts(source)
    if len(given) != 1 or _OTHER_PARTS.search(source):
        return []
    ((_, known),) = given
    return [f"{which} {what}" for which, what in sorted(_parts(claim) - given) if what == known]


@lru_cache(maxsize=1_024)
def made_of(claim: str, source: str) -> tuple[str, ...]:
    """The sentences of a source that a claim is made of: those with a figure of it, else the one with most of its terms.

    >>> made_of("It fell to 5.", "Rain came. The price fell to 5.")
    ('The price fell to 5.',)
    """
    return _nearest(claim, [source[a:b] for a, b in sentences(source)] or [source])


def clauses_with_figures(claim: str, source: str) -> list[str]:
    """The clauses of a source that have a figure of a claim.

    >>> clauses_with_figures("5m", "It lost 5m, and 3m last year.")
    ['It lost 5m']
    """
    stated = set(figures(claim))
    every = [clause for a, b in sentences(source) for clause in _CLAUSE.split(source[a:b])]
    return [clause for clause in every if stated & set(figures(clause))]


def _nearest(claim: str, every: Sequence[str]) -> tuple[str, ...]:
    stated, said = set(figures(claim)), set(terms(claim))
    own = [one for one in every if stated & set(figures(one))]
    return tuple(own) or (max(every, key=lambda one: len(said & set(terms(one)))),)


def _opposite(pair: Sequence[re.Pattern[str]], claim: str, parts: Sequence[str]) -> str:
    first, second, any_first, any_second = pair
    for mine, other, any_mine, any_other in ((first, second, any_first, any_second), (second, first, any_second, any_first)):
        said = mine.search(claim)
        if (
            said
            and not any_other.search(claim)
            and all(other.search(one) and not any_mine.search(one) for one in parts)
            and all(other.search(clause) for one in parts for clause in _nearest(claim, _CLAUSE.split(one)))
        ):
            return said.group()
    return ""
