"""What a source says of another figure, of another name or of another holder of an office is not said of the claim's."""

from __future__ import annotations

import time

import pytest

from assistant.rival_figures import of_a_rival
from assistant.rival_names import of_a_rival_name
from assistant.roles import of_another_holder
from tests.assistant.fakes import Newsroom, supports

LOSSES = "Investor Bellweather Capital lost 96 million pounds; the pension fund of Marlow teachers lost 31 million pounds."
SMELTER = "The smelter opened in 1967 and was modernised in 1998 at a cost of 90 million euros."
YEAR = "Norvik lost 212 million euros in 2023, compared with a profit of 45 million euros a year earlier."
QUARTER = (
    "Lumora reported first-quarter revenue of $4.2bn, up 18 percent from $3.56bn a year earlier, and net profit of $610m, "
    "compared with $480m."
)
STAFF = "Lumora, founded in 1994, employs 23,400 people, 6,100 of them in Ireland and 4,800 in Malaysia."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Bellweather Capital lost 31 million pounds.", LOSSES),
        ("The pension fund lost 96 million pounds.", LOSSES),
        ("The smelter opened in 1998.", SMELTER),
        ("Norvik lost 45 million euros in 2023.", YEAR),
        ("Lumora reported revenue of $3.56bn in the first quarter.", QUARTER),
        ("Lumora's first-quarter net profit was $480m.", QUARTER),
        ("Lumora employs 6,100 people in Malaysia.", STAFF),
        ("The bridge opened on 12 May.", "The bridge opened on 3 May, 12 May being a holiday."),
    ],
)
def test_a_figure_of_a_clause_that_says_less_of_the_claim_is_anothers(claim: str, source: str) -> None:
    assert of_a_rival(claim, source) != []
    assert supports(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Bellweather Capital lost 96 million pounds.", LOSSES),
        ("The pension fund lost 31 million pounds.", LOSSES),
        ("The smelter was modernised in 1998.", SMELTER),
        ("The smelter was rebuilt in 1998.", SMELTER),
        ("Norvik lost 212 million euros in 2023.", YEAR),
        ("Revenue had been $3.56bn a year earlier.", QUARTER),
        ("Lumora reported net profit of $610m.", QUARTER),
        ("Lumora employs 4,800 people in Malaysia.", STAFF),
        ("He won 4 medals in 2012.", "He won 3 medals in 2008 and 4 in 2012."),
        ("Capitol recorded them in 1950.", "Capitol recorded them in 1949 and 1950."),
        ("It may spend $1.8bn on the works.", "It will spend between $1.5bn and $1.8bn on the works."),
        ("It costs more than 10 euros.", "It costs 12 euros, more than 10 euros."),
        ("The firm has 300 employees.", "The firm has 40 shops and 300 staff."),
        ("Net sales for 2020 were $5.2 million.", "Net sales for 2021 and 2020 were $6.1 million and $5.2 million, respectively."),
        ("The index stood at 98 in 2020.", "The index stood at 104 in May 2021, against 98 a year earlier, in 2020."),
    ],
)
def test_a_figure_that_is_said_of_the_claim_in_another_way_stays(claim: str, source: str) -> None:
    assert of_a_rival(claim, source) == []


COURT = (
    "A court in Marlow on Friday acquitted Orchard founder Nadia Reyes of fraud. Former finance director Paul Denning was found "
    "guilty of false accounting and will be sentenced on 9 August."
)
GLINT = "Lumora bought the software firm Glint for $740 million in January. Rival Tessaro made an offer of $800 million."
AID = "Neighbouring Valdonia sent 120 rescuers and four helicopters; Orsenia sent tents."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Nadia Reyes was found guilty of false accounting.", COURT),
        ("Tessaro bought Glint for $740 million in January.", GLINT),
        ("Orsenia sent 120 rescuers.", AID),
        ("Valdonia sent tents.", AID),
        ("Lumora was founded by Raj Mehta.", "Chief executive Raj Mehta said so. Lumora was founded by Henry Oduya."),
        ("Reyes was found guilty.", "The court cleared Reyes. Director Paul Denning was found guilty."),
    ],
)
def test_what_is_said_of_another_name_is_not_said_of_this_one(claim: str, source: str) -> None:
    assert of_a_rival_name(claim, source) != []
    assert supports(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Paul Denning was found guilty of false accounting.", COURT),
        ("Lumora bought Glint for $740 million in January.", GLINT),
        ("Valdonia sent 120 rescuers.", AID),
        ("Norvik lost 212 million euros.", "Norvik is in trouble. The company lost 212 million euros."),
        ("Li Na paid for the park.", "Li Na came. She paid for the park, said Tom Lee."),
        ("Nadia Reyes was cleared of fraud.", "Court clears founder of fraud. It acquitted Nadia Reyes."),
    ],
)
def test_what_is_said_of_the_name_in_another_way_stays(claim: str, source: str) -> None:
    assert of_a_rival_name(claim, source) == []


