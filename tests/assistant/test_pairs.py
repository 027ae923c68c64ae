"""A figure stands with what it is of, or it is another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.attribute import claims
from assistant.pairs import swapped
from assistant.verify import verify
from tests.assistant.fakes import Newsroom, ScriptedModel, supports

TOLL = "The toll will be 4 crowns for cars and 11 for lorries; residents of the Old Quay district will pay nothing for a year."
JOBS = (
    "Kestrel Foods will close its cannery by the end of November, with the loss of 230 jobs. "
    "About 60 workers will be offered jobs at the group's plant in Morrow, 140 kilometres to the north."
)


@pytest.mark.parametrize(
    ("claim", "source", "figures"),
    [
        ("The toll is 4 crowns for lorries.", TOLL, ["4"]),
        ("The toll is 11 crowns for lorries.", TOLL, []),
        ("4 crowns for a car, 11 for a lorry", TOLL, []),
        ("Lorries pay 4 crowns.", TOLL, []),  # said in another order: not compared
        ("It sold 6 million in 2019.", "It sold 4 million in 2019 and 6 million in 2020.", ["6000000"]),
        ("It sold 6 million in 2020.", "It sold 4 million in 2019 and 6 million in 2020.", []),
        ("Sales rose 12 percent in Ohio.", "Sales rose 12 percent in Texas and 9 percent in Ohio.", ["12"]),
        ("Sales rose 12 percent in Ohio.", "Sales rose 12 percent in Texas and stores in Ohio closed.", []),
        ("Sales rose 12 percent in Ohio.", "Sales rose 12 percent in Texas; 9 people in Ohio lost their jobs.", []),
        ("Profit was $4bn in 2020.", "Profit was $3bn in 2020, after $4bn in 2019.", ["4000000000"]),
        ("It will put $70bn in new lines.", "Of $70bn in funding it will spend a part over five years in new lines.", []),
        ("230 workers will be offered jobs in Morrow.", JOBS, ["230"]),
        ("60 workers will be offered jobs in Morrow.", JOBS, []),
        ("230 jobs will be lost at the cannery.", JOBS, []),
        ("Tencent’s cloud profit rose 12 percent.", "Tencent’s cloud profit was 4 billion. It rose 12 percent.", []),
        ("It cost 9 crowns.", "The pier is 40 metres long. It cost 9 crowns.", []),
        ("The pier cost 9 crowns.", "The pier is 40 metres long. It cost 9 crowns.", []),
        ("No figure for lorries.", TOLL, []),
        ("", "", []),
    ],
)
def test_a_figure_of_something_else_is_told(claim: str, source: str, figures: list[str]) -> None:
    assert swapped(claim, source) == figures


@given(
    st.lists(
        st.sampled_from([TOLL, JOBS, "It sold 4 million in 2019 and 6 million in 2020.", "No figure."]), min_size=1, max_size=3
    )
)
def test_what_a_source_says_itself_is_never_swapped(parts: list[str]) -> None:
    source = " ".join(parts)
    for claim in claims(source):
        assert swapped(claim.text, source) == []


def test_a_swapped_figure_is_one_that_the_source_lacks() -> None:
    assert verify("The toll is 4 crowns for lorries.", TOLL).figures == ("4",)
    assert supports("230 workers will be offered jobs in Morrow.", JOBS) == []


def test_a_model_that_swaps_figures_is_corrected_by_the_source(newsroom: Newsroom) -> None:
    newsroom.write("tunnel.txt", f"Tunnel opens\n\n{TOLL}\n")
    answer = newsroom.ask("What is the toll for lorries?", ScriptedModel("The toll is 4 crowns for lorries [1]."))
    assert answer.text == f"“{TOLL}” [1]"
    assert any("the sources lack 4" in warning for warning in answer.warnings)


def test_an_age_is_its_figure_and_its_range_names_whose_it_is() -> None:
    text = "Oskar Lind left the rock on Monday. The keeper, who is 83, had served since 1963."
    assert supports("83 years old", "Nobody is 83 here today.", text, question="How old is Oskar Lind?") == [text]
