"""When sources give different values for one thing, the answer gives each; when they speak of different things, it does not."""

from __future__ import annotations

import pytest

from assistant.types import Answer, Conflict, ConflictValue
from tests.assistant.fakes import BRIDGE, Newsroom, ScriptedModel

QUESTION = "How much did the Heron Point bridge cost?"
COST = "It cost 84.5 million yuan [1]."
OTHER = "Auditors count again\n\n9 June 2021\n\nThe Heron Point bridge cost {} in all, the auditors of Muheng found.\n"


def ask(newsroom: Newsroom, other: str, question: str = QUESTION, reply: str = COST) -> Answer:
    newsroom.write("audit.txt", other)
    return newsroom.ask(question, ScriptedModel(reply))


def test_another_value_is_quoted_with_its_source(newsroom: Newsroom) -> None:
    answer = ask(newsroom, OTHER.format("91 million yuan"))
    assert answer.text == (
        "It cost 84.5 million yuan [1]. Another source differs: "
        "“The Heron Point bridge cost 91 million yuan in all, the auditors of Muheng found.” [2]"
    )
    assert [citation.source for citation in answer.citations] == ["bridge.txt", "audit.txt"]
    assert answer.conflicts == (Conflict(QUESTION, (ConflictValue("84.5 million yuan", 1), ConflictValue("91 million yuan", 2))),)
    assert answer.to_dict()["conflicts"][0]["values"][1] == {"value": "91 million yuan", "marker": 2}


def test_without_a_model_too(newsroom: Newsroom) -> None:
    newsroom.write("audit.txt", OTHER.format("91 million yuan"))
    newsroom.write("bridge.txt", "Heron Point bridge opens\n\nThe Heron Point bridge cost 84.5 million yuan, the mayor said.\n")
    answer = newsroom.ask(QUESTION, None)
    assert {value.value for conflict in answer.conflicts for value in conflict.values} == {"84.5 million yuan", "91 million yuan"}
    assert "84.5 million" in answer.text
    assert "91 million" in answer.text


def test_a_copy_of_the_other_source_is_no_third_one(newsroom: Newsroom) -> None:
    newsroom.write("wire.txt", OTHER.format("91 million yuan").replace("Auditors count again", "Bridge bill audited"))
    newsroom.write(
        "evening.txt",
        "In brief\n\n9 June 2021\n\nRain is due. " + OTHER.format("91 million yuan").splitlines()[4] + " More soon.\n",
    )
    answer = ask(newsroom, OTHER.format("91 million yuan"))
    assert answer.text.count("Another source") == 1
    assert len(answer.conflicts) == 1


def test_a_model_that_gave_both_is_not_repeated(newsroom: Newsroom) -> None:
    newsroom.write("audit.txt", OTHER.format("91 million yuan"))
    both = "It cost 84.5 million yuan [{}]. The auditors of Muheng found that the Heron Point bridge cost 91 million yuan [{}]."
    answer = newsroom.ask(QUESTION, ScriptedModel(both.format(1, 2)))
    assert "Another source" not in answer.text
    assert [[value.marker for value in conflict.values] for conflict in answer.conflicts] == [[1, 2]]


@pytest.mark.parametrize(
    "other",
    [
        OTHER.format("84.5 million yuan"),
        OTHER.format("84,500,000 yuan"),
        OTHER.format("a lot"),
        OTHER.format("1,204 workers three years"),
        OTHER.format("91 million yuan").replace("Heron Point", "Teal Bay"),
        OTHER.format("85 million yuan"),
        OTHER.format("more than 80 million yuan"),
        OTHER.format("12 million dollars"),
        OTHER.format("$12 million"),
        OTHER.format("1 million yuan a year"),
        OTHER.format("2 million yuan for its lights, 91 million yuan"),
        OTHER.format("91 million yuan").replace("cost", "was expected to cost"),
        OTHER.format("91 million yuan").replace("cost", "did not cost"),
        OTHER.format("91 million yuan").replace("The Heron", "The old Heron"),
        OTHER.format("91 million yuan").replace("cost", "was painted for"),
        "A quiet week\n\nThe ferry earned 91 million yuan.\n",
        BRIDGE,
        BRIDGE.replace("Heron Point bridge opens", "Bridge at Heron Point opens"),
    ],
)
def test_what_is_no_conflict(newsroom: Newsroom, other: str) -> None:
    answer = ask(newsroom, other)
    assert answer.conflicts == ()
    assert "Another source" not in answer.text
    assert "84.5 million" in answer.text


