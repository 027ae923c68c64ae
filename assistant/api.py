"""The public functions: collaborators are made here, once, and passed in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.bundled import LocalChatModel, OnProgress
from assistant.chain import EXTRACTIVE, Setup, checked_question, run
from assistant.collaborators import evidence_tokens, make_embedder, make_model
from assistant.evidence import EVIDENCE_TOKENS
from assistant.followup import search_text
from assistant.meaning import Meaning
from assistant.model import ChatModel
from assistant.retrieve import retrieve
from assistant.settings import Settings, read_settings
from assistant.steps import NOTHING, Step
from assistant.types import Answer, History
from index.build import Progress, differences, sync_folder
from index.check import Faults, check, mend
from index.copies import Copies
from index.embed import BundledEmbedder, Embedder
from index.errors import DatelineError
from index.folder import existing_catalog
from index.fuse import DENSE_WEIGHT
from index.rerank import CrossEncoder
from index.scan import checked_corpus
from index.store import EmbeddedStore, Store
from index.types import Hit, SyncReport

if TYPE_CHECKING:
    from os import PathLike

DEFAULT_CORPUS = "corpus"
DEFAULT_INDEX = ".dateline"


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
    ) -> None:
        self.corpus, self.store, self.model = corpus, store, model
        self._without, self._evidence_tokens = without, evidence_tokens
        self._meaning = Meaning(embedder, reranker=None if "reranker" in without else CrossEncoder())
        self._syncing = threading.Lock()
        self._syncs_begun = 0
        self._synced: tuple[int, SyncReport] | None = None
        """The last sync that ended well: the how manieth, and what it found."""
        self._warm = False

    def sync(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Make the store reflect the folder as it is now; cheap when nothing changed.

        Threads that wait for one another's sync share the one that begins after all of them came.
        """
        begun = self._syncs_begun
        with self._syncing:
            if self._synced is not None and self._synced[0] > begun:
                return self._synced[1]
            self._syncs_begun += 1
            report = sync_folder(self.corpus, self.store, progress)
            self._synced = self._syncs_begun, report
            return report

    def stream(
        self, question: str, history: History = (), progress: Callable[[Progress], None] | None = None, *, sync: bool = True
    ) -> Generator[str | Answer]:
        """Sync, then yield the answer's verified sentences as they come, and at last the Answer.

        With `sync` False the answer is from what is indexed so far.
        """
        started = time.perf_counter()
        asked = search_text(checked_question(question), history)
        if isinstance(self.model, LocalChatModel):
            self.model.warm()  # it loads while the folder is looked through
        if sync:
            with ThreadPoolExecutor(1) as beside:
                beside.submit(self.warm, asked)
                self.sync(progress)
        setup = Setup(self.corpus, self.store, self._meaning, self.model, self._evidence_tokens, self._without)
        yield from run(question, history, setup, started)

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

    def search(self, question: str, limit: int) -> list[Hit]:
        """The passages that a question would be answered from, best first, at most `limit`, from what is indexed."""
        return retrieve(question, self.store, self._meaning, limit)

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
    store = EmbeddedStore(Path(index).absolute(), embedder, folder, dense_weight=weight, server=settings.store)
    return Assistant(
        folder, store, embedder, make_model(settings, on_join, keep_replies=keep_replies), without, evidence_tokens(settings)
    )


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


def check_index(
    index: Path, corpus: Path | None = None, *, repair: bool = False, progress: Callable[[int, int], None] | None = None
) -> tuple[Faults, Faults]:
    """What is wrong with an index: all that was found, and what is left of it after `repair`, if that is wanted.

    Without `corpus`, the folder that was indexed last is compared. Raises IndexFolderError when there is no index or it can
    only be made anew, with the command that does so.
    """
    catalog = existing_catalog(index)
    try:
        remembered = catalog.get("corpus")
    finally:
        catalog.close()
    folder = checked_corpus(corpus or Path(remembered or DEFAULT_CORPUS))
    settings = read_settings()
    store = EmbeddedStore(index, make_embedder(settings), folder, server=settings.store)
    try:
        with store.lock():
            found = check(store.catalog, store.mirror, folder, progress)
            if not repair or not found.lines():
                return found, found
            mend(store.catalog, store.mirror, found)
        sync_folder(folder, store)
        with store.lock():
            return found, check(store.catalog, store.mirror, folder)
    finally:
        store.close()


def index_status(index: Path, corpus: Path | None = None) -> dict[str, Any]:
    """What an index holds, by which embedder and for which model, which files of the folder it lags behind, and which articles
    are copies of one another.

    Without `corpus`, the folder that was indexed last is compared. Nothing is written. Raises IndexFolderError when
    there is no index, with the command that makes one.
    """
    settings = read_settings()
    catalog = existing_catalog(index)
    try:
        stats, manifest, copies = catalog.stats(), catalog.manifest(), Copies(catalog).clusters()
        remembered = catalog.get("corpus")
    finally:
        catalog.close()
    folder = corpus or Path(remembered or DEFAULT_CORPUS)
    model = make_model(settings)
    return {
        "corpus": str(folder),
        **asdict(stats),
        "model": model.name if model else EXTRACTIVE,
        "stale": [{"source": source, "reason": reason} for source, reason in differences(folder, manifest)],
        "skipped": [{"source": source, "reason": record.skipped} for source, record in manifest.items() if record.skipped],
        "copies": [list(group) for group in copies],
        "files": [
            {"source": source, "sha256": record.sha256, "encoding": record.encoding, "title": record.title,
             "published": record.published, "passages": record.passages}
            for source, record in manifest.items() if not record.skipped
        ],
    }  # fmt: skip
