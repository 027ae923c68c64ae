"""The year that an article means by "last year": what may be said of it, and what answers a question about a year."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.attribute import attribute
from assistant.claims import claims
from assistant.evidence import Evidence
from assistant.years import dated, plain
from tests.assistant.fakes import evidence_of


def published(day: str | None, *texts: str) -> list[Evidence]:
    """Evidence of articles of a day."""
    return [replace(one, hit=replace(one.hit, passage=replace(one.hit.passage, published=day))) for one in evidence_of(*texts)]


def holds(claim: str, evidence: list[Evidence], question: str = "") -> bool:
    (one,) = claims(claim)
    return bool(attribute(one, evidence, question, [piece.hit for piece in evidence]).supports)


LOSS = "The mill lost 5 million euros last year, and wants to lose less this year."


def test_a_year_that_the_source_counts_from_its_own_may_be_said() -> None:
    assert holds("The mill lost 5 million euros in 2022. [1]", published("2023-02-01", LOSS))
    assert not holds("The mill lost 5 million euros in 2021. [1]", published("2023-02-01", LOSS))
    assert not holds("The mill lost 5 million euros in 2022. [1]", published(None, LOSS))
    assert holds("The mill lost “5 million euros last year”. [1]", published("2023-02-01", LOSS)), "a quotation is as it was"


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("It opened three years ago.", 2020),
        ("It opened a year ago.", 2022),
        ("It opens next year.", 2024),
        ("它去年开业。", 2022),
        ("Es wurde im vergangenen Jahr eröffnet.", 2022),
    ],
)
def test_years_are_counted_in_several_ways(said: str, year: int) -> None:
    assert f"({year})" in dated(said, "2023-02-01")
    assert plain(dated(said, "2023-02-01")) == said


@pytest.mark.parametrize(
    "said", ["It opened in the last year.", "Over the past year it grew.", "The school year began.", "It opened."]
)
def test_other_years_are_not_counted(said: str) -> None:
    assert dated(said, "2023-02-01") == said


@pytest.mark.parametrize(
    ("day", "year", "said", "answer", "right"),
    [
        ("2023-02-01", 2022, "The mill lost 5 million euros last year.", "5 million euros", True),
        ("2023-02-01", 2021, "The mill lost 5 million euros last year.", "5 million euros", False),
        ("2023-02-01", 2023, "The mill lost 5 million euros last year.", "5 million euros", False),
        ("2023-02-01", 2023, "The mill lost 5 million euros, 2 million more than last year.", "5 million euros", True),
        ("2023-02-01", 2023, "The mill lost 5 million euros, after 3 million last year.", "5 million euros", True),
        ("2023-02-01", 2023, "The mill, which lost 3 million last year, lost 5 million euros.", "5 million euros", True),
        ("2023-02-01", 2023, "The mill lost 5 million euros.", "5 million euros", True),
        ("2023-02-01", 2023, "The mill lost 5 million euros this year.", "5 million euros", True),
        ("2023-02-01", 2020, "The mill lost 5 million euros in 2020 and less last year.", "5 million euros", True),
        ("2023-02-01", 2020, "The mill lost 5 million euros three years ago.", "5 million euros", True),
        ("2025-11-06", 2021, "The mill's loss grew to 5 million euros from 3 million a year earlier.", "5 million euros", False),
        (None, 2021, "The mill lost 5 million euros last year.", "5 million euros", True),
    ],
)
def test_a_question_about_a_year_is_not_answered_with_another_year(
    day: str | None, year: int, said: str, answer: str, right: bool
) -> None:
    assert holds(f"{answer} [1]", published(day, said), f"What did the mill lose in {year}?") is right


@pytest.mark.parametrize("asked", ["since 2015", "by 2030", "after 2019", "with its 2040 plan"])
def test_a_year_that_only_bounds_the_question_is_not_held_against_an_answer(asked: str) -> None:
    assert holds(
        "5 million euros [1]",
        published("2023-02-01", "The mill lost 5 million euros last year."),
        f"What did the mill lose {asked}?",
    )


def test_revenue_is_no_profit() -> None:
    sold = published("2022-07-05", "Chizhu sold 3,900 tonnes of magnets, for 1.62 billion yuan.")
    assert not holds("1.62 billion yuan [1]", sold, "What was Chizhu's profit?")
    assert holds("1.62 billion yuan [1]", sold, "What were Chizhu's sales?")
    made = published("2022-07-05", "Chizhu made 1.62 billion yuan on sales of 9 billion.")
    assert holds("1.62 billion yuan [1]", made, "What was Chizhu's profit?")
