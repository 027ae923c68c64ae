"""What is done beside the look through the folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.api import Assistant
from index.build import sync_folder
from index.embed import BundledEmbedder
from index.errors import EmbedderError
from index.store import EmbeddedStore
from index.vectors import ChromaVectors
from tests.assistant.fakes import BRIDGE
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.embed import Vectors
    from index.types import Hit

QUESTION = "When will the bridge at Heron Point open?"


class Local(BundledEmbedder):
    """The bundled embedder's keeping, over vectors that cost nothing; remembers in which thread a question was embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[threading.Thread] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        return FakeEmbedder().passages(texts)

    def _query(self, text: str) -> Vectors:
        self.threads.append(threading.current_thread())
        return FakeEmbedder().query(text)


class Remote(FakeEmbedder):
    """An endpoint, that may be down: it is asked when the search needs it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[threading.Thread] = []

    def query(self, text: str) -> Vectors:
        self.threads.append(threading.current_thread())
        return super().query(text)


@pytest.mark.parametrize(("embedder", "beside"), [(Local(), True), (Remote(), False)])
def test_a_question_is_embedded_once_and_beside_the_sync_where_that_costs_no_request(
    tmp_path: Path, embedder: Local | Remote, beside: bool
) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    answer = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, frozenset({"reranker"})).answer(
        QUESTION
    )
    assert "3 June 2021" in answer.text
    assert (embedder.threads[0] is not threading.current_thread()) == beside
    assert len(embedder.threads) == 1 or not beside


def test_what_a_search_needs_is_loaded_once_and_beside_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    filled = EmbeddedStore(tmp_path / ".index", Local())
    sync_folder(tmp_path, filled)
    filled.close()
    embedder = Local()
    asked: list[threading.Thread] = []
    query = ChromaVectors.query

    def watched(self: ChromaVectors, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        asked.append(threading.current_thread())
        return query(self, vector, limit)

    monkeypatch.setattr(ChromaVectors, "query", watched)
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, frozenset({"reranker"}))
    for _ in range(2):
        assert "3 June 2021" in assistant.answer(QUESTION).text
    assert [thread is threading.current_thread() for thread in asked] == [False, True, True]


def test_what_could_not_be_loaded_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Local()
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, frozenset({"reranker"}))
    searched: list[str] = []

    def fails(_: EmbeddedStore, question: str, limit: int) -> list[Hit]:
        searched.append(f"{question} {limit}")
        raise EmbedderError("not now")

    monkeypatch.setattr(EmbeddedStore, "search", fails)
    for _ in range(2):
        with pytest.raises(EmbedderError):
            assistant.warm("news")
    assert searched == ["news 1"] * 2
