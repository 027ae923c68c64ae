from __future__ import annotations

from datetime import date

import pytest

from index.periods import DATED_BONUS, periods, prefer
from index.types import Passage

LATEST = "2023-03-14"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was announced in 2021?", [("2021-01-01", "2021-12-31")]),
        ("What was announced in February 2020?", [("2020-02-01", "2020-02-29")]),
        ("What happened on May 12, 2021?", [("2021-05-01", "2021-05-31")]),
        ("2020年5月宣布了什么？", [("2020-05-01", "2020-05-31")]),
        ("What is in the report of 2021-11-03?", [("2021-11-01", "2021-11-30")]),
        ("What did the season of 2009-10 bring?", [("2009-01-01", "2009-12-31")]),
        ("腾讯在2020年5月宣布了什么？", [("2020-05-01", "2020-05-31")]),
        ("公司 2021 年的收入是多少？", [("2021-01-01", "2021-12-31")]),
        ("What happened on May 12th, 2021?", [("2021-05-01", "2021-05-31")]),
        ("What happened in the last week of March 2020?", [("2020-03-01", "2020-03-31")]),
        ("How did early 2020 differ from late 2021?", [("2020-01-01", "2020-12-31"), ("2021-01-01", "2021-12-31")]),
        ("Did the plant hire 2000 people, or more than 2000 workers?", []),
        ("What may 2020 bring?", []),
        ("What did it cost last year?", [("2022-01-01", "2022-12-31")]),
        ("What will open this year?", [("2023-01-01", "2023-12-31")]),
        ("去年的收入是多少？", [("2022-01-01", "2022-12-31")]),
        ("What rose last month?", [("2023-02-01", "2023-02-28")]),
        ("上个月发生了什么？", [("2023-02-01", "2023-02-28")]),
        ("Who resigned this month?", [("2023-03-01", "2023-03-31")]),
        ("Who resigned last week?", [("2023-03-06", "2023-03-12")]),
        ("Who resigned this week?", [("2023-03-13", "2023-03-19")]),
        ("Did sales in 2019 exceed those of 2018?", [("2019-01-01", "2019-12-31"), ("2018-01-01", "2018-12-31")]),
        ("Who pays 12019 yuan, or 20190?", []),
        ("How did the year end?", []),
        ("Who was the last mayor?", []),
    ],
)
def test_the_periods_a_question_names(question: str, expected: list[tuple[str, str]]) -> None:
    assert periods(question, LATEST) == expected


def test_an_article_dated_in_the_future_does_not_move_the_present() -> None:
    now = date.today().year
    assert periods("What opened this year?", "2099-12-31") == [(f"{now}-01-01", f"{now}-12-31")]


def test_without_a_dated_article_nothing_is_relative() -> None:
    assert periods("What was announced last year, and in 2021?", None) == [("2021-01-01", "2021-12-31")]


def _passage(published: str | None) -> Passage:
    return Passage("a.txt", 0, 3, "Ore", "body", None, published)


def test_an_article_of_the_period_is_preferred_and_none_is_excluded() -> None:
    passages = {1: _passage("2020-05-27"), 2: _passage("2021-05-27"), 3: _passage(None)}
    ranked = [(1, 1.0), (3, 0.95), (2, 0.9)]
    found = prefer(ranked, passages, [("2021-01-01", "2021-12-31")])
    assert [i for i, _ in found] == [2, 1, 3]
    assert found[0][1] == pytest.approx(0.9 + DATED_BONUS)
    assert prefer(ranked, passages, []) == [(1, 1.0), (3, 0.95), (2, 0.9)]


def test_what_a_passage_says_outweighs_when_it_appeared() -> None:
    passages = {1: _passage("2020-05-27"), 2: _passage("2021-05-27")}
    assert prefer([(1, 2.0), (2, 1.0)], passages, [("2021-01-01", "2021-12-31")])[0][0] == 1