def test_values_of_two_years_do_not_conflict(newsroom: Newsroom) -> None:
    newsroom.write("bridge.txt", "Bridge toll\n\nThe Heron Point bridge earned 84.5 million yuan in 2020, the mayor said.\n")
    other = "Bridge toll\n\nThe Heron Point bridge earned 91 million yuan in 2021, the auditors found.\n"
    answer = ask(
        newsroom, other, "How much did the Heron Point bridge earn?", "The Heron Point bridge earned 84.5 million yuan in 2020."
    )
    assert answer.conflicts == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("in May", "in June"),
        ("in the first quarter", "in the second quarter"),
        ("in Q1", "in Q2"),
        ("in spring", "in autumn"),
        ("last year", "this week"),
        ("a month", "a year"),
        ("about", "exactly"),
        ("at least", "just"),
    ],
)
def test_values_of_two_periods_or_of_two_kinds_do_not_conflict(newsroom: Newsroom, ours: str, theirs: str) -> None:
    said = "The Heron Point bridge earned {} 84.5 million yuan."
    newsroom.write("bridge.txt", f"Bridge toll\n\n{said.format(ours)}\n")
    other = f"Toll of the bridge\n\n{said.format(theirs).replace('84.5', '91')}\n"
    question = "How much did the Heron Point bridge earn?"
    assert ask(newsroom, other, question, said.format(ours)).conflicts == ()
    assert ask(newsroom, other.replace(theirs, ours), question, said.format(ours)).conflicts != ()


def test_what_rose_and_what_fell_do_not_conflict(newsroom: Newsroom) -> None:
    newsroom.write("bridge.txt", "Bridge traffic\n\nThe traffic on the Heron Point bridge rose 12 percent, the mayor said.\n")
    question, reply = (
        "How much did traffic on the Heron Point bridge change?",
        "The traffic on the Heron Point bridge rose 12 percent.",
    )
    other = "Traffic\n\nThe traffic on the Heron Point bridge {} 30 percent, the auditors found.\n"
    assert ask(newsroom, other.format("fell"), question, reply).conflicts == ()
    assert ask(newsroom, other.format("rose"), question, reply).conflicts != ()


def test_two_days_of_a_month_are_no_two_values(newsroom: Newsroom) -> None:
    other = "Band plays\n\nThe bridge at Heron Point will open with a band on 9 June 2021.\n"
    answer = ask(
        newsroom, other, "How long until the bridge at Heron Point opens?", "The bridge at Heron Point will open on 3 June 2021."
    )
    assert answer.conflicts == ()


def test_each_value_has_the_marker_of_the_source_that_gives_it(newsroom: Newsroom) -> None:
    newsroom.write("audit.txt", OTHER.format("91 million yuan"))
    reply = "The bridge at Heron Point will open on 3 June 2021 [1]. It cost 84.5 million yuan [1]."
    answer = newsroom.ask("When will the Heron Point bridge open and how much did it cost?", ScriptedModel(reply))
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    assert len(answer.conflicts) == 1
    for value in answer.conflicts[0].values:
        assert value.value in " ".join(quotes[value.marker].split())


def test_a_question_that_no_figure_answers_has_no_conflict_of_figures(newsroom: Newsroom) -> None:
    answer = ask(
        newsroom,
        OTHER.format("91 million yuan"),
        "Who told about the Heron Point bridge?",
        "Mayor Shen Ruolan: it cost 84.5 million yuan [1].",
    )
    assert answer.conflicts == ()


