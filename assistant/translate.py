"""A question in another script than the articles' is put into their language before it is searched for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

from assistant.evidence import coverage
from assistant.figures import Figure, figures
from assistant.model import ChatModel
from assistant.types import Usage
from assistant.untrusted import defused
from assistant.verify import denies, scripts
from index.tokens import first_tokens
from index.types import Hit
from prompts import render

LANGUAGES = {
    "LATIN": "English", "CJK": "Chinese", "CYRILLIC": "Russian", "ARABIC": "Arabic", "HANGUL": "Korean", "DEVANAGARI": "Hindi",
    "GREEK": "Greek", "HEBREW": "Hebrew", "THAI": "Thai",
}  # fmt: skip
"""What is most likely written in a script."""
_ASKS = ("?", "？", "؟")
LONGER = 8
"""A translation has no more characters than this for one of the question: Chinese is written with few."""
LAST_DAY = 31
"""Figures up to it may be days and months, which one language counts and another names."""
MAX_TOKENS = 120
MAX_QUESTION_TOKENS = 300


def language_of(question: str, hits: Sequence[Hit]) -> str | None:
    """The language of most articles found, when none in the question's script has a word of it; None otherwise.

    >>> language_of("How much?", [])
    """
    own = _main_script(question)
    found = Counter(script for hit in hits if (script := _main_script(hit.passage.text)))
    if own is None or not found or found.most_common(1)[0][0] == own:
        return None
    share, _ = coverage(question, [hit for hit in hits if _main_script(hit.passage.text) == own])
    if share:
        return None
    return LANGUAGES.get(found.most_common(1)[0][0])


def translated(question: str, language: str, model: ChatModel) -> tuple[str | None, Usage]:
    """The question in another language, and what that took; None when the reply is not the question again.

    A translation is in another script, asks and denies where the question does, and has its greater figures (months are
    numbers in some languages). Raises what the model raises.
    """
    wanted = render("translate", language=language, question=first_tokens(defused(question), MAX_QUESTION_TOKENS))
    reply, usage = "", Usage()
    with closing(model.stream([{"role": "user", "content": wanted}], MAX_TOKENS)) as pieces:
        for piece in pieces:
            if isinstance(piece, Usage):
                usage = piece
            else:
                reply += piece
    reply = " ".join(defused(reply).split())
    same = (
        _main_script(reply) not in (None, _main_script(question))
        and _great(reply) == _great(question)
        and denies(reply) == denies(question)
        and reply.endswith(_ASKS) == question.rstrip().endswith(_ASKS)
        and len(reply) <= LONGER * len(question)
    )
    return (reply if same else None), usage


def _great(text: str) -> set[Figure]:
    return {figure for figure in figures(text) if figure.percent or figure.value > LAST_DAY}


def _main_script(text: str) -> str | None:
    """The script of most of the first words of a text; each letter of a script without spaces is a word."""
    words = re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+", text[:500])
    found = Counter(script for word in words for script in scripts(word[0]))
    return found.most_common(1)[0][0] if found else None
