"""Ranges become citations: read from the file again, numbered in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assistant.attribute import Support
from assistant.evidence import Range, is_copy_of
from assistant.types import Citation
from index.errors import SkipFile
from index.load import load_source
from index.types import Article, Hit


class Citations:
    """The numbered citations of one answer, each checked against the file as it is now."""

    def __init__(self, corpus: Path, hits: Sequence[Hit]) -> None:
        self._corpus, self._hits = corpus, hits
        self._articles: dict[str, Article | None] = {}
        self._numbers: dict[tuple[str, Range], int] = {}
        self.found: list[Citation] = []

    def holds(self, support: Support) -> bool:
        """Whether the file says so now, character for character."""
        article = self._article(support.evidence.passage.source)
        return article is not None and article.text[slice(*support.at)] == support.evidence.text_of(support.at)

    def marker(self, support: Support) -> int:
        """The number of a range that `holds`, a new one when it is cited first."""
        passage = support.evidence.passage
        start, end = support.at
        quote = support.evidence.text_of(support.at)
        article = self._article(passage.source)
        if article is None:
            raise ValueError(f"{passage.source} cannot be cited; ask `holds` first")
        key = (passage.source, support.at)
        if key not in self._numbers:
            number = self._numbers[key] = len(self.found) + 1
            hits = [hit for hit in self._hits if is_copy_of(quote, hit.passage.text)]
            copies = {*support.evidence.hit.also_in, *(hit.passage.source for hit in hits)} - {passage.source}
            copies = {source for source in copies if self._says(source, quote)}
            line = len(re.findall(r"\r\n|\r|\n", article.text[:start])) + 1
            self.found.append(
                Citation(
                    number,
                    passage.source,
                    start,
                    end,
                    quote,
                    line,
                    article.sha256,
                    article.title,
                    article.published,
                    tuple(sorted(copies)),
                )
            )
        return self._numbers[key]

    def _says(self, source: str, quote: str) -> bool:
        article = self._article(source)
        return article is not None and is_copy_of(quote, article.text)

    def _article(self, source: str) -> Article | None:
        if source not in self._articles:
            try:
                self._articles[source] = load_source(self._corpus, source)
            except SkipFile:
                self._articles[source] = None  # deleted or made unreadable since the sync
        return self._articles[source]