BOARD = "Chief financial officer Dana Whitlock said Lumora would spend more. Chief executive Raj Mehta said it would pay."
VISIT = "President Elena Marku visited the town. Opposition leader Viktor Hasa said that was too little."


@pytest.mark.parametrize(
    ("claim", "source", "question"),
    [
        ("Dana Whitlock is Lumora's chief executive.", BOARD, ""),
        ("The chief executive of Lumora is Dana Whitlock.", BOARD, ""),
        ("Dana Whitlock.", BOARD, "Who is the chief executive of Lumora?"),
        ("Viktor Hasa is the president.", VISIT, ""),
        ("The judge was Grace Okafor.", "His lawyer, Grace Okafor, said he would appeal. Judge Helen Marsh said no.", ""),
        ("Tom Lee is the chief executive.", "Maria Kwok, the firm's chief executive, met Tom Lee.", ""),
    ],
)
def test_an_office_that_the_source_gives_to_another_is_not_taken(claim: str, source: str, question: str) -> None:
    assert of_another_holder(claim, source, question) != []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Raj Mehta is the chief executive of Lumora.", BOARD),
        ("The chief executive of Lumora is Raj Mehta.", BOARD),
        ("Elena Marku is the president of Kestria.", VISIT),
        ("Clara Voss is a founder of it.", "The founders Henry Oduya and Clara Voss left."),
        ("Maria Kwok is the chief executive of Digital Bricks.", "Maria Kwok, chief executive of Digital Bricks, left."),
        ("Tom Lee is the chief executive of Hydra.", "Maria Kwok, chief executive of Norvik, met Tom Lee, who runs Hydra."),
        ("Tom Lee is the chief executive of Hydra.", "Norvik chief executive Maria Kwok met Tom Lee, who runs Hydra."),
        ("Wang Fang was the mayor until 2019.", "Mayor Li Na praised it. Her predecessor, Wang Fang, was mayor until 2019."),
        ("Wang Fang is the next chief executive.", "Chief executive Li Na will be followed by Wang Fang."),
        ("Raj Mehta is expected to resign.", "Dana Whitlock, expected to resign, met Raj Mehta."),
    ],
)  # fmt: skip
def test_an_office_that_is_not_plainly_anothers_stays(claim: str, source: str) -> None:
    assert of_another_holder(claim, source) == []


def test_the_holder_of_an_office_is_looked_for_in_all_that_was_found_of_the_article(newsroom: Newsroom) -> None:
    filler = "word " * 300
    newsroom.write(
        "lumora.txt", f"Lumora hires\n\nDana Whitlock of Lumora hired 40 people.\n\n{filler}\n\nChief executive Raj Mehta left."
    )
    said = newsroom.say("Dana Whitlock is the chief executive of Lumora [1].", "Who is the chief executive of Lumora?")
    assert "Dana Whitlock is the chief executive" not in said.text
    said = newsroom.say("Raj Mehta is the chief executive of Lumora [1].", "Who is the chief executive of Lumora?")
    assert "Raj Mehta" in said.text


@pytest.mark.parametrize(
    "text", ["It lost 5 million pounds, " * 800, "Li Na, Chief executive Li Na and " * 600, "A b, c; " * 2_500]
)
def test_a_long_line_takes_no_time(text: str) -> None:
    begun = time.process_time()
    of_a_rival("It lost 5 million pounds in 7 years.", f"{text} 7 years")
    of_a_rival_name("Li Na lost 5 million pounds.", f"{text}. Li Na came.")
    of_another_holder("Li Wei is the chief executive.", text)
    assert time.process_time() - begun < 3
