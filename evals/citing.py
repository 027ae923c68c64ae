"""Are the citations true, of the right files, and do they carry what is said? No judge is needed for any of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.figures import missing_figures
from assistant.years import dated
from evals.gold import Item, span_of
from evals.matching import unmarked
from evals.records import Cited, Said
from evals.retrieval import as_ranges, overlap
from evals.texts import Texts
from index.errors import SkipFile
from index.sentences import sentences
from index.terms import terms

_MARKERS = re.compile(r"\[(\d{1,9})\]")
_DATE = re.compile(r"[0-9]{4}-")
_HEAD = re.compile(r"\s*(?:\[\d{1,9}\]\s*)+")


def is_valid(citation: Cited, texts: Texts) -> bool:
    """Whether the file is there, is the one that was cited (sha256), and says the quote at exactly that range."""
    try:
        text, sha256 = texts.of(citation.source), texts.sha256(citation.source)
    except SkipFile:
        return False
    said = text[citation.start : citation.end]
    # A slice that reaches beyond the end of the file is cut short without a word.
    return citation.sha256 == sha256 and citation.quote == said != "" and citation.end <= len(text)


def cited_files(citations: Sequence[Cited], item: Item) -> tuple[float, float, float]:
    """Precision, recall and F1 of the files cited, over the gold sources.

    A citation is right when its file, or a copy it names in `also_in`, is a source or an `also` of the item. By hand,
    cited a and x, gold a and b: P = 1/2, R = 1/2, F1 = 1/2.

    >>> one = Item(id="q", question="?", answerable=True, sources=["a", "b"])
    >>> cited = [Cited(marker=n, source=s, start=0, end=1, quote="q", sha256="") for n, s in enumerate("ax", start=1)]
    >>> cited_files(cited, one)
    (0.5, 0.5, 0.5)
    """
    accepted = {*item.sources, *item.also}
    told: dict[str, set[str]] = {}
    for citation in citations:
        told.setdefault(citation.source, {citation.source}).update(citation.also_in)
    if not told:
        return 0.0, 0.0, 0.0
    precision = sum(bool(files & accepted) for files in told.values()) / len(told)
    named = set().union(*told.values())
    stood_for = bool(named & set(item.also))  # a file of `also` says what a source says
    recall = sum(source in named for source in item.sources) / len(item.sources)
    if stood_for:
        recall = max(recall, 1 / len(item.sources))
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def overlaps_gold(citations: Sequence[Cited], item: Item, texts: Texts) -> bool:
    """Whether a citation and a gold quote share a character, in the quote's own file or any copy of it."""
    gold = [(quote.source, span) for quote in item.quotes if (span := span_of(quote, texts.of(quote.source)))]
    cited = as_ranges((one.source, one.start, one.end) for one in citations)
    if overlap(cited, as_ranges((source, *span) for source, span in gold)):
        return True
    # The same words in a file of `also`, or in a copy, have other offsets.
    return any(
        (one.source in item.also or quote.source in one.also_in) and _alike(one.quote, quote.text)
        for one in citations
        for quote in item.quotes
    )


def _alike(one: str, other: str) -> bool:
    """Whether one is a part of the other, white space and case aside."""
    one, other = (" ".join(text.split()).casefold() for text in (one, other))
    return one != "" != other and (one in other or other in one)


@dataclass(frozen=True, slots=True)
class Support:
    """How an answer's sentences stand on what they cite, each a share of the sentences (`words`: the mean share).

    `cited` have a marker with a citation, `figures` have every figure in what they cite, `words` have their telling
    words there; "last year" is counted from the citation's date. The last is lexical support and nothing more: it does not tell
    whether the source agrees.
    """

    cited: float
    figures: float
    words: float


def support(said: Said) -> Support | None:
    """The support of an answer's sentences; None when it has none.

    By hand: "Li leads it [1]. It has 35 labs." with "Li leads it" quoted: one sentence of two is cited; the figure of
    the second stands nowhere; of the words all of the first and none of the second.

    >>> quote = Cited(marker=1, source="a", start=0, end=11, quote="Li leads it", sha256="")
    >>> support(Said(text="Li leads it [1]. It has 35 labs.", status="answered", citations=[quote]))
    Support(cited=0.5, figures=0.5, words=0.5)
    """
    found: list[tuple[bool, bool, float]] = []
    for sentence, cited in cited_sentences(said):
        bare, source = unmarked(sentence), "\n".join(_dated(one) for one in cited)
        words = set(terms(bare))
        held = len(words & set(terms(source))) / len(words) if words else float(bool(cited))
        found.append((bool(cited), not missing_figures(bare, source), held))
    if not found:
        return None
    n = len(found)
    return Support(*(sum(one[at] for one in found) / n for at in range(3)))


def _dated(cited: Cited) -> str:
    """What is cited, with the year behind every "last year" where the citation has a date."""
    return dated(cited.quote, cited.published if _DATE.match(cited.published or "") else None)


def cited_sentences(said: Said) -> list[tuple[str, list[Cited]]]:
    """The sentences of an answer, each with what its markers cite."""
    found = {citation.marker: citation for citation in said.citations}
    return [
        (sentence, [found[number] for number in map(int, _MARKERS.findall(sentence)) if number in found])
        for sentence in _sentences(said.text)
    ]


def _sentences(text: str) -> list[str]:
    """The sentences with the markers behind them.

    Markers at the head of a sentence are those of the one before when it has none: where a quotation ends within another, a
    splitter takes them for the beginning of what follows.

    >>> _sentences("“They “talk” with the site.” [1] “Hence, it cuts.” [2]")
    ['“They “talk” with the site.” [1]', '“Hence, it cuts.” [2]']
    """
    joined: list[str] = []
    for start, end in sentences(text):
        piece = text[start:end]
        head = _HEAD.match(piece)
        if head and joined and not _MARKERS.search(joined[-1]):
            joined[-1] += f" {head.group().strip()}"
            piece = piece[head.end() :]
        if re.search(r"\w", unmarked(piece)):
            joined.append(piece)
        elif joined:
            joined[-1] += piece
    return joined
