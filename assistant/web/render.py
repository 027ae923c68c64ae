"""Values become HTML: every template escapes whatever it is given, so that no article can be more than its characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from assistant.chain import EXTRACTIVE, QUOTED
from assistant.types import Answer
from assistant.web.conversations import LISTED, Conversation, Listed, Verdict
from assistant.web.library import Listing, Uploaded
from assistant.web.sources import View
from index.types import Stats, SyncReport

_MARKER = re.compile(r"\[(\d+)\]")
_ENDPOINT = re.compile(r"the model at https?://\S+")
REASONS = {
    "empty_index": "the folder has no articles",
    "nothing_relevant": "nothing relevant was found",
    "not_supported": "no sentence of the articles supports an answer",
    "model_unavailable": "the model is not available",
}
LINES_SHOWN = 30
"""Files of a list in a report of a sync; the rest are counted."""


def welcome(stats: Stats, questions: list[str], *, uploads: bool, reading: bool = False) -> str:
    """What somebody sees who has asked nothing yet: what can be asked, and of what; `reading` that articles are on their way."""
    return _render("welcome.html", stats=stats, questions=questions, uploads=uploads, reading=reading)


def facts(stats: Stats | None, model: str, state: str) -> str:
    """The line that says what the corpus is: articles, dates, last sync, model, and what is under way; the name alone
    without `stats`."""
    return _render("facts.html", stats=stats, model=model, state=state)


def conversation(found: Conversation, verdicts: Mapping[str, tuple[Verdict, str]], *, busy: bool = False) -> str:
    """The turns of a conversation; but while one is `busy`, the last of them can be edited and asked again."""
    return _render("conversation.html", conversation=found, verdicts=verdicts, reasons=REASONS, busy=busy)


def editing() -> str:
    """That the next question takes the place of the last one, and how to let that be."""
    return _render("editing.html")


def under_way(question: str, pieces: str, *, state: str = "", error: str = "") -> str:
    """A question that is being answered: the sentences verified so far, or why there will be none; then it is given back."""
    return _render("under_way.html", question=question, pieces=pieces, state=state, error=error)


def source(view: View | None, turn: str = "") -> str:
    """The panel beside the answer: an article with what is cited marked; `turn` is the one whose answer cites it."""
    return _render("source.html", view=view, turn=turn) if view else _render("source_empty.html")


def articles(listing: Listing, search: str) -> str:
    """One page of the list of articles, and the files that were left out."""
    return _render("articles.html", listing=listing, search=search)


def conversations(found: list[Listed], search: str, current: str | None) -> str:
    """The list of a reader's conversations."""
    return _render("conversations.html", found=found, search=search, current=current, most=LISTED)


def upload(formats: list[str], max_bytes: int) -> str:
    """The form that files are added with."""
    return _render("upload.html", formats=formats, max_bytes=max_bytes)


def report(synced: SyncReport | None, uploaded: list[Uploaded], error: str = "") -> str:
    """What came of an upload and a sync."""
    return _render("report.html", synced=synced, uploaded=uploaded, error=error, shown=LINES_SHOWN)


def progress(done: int, total: int) -> str:
    """A progress bar with its words."""
    return _render("progress.html", done=done, total=total)


def notice(text: str, *, given: str = "") -> str:
    """One line that a reader has to know; a question that is given back with it is put into the field, if that is empty."""
    return _render("notice.html", text=text, given=given)


def parts(text: str) -> list[tuple[str, int | None]]:
    """An answer's text cut at its markers: (characters, None) and ("[2]", 2).

    >>> parts("It rose [2].")
    [('It rose ', None), ('[2]', 2), ('.', None)]
    """
    found: list[tuple[str, int | None]] = []
    at = 0
    for match in _MARKER.finditer(text):
        found.append((text[at : match.start()], None))
        found.append((match.group(), int(match.group(1))))
        at = match.end()
    return [one for one in (*found, (text[at:], None)) if one[0]]


def degraded(answer: Answer) -> bool:
    """Whether an answer was quoted by program though a model was to write it."""
    return answer.model == EXTRACTIVE and any(one.startswith(QUOTED) for one in answer.warnings)


def nearest(answer: Answer) -> list[tuple[int, str]]:
    """The articles near to a refused question, each once, with the number (from 1) of its nearest passage."""
    first: dict[str, int] = {}
    for number, one in enumerate(answer.nearest, start=1):
        first.setdefault(one.source, number)
    return [(number, source) for source, number in first.items()]


def without_address(text: str) -> str:
    """A warning without the address of the endpoint: readers on a network need not know it, the log does.

    >>> without_address("the model at http://10.0.0.7:8080/v1 broke off; check OPENAI_BASE_URL")
    'the model broke off; check OPENAI_BASE_URL'
    """
    return _ENDPOINT.sub("the model", text)


def _when(moment: str | None) -> str:
    """An ISO time as readers write it, in the server's time zone.

    >>> _when("2026-05-01"), _when(None)
    ('1 May 2026, 00:00', 'never')
    """
    if not moment:
        return "never"
    found = datetime.fromisoformat(moment)
    local = found.astimezone() if found.tzinfo else found
    return f"{local.day} {local:%B %Y, %H:%M}"


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(parts=parts, when=_when, nearest=nearest, without_address=without_address)
    made.tests.update(degraded=degraded)
    return made


def _render(name: str, **values: Any) -> str:
    return _templates().get_template(name).render(**values)
