"""The public functions: collaborators are made here, once, and passed in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.bundled import LocalChatModel, OnProgress
from assistant.chain import Setup, checked_question, run
from assistant.collaborators import evidence_tokens, make_embedder, make_model, make_reranker
from assistant.evidence import EVIDENCE_TOKENS
from assistant.followup import search_text
from assistant.meaning import Meaning
from assistant.model import ChatModel
from assistant.retrieve import Stretch, retrieve
from assistant.settings import Settings, read_settings
from assistant.steps import NOTHING, Step
from assistant.types import Answer, History
from index.build import Progress, sync_folder
from index.embed import BundledEmbedder, Embedder
from index.errors import DatelineError, IndexBusyError
from index.fuse import DENSE_WEIGHT
from index.rerank import Reranker
from index.store import LOCK_SECONDS, EmbeddedStore, Store
from index.types import SyncReport

if TYPE_CHECKING:
    from os import PathLike

DEFAULT_CORPUS = "corpus"
DEFAULT_INDEX = ".dateline"
PATIENCE = 5.0
"""Seconds that a question waits for another process that is indexing."""
BUSY = "another process is indexing the folder: what it has not come to yet is not in this answer"


class Assistant:
    """A folder, the store that reflects it and the model that writes; safe to share between threads.

    >>> from assistant.api import open_assistant
    >>> with_model = open_assistant("corpus", ".dateline")  # doctest: +SKIP
    >>> with_model.answer("How much will Tencent invest?").status  # doctest: +SKIP
    'answered'
    """

    def __init__(
        self,
        corpus: Path,
        store: Store,
        embedder: Embedder,
        model: ChatModel | None,
        without: frozenset[Step] = NOTHING,
        evidence_tokens: int = EVIDENCE_TOKENS,
        *,
        reranker: Reranker | None,
    ) -> None:
        self.corpus, self.store, self.model = corpus, store, model
        self._without, self._evidence_tokens = without, evidence_tokens
        self._meaning = Meaning(embedder, reranker=reranker)
        self._syncing = threading.Lock()
        self._syncs_begun = 0
        self._synced: tuple[int, SyncReport | IndexBusyError] | None = None
        """The last sync that ended well, or waited for another process in vain: the how manieth, and what came of it."""
        self._warm = False

    def sync(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Make the store reflect the folder as it is now; cheap when nothing changed.

        Threads that wait for one another's sync share the one that begins after all of them came.
        """
        begun = self._syncs_begun
        with self._syncing:
            if self._synced is None or self._synced[0] <= begun:
                self._syncs_begun += 1
                self._synced = self._syncs_begun, self._synced_now(progress)
            outcome = self._synced[1]
        if isinstance(outcome, IndexBusyError):
            raise outcome
        return outcome

    def _synced_now(self, progress: Callable[[Progress], None] | None) -> SyncReport | IndexBusyError:
        try:
            return sync_folder(self.corpus, self.store, progress)
        except IndexBusyError as error:
            return error

    def stream(
        self, question: str, history: History = (), progress: Callable[[Progress], None] | None = None, *, sync: bool = True
    ) -> Generator[str | Answer]:
        """Sync, then yield the answer's verified sentences as they come, and at last the Answer.

        With `sync` False, and while another process indexes, the answer is from what is indexed so far.
        """
        started = time.perf_counter()
        asked = search_text(checked_question(question), history)
        if isinstance(self.model, LocalChatModel):
            self.model.warm()  # it loads while the folder is looked through
        late = ""
        if sync:
            with ThreadPoolExecutor(1) as beside:
                beside.submit(self.warm, asked)
                late = self._synced_or_late(progress)
        setup = Setup(self.corpus, self.store, self._meaning, self.model, self._evidence_tokens, self._without)
        for event in run(question, history, setup, started):
            yield replace(event, warnings=(*event.warnings, late)) if late and isinstance(event, Answer) else event

    def _synced_or_late(self, progress: Callable[[Progress], None] | None) -> str:
        """Sync; a warning where another process is at it, which is waited for only while nothing is indexed at all."""
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                self.sync(progress)
            except IndexBusyError:
                if self.store.stats().articles:
                    return BUSY
                if time.monotonic() > until:
                    raise
            else:
                return ""

    def warm(self, question: str) -> None:
        """Embed a question and, the first time, load what a search needs: at a million passages that takes seconds.

        Nothing is done where embedding is asked of an endpoint.
        """
        if isinstance(self._meaning.embedder, BundledEmbedder):  # an endpoint that is down would be waited for twice
            self._meaning.embedder.query(question)  # it keeps what it made
            if not self._warm:
                self.store.search(question, 1)
                self._warm = True

    def answer(self, question: str, history: History = ()) -> Answer:
        """The answer to one question."""
        return _last(self.stream(question, history))

    def search(self, question: str, limit: int) -> list[Stretch]:
        """The indexed text nearest to a question, best first, at most `limit` stretches, without what was read and found far."""
        return retrieve(question, self.store, self._meaning, limit).stretches()[:limit]

    def quoted(self, question: str) -> Answer:
        """The answer that can be quoted from what is indexed, without the model and without a sync."""
        return _last(run(question, (), Setup(self.corpus, self.store, self._meaning, None)))


