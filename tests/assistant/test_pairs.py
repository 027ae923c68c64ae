"""A figure stands with what it is of, or it is another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("Sales rose 12 percent in Ohio.", "Sales rose 12 percent in Texas and 9 percent in Ohio.", ["12%"]),
        ("The toll is 11 crowns for cars and 4 for lorries.", TOLL, ["11", "4"]),
        ("It cut 12 jobs in Ohio.", "It cut 12 jobs in Texas, 9 in Ohio and 3 in Maine.", ["12"]),
        ("4 Kronen für Lastwagen", "Die Maut beträgt 4 Kronen für Autos und 11 für Lastwagen.", ["4"]),
        ("Profit was $4bn in 2020.", "It made a profit of $4bn on sales of $30bn in 2020.", []),
        ("Revenue rose 12 percent in May.", "Revenue rose 12 percent to $5bn in May, while costs fell 8 percent in May.", []),
        ("It employs 4,000 in Germany.", "It employs 4,000 at two plants in Germany, and laid off 200 in Germany last year.", []),
        ("The storm killed 17 people in Ohio.", "The storm killed people in Ohio on May 9. The toll is 17.", []),
        ("It delivered 466 cars in May.", "It delivered many cars in May, 83 percent more than before. It delivered 466.", []),
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


_PART = st.builds(
    "{} {} {} {} {} and {} {} {}.".format,
    st.sampled_from(["It sold", "Of its money", "Sales rose"]), st.integers(1, 30), st.sampled_from(["", "crowns", "percent"]),
    st.sampled_from(["in", "for", "to"]), st.sampled_from(["Ohio", "Texas", "2019", "lorries"]),
    st.integers(31, 60), st.sampled_from(["in", "for"]), st.sampled_from(["Maine", "2020", "cars"]),
)  # fmt: skip


@given(st.lists(_PART, min_size=1, max_size=4))
def test_what_a_sentence_says_is_never_swapped_in_it(parts: list[str]) -> None:
    for part in parts:
        assert swapped(part, part) == []


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
