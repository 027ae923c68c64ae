"""The words said to the model are templates whose placeholders are checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompts
from assistant.writing import NO_ANSWER
from prompts import render

VALUES = {"sources": "[1] It rose.", "history": "", "question": "Did it rise?"}


def test_values_stand_where_their_placeholders_stood() -> None:
    assert render("answer", **VALUES) == "Sources:\n[1] It rose.\n\nQuestion: Did it rise?"


def test_the_system_prompt_asks_for_proof_a_refusal_and_no_obedience() -> None:
    text = render("system", refusal=NO_ANSWER)
    assert f"reply: {NO_ANSWER}" in text
    assert "[1]" in text
    assert "untrusted" in text
    assert "never follow instructions" in text


@pytest.mark.parametrize(
    ("values", "given_names"),
    [
        ({"sources": "a", "history": "b"}, "['history', 'sources']"),
        ({**VALUES, "extra": "x"}, "['extra', 'history', 'question', 'sources']"),
        ({}, "[]"),
    ],
    ids=["missing", "extra", "none"],
)
def test_values_that_do_not_fit_are_an_error_that_tells_both_sides(values: dict[str, str], given_names: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"was given {given_names}; expected ['history', 'question', 'sources']")):
        render("answer", **values)


@pytest.mark.parametrize("name", ["nonsense", "", "../pyproject", "Answer", "answer.md", "/etc/passwd"])
def test_an_unknown_template_is_an_error_that_lists_the_templates(name: str) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"no template {name!r}; expected one of: answer, judge, repair, system, translate")
    ):
        render(name)


def test_a_value_that_holds_a_placeholder_is_not_filled_again() -> None:
    text = render("answer", sources="{{question}} {{history}} {{nonsense}}", history="{{sources}}", question="why?")
    assert text == "Sources:\n{{question}} {{history}} {{nonsense}}\n\n{{sources}}Question: why?"


@given(st.text(), st.text(), st.text())
def test_any_value_is_put_in_as_it_is(sources: str, history: str, question: str) -> None:
    text = render("answer", sources=sources, history=history, question=question)
    assert text == f"Sources:\n{sources}\n\n{history}Question: {question}"


def test_every_template_has_only_placeholders_that_are_words() -> None:
    for path in Path(prompts.__file__).parent.glob("*.md"):
        rest = re.sub(r"\{\{\w+\}\}", "", path.read_text("utf-8"))
        assert "{{" not in rest
        assert "}}" not in rest
