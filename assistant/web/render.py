"""Values become HTML: every template escapes whatever it is given, so that no article can be more than its characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from assistant.types import Answer
from assistant.web.conversations import Conversation, Listed, Verdict
from assistant.web.library import Listing, Uploaded
from assistant.web.sources import View
from index.types import Stats, SyncReport

_MARKER = re.compile(r"\[(\d+)\]")
REASONS = {
    "empty_index": "There are no articles to answer from.",
    "nothing_relevant": "Nothing in the articles is about this.",
    "not_supported": "The articles come near it and do not state an answer.",
    "model_unavailable": "The model is not available.",
}
LINES_SHOWN = 30
"""Files of a list in a report of a sync; the rest are counted."""


def welcome(stats: Stats, questions: list[str], *, uploads: bool) -> str:
    """What somebody sees who has asked nothing yet: what can be asked, and of what."""
    return _render("welcome.html", stats=stats, questions=questions, uploads=uploads)


def facts(stats: Stats | None, model: str, state: str) -> str:
    """The line that says what the corpus is: articles, dates, last sync, model, and what is under way; the name alone
    without `stats`."""
    return _render("facts.html", stats=stats, model=model, state=state)


def conversation(found: Conversation | None, verdicts: Mapping[str, tuple[Verdict, str]]) -> str:
    """The turns of a conversation, the last of which can be edited and asked again."""
    return _render("conversation.html", conversation=found, verdicts=verdicts, reasons=REASONS) if found else ""


def under_way(question: str, pieces: str, *, state: str = "", error: str = "") -> str:
    """A question that is being answered: the sentences verified so far, or why there will be none."""
    return _render("under_way.html", question=question, pieces=pieces, state=state, error=error)


def source(view: View | None) -> str:
    """The panel beside the answer: an article with what is cited marked."""
    return _render("source.html", view=view) if view else _render("source_empty.html")


def articles(listing: Listing, search: str) -> str:
    """One page of the list of articles, and the files that were left out."""
    return _render("articles.html", listing=listing, search=search)


def conversations(found: list[Listed], search: str, current: str | None) -> str:
    """The list of a reader's conversations."""
    return _render("conversations.html", found=found, search=search, current=current)


def report(synced: SyncReport | None, uploaded: list[Uploaded], error: str = "") -> str:
    """What came of an upload and a sync."""
    return _render("report.html", synced=synced, uploaded=uploaded, error=error, shown=LINES_SHOWN)


def progress(done: int, total: int) -> str:
    """A progress bar with its words."""
    return _render("progress.html", done=done, total=total)


def notice(text: str) -> str:
    """One line that a reader has to know."""
    return _render("notice.html", text=text)


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
    """Whether an answer was quoted by program though a model was to write it: some warning then says so."""
    return answer.model == "extractive" and bool(answer.warnings)


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
    made.filters.update(parts=parts, when=_when)
    made.tests.update(degraded=degraded)
    return made


def _render(name: str, **values: Any) -> str:
    return _templates().get_template(name).render(**values)