def open_assistant(
    corpus: str | PathLike[str],
    index: str | PathLike[str],
    settings: Settings | None = None,
    on_join: OnProgress | None = None,
    *,
    keep_replies: bool = True,
    without: frozenset[Step] = NOTHING,
) -> Assistant:
    """An assistant for a folder, as the settings say (the environment's by default).

    With `keep_replies`, the local model is not asked again what it was asked before; whoever measures it sets False.
    `without` leaves steps out, to measure what they are worth.
    Raises SettingsError, IndexFolderError and CorpusError, each with what to type next.
    """
    settings = settings or read_settings()
    # Absolute, so that neither moves when the process changes its folder.
    folder = Path(corpus).absolute()
    embedder = make_embedder(settings)
    weight = 0.0 if "vectors" in without else 1.0 if "words" in without else DENSE_WEIGHT
    store = EmbeddedStore(Path(index).absolute(), embedder, folder, dense_weight=weight, server=settings.store, patience=PATIENCE)
    model = make_model(settings, on_join, keep_replies=keep_replies)
    return Assistant(folder, store, embedder, model, without, evidence_tokens(settings), reranker=make_reranker(without))


_open: dict[tuple[Path, Path, Settings], Assistant] = {}
_opening = threading.Lock()


def _assistant(corpus: str | PathLike[str], index: str | PathLike[str]) -> Assistant:
    """The process's own assistant for a folder: opened once, so that the model and the index stay loaded."""
    key = (Path(corpus).absolute(), Path(index).absolute(), read_settings())
    with _opening:
        if key not in _open:
            alike = next((one for (_, _, settings), one in _open.items() if settings == key[2]), None)
            _open[key] = open_assistant(corpus, index, key[2])
            if alike is not None:
                _open[key].model = alike.model  # one model serves every folder
        return _open[key]


def answer(
    question: str,
    corpus: str | PathLike[str] = DEFAULT_CORPUS,
    index: str | PathLike[str] = DEFAULT_INDEX,
    history: History | Sequence[Sequence[str]] = (),
) -> Answer:
    """Answer a question from the articles of a folder, with citations that were checked against the files.

    `corpus` is the folder; it is synced first, which is cheap when nothing changed. `index` is where the index is kept.
    `history` are earlier (question, answer) pairs, oldest first.

    Raises DatelineError, or one of its children, when there is no such folder, the question is empty, the index is
    damaged or the model is set up wrongly. A model that is down gives a degraded answer with a warning instead.

    >>> from assistant import answer
    >>> answer("How much will Tencent invest?", corpus="corpus").citations[0].source  # doctest: +SKIP
    '2020-05-27-labs-and-servers.txt'
    """
    return _last(stream(question, corpus, index, history))


def stream(
    question: str,
    corpus: str | PathLike[str] = DEFAULT_CORPUS,
    index: str | PathLike[str] = DEFAULT_INDEX,
    history: History | Sequence[Sequence[str]] = (),
) -> Iterator[str | Answer]:
    """Like `answer`, but yields the text piece by piece, each piece verified, and at last the Answer.

    The markers in the pieces are those of the Answer. A refusal yields the Answer alone.
    """
    checked_question(question)
    yield from _assistant(corpus, index).stream(question, checked_history(history))


async def aanswer(
    question: str,
    corpus: str | PathLike[str] = DEFAULT_CORPUS,
    index: str | PathLike[str] = DEFAULT_INDEX,
    history: History | Sequence[Sequence[str]] = (),
) -> Answer:
    """Like `answer`, for asynchronous code: the work is done in a thread."""
    return await asyncio.to_thread(partial(answer, question, corpus, index, history))


def checked_history(history: object) -> History:
    """The turns of a conversation as pairs of text; DatelineError when they are something else."""
    if isinstance(history, list | tuple):
        pairs = [tuple(turn) for turn in history if isinstance(turn, list | tuple)]
        if len(pairs) == len(history) and all(len(pair) == 2 and all(isinstance(part, str) for part in pair) for pair in pairs):
            return [(question, reply) for question, reply in pairs]
    raise DatelineError(
        'the history is not a list of [question, answer] pairs; expected for example: [["Who leads it?", "Li does."]]'
    )


def _last(events: Iterator[str | Answer]) -> Answer:
    for event in events:
        if isinstance(event, Answer):
            return event
    raise AssertionError("the chain ended without an Answer")
