"""A name that a report says once: the sentence that says it is cited with the one that leaves it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.introduced import replaced
from tests.assistant.fakes import Newsroom

QUESTION = "How much water does the Lanqu works need?"
REPORT = """A new factory in the north

Since the spring Lanqu has been hiring painters and gardeners in the old fishing quarter.

{more}

The works will take 9,200 cubic metres of water a day.
"""
FILLER = "Nobody in the village had asked for it. The mayor had heard of it on the radio. He was having breakfast."


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    room = Newsroom(tmp_path)
    room.write("works.txt", REPORT.format(more=FILLER))
    return room


def test_the_sentence_that_says_the_name_is_cited_too(newsroom: Newsroom) -> None:
    answer = newsroom.say("The Lanqu works will take 9,200 cubic metres of water a day [1].", QUESTION)
    assert answer.text == "The Lanqu works will take 9,200 cubic metres of water a day [1][2]."
    assert [citation.quote for citation in answer.citations] == [
        "The works will take 9,200 cubic metres of water a day.",
        "Since the spring Lanqu has been hiring painters and gardeners in the old fishing quarter.",
    ]


@pytest.mark.parametrize(
    "reply",
    [
        "The Yiluan works will take 9,200 cubic metres of water a day [1].",  # named by neither
        "The Lanqu works will take 9,300 cubic metres of water a day [1].",  # a figure is not introduced
        "The Lanqu works of Kestrel will take 9,200 cubic metres of water a day [1].",  # half of the names
    ],
)
def test_what_no_sentence_says_is_not_taken(newsroom: Newsroom, reply: str) -> None:
    assert newsroom.say(reply, QUESTION).text != reply.replace(" [1].", " [1][2].")


def test_a_name_that_comes_later_introduces_nothing(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    room.write(
        "works.txt",
        f"A new factory\n\nThe works will take 9,200 cubic metres of water a day.\n\n{FILLER}\n\nLanqu has one like it.\n",
    )
    assert "[2]" not in room.say("The Lanqu works will take 9,200 cubic metres of water a day [1].", QUESTION).text


def test_another_files_sentence_introduces_nothing(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    room.write("a.txt", f"A new factory\n\n{FILLER}\n\nThe works will take 9,200 cubic metres of water a day.\n")
    room.write("b.txt", "Since the spring Lanqu has been hiring painters and gardeners in the old quarter.\n")
    assert "[2]" not in room.say("The Lanqu works will take 9,200 cubic metres of water a day [1].", QUESTION).text


@pytest.mark.parametrize(
    ("claim", "absent", "source", "is_replaced"),
    [
        ("Alibaba will invest 5bn.", ["Alibaba"], "Tencent is to invest 5bn.", True),
        ("Alibaba's profit was 5bn.", ["Alibaba's"], "Tencent's profit was 5bn.", True),
        ("The profit of Alibaba was 5bn.", ["Alibaba"], "The profit of Tencent was 5bn.", True),
        ("Alibaba will invest 5bn.", ["Alibaba"], "It is to invest 5bn.", False),
        ("The port of Muheng has 34 cranes.", ["Muheng"], "Bao said that the port has 34 cranes.", False),
        ("Pei Songnian wants one by 2024.", ["Pei", "Songnian"], "By 2024 I would like one, says the Dutch maker.", False),
    ],
)
def test_a_name_in_whose_place_the_source_has_another(claim: str, absent: list[str], source: str, is_replaced: bool) -> None:
    assert replaced(claim, absent, source) is is_replaced
