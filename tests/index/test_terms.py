"""Terms: what two spellings of one thing have in common."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.terms import terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("investing", "INVESTED"),
        ("café naïve", "CAFE NAIVE"),
        ("Größe", "GRÖSSE"),
        ("US$70bn", "US$70 billion"),
        ("$1.4tn", "1.4 trillion"),
        ("5 pct", "5 percent"),
        ("1,400 wafers", "1400 wafers"),
        ("1,234,567.5", "1234567.5"),
        ("ｆｕｌｌ　ｗｉｄｔｈ　１２", "full width 12"),
        ("ﬁrm", "firm"),
    ],
)
def test_two_spellings_of_one_thing_are_the_same_terms(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(("one", "other"), [("3.5", "35"), ("1.4", "14"), ("2021", "2022"), ("pier", "peer"), ("码头", "头码")])
def test_two_different_things_are_different_terms(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_words_that_stand_in_every_question_are_left_out() -> None:
    assert terms("What did the articles say about the pier, and when?") == ["pier"]


def test_chinese_is_taken_in_pairs_and_a_single_character_alone() -> None:
    assert terms("码头停业 在") == ["码头", "头停", "停业", "在"]


def test_mixed_text_keeps_its_order_and_repetitions() -> None:
    assert terms("pier 码头 pier 12") == ["pier", "码头", "pier", "12"]


def test_a_comma_that_groups_no_thousands_is_a_decimal_mark() -> None:
    assert terms("1,5 and 12,34") == ["1.5", "12.34"]


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_terms_are_never_empty_and_hold_no_white_space_or_quotes(text: str) -> None:
    assert all(term and not any(c.isspace() or c == '"' for c in term) for term in terms(text))
