from __future__ import annotations

import pytest

from assistant.answertype import has_what_is_asked


@pytest.mark.parametrize(
    ("question", "text", "has"),
    [
        ("How much did it cost?", "It cost 12 yuan.", True),
        ("How much did it cost?", "It was thought dear.", False),
        ("How much did the 12 bridges cost?", "The 12 bridges were dear.", False),
        ("How many workers are there?", "Dozens of workers came.", True),
        ("What share of the chips was made at home?", "Most of the chips were.", True),
        ("What share of the chips was made at home?", "The chips were made at home.", False),
        ("When did it open?", "It opened in June.", True),
        ("When did it open?", "It opened with a band.", False),
        ("When did it open?", "It opened after the flood.", True),
        ("In which year did it open?", "It opened in 1998.", True),
        ("Who won?", "Maria Kwok won.", True),
        ("Who won?", "The vote was close in China.", False),
        ("Who won the Kestrel prize?", "The Kestrel prize was given on Monday.", False),
        ("Which company won the contract?", "The Chinese government has built 700 laboratories.", False),
        ("Which company won the contract?", "Kestrel Homes won it.", True),
        ("And who leads it?", "It is led by Cen Yuhe.", True),
        ("Why did it close?", "It rained.", True),
        ("What is made there?", "Boots.", True),
        ("How did it close?", "Slowly.", True),
        ("桥造价多少？", "很贵。", True),
    ],
)
def test_a_quotation_has_the_kind_of_thing_that_is_asked_for(question: str, text: str, has: bool) -> None:
    assert has_what_is_asked(question, text) is has
