"""Each step can be left out, and then it is: what is measured without it is measured without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.api import Assistant, open_assistant
from assistant.collaborators import make_reranker
from assistant.settings import Settings
from assistant.steps import STEPS, Step
from assistant.types import Answer
from index.rerank import CrossEncoder
from index.store import EmbeddedStore
from tests.assistant.fakes import BRIDGE, Newsroom, ScriptedModel
from tests.assistant.test_relevance import ScriptedReranker
from tests.fakes import FakeEmbedder

QUESTION = "How much did the Heron Point bridge cost?"
WRONG = "The Larch Valley bridge cost 9 yuan [1]."
ELSEWHERE = "Heron Point bridge costs\n\nThe Heron Point bridge cost 97 million yuan in all, the auditor found.\n"


def ask(newsroom: Newsroom, reply: str, *without: Step, question: str = QUESTION) -> tuple[Answer, ScriptedModel]:
    model = ScriptedModel(reply)
    *_, answer = newsroom.events(question, model, without=frozenset(without))
    assert isinstance(answer, Answer)
    return answer, model


def test_without_verification_a_model_is_taken_at_its_word(newsroom: Newsroom) -> None:
    assert "9 yuan" not in ask(newsroom, WRONG)[0].text
    answer, _ = ask(newsroom, WRONG, "verification")
    assert answer.text == WRONG
    assert len(answer.citations) == 1


def test_without_repair_a_model_is_asked_once(newsroom: Newsroom) -> None:
    assert len(ask(newsroom, WRONG)[1].asked) == 2
    assert len(ask(newsroom, WRONG, "repair")[1].asked) == 1


def test_without_quoting_nothing_stands_in_for_the_model(newsroom: Newsroom) -> None:
    assert ask(newsroom, WRONG)[0].model == "extractive"
    answer, _ = ask(newsroom, WRONG, "quoting")
    assert (answer.status, answer.reason) == ("refused", "not_supported")


def test_without_conflicts_no_other_source_is_quoted(newsroom: Newsroom) -> None:
    newsroom.write("audit.txt", ELSEWHERE)
    reply = "It cost 84.5 million yuan [1]."
    assert ask(newsroom, reply)[0].conflicts
    answer, _ = ask(newsroom, reply, "conflicts")
    assert (answer.conflicts, len(answer.citations)) == ((), 1)


def test_without_spelling_a_question_is_read_as_it_is_typed(newsroom: Newsroom) -> None:
    typed = "How much did the brigde at Heron Point cost?"
    assert "Question: How much did the bridge at Heron Point cost?" in ask(newsroom, WRONG, question=typed)[1].prompt
    assert f"Question: {typed}" in ask(newsroom, WRONG, "spelling", question=typed)[1].prompt


@pytest.mark.parametrize("step", ["words", "vectors"])
def test_without_one_side_a_search_is_the_other_sides(step: Step, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "words.txt").write_text("Price list\n\nThe price of the price list is a price.\n", "utf-8")
    (tmp_path / "news" / "meaning.txt").write_text("Bread\n\nA loaf now sells for 12 yuan at every bakery.\n", "utf-8")
    opened = open_assistant(tmp_path / "news", tmp_path / "index", Settings(llm="extractive"), without=frozenset({step}))
    opened.sync()
    first, _ = opened.store.search("What is the bread price?", 2)
    assert first.passage.source == {"words": "meaning.txt", "vectors": "words.txt"}[step]


def test_every_step_is_known_by_name() -> None:
    assert STEPS == ("words", "vectors", "spelling", "reranker", "verification", "repair", "quoting", "conflicts")


def test_an_assistant_reads_with_the_reranker_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    embedder, reranker = FakeEmbedder(), ScriptedReranker({"84.5 million": 9.0}, -9.0)
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=reranker)
    assert "84.5 million" in assistant.answer(QUESTION).text
    assert QUESTION in reranker.questions


def test_without_the_reranker_none_is_made() -> None:
    assert isinstance(make_reranker(), CrossEncoder)
    assert make_reranker(frozenset({"reranker"})) is None
