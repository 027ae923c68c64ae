"""Questions under way: each is answered in a thread of its own, followed without blocking the page, and can be stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

from assistant.api import Assistant
from assistant.types import Answer, History

AT_ONCE = 32
"""Questions answered at once; what comes beyond them waits in the page's queue."""
MAX_HISTORY = 8
"""Earlier turns that are passed on with a follow-up question."""


class Stopped(Exception):
    """The reader stopped the question."""


class Left(Exception):
    """The reader went on to something else, `to`: nothing of the question is wanted any more."""

    def __init__(self, to: object) -> None:
        super().__init__("the reader went on to something else")
        self.to = to


class _Question:
    """One question under way."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.left: list[object] = []
        """What the reader went on to, when they did."""


class Desk:
    """Where the questions of all readers are answered, one of each open page at a time.

    `refresh` is called before each answer, to bring the index to where the folder is.
    """

    def __init__(self, assistant: Assistant, refresh: Callable[[], object]) -> None:
        self._assistant, self._refresh = assistant, refresh
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dateline-question")
        self._questions: dict[str, _Question] = {}

    def stop(self, page: str) -> None:
        """Stop the question of a page, if it has one under way; the page is told so."""
        if page in self._questions:
            self._questions[page].over.set()

    def leave(self, page: str, to: object = None) -> None:
        """Stop the question of a page that shows something else now, `to`, with which Left is raised."""
        if page in self._questions:
            self._questions[page].left.append(to)
            self.stop(page)

    async def ask(self, page: str, question: str, history: History) -> AsyncIterator[str | Answer]:
        """The answer's verified sentences as they come, and at last the Answer.

        Raises Stopped or Left as soon as the reader does so, and whatever the assistant raises. The model is let go at its
        next sentence; a question whose turn has not come is not asked at all.
        """
        self.leave(page)
        mine = self._questions[page] = _Question()
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[str | Answer | BaseException] = asyncio.Queue()

        def tell(event: str | Answer | BaseException) -> None:
            with suppress(RuntimeError):  # the server has ended, and with it the loop: nobody listens
                loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                if not mine.over.is_set():
                    self._refresh()
                if mine.over.is_set():
                    return
                with closing(self._assistant.stream(question, history[-MAX_HISTORY:], sync=False)) as answering:
                    for event in answering:
                        if mine.over.is_set():
                            return
                        tell(event)
            except BaseException as error:  # noqa: BLE001 - it is raised again where the reader is
                tell(error)

        waiting = self._pool.submit(work)
        try:
            while True:
                event = await _next(events, mine)
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Answer):
                    return
        finally:
            mine.over.set()
            waiting.cancel()
            if self._questions.get(page) is mine:
                del self._questions[page]

    def close(self) -> None:
        """Let go of every question."""
        for page in list(self._questions):
            self.leave(page)
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _next(events: asyncio.Queue[str | Answer | BaseException], question: _Question) -> str | Answer | BaseException:
    while not question.over.is_set():
        with suppress(TimeoutError):
            event = await asyncio.wait_for(events.get(), 0.1)
            if not question.over.is_set():
                return event
    raise Left(question.left[-1]) if question.left else Stopped
