"""Conversations as Markdown, and feedback as a draft of a gold file for the evals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from assistant.figures import missing_figures
from assistant.types import Answer
from assistant.web.conversations import Conversation, Feedback

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")
_LINE_START = re.compile(r"^(\s*)([-=]|\d+(?=[.)]))", re.MULTILINE)


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
    lines = []
    for one in answer.citations:
        about = ", ".join(part for part in (one.title, one.published) if part)
        copies = f" Also in: {', '.join(one.also_in)}." if one.also_in else ""
        lines.append(
            f"{one.marker}. {_plain(one.source)}, line {one.line}{f' ({_plain(about)})' if about else ''}: "
            f"“{_plain(one.quote)}”{_plain(copies)}"
        )
    if lines:
        yield "\n".join(lines)
    for warning in answer.warnings:
        yield f"> Note: {_plain(warning)}"


def _plain(text: str, *, markers: bool = False) -> str:
    """Text that Markdown shows as it is; with `markers`, the [n] of an answer stay readable."""
    safe = _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))
    safe = re.sub(r"(?i)\b(https?|ftp|mailto|www)([:.])", r"\1\\\2", safe)
    return re.sub(r"\\\[(\d+)\\\]", r"[\1]", safe) if markers else safe


def gold_draft(feedback: Iterable[Feedback]) -> str:
    """Feedback as JSONL that `dateline eval run` reads, one item a line, to be looked through by a person.

    An answer that was found good becomes an item that expects its figures, or else its words, and its quotes. A refusal
    found good becomes an unanswerable item. What was found bad keeps its question, with `note` saying what is to be
    mended: an answer is then expected to be refused until somebody writes what is right.
    """
    return "".join(json.dumps(_item(one), ensure_ascii=False) + "\n" for one in feedback)


def _item(one: Feedback) -> dict[str, object]:
    answer = one.answer
    good = one.verdict == "good"
    item: dict[str, object] = {"id": f"feedback-{one.turn}", "question": answer.question}
    if good and answer.status == "answered":
        told = re.sub(r"\s*\[\d+\]", "", answer.text)
        item |= {
            "answerable": True,
            "facts": [[figure] for figure in missing_figures(told, "")] or [[told]],
            "sources": list(dict.fromkeys(citation.source for citation in answer.citations)),
            "also": sorted({copy for citation in answer.citations for copy in citation.also_in}),
            "quotes": [
                {"source": citation.source, "text": citation.quote, "start": citation.start} for citation in answer.citations
            ],
            "answers": [told],
        }
    else:
        item |= {"answerable": False}
    todo = "draft of a good answer" if good else f"draft: found bad, was {answer.status}: {answer.text}; write what is right"
    if one.history:
        item["history"] = [list(pair) for pair in one.history]
    return item | {"type": "feedback", "note": f"{todo}{f'; comment: {one.comment}' if one.comment else ''}"}
