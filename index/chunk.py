"""Segments become passages: whole sentences, about 200 tokens, never across a segment's edge."""

from __future__ import annotations

import math
from collections.abc import Iterable

from index.sentences import sentences
from index.tokens import ENCODING, count_tokens
from index.types import Article, Passage, Segment

PASSAGE_TOKENS = 200
SLACK = 0.9
"""Sentences do not fill a passage exactly; planning for nine tenths keeps the last one from being a scrap."""


def chunk(article: Article, segments: Iterable[Segment], size: int = PASSAGE_TOKENS) -> tuple[Passage, ...]:
    """Cut an article's segments into passages of at most `size` tokens, of about equal length within a segment.

    Only a sentence that is longer than `size` by itself is cut inside. Passages are in the order of the text, do not
    overlap, and `article.text[p.start:p.end] == p.text` for each.

    >>> from index.types import Article, Segment
    >>> article = Article("a.txt", "", "utf-8", "It opened. It closed.", "T", None, (), "")
    >>> [p.text for p in chunk(article, [Segment("body", 0, 21)], size=4)]
    ['It opened.', 'It closed.']
    """
    found: list[Passage] = []
    for segment in segments:
        pieces = list(_pieces(article.text, segment, size))
        for start, end in _pack(article.text, pieces, size):
            found.append(
                Passage(article.source, start, end, article.text[start:end], segment.kind, article.title, article.published)
            )
    return tuple(found)


_Piece = tuple[int, int, int]
"""start, end, tokens"""


def _pieces(text: str, segment: Segment, size: int) -> Iterable[_Piece]:
    for start, end in sentences(text, segment.start, segment.end):
        tokens = count_tokens(text[start:end])
        if tokens <= size:
            yield start, end, tokens
        else:
            yield from _cut(text, start, end, size)


def _cut(text: str, start: int, end: int, size: int) -> Iterable[_Piece]:
    """A sentence of its own too long is cut where its words, or failing those its characters, allow."""
    from semantic_text_splitter import TextSplitter

    splitter = TextSplitter.from_tiktoken_model(_MODEL_OF[ENCODING], size)
    for offset, piece in splitter.chunk_indices(text[start:end]):
        yield start + offset, start + offset + len(piece), count_tokens(piece)


_MODEL_OF = {"cl100k_base": "gpt-4"}  # the splitter names its tables by a model that uses them


def _fits(text: str, start: int, end: int, size: int) -> bool:
    """Whether a range with all its white space is within the size; a token seldom has more than 20 characters."""
    return end - start <= 20 * size and count_tokens(text[start:end]) <= size


def _pack(text: str, pieces: list[_Piece], size: int) -> list[tuple[int, int]]:
    """Fill passages one after the other, each up to an even share of what is left, so that no scrap remains."""
    left = sum(tokens for *_, tokens in pieces)
    passages_left = max(1, math.ceil(left / (size * SLACK)))
    packed: list[tuple[int, int]] = []
    at = 0
    while at < len(pieces):
        share = min(left / passages_left, 2 * size)
        filled, stop = pieces[at][2], at + 1
        while stop < len(pieces) and filled + pieces[stop][2] / 2 <= share:
            filled += pieces[stop][2]
            stop += 1
        stop = _last_that_fits(text, pieces, at, stop, size)
        packed.append((pieces[at][0], pieces[stop - 1][1]))
        left -= sum(tokens for *_, tokens in pieces[at:stop])
        passages_left = max(1, passages_left - 1)
        at = stop
    return packed


def _last_that_fits(text: str, pieces: list[_Piece], at: int, stop: int, size: int) -> int:
    """Where the longest run of pieces from `at` ends that is within the size, `stop` at most; the first piece always is."""
    start = pieces[at][0]
    if stop == at + 1 or _fits(text, start, pieces[stop - 1][1], size):
        return stop
    least, most = at + 1, stop  # halving: counting what is there at each piece would count it over and over
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if _fits(text, start, pieces[middle - 1][1], size) else (least, middle)
    return least
