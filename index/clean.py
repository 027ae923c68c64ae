"""An article's text is marked, never edited: what is its own story, and what the page put around it."""

from __future__ import annotations

import re

from index.furniture import furniture, is_bio, is_related_heading
from index.text import is_headline, paragraphs
from index.types import Article, Kind, Segment

CUT_OFF_WORDS = 25
"""A paragraph this long that stops in mid-sentence is the cut-off lead of another story, not a heading or a list."""
CUT_OFF_CHINESE = 40
MAX_TEASERS = 20
"""A page names a dozen other stories at most. A text with more unfinished paragraphs is one that does not end them: a
report full of tables, a list of references."""

_ENDS = re.compile(
    r"""(?:[.!?:;。！？：；|]["'”’»)\]）」』*_`]*|["”’»)\]）」』])\s*$"""  # a sentence that ends, or a quotation or bracket
    r"""|[—–]\s*$"""  # somebody who was interrupted
    r"""|[.!?。！？]["'”’]?\s*[—–-]+\s*\S[^.!?。！？]{0,60}$"""  # an agency's name after the last sentence
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_KICKER = re.compile(r"\W?[A-Z][A-Z’' -]{2,40}\W?\s?:|【")
_NO_LEAD = re.compile(r"\W*[a-zà-ÿ]|\W*\d+\.\s|[^|]*\|.*\d", re.S)
"""Begins in mid-sentence, is numbered, or is a row of a table."""
_ELLIPSIS = re.compile(r"(\.\.\.|…|\[(\.\.\.|…)\])\s*(read more|continue reading|更多|全文)?\W*$", re.I)


def clean(article: Article) -> tuple[Segment, ...]:
    """Mark an article: ordered, non-overlapping segments that cover every character but white space between them.

    Paragraphs of body text next to each other become one segment; each teaser stays a segment of its own, so that
    another story's facts are never mixed into this one's.

    >>> from index.types import Article
    >>> text = "The plant opened in May.\\nShare this article"
    >>> clean(Article("a.txt", "", "utf-8", text, None, None, (), ""))
    (Segment(kind='body', start=0, end=24), Segment(kind='boilerplate', start=25, end=43))
    """
    units = _split_at_hints(paragraphs(article.text), article.hints)
    kinds = [hint or furniture(article.text[start:end]) for start, end, hint in units]
    _mark_related_lists(article.text, units, kinds)
    headed = _mark_teasers(article.text, units, kinds)
    _mark_bios(article.text, units, kinds)
    segments = [Segment(kind or "body", start, end) for (start, end, _), kind in zip(units, kinds, strict=True)]
    return merge(segments, frozenset(headed))


_Unit = tuple[int, int, Kind | None]


def _split_at_hints(found: list[tuple[int, int]], hints: tuple[Segment, ...]) -> list[_Unit]:
    """The paragraphs, each with the kind its format told; a hint always covers whole paragraphs of its format."""
    ordered = sorted(hints, key=lambda hint: hint.start)
    units: list[_Unit] = []
    at = 0
    for start, end in found:
        while at < len(ordered) and ordered[at].end <= start:
            at += 1
        inside = at < len(ordered) and ordered[at].start <= start and end <= ordered[at].end
        units.append((start, end, ordered[at].kind if inside else None))
    return units


def _mark_bios(text: str, units: list[_Unit], kinds: list[Kind | None]) -> None:
    """A note about the author stands beside other furniture or at the end."""
    for number, (start, end, _) in enumerate(units):
        beside = kinds[number - 1 : number] + kinds[number + 1 : number + 2]
        at_end = number == len(units) - 1
        if (
            number
            and kinds[number] is None
            and (at_end or "boilerplate" in beside or "teaser" in beside)
            and is_bio(text[start:end])
        ):
            kinds[number] = "boilerplate"


def _mark_related_lists(text: str, units: list[_Unit], kinds: list[Kind | None]) -> None:
    """The headlines under "Related stories" are furniture too, up to the next line of prose."""
    in_list = False
    for number, (start, end, _) in enumerate(units):
        line = text[start:end]
        if kinds[number] is not None:
            in_list = is_related_heading(line) or (in_list and kinds[number] == "boilerplate")
        elif in_list and not _ENDS.search(line) and len(line) <= 160 and not _is_cut_off(line):
            kinds[number] = "boilerplate"
        else:
            in_list = False


def _mark_teasers(text: str, units: list[_Unit], kinds: list[Kind | None]) -> set[int]:
    """Long paragraphs that stop in mid-sentence are other stories' leads; a headline just above one belongs to it.

    Returns the numbers of the leads that have a headline above them.
    """
    headed: set[int] = set()
    cut = [number for number in range(len(units)) if kinds[number] is None and _is_lead(text, units, number)]
    bodies = sorted({number for number, kind in enumerate(kinds) if kind is None}.difference(cut))
    story = next((number for number in bodies if _is_prose(text[units[number][0] : units[number][1]])), None)
    if story is None or len(cut) > MAX_TEASERS:
        return headed  # a page that is nothing but its own cut-off text is not a page of other stories
    for number in cut:
        if number < story:
            continue  # above the story stands its own standfirst
        kinds[number] = "teaser"
        above = number - 1
        own_headline = not _KICKER.match(text[units[number][0] :]) and is_headline(text[units[above][0] : units[above][1]])
        if above > story and kinds[above] is None and own_headline:
            kinds[above] = "teaser"
            headed.add(number)
    return headed


def _is_prose(line: str) -> bool:
    return bool(_ENDS.search(line)) and (len(line.split()) >= 12 or len(_CHINESE.findall(line)) >= 25)


def _is_lead(text: str, units: list[_Unit], number: int) -> bool:
    """Whether a paragraph is the lead of a story that goes on elsewhere, and not in the next line."""
    start, end, _ = units[number]
    goes_on = number + 1 < len(units) and text[units[number + 1][0]].islower()
    return not goes_on and _is_cut_off(text[start:end]) and not _NO_LEAD.match(text, start, end)


def _is_cut_off(line: str) -> bool:
    if len(line.split()) < CUT_OFF_WORDS and len(_CHINESE.findall(line)) < CUT_OFF_CHINESE:
        return False
    tail = line[-200:]  # both look at the end only, and would look from every place of a long line
    return bool(_ELLIPSIS.search(tail)) or not _ENDS.search(tail)


def merge(segments: list[Segment], headed: frozenset[int] = frozenset()) -> tuple[Segment, ...]:
    """Neighbours of a kind become one segment, but a teaser takes in nothing except its own headline."""
    merged: list[Segment] = []
    for number, segment in enumerate(segments):
        last = merged[-1] if merged else None
        if last is not None and last.kind == segment.kind and (segment.kind != "teaser" or number in headed):
            merged[-1] = Segment(last.kind, last.start, segment.end)
        else:
            merged.append(segment)
    return tuple(merged)
