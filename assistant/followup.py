"""A follow-up question is read with the turn before it."""

from __future__ import annotations

import re

from assistant.names import names
from assistant.types import History
from index.terms import terms

_POINTS_BACK = re.compile(
    r"^(and|but|so|or|then|also|what about|how about)\b|^(why|when|where|who|how so|how come)\W*$"
    r"|\b(it|its|he|him|his|she|her|they|them|their|that|this|those|these|there|then|former|latter|same|earlier|previous|above)\b"
    r"|^(那|那么|它|他|她|这|为什么|然后|还有|呢)|呢[?？]?$|它|他们|该公司|上述",
    re.IGNORECASE,
)
FEW_TERMS = 2
"""A question with no more terms than this of its own leans on the turn before it."""


def search_text(question: str, history: History) -> str:
    """The words to search for: the question, with the one before it when it points back or says little by itself.

    >>> search_text("And what was its earlier projection?", [("What growth does TSMC expect?", "About 35 percent.")])
    'What growth does TSMC expect? And what was its earlier projection?'
    >>> search_text("How many servers does Tencent plan?", [("What growth does TSMC expect?", "About 35 percent.")])
    'How many servers does Tencent plan?'
    """
    if not history or not points_back(question):
        return question
    return f"{history[-1][0]} {question}"


def focus(question: str, history: History) -> str:
    """The question by itself, with the names of the one before it when it points back: what a reader has in mind.

    >>> focus("And what was its earlier projection?", [("What growth does TSMC expect in May?", "About 35 percent.")])
    'And what was its earlier projection? (TSMC, May)'
    """
    if not history or not points_back(question):
        return question
    own = {name.casefold() for name in names(question, first_words=True)}
    earlier = [name for name in dict.fromkeys(names(history[-1][0])) if name.casefold() not in own]
    return f"{question} ({', '.join(earlier)})" if earlier else question


def points_back(question: str) -> bool:
    """Whether a question cannot be understood without what came before it."""
    return bool(_POINTS_BACK.search(question)) or len(terms(question)) <= FEW_TERMS