def test_a_refusal_has_no_conflicts(newsroom: Newsroom) -> None:
    answer = ask(newsroom, OTHER.format("91 million yuan"), "How many goats crossed the Heron Point bridge?", "NOT IN THE SOURCES")
    assert (answer.status, answer.conflicts) == ("refused", ())


WHAT = "What is the 563 million yuan?"
GRANT = "The ministry will give the ports {} million yuan {}.\n"
LOAN = "A loan\n\n2 May 2020\n\nMuheng borrowed 563 million yuan {}, its treasurer said.\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "times"),
    [
        ("in 2019", "in 2008 after the flood of 2007", ["2019", "2008"]),
        ("in 2019", "this year", ["2019", "this year"]),
        ("this year", "in 2008", ["this year", "2008"]),
        ("in 2019", "last year", None),  # their article is of 2020
        ("in 2019", "in 2019", None),
        ("in 2019", "at once", None),
        ("by 2025", "from 2008 to 2025", None),
    ],
)
def test_a_figure_that_is_asked_about_may_be_of_two_times(
    newsroom: Newsroom, ours: str, theirs: str, times: list[str] | None
) -> None:
    newsroom.write("grant.txt", f"A grant\n\n{GRANT.format(563, ours)}")
    newsroom.write("loan.txt", LOAN.format(theirs))
    answer = newsroom.ask(WHAT, ScriptedModel(f"{GRANT.format(563, ours).strip()} [1]"))
    found = [[(value.value, answer.citations[value.marker - 1].source) for value in one.values] for one in answer.conflicts]
    assert found == ([list(zip(times, ("grant.txt", "loan.txt"), strict=True))] if times else [])


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What did the 563 million yuan grant do to the ports?", LOAN.format("in 2008")),
        ("What is the 563 million yuan grant for?", LOAN.format("in 2008")),
        (WHAT, LOAN.format("in 2008").replace("563", "564")),
        ("What is the 563 million yuan of the ports of Teal Bay?", LOAN.format("in 2008")),
    ],
)
def test_what_has_the_figure_of_a_question_is_no_conflict_by_itself(newsroom: Newsroom, question: str, other: str) -> None:
    said = GRANT.format(563, "in 2019").replace("ports", "ports of Teal Bay").strip()
    newsroom.write("grant.txt", f"A grant\n\n{said}\n")
    newsroom.write("loan.txt", other)
    answer = newsroom.ask(question, ScriptedModel(f"{said} [1]"))
    assert (answer.status, answer.conflicts) == ("answered", ())


@pytest.mark.parametrize(
    ("ours", "theirs", "dated", "updated"),
    [
        ("is expected to cost 84 million yuan", "cost 91 million yuan", "2 July 2021", True),
        ("cost at least 84 million yuan", "cost 91 million yuan", "2 July 2021", True),
        ("is expected to cost 84 million yuan", "cost 91 million yuan", "2 May 2021", False),  # the older report
        ("is expected to cost 84 million yuan", "did not cost 91 million yuan", "2 July 2021", False),
        ("cost 84 million yuan", "was expected to cost 91 million yuan", "2 July 2021", False),  # the plan that it was
        ("is expected to cost 84 million yuan", "cost 91 million yuan", "2 July 2023", False),  # years later
    ],
)
def test_a_later_report_brings_an_estimate_up_to_date(
    newsroom: Newsroom, ours: str, theirs: str, dated: str, *, updated: bool
) -> None:
    said = f"The Heron Point bridge {ours}."
    newsroom.write("bridge.txt", f"A bridge is built\n\n12 May 2021\n\n{said}\n")
    newsroom.write("audit.txt", f"Auditors count again\n\n{dated}\n\nThe Heron Point bridge {theirs}, the auditors said.\n")
    answer = newsroom.ask(QUESTION, ScriptedModel(f"{said} [1]"))
    assert ("A later report says: “The Heron Point bridge cost 91 million yuan" in answer.text) is updated
    assert bool(answer.conflicts) is updated
