"""Conversations as Markdown, and feedback as a draft of a gold file for the evals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from assistant.figures import figures, missing_figures
from assistant.names import names
from assistant.types import Answer, Citation
from assistant.web.conversations import Conversation, Feedback
from assistant.web.render import without_address
from assistant.web.sources import read

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")
_LINE_START = re.compile(r"^(\d*)([-=.])")


def markdown(conversation: Conversation) -> str:
    """A conversation as Markdown: questions as headings, answers with their markers, the numbered sources below each."""
    parts = [f"# {_plain(conversation.title)}"]
    for turn in conversation.turns:
        parts.append(f"## {_plain(turn.answer.question)}")
        parts.extend(_answer(turn.answer))
    return "\n\n".join(parts) + "\n"


def _answer(answer: Answer) -> Iterable[str]:
    if answer.status == "refused":
        yield f"*Not answered ({answer.reason}):* {_plain(answer.text)}"
    else:
        yield _plain(answer.text, markers=True)
    for conflict in answer.conflicts:
        values = "; ".join(f"{_plain(value.value)} [{value.marker}]" for value in conflict.values)
        yield f"*The sources disagree:* {values}"
    lines = []
    for one in answer.citations:
        about = "".join(f", {_plain(part)}" for part in (one.title, one.published) if part)
        copies = f" Also in: {_plain(', '.join(one.also_in))}." if one.also_in else ""
        place = f"line {one.line}, characters {one.start} to {one.end}"
        lines.append(f"{one.marker}. {_plain(one.source)}, {place}{about}: “{_plain(one.quote)}”{copies}")
    if lines:
        yield "\n".join(lines)
    if answer.nearest:
        yield f"Nearest articles, not an answer: {_plain(', '.join(dict.fromkeys(one.source for one in answer.nearest)))}"
    for warning in answer.warnings:
        yield f"> Note: {_plain(without_address(warning))}"
    yield f"*{_plain(answer.model)}*"


def _plain(text: str, *, markers: bool = False) -> str:
    """Text that Markdown shows as it is; with `markers`, the [n] of an answer stay readable."""
    safe = _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))
    safe = re.sub(r"(?i)\b(https?|ftp|mailto|www)([:.])", r"\1\\\2", safe)
    return re.sub(r"\\\[(\d+)\\\]", r"[\1]", safe) if markers else safe


def gold_draft(corpus: Path, feedback: Iterable[Feedback]) -> str:
    """Feedback as JSONL that `dateline eval run` reads, one item a line, to be looked through by a person.

    An answer that was found good becomes an item that expects its figures and the names that it adds to the question, or
    else its words; of its quotes, those that their files still have. A refusal found good becomes an unanswerable item. What
    was found wrong expects the comment, which says what is right, and knows the answer that was given to be wrong; without
    a comment nothing is known of it, and it is left out.
    """
    items = (_item(corpus, one) for one in feedback)
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items if item)


def _item(corpus: Path, one: Feedback) -> dict[str, object] | None:
    answer = one.answer
    told = re.sub(r"\s*\[\d+\]", "", answer.text)
    item: dict[str, object] = {"id": f"feedback-{one.turn}", "question": answer.question, "type": "feedback"}
    if one.history:
        item["history"] = [list(pair) for pair in one.history]
    note = f"draft of what was found {one.verdict}: {answer.status}"
    if one.verdict == "bad":
        if not one.comment.strip():
            return None
        wrong = {"wrong": [told]} if answer.status == "answered" else {}
        return item | {"answerable": True, "facts": [[one.comment]], "note": note} | wrong
    note += f"; comment: {one.comment}" if one.comment else ""
    if answer.status == "refused":
        return item | {"answerable": False, "note": note}
    kept = [citation for citation in answer.citations if _still_says(corpus, citation)]
    copies = sorted({copy for citation in kept for copy in citation.also_in if read(corpus, copy)})
    return item | {
        "answerable": True,
        "facts": _facts(answer.question, told),
        "sources": list(dict.fromkeys(citation.source for citation in kept)),
        "also": copies,
        "quotes": [{"source": citation.source, "text": citation.quote, "start": citation.start} for citation in kept],
        "answers": [told],
        "note": note + ("" if len(kept) == len(answer.citations) else "; some of its sources have changed since"),
    }


def _still_says(corpus: Path, citation: Citation) -> bool:
    article = read(corpus, citation.source)
    return article is not None and article.text[citation.start : citation.end] == citation.quote


def _facts(question: str, told: str) -> list[list[str]]:
    """What an answer says beyond its question, each figure and each name a fact of its own; the whole text without any."""
    asked = {name.casefold() for name in names(question)}
    added = [name for name in dict.fromkeys(names(told, first_words=True)) if name.casefold() not in asked]
    figured = missing_figures(told, question)
    return [[one] for one in (*figured, *(name for name in added if not figures(name)))] or [[told]]
