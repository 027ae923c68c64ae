"""Lines that a site puts around all its stories, learnt from the articles themselves by counting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

from index.chunk import chunk
from index.clean import merge
from index.formats import file_of
from index.minhash import signature
from index.text import headline, paragraphs
from index.types import Article, Prepared, Segment

LEAST_ARTICLES = 6
"""A line of fewer articles may be the background that several stories share."""
LEAST_SHARE = 0.3
"""The share of a site's articles that hold a line of its furniture, at least."""
LEAST_LEFT = 0.2
"""An article of which less than this would be left is a copy of others, and is taken as it is."""
LINE_LENGTH = 600
"""Characters; what a site says of itself is shorter."""
MAX_LINES = 2_000
"""What has more lines is a list or a table, of which nothing is learnt."""
_TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b")
_SENTENCE = re.compile(r"[.!?。！？][\"'”’」）)]*$")


def site_of(source: str) -> int:
    """What tells the articles of one site from others: the folder that a file stands in, or the file that holds many articles.

    >>> site_of("wire/a.txt") == site_of("wire/b.txt") != site_of("a.txt")
    True
    """
    file, number = file_of(source)
    return _hash(file if number is not None else file.rpartition("/")[0])


def lines_of(article: Article, segments: Sequence[Segment]) -> frozenset[int]:
    """The lines of an article's story, each as the number that stands for it in every article, capitals aside.

    Figures count, since a series of reports differs in nothing else; but for the times of a line that is no sentence, such as
    that of the tide tables. None for an article of more lines than any has.
    """
    return frozenset(line for _, _, line in _lines(article, segments))


def _lines(article: Article, segments: Sequence[Segment]) -> Iterator[tuple[int, int, int]]:
    """The paragraphs of the story: (start, end, number)."""
    text = article.text
    found = paragraphs(text)
    if len(found) > MAX_LINES:
        return
    within = iter([segment for segment in segments if segment.kind == "body"])
    segment = next(within, None)
    for start, end in found:
        while segment and segment.end <= start:
            segment = next(within, None)
        if segment and segment.start <= start and end <= segment.end and end - start <= LINE_LENGTH:
            line = " ".join(text[start:end].split())
            yield start, end, _hash((line if _SENTENCE.search(line) else _TIME.sub("0:00", line)).casefold())


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def rank_of(source: str) -> int:
    """The place of an article among those of its site: by chance, and always the same."""
    return _hash(f"rank of {source}")


def recur(articles: int, of: int) -> bool:
    """Whether a line that so many articles hold, of all of a site, is the site's.

    >>> recur(6, 20), recur(5, 5), recur(29, 100)
    (True, False, False)
    """
    return articles >= LEAST_ARTICLES and articles >= LEAST_SHARE * of


def without(item: Prepared, learnt: frozenset[int]) -> Prepared:
    """An article with a site's own lines marked as boilerplate, and a headline that is none of them."""
    found = [(start, end) for start, end, line in _lines(item.article, item.segments) if line in learnt]
    story = sum(one.end - one.start for one in item.segments if one.kind == "body")
    if not found or story - sum(end - start for start, end in found) < LEAST_LEFT * story:
        return item
    segments = merge([part for segment in item.segments for part in _split(item.article.text, segment, found)])
    article = item.article
    if article.title is None or any(article.title == " ".join(article.text[start:end].split()) for start, end in found):
        around = set(found)
        rest = "\n".join(article.text[start:end] for start, end in paragraphs(article.text) if (start, end) not in around)
        article = replace(article, title=headline(rest))
    return Prepared(article, item.stamp, segments, chunk(article, segments), item.lines, signature(article, segments))


def _split(text: str, segment: Segment, found: Iterable[tuple[int, int]]) -> Iterator[Segment]:
    """A segment in parts: the lines that were found, and what is between them."""
    at = segment.start
    for start, end in found:
        if segment.start <= start and end <= segment.end:
            yield from _part(text, segment, at, start)
            yield Segment("boilerplate", start, end)
            at = end
    yield from _part(text, segment, at, segment.end)


def _part(text: str, segment: Segment, start: int, end: int) -> Iterator[Segment]:
    inside = text[start:end]
    if stripped := inside.strip():
        first = start + len(inside) - len(inside.lstrip())
        yield Segment(segment.kind, first, first + len(stripped))
