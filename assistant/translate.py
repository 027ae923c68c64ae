"""A question in another script than the articles' is put into their language before it is searched for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.figures import figures
from assistant.model import ChatModel
from assistant.types import Usage
from assistant.untrusted import defused
from assistant.verify import scripts
from index.tokens import first_tokens
from index.types import Hit
from prompts import render

LANGUAGES = {
    "LATIN": "English", "CJK": "Chinese", "CYRILLIC": "Russian", "ARABIC": "Arabic", "HANGUL": "Korean", "DEVANAGARI": "Hindi",
    "GREEK": "Greek", "HEBREW": "Hebrew", "THAI": "Thai",
}  # fmt: skip
"""What is most likely written in a script."""
MAX_TOKENS = 120
MAX_QUESTION_TOKENS = 300


def language_of(question: str, hits: Sequence[Hit]) -> str | None:
    """The language of the articles found, when the question shares no script with most of them; None when it does.

    >>> language_of("How much?", [])
    """
    own = scripts(question)
    found = Counter(script for hit in hits for script in _main_script(hit.passage.text))
    if not own or not found or any(found[script] for script in own):
        return None
    return LANGUAGES.get(found.most_common(1)[0][0])


def translated(question: str, language: str, model: ChatModel) -> tuple[str | None, Usage]:
    """The question in another language, and what that took; None when the reply is not the question again.

    A translation has the question's figures, shares no script with it, and is about as long. Raises what the model
    raises.
    """
    wanted = render("translate", language=language, question=first_tokens(defused(question), MAX_QUESTION_TOKENS))
    reply, usage = "", Usage()
    for piece in model.stream([{"role": "user", "content": wanted}], MAX_TOKENS):
        if isinstance(piece, Usage):
            usage = piece
        else:
            reply += piece
    reply = " ".join(reply.split())
    same = set(figures(reply)) == set(figures(question)) and bool(scripts(reply)) and scripts(reply).isdisjoint(scripts(question))
    return (reply if same and len(reply) <= 8 * len(question) else None), usage


def _main_script(text: str) -> list[str]:
    """The script that most of the first letters of a text are in."""
    letters = [next(iter(scripts(c)), "") for c in text[:200] if c.isalpha()]
    return [Counter(letters).most_common(1)[0][0]] if letters else []
