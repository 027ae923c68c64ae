"""Questions under way: each is answered in a thread of its own, followed without blocking the page, and can be stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
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


class Desk:
    """Where the questions of all readers are answered; one question a reader's page at a time."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dateline-question")
        self._stops: dict[str, threading.Event] = {}

    def stop(self, page: str) -> None:
        """Stop the question of a page, if it has one under way."""
        if page in self._stops:
            self._stops[page].set()

    async def ask(self, page: str, question: str, history: History) -> AsyncIterator[str | Answer]:
        """The answer's verified sentences as they come, and at last the Answer.

        Raises Stopped at once when the reader stops it, and whatever the assistant raises. A page that goes away stops
        its question; the model is let go at the next sentence.
        """
        self.stop(page)
        stop = self._stops[page] = threading.Event()
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[str | Answer | BaseException] = asyncio.Queue()

        def tell(event: str | Answer | BaseException) -> None:
            with suppress(RuntimeError):  # the server has ended, and with it the loop: nobody listens
                loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                with closing(self._assistant.stream(question, history[-MAX_HISTORY:], wait=False)) as answering:
                    for event in answering:
                        if stop.is_set():
                            return
                        tell(event)
            except BaseException as error:  # noqa: BLE001 - it is raised again where the reader is
                tell(error)

        self._pool.submit(work)
        try:
            while True:
                event = await _next(events, stop)
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Answer):
                    return
        finally:
            stop.set()
            if self._stops.get(page) is stop:
                del self._stops[page]

    def close(self) -> None:
        """Let go of every question."""
        for stop in list(self._stops.values()):
            stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _next(events: asyncio.Queue[str | Answer | BaseException], stop: threading.Event) -> str | Answer | BaseException:
    while not stop.is_set():
        with suppress(TimeoutError):
            return await asyncio.wait_for(events.get(), 0.1)
    raise Stopped
