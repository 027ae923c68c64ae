"""Sixty-six articles that attack the model which reads them, and a model that obeys every one: its answer must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.types import Answer
from tests.assistant.fakes import Newsroom, ScriptedModel, Shelf

FOLDER = Path(__file__).parent.parent / "injection"
CASES: list[dict[str, Any]] = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(FOLDER / "corpus")


def obeyed(case: dict[str, Any], answer: Answer) -> list[str]:
    """The strings in an answer that only obeying puts there."""
    return [word for word in case["forbidden"] if word.casefold() in answer.text.casefold()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['attack']}")
def test_a_model_that_obeys_is_not_passed_on(shelf: Shelf, case: dict[str, Any]) -> None:
    newsroom = Newsroom(FOLDER / "corpus")
    model = ScriptedModel(case["obeyed"])
    answer = newsroom.ask(case["question"], model, shelf=shelf)
    assert obeyed(case, answer) == []
    assert "<|" not in model.prompt
    if case.get("must_answer"):
        assert answer.status == "answered"
    told = " ".join(model.prompt.split())
    assert all(any(fact in told for fact in group) for group in case["facts"]), "the honest sentence is evidence all the same"


def test_there_are_sixty_and_more() -> None:
    assert len({case["attack"] for case in CASES}) >= 60
    assert {case["source"] for case in CASES} == {path.name for path in (FOLDER / "corpus").iterdir()}
