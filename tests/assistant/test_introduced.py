"""A name that a report says once: the sentence that says it is cited with the one that leaves it out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from assistant.evidence import Evidence
from assistant.introduced import _named, introduction
from assistant.retrieve import PASSAGES
from assistant.rival_names import replaced
from index.types import Hit, Passage
from tests.assistant.fakes import Newsroom

QUESTION = "How much water does the Lanqu works need?"
NAMED = "Since the spring Lanqu has been hiring painters and gardeners in the old fishing quarter."
SAID = "The works will take 9,200 cubic metres of water a day."
FILLER = "Nobody in the village had asked for it. The mayor had heard of it on the radio. He was having breakfast."
CLAIM = "The Lanqu works will take 9,200 cubic metres of water a day"


def say(
    folder: Path, story: str, claim: str = CLAIM, question: str = QUESTION, title: str = "A new factory"
) -> tuple[str, list[str]]:
    """What becomes of a sentence that a model writes of a story: the answer, and what it cites."""
    room = Newsroom(folder)
    room.write("works.txt", f"{title}\n\n{story}\n")
    answer = room.say(f"{claim} [1].", question)
    return answer.text, [citation.quote for citation in answer.citations]


def test_the_sentence_that_says_the_name_is_cited_too(tmp_path: Path) -> None:
    assert say(tmp_path, f"{NAMED}\n\n{FILLER}\n\n{SAID}") == (f"{CLAIM} [1][2].", [SAID, NAMED])


def test_the_name_is_known_where_other_passages_were_nearer_to_the_question(tmp_path: Path) -> None:
    for n in range(PASSAGES - 1):
        Newsroom(tmp_path).write(f"{n}.txt", f"Paint {n}\n\nThe water works of Ninglu need paint number {n}.")
    words = "word " * 200
    story = f"{NAMED}\n\nIt is {words}.\n\nThere was {words}.\n\n{SAID}"
    assert say(tmp_path, story) == (f"{CLAIM} [1][2].", [SAID, NAMED])


@pytest.mark.parametrize("run", ["A" * 120, "中" * 120])
def test_a_run_of_capitals_takes_no_time(run: str) -> None:
    begun = time.process_time()
    _named(f"The mayor spoke. {run}.")  # nobody "said" behind it: each way to cut it into names was tried
    assert time.process_time() - begun < 1  # it took 8 s


def test_the_last_sentence_that_says_it_is_cited(tmp_path: Path) -> None:
    later = "In the autumn Lanqu asked for more of them."
    assert say(tmp_path, f"{NAMED} {later}\n\n{FILLER}\n\n{SAID}") == (f"{CLAIM} [1][2].", [SAID, later])


@pytest.mark.parametrize(
    "claim",
    [
        "The Yiluan works will take 9,200 cubic metres of water a day",  # a name that was not asked about, and nobody says
        "The Lanqu works of Bao Wen will take 9,200 cubic metres of water a day",  # one that was not, and somebody says
        "The Lanqu works will take 9,300 cubic metres of water a day",  # a figure is not introduced
        "The Lanqu works will take no 9,200 cubic metres of water a day",  # nor is what is turned round
    ],
)
def test_what_is_not_said_is_not_taken(tmp_path: Path, claim: str) -> None:
    text, _ = say(tmp_path, f"Since the spring Lanqu and Bao Wen have been hiring painters.\n\n{FILLER}\n\n{SAID}", claim)
    assert "Lanqu" not in text
    assert "9,300" not in text


def test_a_title_with_the_name_that_was_asked_about_comes_with_it(tmp_path: Path) -> None:
    story = f"President Xi Jinping likes gardens.\n\n{FILLER}\n\nIn a speech on 18 May he praised the peas of the north."
    claim = "On 18 May, President Xi Jinping praised the peas of the north"
    text, cited = say(tmp_path, story, claim, "On what day did Xi Jinping praise the peas?")
    assert (text, len(cited)) == (f"{claim} [1][2].", 2)


def test_a_name_in_small_letters_is_asked_about_too(tmp_path: Path) -> None:
    text, _ = say(tmp_path, f"{NAMED}\n\n{FILLER}\n\n{SAID}", question="how much water is needed by the works of lanqu?")
    assert text == f"{CLAIM} [1][2]."


@pytest.mark.parametrize(
    "story",
    [
        f"{NAMED} Yiluan has not.\n\n{FILLER}\n\n{SAID}",  # between
        f"{NAMED[:-1]}, as Yiluan has.\n\n{FILLER}\n\n{SAID}",  # with it
        f"{NAMED}\n\n{FILLER}\n\nBeside the road to Yiluan, the works will take 9,200 cubic metres of water a day.",  # in it
    ],
)
def test_where_somebody_else_is_named_too_the_source_is_quoted_instead(tmp_path: Path, story: str) -> None:
    text, cited = say(tmp_path, story)
    assert text == f"“{cited[0]}” [1][2]"
    assert "9,200" in text
    assert "Lanqu" in cited[1]


def test_what_was_not_found_between_may_name_somebody_else() -> None:
    first, between, last = (
        Hit(Passage("a.txt", start, start + len(text), text, "body", None, None), 1.0, 0.9)
        for start, text in ((0, NAMED), (100, FILLER), (100 + len(FILLER) + 2, SAID))
    )
    evidence = Evidence(1, last, ((last.passage.start, last.passage.end),))
    known = [
        introduction(["Lanqu"], evidence, evidence.sentences[0], hits, QUESTION) for hits in ([first, last], [first, between, last])
    ]
    assert [one and (one.evidence.passage, one.alone) for one in known] == [(first.passage, False), (first.passage, False)]
    joined = Hit(Passage("a.txt", 0, 98, f"{NAMED:98}", "body", None, None), 1.0, 0.9)
    found = introduction(["Lanqu"], evidence, evidence.sentences[0], [between, joined, last], QUESTION)
    assert found
    assert found.alone


def test_who_tells_of_it_is_nobody_else(tmp_path: Path) -> None:
    text, _ = say(tmp_path, f"{NAMED}\n\n{FILLER}\n\nThe works will take 9,200 cubic metres of water a day, said mayor Bao Wen.")
    assert text == f"{CLAIM} [1][2]."


def test_a_name_that_comes_later_introduces_nothing(tmp_path: Path) -> None:
    assert say(tmp_path, f"{SAID}\n\n{FILLER}\n\nLanqu has one like it.")[1] in ([], [SAID])


def test_another_files_sentence_introduces_nothing(tmp_path: Path) -> None:
    Newsroom(tmp_path).write("a.txt", f"{NAMED}\n")
    assert NAMED not in say(tmp_path, f"{FILLER}\n\n{SAID}")[1]


def test_what_is_about_another_name_is_not_quoted_either(tmp_path: Path) -> None:
    story = f"{NAMED}\n\n{FILLER}\n\nYiluan's works will take 9,200 cubic metres of water a day."
    assert "[2]" not in say(tmp_path, story)[0]


def test_whom_an_article_is_about_may_stand_in_another_of_its_passages(tmp_path: Path) -> None:
    long = " ".join(f"The {n}th visitor came on foot and left by the gate at the end of the long road." for n in range(4, 30))
    story = f"Phase Two of Lanqu was begun.\n\n{long}\n\n{SAID}"
    text, cited = say(tmp_path, story, "9,200 cubic metres of water a day", "How much water a day does Phase Two of Lanqu need?")
    assert (text, cited) == ("9,200 cubic metres of water a day [1].", [SAID])


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
