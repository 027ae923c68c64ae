"""One way to speak to a model: the openai client and a base URL."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from assistant.types import Usage
from index.endpoint import Endpoint, failures
from index.errors import DatelineError

if TYPE_CHECKING:
    import openai


class ModelUnavailable(DatelineError):
    """The model cannot be reached, is overloaded, too slow, or answers with nonsense: a degraded answer is possible."""


class ModelRejected(DatelineError):
    """The endpoint refuses the request as it is set up (key, model name): only its user can mend that."""


class ContextTooLong(ModelUnavailable):
    """The model cannot take that much at once: less evidence may do."""


_TOO_LONG = re.compile(
    r"context.{0,40}\b(?:length|size|window|limit)|exceed_context|too many tokens|prompt is too long", re.IGNORECASE
)
"""What OpenAI, llama.cpp, vLLM and others say then, in a code or in words."""


class Message(TypedDict):
    """One message of a chat."""

    role: str
    content: str


class ChatModel(Protocol):
    """Something that continues a chat."""

    @property
    def name(self) -> str:
        """The model's name, as it is shown in the answer."""

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        """Yield the reply's text piece by piece and at last its token usage.

        Raises ModelUnavailable or ModelRejected, also in the middle. Closing the generator cancels the reply.
        """


ATTEMPTS = 3
"""A request that fails before its first token is tried this often within its time; a broken-off reply is not."""

AT_ONCE = 4
"""Replies that one endpoint writes at the same time."""

_OPTIONAL = ("max_tokens", "temperature", "seed", "stream_options")
_RENAMED = {"max_tokens": "max_completion_tokens"}


