"""Questions for somebody who does not know what to ask: made from the articles, and asked once to see that they work."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.types import Answer
from assistant.web.sources import read
from index.clean import clean
from index.types import FileRecord

WANTED = 4
TRIED = 16
"""Questions that are asked to find them; each takes a fraction of a second without a model."""
_NAME = r"[A-Z][\w’'-]+(?: (?:van|von|de|del|der|al|bin|da|la))?(?: [A-Z][\w’'-]+){1,2}"
_SPEAKER = re.compile(rf"(?:said|says|told) (?:\w+ ){{0,3}}({_NAME})\b|\b({_NAME})(?:,[^.\n]{{3,80}},)? (?:said|says|told|added)\b")
_ROLE = re.compile(
    rf"\b{_NAME}, (?:the )?((?:chief executive|chairman|chairwoman|founder|head|director|mayor|president|minister|manager)"
    rf"(?: of| at)(?: the)? [A-Z][\w’'-]+(?: [A-Z][\w’'-]+){{0,3}})"
)
_SAID_IN_CHINESE = re.compile(r"[，。\s]([\u4e00-\u9fff]{2,3})(?:表示|介绍说|指出|告诉记者)")


def suggestions(corpus: Path, manifest: dict[str, FileRecord], ask: Callable[[str], Answer]) -> list[str]:
    """Up to four questions, each of which `ask` answered from the article that it was made from, no article twice."""
    found: list[str] = []
    used: set[str] = set()
    tried = 0
    for question, source in candidates(corpus, manifest):
        if len(found) == WANTED or tried == TRIED:
            break
        if source in used or question in found:
            continue
        tried += 1
        answer = ask(question)
        if answer.status == "answered" and source in {one.source for one in answer.citations}:
            found.append(question)
            used.add(source)
    return found


def candidates(corpus: Path, manifest: dict[str, FileRecord]) -> Iterator[tuple[str, str]]:
    """(question, source), article by article all over the corpus, in an order that stays as long as the corpus does."""
    sources = sorted(source for source, record in manifest.items() if not record.skipped)
    random.Random(len(sources)).shuffle(sources)  # noqa: S311 - to be spread, not to be secret
    for source in sources:
        article = read(corpus, source)
        if article is None:
            continue
        body = "\n".join(article.text[one.start : one.end] for one in clean(article) if one.kind == "body")
        for question in dict.fromkeys(_questions(body)):
            yield question, source


def _questions(body: str) -> Iterator[str]:
    for match in _ROLE.finditer(body):
        yield f"Who is the {match.group(1)}?"
    for match in _SPEAKER.finditer(body):
        yield f"What did {match.group(1) or match.group(2)} say?"
    for match in _SAID_IN_CHINESE.finditer(body):
        yield f"{match.group(1)}说了什么？"
