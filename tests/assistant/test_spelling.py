"""A question with slips of the keyboard is read as it was meant, and nothing else is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.spelling import respelled
from index.types import Hit
from tests.assistant.fakes import Newsroom, ScriptedModel
from tests.fakes import a_passage

CRANES = Hit(
    a_passage(
        "The Harbour of Muheng has 34 gantry cranes. Their chains were made by Jingmo Materials, which sells to foreign clients."
    ),
    1.0,
    0.9,
)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("How mnay gantry crains are in the harbor of Muhegn?", "How many gantry cranes are in the harbor of Muheng?"),
        ("What percantage of the contrakt is for Jingmo Matereals?", "What percentage of the contract is for Jingmo Materials?"),
        ("waht is Jingmo's share of the custommers?", "what is Jingmo's share of the customers?"),
        ("How long is the aplication form?", "How long is the application form?"),
    ],
)
def test_a_slip_is_read_as_the_word_that_was_meant(question: str, meant: str) -> None:
    assert respelled(question, [CRANES]) == meant


@pytest.mark.parametrize(
    "question",
    [
        "How many cranes does the harbour have?",
        "What did Mihang say of the crane?",  # another name than the one found, by more than a slip
        "Who is Kestrel Ballou?",
        "What is the colour of the organised travellers' metre?",
        "Havent they said whats in it, and dont they know?",
        "How does covid spread, and what does an electrolyser do?",  # newer than any dictionary
        "Does the 5G of B-52 and the R2D2 work in the UK?",
        "Wie viele Kräne hat der Hafen von Muhegn?",
        "港口有多少台起重机？",
        "Is it “craned”?",
        "",
    ],
)
def test_what_is_no_slip_is_left_as_it_is(question: str) -> None:
    assert respelled(question, [CRANES]) == question


def test_an_answer_says_how_the_question_was_read(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.write("harbour.txt", "The harbour of Muheng has 34 gantry cranes.\n\nThey were painted in June.\n")
    model = ScriptedModel("The harbour of Muheng has 34 gantry cranes [1].")
    answer = newsroom.ask("How mnay gantry crains are in the harbour of Muhegn?", model)
    assert answer.text == "The harbour of Muheng has 34 gantry cranes [1]."
    assert answer.question == "How mnay gantry crains are in the harbour of Muhegn?"
    assert answer.warnings == ("read as: How many gantry cranes are in the harbour of Muheng?",)
    assert "Question: How many gantry cranes are in the harbour of Muheng?" in model.prompt
