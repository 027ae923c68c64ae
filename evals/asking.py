"""Whom the questions are put to: our own assistant, or any callable from a question to an answer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from assistant.api import Assistant, open_assistant
from assistant.bundled import LocalChatModel
from assistant.followup import search_text
from assistant.model import ChatModel, ContextTooLong, Message, ModelUnavailable
from assistant.retrieve import Stretch
from assistant.settings import Settings
from assistant.steps import NOTHING, Step
from assistant.types import Answer, Usage
from evals.gold import GoldError, Item, as_history
from evals.records import Said, Span
from index.errors import DatelineError
from index.store import EmbeddedStore

RETRIEVED = 10
"""Stretches of text kept of each question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question; `answer` is None when only retrieval was wanted, `retrieved` when it was not."""

    answer: Said | None
    retrieved: list[Span] | None


class Asked(Protocol):
    """Somebody who can be asked the items of a gold file, from several threads."""

    def ask(self, item: Item) -> Outcome:
        """The outcome of one item. Whatever it raises is that item's error."""


class AnyCallable:
    """A function from a question to an Answer, or to a mapping of its contract's keys.

    It is called as `ask(question)`, and as `ask(question, history=[...])` for an item that has earlier turns.
    """

    def __init__(self, function: Callable[..., Answer | Mapping[str, Any]]) -> None:
        self._function = function

    def ask(self, item: Item) -> Outcome:
        """Call the function; see Asked."""
        more = {"history": as_history(item)} if item.history else {}
        answer = self._function(item.question, **more)
        return Outcome(Said.model_validate(answer.to_dict() if isinstance(answer, Answer) else dict(answer)), None)


def named_callable(name: str) -> AnyCallable:
    """The function that `package.module:function` names, as `python -m` would find it: in the current folder too.

    Raises DatelineError when there is none, or its module fails.
    """
    module, _, function = name.partition(":")
    if (here := str(Path.cwd())) not in sys.path:  # the installed command looks only where it is installed
        sys.path.insert(0, here)
    try:
        found = getattr(import_module(module), function)
    except (Exception, SystemExit) as error:  # a module of somebody else's fails as it likes
        said = f"{type(error).__name__}: {error}"
        raise DatelineError(f"--ask {name}: {said}; expected package.module:function, importable from here") from error
    if not callable(found):
        raise DatelineError(
            f"--ask {name}: {function} is a {type(found).__name__}; expected a function from a question to an answer"
        )
    return AnyCallable(found)


def span_of_stretch(stretch: Stretch, prefix: str = "") -> Span:
    """A stretch of text that was retrieved, as it is kept; `prefix` is put before its sources."""
    return Span(
        source=prefix + stretch[0].passage.source,
        start=min(hit.passage.start for hit in stretch),
        end=max(hit.passage.end for hit in stretch),
        cosine=round(max(hit.cosine for hit in stretch), 5),
        also_in=sorted({prefix + source for hit in stretch for source in hit.also_in}),
    )


class _Watched:
    """A chat model whose outages are remembered, each for the thread it happened in."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._seen = threading.local()

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        """Continue a chat; see ChatModel."""
        try:
            yield from self._model.stream(messages, max_tokens)
        except ModelUnavailable as error:
            self._seen.outage = error
            raise

    def outage(self) -> ModelUnavailable | None:
        """What this thread's last question met, if anything; told once."""
        found: ModelUnavailable | None = getattr(self._seen, "outage", None)
        self._seen.outage = None
        return found

    def close(self) -> None:
        """Stop a local model."""
        if isinstance(self._model, LocalChatModel):
            self._model.close()


class OurAssistant:
    """The assistant over a folder of articles, or over one folder inside it for the items that name one."""

    def __init__(
        self,
        corpus: Path,
        index: Path,
        settings: Settings,
        *,
        retrieval_only: bool = False,
        without: frozenset[Step] = NOTHING,
        reuse_replies: bool = False,
    ) -> None:
        self._corpus, self._index, self._settings = corpus, index, settings
        self._retrieval_only, self._without, self._reuse_replies = retrieval_only, without, reuse_replies
        self._open: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    def ask(self, item: Item) -> Outcome:
        """Search and answer; sources are told relative to the whole corpus."""
        assistant = self.within(item.folder)
        history = as_history(item)
        prefix = f"{item.folder}/" if item.folder else ""
        spans = [span_of_stretch(stretch, prefix) for stretch in assistant.search(search_text(item.question, history), RETRIEVED)]
        if self._retrieval_only:
            return Outcome(None, spans)
        if isinstance(assistant.model, _Watched):
            assistant.model.outage()  # one of a question before, that ended in another error
        said = assistant.answer(item.question, history).to_dict()
        if isinstance(assistant.model, _Watched) and (outage := assistant.model.outage()) and _decided(outage, said):
            raise outage  # what was answered without the model says nothing about it
        for citation in said["citations"]:
            citation["source"] = prefix + citation["source"]
            citation["also_in"] = [prefix + source for source in citation["also_in"]]
        return Outcome(Said.model_validate(said), spans)

    def within(self, folder: str, progress: Callable[[int, int], None] | None = None) -> Assistant:
        """The assistant of one folder ("" for the whole corpus), opened and synced when it is first asked for."""
        with self._lock:
            if folder not in self._open:
                inside = (self._corpus / folder).resolve()
                if not inside.is_relative_to(self._corpus.resolve()):
                    raise GoldError(f"the folder {folder!r} of an item is outside {self._corpus}; expected one inside it")
                opened = open_assistant(
                    inside, self._index / folder, self._settings, keep_replies=self._reuse_replies, without=self._without
                )
                for alike in self._open.values():
                    opened.model = alike.model  # one model serves every folder
                if opened.model is not None and not isinstance(opened.model, _Watched):
                    opened.model = _Watched(opened.model)
                opened.sync((lambda at: progress(at.done, at.total)) if progress else None)
                self._open[folder] = opened
            return self._open[folder]

    def close(self) -> None:
        """Stop the model and close the stores."""
        for assistant in self._open.values():
            if isinstance(assistant.model, _Watched):
                assistant.model.close()
            if isinstance(assistant.store, EmbeddedStore):
                assistant.store.close()
        self._open.clear()


def _decided(outage: ModelUnavailable, said: Mapping[str, Any]) -> bool:
    """Whether an answer is what it is for a model that was away.

    It says so in a warning, unless the model was wanted for a translation alone, without which nothing was found. A context
    too small for all the evidence, or to ask again, is the model's own: what came of it in spite of that is its answer.
    """
    return str(outage) in said["warnings"] or (said["status"] == "refused" and not isinstance(outage, ContextTooLong))
