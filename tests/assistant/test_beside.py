"""What is done beside the look through the folder."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from assistant.api import BUSY, Assistant
from index.build import sync_folder
from index.embed import BundledEmbedder
from index.errors import EmbedderError
from index.store import EmbeddedStore
from index.vectors import ChromaVectors
from tests.assistant.fakes import BRIDGE, FERRY
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from index.build import Progress
    from index.embed import Vectors
    from index.store import Store
    from index.types import Hit, SyncReport

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
    answer = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=None).answer(QUESTION)
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

    def watched(self: ChromaVectors, vector: Vectors, limit: int) -> tuple[list[tuple[int, float]], list[range]]:
        asked.append(threading.current_thread())
        return query(self, vector, limit)

    monkeypatch.setattr(ChromaVectors, "query", watched)
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=None)
    for _ in range(2):
        assert "3 June 2021" in assistant.answer(QUESTION).text
    assert [thread is threading.current_thread() for thread in asked] == [False, True, True]  # warmed up, and asked twice


def test_threads_that_wait_for_a_sync_share_the_next_one_and_it_sees_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = Local()
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=None)
    begun, let_go = threading.Semaphore(0), threading.Event()
    syncs: list[SyncReport] = []

    def slow(corpus: Path, store: Store, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        begun.release()
        report = sync_folder(corpus, store, progress)
        assert let_go.wait(10)
        syncs.append(report)
        return report

    monkeypatch.setattr("assistant.api.sync_folder", slow)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(assistant.sync)
        assert begun.acquire(timeout=10)
        time.sleep(0.2)  # it has looked through the folder by now, and waits
        (tmp_path / "bridge.txt").write_text(BRIDGE)
        others = [threads.submit(assistant.sync) for _ in range(5)]
        time.sleep(0.2)  # they wait for it
        let_go.set()
        reports = [one.result() for one in others]
    assert (first.result().added, [one.added for one in reports]) == ((), [("bridge.txt",)] * 5)
    assert len(syncs) == 2
    assert (assistant.sync().added, len(syncs)) == ((), 3)


def impatient(base: Path, patience: float) -> tuple[Path, Assistant]:
    """A folder of one article, and an assistant for it that waits for another process no longer than so many seconds."""
    corpus = base / "corpus"
    corpus.mkdir()
    (corpus / "bridge.txt").write_text(BRIDGE)
    embedder = Local()
    store = EmbeddedStore(base / "index", embedder, patience=patience)
    return corpus, Assistant(corpus, store, embedder, None, reranker=None)


def test_a_question_beside_another_process_that_indexes_is_answered_from_what_is_there(tmp_path: Path) -> None:
    corpus, assistant = impatient(tmp_path, 0.2)
    other = FileLock(tmp_path / "index" / "lock", thread_local=False)
    other.acquire()
    threading.Timer(1.0, other.release, [True]).start()
    answer = assistant.answer(QUESTION)  # there is nothing to answer from before the other one ends
    assert ("3 June 2021" in answer.text, BUSY in answer.warnings) == (True, False)
    (corpus / "ferry.txt").write_text(FERRY)
    with FileLock(tmp_path / "index" / "lock"):
        answer = assistant.answer(QUESTION)
    assert ("3 June 2021" in answer.text, answer.warnings[-1]) == (True, BUSY)
    assert len(assistant.store.manifest()) == 1
    assert BUSY not in assistant.answer(QUESTION).warnings
    assert len(assistant.store.manifest()) == 2


def test_questions_at_once_beside_another_process_wait_for_it_once(tmp_path: Path) -> None:
    corpus, assistant = impatient(tmp_path, 1.0)
    assistant.sync()
    (corpus / "ferry.txt").write_text(FERRY)
    begun = time.monotonic()
    with FileLock(tmp_path / "index" / "lock"), ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(assistant.answer, [QUESTION] * 8))
    assert [one.warnings[-1] for one in answers] == [BUSY] * 8
    assert time.monotonic() - begun < 5  # it took eight


def test_a_sync_that_failed_is_shared_with_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Local()
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=None)
    begun, let_go = threading.Semaphore(0), threading.Event()
    failures = iter([True, True, False, False])

    def fails(corpus: Path, store: Store, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        begun.release()
        assert let_go.wait(10)
        if next(failures):
            raise EmbedderError("not now")
        return sync_folder(corpus, store, progress)

    monkeypatch.setattr("assistant.api.sync_folder", fails)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(assistant.sync)]
        assert begun.acquire(timeout=10)
        waiting += [threads.submit(assistant.sync) for _ in range(3)]
        time.sleep(0.2)  # they wait for the first
        let_go.set()
        failed = [one.exception() for one in waiting]
    assert sum(isinstance(one, EmbedderError) for one in failed) == 2
    assert sum(one is None for one in failed) == 2


def test_what_could_not_be_loaded_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Local()
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder), embedder, None, reranker=None)
    searched: list[str] = []

    def fails(_: EmbeddedStore, question: str, limit: int) -> list[Hit]:
        searched.append(f"{question} {limit}")
        raise EmbedderError("not now")

    monkeypatch.setattr(EmbeddedStore, "search", fails)
    for _ in range(2):
        with pytest.raises(EmbedderError):
            assistant.warm("news")
    assert searched == ["news 1"] * 2
