"""Sentences and passages are exact ranges; passages are whole sentences within one segment and within their size."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import prepare
from index.chunk import PASSAGE_TOKENS, chunk
from index.clean import clean
from index.sentences import MAX_PARAGRAPH, sentences
from index.tokens import count_tokens
from index.types import Passage, Segment
from tests.fakes import an_article
from tests.index.test_furniture_clean import SAMPLES

PIECES = st.sampled_from(
    [
        "The pier closes. ",
        "Dr. Li paid 3.5 crowns",
        "“No,” she said. ",
        '"Yes." ',
        "好。",
        "“真的？”",
        "他说：",
        "\n",
        "\r\n",
        "\n\n",
        "\u3000",
        "  ",
        *["U.S. ", "e.g. ", "...", "!?", "(", ")", "'", '"', "”", "« Non. »", "x" * 50, "\xa0", "\u2028", "\x85", "😀"],
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join)


def _ranges_are_right(text: str, ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """In order, apart, trimmed, and together every visible character of text[start:end]."""
    assert all(a < b for a, b in ranges)
    assert all(one[1] <= other[0] for one, other in pairwise(ranges))
    assert all(text[a:b] == text[a:b].strip() for a, b in ranges)
    outside = text[start : ranges[0][0]] if ranges else text[start:end]
    outside += "".join(text[one[1] : other[0]] for one, other in pairwise(ranges))
    outside += text[ranges[-1][1] : end] if ranges else ""
    assert all(start <= a and b <= end for a, b in ranges)
    return not outside.strip()


@settings(max_examples=200)
@given(TEXTS)
def test_sentences_cover_every_visible_character_once_and_in_order(text: str) -> None:
    assert _ranges_are_right(text, sentences(text), 0, len(text))


@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_sentences_of_a_part_stay_within_it(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    assert _ranges_are_right(text, sentences(text, start, end), start, end)


def test_sentences_of_a_part_are_those_of_the_part_alone() -> None:
    text = "Above it. The pier closes. The ferry does not. Below."
    part = text[10:46]
    assert (
        [text[a:b] for a, b in sentences(text, 10, 46)]
        == [part[a:b] for a, b in sentences(part)]
        == ["The pier closes.", "The ferry does not."]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell 3.5 percent. It rose.", ["It fell 3.5 percent.", "It rose."]),
        ("Dr. Li met Mr. Wu. They spoke.", ["Dr. Li met Mr. Wu.", "They spoke."]),
        ("“It closes.” “When?” she asked.", ["“It closes.”", "“When?” she asked."]),
        ("She left. “It closes,” he said.", ["She left.", "“It closes,” he said."]),
        ("码头停业。渡船照开！真的？", ["码头停业。", "渡船照开！", "真的？"]),
        ("她说：“码头停业。”渡船照开。", ["她说：“码头停业。”", "渡船照开。"]),
        ("A heading\nA sentence of it.", ["A heading", "A sentence of it."]),
        ("Das Bad wird zum 30. Juni geschlossen. Es kostete 7,4 Mio. Euro.",
         ["Das Bad wird zum 30. Juni geschlossen.", "Es kostete 7,4 Mio. Euro."]),
        ("Am 1. April kam der 3. und letzte Zug. Er fuhr.", ["Am 1. April kam der 3. und letzte Zug.", "Er fuhr."]),
        ("It sold 12. Mayor Li spoke.", ["It sold 12.", "Mayor Li spoke."]),
        ("It rose to 30. November sales fell.", ["It rose to 30.", "November sales fell."]),
        ("Am 30. November fiel es. So am 3. April.", ["Am 30. November fiel es.", "So am 3. April."]),
        ("Er kam am 3. Juli. Dann ca. 40 Leute.", ["Er kam am 3. Juli.", "Dann ca. 40 Leute."]),
        ("", []),
        (" \n\t", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == expected


def test_a_paragraph_without_end_is_cut_and_nothing_is_lost() -> None:
    text = "word " * 10_000  # 50,000 characters without a stop: pieces of 20,000, 20,000 and 9,999
    found = sentences(text)
    assert _ranges_are_right(text, found, 0, len(text))
    assert max(b - a for a, b in found) <= MAX_PARAGRAPH
    assert len(found) == 3


# Passages


def _passages(text: str, size: int = PASSAGE_TOKENS) -> tuple[Passage, ...]:
    article = an_article(text)
    return chunk(article, clean(article), size)


def _visible(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=150)
@given(TEXTS, st.integers(8, 60))
def test_passages_are_slices_in_order_that_cover_the_text(text: str, size: int) -> None:
    found = _passages(text, size)
    assert all(text[p.start : p.end] == p.text for p in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert _visible("".join(p.text for p in found)) == _visible(text)


@settings(max_examples=150)
@given(TEXTS)
def test_passages_never_cross_a_segment(text: str) -> None:
    article = an_article(text)
    segments = clean(article)
    for passage in chunk(article, segments, 20):
        own = [s for s in segments if s.start <= passage.start and passage.end <= s.end]
        assert [s.kind for s in own] == [passage.kind]


@settings(max_examples=150)
@given(TEXTS, st.integers(8, 60))
def test_passages_hold_no_more_than_their_size(text: str, size: int) -> None:
    assert all(count_tokens(p.text) <= size for p in _passages(text, size))


@pytest.mark.parametrize(
    ("sentence", "between"),
    [("好。", "\u3000\n\u3000\u3000"), ("Yes 4", "\n\xa0\n\t\n"), ("Yes 4", "\n \t \n\t \n")],
    ids=["Chinese indents", "no-break spaces", "tabs"],
)
def test_the_white_space_between_sentences_counts_too(sentence: str, between: str) -> None:
    # A passage is sent to the model as it stands, with what is between its sentences.
    assert max(count_tokens(p.text) for p in _passages((sentence + between) * 150)) <= PASSAGE_TOKENS


def test_one_segment_becomes_passages_of_about_equal_length() -> None:
    # "The ferry was late again." has 6 tokens; 70 of them have 70 * 6 = 420, so ceil(420 / (200 * 0.9)) = 3 passages of
    # 23 or 24 sentences, which is 140 tokens, and no scrap at the end.
    assert count_tokens("The ferry was late again.") == 6
    found = _passages("The ferry was late again. " * 70)
    assert sorted(p.text.count("ferry") for p in found) == [23, 23, 24]


def test_sentences_are_not_cut_where_they_fit() -> None:
    found = _passages("The pier at Kettle Sound will close on Monday. " * 60, 30)
    assert len(found) > 5
    assert all(p.text.startswith("The pier") and p.text.endswith("Monday.") for p in found)


@pytest.mark.parametrize(
    "text",
    ["pier " * 2_000, "a" * 5_000, "码头" * 1_000, "<|endoftext|>" * 200, "e\u0301\u0302" * 600, "😀" * 800],
    ids=lambda text: str(text)[:5],
)
def test_a_sentence_longer_than_a_passage_is_cut_to_size_and_nothing_is_lost(text: str) -> None:
    found = _passages(text)
    assert all(text[p.start : p.end] == p.text for p in found)
    assert _visible("".join(p.text for p in found)) == _visible(text)
    assert all(count_tokens(p.text) <= PASSAGE_TOKENS for p in found)


def test_a_short_article_is_one_passage_that_carries_its_article_along() -> None:
    article = an_article("The pier closes. The ferry does not.", source="news/a.txt", title="Pier closes")
    assert chunk(article, [Segment("body", 0, 36)]) == (
        Passage("news/a.txt", 0, 36, "The pier closes. The ferry does not.", "body", "Pier closes", None),
    )


def test_two_segments_are_two_passages_even_when_both_would_fit_in_one() -> None:
    found = chunk(an_article("It opened. It closed."), [Segment("body", 0, 10), Segment("teaser", 11, 21)])
    assert [(p.text, p.kind) for p in found] == [("It opened.", "body"), ("It closed.", "teaser")]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.stem))
def test_every_passage_of_the_sample_corpus_is_exact_and_in_size(path: Path) -> None:
    prepared = prepare(path.parent, path.name, "stamp")
    text = prepared.article.text
    assert all(text[p.start : p.end] == p.text for p in prepared.passages)
    assert _visible("".join(p.text for p in prepared.passages)) == _visible(text)
    assert all(count_tokens(p.text) <= PASSAGE_TOKENS for p in prepared.passages)
    assert all(
        any(s.start <= p.start and p.end <= s.end and s.kind == p.kind for s in prepared.segments) for p in prepared.passages
    )
