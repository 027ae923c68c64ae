"""Lines, paragraphs and headlines of plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import headline, is_dated_line, is_headline, lines, paragraphs, read_text

WRAPPED = (
    "The harbour office will close the pier at Kettle Sound on Monday for\n"
    "eleven weeks, because divers found cracks in nine of its forty oak\n"
    "piles; the ferry will use the coal quay.\n"
)
TEXTS = st.text(st.sampled_from(list("ab.Z 1，。中\t\u3000\xa0\r\n\x85\u2028")) | st.characters(codec="utf-8"), max_size=80)


def _slow_lines(text: str) -> list[tuple[int, int]]:
    """One character at a time."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    end = 0
    for at, character in enumerate(text + "\n"):
        if character in "\r\n":
            if start is not None:
                found.append((start, end))
            start = None
        elif not character.isspace():
            start, end = at if start is None else start, at + 1
    return found


@given(TEXTS)
def test_lines_are_those_of_a_slow_reader(text: str) -> None:
    assert list(lines(text)) == _slow_lines(text)


@given(TEXTS)
def test_paragraphs_are_lines_or_runs_of_lines_in_order(text: str) -> None:
    singles = _slow_lines(text)
    for start, end in paragraphs(text):
        first = [a for a, _ in singles].index(start)
        last = [b for _, b in singles].index(end)
        assert first <= last
        singles = singles[last + 1 :] if first == 0 else pytest.fail("a line was left out")
    assert singles == []


def test_each_line_is_a_paragraph_when_the_page_keeps_a_paragraph_on_a_line() -> None:
    text = "Pier closes\nThe pier closes on Monday.\nThe ferry does not."
    assert [text[a:b] for a, b in paragraphs(text)] == ["Pier closes", "The pier closes on Monday.", "The ferry does not."]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = f"Pier closes\n\n{WRAPPED}\n{WRAPPED}"
    assert [text[a:b] for a, b in paragraphs(text)] == ["Pier closes", WRAPPED.strip(), WRAPPED.strip()]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_hard_wrapped_lines_are_one_paragraph_whatever_ends_them(newline: str) -> None:
    text = f"Pier closes\n\n{WRAPPED}\n{WRAPPED}".replace("\n", newline)
    assert len(paragraphs(text)) == 3


def test_a_list_of_headlines_is_not_mistaken_for_wrapped_prose() -> None:
    text = "Harbour tolls to go up by four per cent in June\nThe lift that would not stop at the sixth\nMy landlord"
    assert len(paragraphs(text)) == 3


def test_a_long_run_of_white_space_costs_no_more_than_its_length() -> None:
    # 10,000 blanks take a millisecond when each is looked at once, and above a second when each looks at all that follow.
    began = time.perf_counter()
    assert len(paragraphs("Above\n" + " " * 10_000 + "\nBelow")) == 2
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("Ferry pier to close for repairs\nThe pier will close on Monday.", "Ferry pier to close for repairs"),
        ("Sat, May 14, 2022 page 3\nFerry pier to close for repairs\nThe pier will close.", "Ferry pier to close for repairs"),
        ("Share this article\nFerry pier to close for repairs\nThe pier will close.", "Ferry pier to close for repairs"),
        ("The Kettle Sound Mirror\nFerry pier to close for repairs\nThe pier will close.", "Ferry pier to close for repairs"),
        (
            "By Orla Quent  /  Staff reporter\nFerry pier to close for repairs\nThe pier will close.",
            "Ferry pier to close for repairs",
        ),
        ("首页 | 城事\n铜壶湾码头星期一停业\n2022年5月14日\n港务处表示，码头将停业。", "铜壶湾码头星期一停业"),
        ("Ferry pier\xa0to close\xa0for repairs\nThe pier will close.", "Ferry pier to close for repairs"),
    ],
)
def test_the_headline_is_found_among_the_lines_above_the_story(page: str, expected: str) -> None:
    assert headline(page) == expected


@pytest.mark.parametrize(
    "page",
    [
        "The pier will close on Monday.\nFerry pier to close for repairs",
        "14 May 2022\nThe pier will close on Monday.",
        "Pier\nThe pier will close on Monday.",
        "",
    ],
)
def test_there_is_no_headline_where_the_page_starts_with_its_story(page: str) -> None:
    assert headline(page) is None


def test_a_headline_may_be_set_off_by_a_dash() -> None:
    assert headline("Kettle Sound – pier to close\nThe pier will close on Monday.") == "Kettle Sound – pier to close"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ferry pier to close", True),
        ("Ferry pier closes", False),
        ("码头停业维修", True),
        ("码头停业", False),
        ("The pier is to close.", False),
        ("What the pier costs:", False),
        ("Ferry pier to close " * 11, False),
        ("See the pier at https://x.example", False),
    ],
)
def test_a_headline_is_several_words_in_one_short_unfinished_line(line: str, expected: bool) -> None:
    assert is_headline(line) is expected


@pytest.mark.parametrize(
    ("line", "expected"), [("Sat, May 14, 2022 page 3", True), ("On 14 May 2022 the pier closed, " + "to nobody's joy " * 3, False)]
)
def test_a_dated_line_is_a_date_and_little_else(line: str, expected: bool) -> None:
    assert is_dated_line(line) is expected


def test_plain_text_is_kept_whole_and_gives_no_hints() -> None:
    text = "\r\nFerry pier to close for repairs\r\nThe pier will close.\r\n"
    read = read_text(text)
    assert (read.text, read.title, read.hints) == (text, "Ferry pier to close for repairs", ())