class OpenAIChatModel:
    """A chat model behind an OpenAI-compatible endpoint, called at temperature 0.

    `name` None stands for the only model that the endpoint lists. `timeout` bounds a whole reply in seconds, retries
    and the wait for one of the `at_once` places included.
    """

    def __init__(
        self,
        name: str | None,
        *,
        base_url: str | None,
        api_key: str | None,
        timeout: float,
        label: str | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._at_once, self._places = at_once, threading.BoundedSemaphore(at_once)
        self._asked_name, self._label = name, label
        self._endpoint, self._timeout = Endpoint(base_url, api_key), timeout
        self._opened: openai.OpenAI | None = None
        self._refused: set[str] = set()

    @property
    def name(self) -> str:
        """The label it was given, or the name it goes by at the endpoint."""
        return self._label or self._asked_name or self._where()

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        """Continue a chat; see ChatModel."""
        deadline = time.monotonic() + self._timeout
        usage: Usage | None = None
        wrote: list[str] = []
        finished = False
        with self._place(deadline), _one_kind_of_error(self._endpoint, self._timeout):
            self._asked_name = self._asked_name or self._only_model()
            with closing(self._begin(messages, max_tokens, deadline)) as reply:
                for event in _until(deadline, reply):
                    if event is None:
                        raise ModelUnavailable(f"{self._where()} did not finish within {self._timeout:.0f} s; {_SLOW}")
                    told = getattr(event, "usage", None)
                    if told and told.prompt_tokens is not None:
                        usage = Usage(int(told.prompt_tokens), int(told.completion_tokens or 0))
                    if event.choices:
                        finished = finished or bool(event.choices[0].finish_reason)
                        if text := event.choices[0].delta.content:
                            wrote.append(str(text))
                            yield str(text)
        if not wrote:
            raise ModelUnavailable(f"{self._where()} answered with no text; expected a chat completion; {_CHECK}")
        if not finished:
            raise ModelUnavailable(f"{self._where()} broke off before its reply was finished; {_CHECK}")
        yield usage or counted(messages, "".join(wrote))

    @contextmanager
    def _place(self, deadline: float) -> Iterator[None]:
        """One of the places for questions that are asked at once; waited for until the deadline."""
        if not self._places.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ModelUnavailable(
                f"{self._where()} writes as many replies at once as it may, {self._at_once}; "
                f"expected a place within {self._timeout:g} s; "
                "try again later, or set DATELINE_CONCURRENCY=N for more at once"
            )
        try:
            yield
        finally:
            self._places.release()

    def _begin(self, messages: Sequence[Message], max_tokens: int, deadline: float) -> Any:
        """The opened stream of events; what passes by itself is tried again while there is time."""
        import openai
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay, wait_random_exponential

        passing = (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError)
        retrying = Retrying(
            retry=retry_if_exception_type(passing), wait=wait_random_exponential(multiplier=0.5, max=8), reraise=True,
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(max(0.0, deadline - time.monotonic())),
        )  # fmt: skip

        def once(options: dict[str, Any]) -> Any:
            client = self._client().with_options(timeout=max(0.1, deadline - time.monotonic()))
            return client.chat.completions.create(model=self._asked_name or "", stream=True, **options)

        for _ in (*_OPTIONAL, None):
            options = self._options(max_tokens) | {"messages": list(messages)}
            try:
                return retrying(once, options)
            except openai.BadRequestError as error:
                # Endpoints differ in which of these they know; what one refuses by name is left out from then on. Another
                # question may have met the same refusal meanwhile: what counts is what this request said.
                said = f"{error.param} {error.message}"
                refused = next((name for name in _OPTIONAL if name in said and name in options), None)
                if refused is None:
                    raise
                self._refused.add(refused)
        raise AssertionError("an endpoint cannot refuse more options than there are")

    def _options(self, max_tokens: int) -> dict[str, Any]:
        """What a request says beside its messages, without what the endpoint is known to refuse."""
        wanted = {"max_tokens": max_tokens, "temperature": 0, "seed": 0, "stream_options": {"include_usage": True}}
        refused = frozenset(self._refused)  # another thread may add to it
        left = {name: value for name, value in wanted.items() if name not in refused}
        return left | {_RENAMED[name]: wanted[name] for name in _RENAMED if name in refused}

    def _client(self) -> openai.OpenAI:
        if self._opened is None:
            self._opened = self._endpoint.client(timeout=self._timeout, retries=0)
        return self._opened

    def _only_model(self) -> str:
        offered = sorted(model.id for model in self._client().models.list())
        if len(offered) != 1:
            shown = ", ".join(offered[:5]) + (" ..." if len(offered) > 5 else "")
            raise ModelRejected(f"{self._where()} offers {len(offered)} models ({shown}); set one: DATELINE_CHAT_MODEL=NAME")
        return offered[0]

    def _where(self) -> str:
        return _at(self._endpoint)


_CHECK = "check OPENAI_BASE_URL, or set DATELINE_LLM=local"
_SLOW = "set DATELINE_TIMEOUT=SECONDS for more, or DATELINE_LLM=extractive for no model"


def _at(endpoint: Endpoint) -> str:
    return f"the model at {endpoint.address}"


def _until(deadline: float, events: Iterable[Any]) -> Iterator[Any]:
    """The events that come before the deadline, then None when more were due.

    They are read in a thread: an endpoint that keeps a connection busy without saying anything cannot be waited for
    with a time limit otherwise.
    """
    arrived: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        try:
            for event in events:
                arrived.put(("event", event))
            arrived.put(("end", None))
        except Exception as error:  # noqa: BLE001 - raised again below, where somebody waits for it
            arrived.put(("error", error))

    threading.Thread(target=read, name="dateline-reply", daemon=True).start()
    while True:
        try:
            kind, value = arrived.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            yield None
            return
        if kind == "error":
            raise value
        if kind == "end":
            return
        yield value


@contextmanager
def _one_kind_of_error(endpoint: Endpoint, timeout: float) -> Iterator[None]:
    """Whatever the client, its transport or a strange reply raises becomes one of the two errors above."""
    try:
        yield
    except DatelineError:
        raise
    except failures() as error:
        raise _translated(error, endpoint, timeout) from error


def _translated(error: Exception, endpoint: Endpoint, timeout: float) -> DatelineError:
    import openai

    where, detail = _at(endpoint), endpoint.detail(error)
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ModelRejected(f"{where} refused the key ({error.status_code}); expected a valid one; try: export OPENAI_API_KEY=...")
    if getattr(error, "status_code", 0) in (400, 413, 422, 500) and _TOO_LONG.search(f"{getattr(error, 'code', '')} {error}"):
        return ContextTooLong(
            f"{where} cannot take the question with its sources: {detail}; "
            "expected room for them; set DATELINE_CHAT_MODEL to a model with a larger context"
        )
    if isinstance(error, openai.NotFoundError | openai.BadRequestError | openai.UnprocessableEntityError):
        return ModelRejected(f"{where} refused the request: {detail}; check OPENAI_BASE_URL and DATELINE_CHAT_MODEL")
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable(f"{where} did not answer within {timeout:.0f} s; {_SLOW}")
    if isinstance(error, openai.APIStatusError):
        return ModelUnavailable(f"{where} answered {error.status_code}: {detail}; try again later, or {_CHECK}")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailable(f"{where} cannot be reached; expected a running server; {_CHECK}")
    return ModelUnavailable(f"{where} broke off or answered nonsense: {detail}; {_CHECK}")


def counted(messages: Sequence[Message], reply: str) -> Usage:
    """The usage of a reply whose endpoint did not tell it, in tiktoken's tokens."""
    from index.tokens import count_tokens

    return Usage(sum(count_tokens(message["content"]) for message in messages), count_tokens(reply))
