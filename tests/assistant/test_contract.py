"""The public contract: names, keys, types and statuses that tools rely on."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import assistant
from assistant.model import ModelUnavailable
from assistant.types import Answer
from tests.assistant.conftest import Wiring
from tests.assistant.fakes import BRIDGE, Newsroom, ScriptedModel, Shelf, assert_whole, markers
from tests.fakes import FakeEmbedder

QUESTION = "When will the Heron Point bridge open and what did it cost?"
REPLY = "The bridge at Heron Point will open on 3 June 2021 [1]. It cost 84.5 million yuan [1]."
KEYS = [
    "question", "text", "status", "reason", "citations", "conflicts", "nearest", "warnings", "model", "usage", "timings"
]  # fmt: skip
CITATION_KEYS = ["marker", "source", "start", "end", "quote", "line", "sha256", "title", "published", "also_in"]


def check_shape(made: dict[str, Any]) -> None:
    """Every key of the contract with its type, and no other key."""
    assert list(made) == KEYS
    assert {type(made[key]) for key in ("question", "text", "status", "model")} == {str}
    assert {type(made[key]) for key in ("citations", "conflicts", "nearest", "warnings")} == {list}
    assert made["reason"] in (None, "empty_index", "nothing_relevant", "not_supported", "model_unavailable")
    for citation in made["citations"]:
        assert list(citation) == CITATION_KEYS
        assert {type(citation[key]) for key in ("marker", "start", "end", "line")} == {int}
        assert {type(citation[key]) for key in ("source", "quote", "sha256")} == {str}
        assert {type(citation[key]) for key in ("title", "published")} <= {str, type(None)}
        assert type(citation["also_in"]) is list
    for near in made["nearest"]:
        assert list(near) == ["source", "start", "end", "score"]
        assert [type(value) for value in near.values()] == [str, int, int, float]
    assert all(type(warning) is str for warning in made["warnings"])
    assert list(made["usage"]) == ["prompt_tokens", "completion_tokens"]
    assert {type(value) for value in made["usage"].values()} == {int}
    assert list(made["timings"]) == ["retrieve_ms", "first_token_ms", "total_ms"]
    assert {type(value) for value in made["timings"].values()} <= {float, type(None)}
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_the_public_names_are_those_of_the_contract() -> None:
    assert sorted(assistant.__all__) == ["Answer", "Citation", "DatelineError", "aanswer", "answer", "stream"]
    assert dir(assistant) == sorted(assistant.__all__)
    assert all(getattr(assistant, name).__name__ == name for name in assistant.__all__)


def test_an_unknown_public_name_is_an_attribute_error_that_lists_the_names() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'ask'; its names are Answer, .*stream"):
        assistant.ask  # noqa: B018


def test_the_functions_take_the_arguments_of_the_contract() -> None:
    for function in (assistant.answer, assistant.aanswer, assistant.stream):
        assert list(inspect.signature(function).parameters) == ["question", "corpus", "index", "history"]


def test_an_answer_has_every_key_and_type(newsroom: Newsroom) -> None:
    made = newsroom.say(REPLY).to_dict()
    check_shape(made)
    assert (made["question"], made["status"], made["reason"]) == (QUESTION, "answered", None)
    assert made["text"] == "The bridge at Heron Point will open on 3 June 2021 [1]. It cost 84.5 million yuan [2]."
    assert (made["nearest"], made["conflicts"], made["warnings"], made["model"]) == ([], [], [], "scripted")
    assert made["usage"] == {"prompt_tokens": 11, "completion_tokens": 5}
    assert 0 <= made["timings"]["retrieve_ms"] <= made["timings"]["first_token_ms"] <= made["timings"]["total_ms"]
    first, second = made["citations"]
    assert (first["marker"], first["source"], first["line"], first["also_in"]) == (1, "bridge.txt", 5, [])
    assert (first["title"], first["published"]) == ("Heron Point bridge opens three weeks early", "2021-05-12")
    assert first["quote"].startswith("The bridge at Heron Point will open on 3 June 2021")
    assert second["quote"] == "It cost 84.5 million yuan, and 1,204 workers built it in three years."
    assert BRIDGE[second["start"] : second["end"]] == second["quote"]


def test_to_dict_shares_nothing_with_the_answer(newsroom: Newsroom) -> None:
    answer = newsroom.say(REPLY)
    answer.to_dict()["citations"][0]["also_in"].append("x")
    assert answer.citations[0].also_in == ()


def test_an_answer_cannot_be_changed(newsroom: Newsroom) -> None:
    with pytest.raises(AttributeError):
        newsroom.say(REPLY).text = "other"  # type: ignore[misc]


def check_refusal(answer: Answer, reason: str) -> dict[str, Any]:
    made = answer.to_dict()
    check_shape(made)
    assert (made["status"], made["reason"], made["citations"]) == ("refused", reason, [])
    assert made["text"]
    assert markers(made["text"]) == []
    return made


def test_refusal_empty_index(empty_newsroom: Newsroom) -> None:
    model = ScriptedModel()
    made = check_refusal(empty_newsroom.ask(QUESTION, model), "empty_index")
    assert (made["nearest"], model.asked) == ([], [])
    assert made["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}
    assert made["timings"]["first_token_ms"] is None


def test_refusal_nothing_relevant_names_the_nearest_articles_and_asks_no_model(newsroom: Newsroom) -> None:
    model = ScriptedModel()
    answer = newsroom.ask("Who won the chess olympiad?", model, shelf=Shelf(newsroom.corpus, cosine=0.2))
    made = check_refusal(answer, "nothing_relevant")
    assert model.asked == []
    assert 0 < len(made["nearest"]) <= 3
    assert {near["source"] for near in made["nearest"]} <= {"bridge.txt", "port/ferry.txt", "library.txt"}
    assert all(near["score"] == 0.2 for near in made["nearest"])


def test_refusal_not_supported_names_the_nearest_articles(newsroom: Newsroom) -> None:
    made = check_refusal(newsroom.say("NOT IN THE SOURCES", "How many sisters does Mayor Shen Ruolan have?"), "not_supported")
    assert made["nearest"][0]["source"] == "bridge.txt"
    assert made["usage"] == {"prompt_tokens": 11, "completion_tokens": 5}


def test_refusal_model_unavailable_says_why(newsroom: Newsroom) -> None:
    model = ScriptedModel([ModelUnavailable("the model at http://x cannot be reached; expected a running server")])
    made = check_refusal(newsroom.ask("How many sisters has the crocodile hunter of Ruolan?", model), "model_unavailable")
    assert made["warnings"] == ["the model at http://x cannot be reached; expected a running server"]


@pytest.mark.parametrize(("question", "chinese"), [("谁赢得了国际象棋奥林匹克？", True), ("Who won the olympiad in 牧衡?", False)])
def test_a_refusal_speaks_the_language_of_the_question(newsroom: Newsroom, question: str, chinese: bool) -> None:
    answer = newsroom.ask(question, ScriptedModel(), shelf=Shelf(newsroom.corpus, cosine=0.1))
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.text) is chinese


def test_answer_syncs_the_folder_first(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = ScriptedModel(REPLY, "The bridge at Heron Point will open on 9 July 2021 [1].")
    first = assistant.answer(QUESTION, corpus=newsroom.corpus, index=tmp_path / "index")
    newsroom.write("bridge.txt", BRIDGE.replace("3 June 2021", "9 July 2021"))
    second = assistant.answer(QUESTION, corpus=str(newsroom.corpus), index=str(tmp_path / "index"))
    assert ["3 June" in first.citations[0].quote, "9 July" in second.citations[0].quote] == [True, True]
    assert first.citations[0].sha256 != second.citations[0].sha256
    check_shape(second.to_dict())


def test_a_deleted_article_answers_nothing(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = ScriptedModel(REPLY, REPLY)
    assert assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index").status == "answered"
    (newsroom.corpus / "bridge.txt").unlink()
    after = assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index")
    assert "bridge.txt" not in {citation.source for citation in after.citations} | {near.source for near in after.nearest}


def test_stream_yields_text_and_then_the_same_answer(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = ScriptedModel(REPLY, REPLY)
    *pieces, streamed = assistant.stream(QUESTION, newsroom.corpus, tmp_path / "index")
    whole = assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index")
    assert isinstance(streamed, Answer)
    assert_whole(streamed, [piece for piece in pieces if isinstance(piece, str)])
    assert len(pieces) == 2
    assert (streamed.text, streamed.citations) == (whole.text, whole.citations)


def test_aanswer_is_a_coroutine_with_the_same_answer(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = ScriptedModel(REPLY, REPLY)
    assert inspect.iscoroutinefunction(assistant.aanswer)
    made = asyncio.run(assistant.aanswer(QUESTION, newsroom.corpus, tmp_path / "index"))
    again = assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index")
    assert (made.text, made.citations) == (again.text, again.citations)


def test_many_questions_at_once_each_get_their_own_answer(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    async def all_at_once() -> list[Answer]:
        questions = ["What does the printing press weigh?", "What will the pay of ferry sailors rise by?"] * 4
        return await asyncio.gather(*(assistant.aanswer(question, newsroom.corpus, tmp_path / "index") for question in questions))

    found = asyncio.run(all_at_once())
    assert [answer.citations[0].source for answer in found] == ["library.txt", "port/ferry.txt"] * 4


def test_history_goes_to_the_model_of_a_follow_up(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = model = ScriptedModel("It cost 84.5 million yuan [1].")
    earlier = [("When will the Heron Point bridge open?", "On 3 June 2021 [1].")]
    made = assistant.answer("And what did it cost?", newsroom.corpus, tmp_path / "index", history=earlier)
    assert made.text == "It cost 84.5 million yuan [1]."
    assert "Earlier question: When will the Heron Point bridge open?" in model.prompt


def test_citations_survive_a_json_round_trip_of_history(newsroom: Newsroom, wiring: Wiring, tmp_path: Path) -> None:
    wiring.model = ScriptedModel("It cost 84.5 million yuan [1].")
    earlier = json.loads('[["When will the Heron Point bridge open?", "On 3 June 2021 [1]."]]')
    assert assistant.answer("And what did it cost?", newsroom.corpus, tmp_path / "index", earlier).status == "answered"


@pytest.mark.parametrize(
    "history",
    [
        "text",
        [["only one"]],
        [["a", "b", "c"]],
        [["a", 1]],
        ["ab"],
        [{"question": "a", "answer": "b"}],
        {"a": "b"},
        7,
        None,
        [None],
    ],
)
def test_history_of_another_shape_is_a_dateline_error(newsroom: Newsroom, wiring: Wiring, tmp_path: Path, history: Any) -> None:
    with pytest.raises(assistant.DatelineError, match=r"not a list of \[question, answer\] pairs; expected for example"):
        assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index", history)


def test_no_folder_is_a_dateline_error_that_says_what_to_type(wiring: Wiring, tmp_path: Path) -> None:
    with pytest.raises(assistant.DatelineError, match=r"nothing at .*nowhere; expected a folder of articles; try: dateline index"):
        assistant.answer(QUESTION, tmp_path / "nowhere", tmp_path / "index")


def test_an_empty_question_is_an_error_before_anything_is_made(wiring: Wiring, newsroom: Newsroom, tmp_path: Path) -> None:
    with pytest.raises(assistant.DatelineError, match="the question is empty"):
        assistant.answer("  ", newsroom.corpus, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_an_index_of_another_embedder_is_refused_with_the_command(
    newsroom: Newsroom, wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index")
    monkeypatch.setattr("assistant.collaborators.BundledEmbedder", lambda: FakeEmbedder("fake/other"))
    monkeypatch.setattr("assistant.api._open", {})
    with pytest.raises(
        assistant.DatelineError, match=r"made with the embedder fake/word-lengths; expected fake/other; .*--rebuild"
    ):
        assistant.answer(QUESTION, newsroom.corpus, tmp_path / "index")
