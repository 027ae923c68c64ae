"""A question with slips of the keyboard is read as it was meant, and nothing else is changed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant import words
from assistant.spelling import respelled
from index.types import Hit
from tests.assistant.fakes import Newsroom, ScriptedModel
from tests.fakes import a_passage

FOUND = Hit(
    a_passage(
        "The Harbour of Muheng has 34 gantry cranes. Their chains were made by Jingmo Materials, which sells to foreign clients."
        " Farmers of Hebei and Shaanxi counted the emigrants. The brown hides were sold by Chase Bank, and loggers were fined."
    ),
    1.0,
    0.9,
)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("How mnay gantry crains are in the harbor of Muhegn?", "How many gantry cranes are in the harbor of Muheng?"),
        ("What percantage of the contract is for Jignmo?", "What percentage of the contract is for Jingmo?"),
        ("waht is Jingmo's share of the custommers?", "what is Jingmo's share of the customers?"),
        ("How long is the aplication form?", "How long is the application form?"),
        ("Who beleived the recieved goverment papers?", "Who believed the received government papers?"),
        ("Did it close in Febuary or on Wendesday?", "Did it close in February or on Wednesday?"),
        ("How many gantri cranes are there in the Harbuor?", "How many gantry cranes are there in the Harbour?"),
        ("What did the hcains cost in the harbour's shop?", "What did the chains cost in the harbour's shop?"),
    ],
)
def test_a_slip_is_read_as_the_word_that_was_meant(question: str, meant: str) -> None:
    assert respelled(question, [FOUND]) == meant


@pytest.mark.parametrize(
    "question",
    [
        "How many cranes does the harbour have?",
        "How many cranes does the port of Hubei have?",  # two provinces
        "what did the farmers of shanxi say?",
        "What did Mr Chace and Mrs Farmar say of the crane?",  # names are not read as words
        "Who is Kestrel Ballou?",
        "What is the colour of the organised travellers' metre?",
        "How many metres long is the data centre, say the sceptics?",
        "Which draught of the speciality was sold in the shopping centre for defence?",
        "Havent they said whats in it, and dont they know?",
        "How does covid spread, and what does an electrolyser do?",  # newer than any dictionary
        "How much were the vloggers fined for fracking, and who are the influencers of esports?",
        "What is a chiplet, a botnet, doxing, rewilding or graphene to the company?",
        "How many imnigrants and unjured were there?",  # neither emigrants nor the uninjured
        "Does the 5G of B-52 and the R2D2 work in the UK?",
        "Is the hide of the browm cow sold?",  # too short to be sure
        "Wie viele Kräne hat der Hafen von Muhegn?",
        "港口有多少台起重机？",
        "The qwxrtz plkjhh wrtzpq mnbvcx lkjhgf poiuzt asdfgh yxcvbn mnay are in the harbour",  # in words of its own
        "",
    ],
)
def test_what_is_no_slip_is_left_as_it_is(question: str) -> None:
    assert respelled(question, [FOUND]) == question


def test_a_word_and_its_forms_are_one() -> None:
    found = Hit(a_passage("The electrolysers of the Capulets make gas."), 1.0, 0.9)
    question = "What does the electrolyser of the capulet's make?"
    assert respelled(question, [found]) == question


def test_eight_readers_at_once_load_one_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def slow(**_: object) -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    monkeypatch.setattr("spellchecker.SpellChecker", slow)
    words._load.cache_clear()
    try:
        with ThreadPoolExecutor(8) as readers:
            found = list(readers.map(lambda _: words.dictionary(), range(8)))
    finally:
        words._load.cache_clear()
    assert len(made) == 1
    assert set(found) == set(made)


def test_an_answer_says_how_the_question_was_read(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.write("harbour.txt", "The harbour of Muheng has 34 gantry cranes.\n\nThey were painted in June.\n")
    model = ScriptedModel("The harbour of Muheng has 34 gantry cranes [1].")
    answer = newsroom.ask("How mnay gantry crains are in the harbour of Muhegn?", model)
    assert answer.text == "The harbour of Muheng has 34 gantry cranes [1]."
    assert answer.question == "How mnay gantry crains are in the harbour of Muhegn?"
    assert answer.warnings == ("read as: How many gantry cranes are in the harbour of Muheng?",)
    assert "Question: How many gantry cranes are in the harbour of Muheng?" in model.prompt


def test_what_is_found_without_the_slip_is_what_answers(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    for n in range(12):
        newsroom.write(f"{n}.txt", f"Ann closed room {n}.\n")
    newsroom.write("z.txt", "Ann pays 12 yuan for one application.\n")
    answer = newsroom.ask("What did Ann pay for the aplication?", ScriptedModel("Ann pays 12 yuan for one application [1]."))
    assert answer.text == "Ann pays 12 yuan for one application [1]."


def test_a_question_that_points_back_is_read_with_the_one_before_it_mended(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.write("harbour.txt", "The harbour of Muheng has 34 gantry cranes.\n\nThey were painted in June.\n")
    model = ScriptedModel("They were painted in June [1].")
    newsroom.ask("When were they painted?", model, history=[("How mnay gantry crains are in the harbour?", "34.")])
    assert "Earlier question: How many gantry cranes are in the harbour?" in model.prompt
