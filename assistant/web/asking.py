"""Questions under way: each is answered in a thread of its own, followed without blocking the page, and can be stopped."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

from assistant.api import Assistant
from assistant.types import Answer, History
from index.errors import DatelineError

AT_ONCE = 32
"""Questions answered at once; what comes beyond them waits in the page's queue."""
EACH = 6
"""Questions of one reader that may be under way, those too that were stopped and whose model has not noticed yet."""
MAX_HISTORY = 8
"""Earlier turns that are passed on with a follow-up question."""


class Stopped(Exception):
    """The reader stopped the question."""


class Left(Exception):
    """The reader went on to something else, `to`: nothing of the question is wanted any more."""

    def __init__(self, to: object) -> None:
        super().__init__("the reader went on to something else")
        self.to = to


class Question:
    """One question under way on a page."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._left: list[object] = []

    @property
    def over(self) -> bool:
        """Whether nobody waits for an answer any more."""
        return self._over.is_set()

    def check(self) -> None:
        """Raises Stopped or Left when the reader did so."""
        if self._left:
            raise Left(self._left[-1])
        if self.over:
            raise Stopped

    def stop(self) -> None:
        """The reader stopped it, or it has its answer."""
        self._over.set()

    def leave(self, to: object) -> None:
        """The reader went on to something else, with which Left is raised."""
        self._left.append(to)
        self.stop()


class Desk:
    """Where the questions of all readers are answered, one of each open page at a time.

    `refresh` is called before each answer, to bring the index to where the folder is, and says what is not in it yet.
    """

    def __init__(self, assistant: Assistant, refresh: Callable[[], str]) -> None:
        self._assistant, self._refresh = assistant, refresh
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dateline-question")
        self._questions: dict[str, Question] = {}
        self._under_way: Counter[str] = Counter()
        self._counting = threading.Lock()

    @contextmanager
    def question(self, page: str) -> Iterator[Question]:
        """The question of a page from when it is asked until its answer is shown; one that it still has is left."""
        self.leave(page)
        mine = self._questions[page] = Question()
        try:
            yield mine
        finally:
            mine.stop()
            if self._questions.get(page) is mine:
                del self._questions[page]

    def has(self, page: str) -> bool:
        """Whether a page has a question under way."""
        return page in self._questions

    def stop(self, page: str) -> None:
        """Stop the question of a page, if it has one under way."""
        if page in self._questions:
            self._questions[page].stop()

    def leave(self, page: str, to: object = None) -> None:
        """Stop the question of a page that shows something else now, `to`."""
        if page in self._questions:
            self._questions[page].leave(to)

    async def answer(self, mine: Question, text: str, history: History, reader: str) -> AsyncIterator[str | Answer]:
        """The answer's verified sentences as they come, and at last the Answer.

        Raises Stopped or Left as soon as the reader does so, DatelineError for a reader who has EACH questions under way, and
        whatever the assistant raises. The model is let go at its next sentence; a question whose turn has not come is not
        asked at all.
        """
        self._count_in(reader)
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[str | Answer | BaseException] = asyncio.Queue()

        def tell(event: str | Answer | BaseException) -> None:
            with suppress(RuntimeError):  # the server has ended, and with it the loop: nobody listens
                loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                if mine.over:
                    return
                late = self._refresh()
                if mine.over:
                    return
                with closing(self._assistant.stream(text, history[-MAX_HISTORY:], sync=False)) as answering:
                    for event in answering:
                        if mine.over:
                            return
                        if late and isinstance(event, Answer):
                            tell(replace(event, warnings=(*event.warnings, late)))
                        else:
                            tell(event)
            except BaseException as error:  # noqa: BLE001 - it is raised again where the reader is
                tell(error)

        waiting = self._pool.submit(work)
        waiting.add_done_callback(lambda _: self._count_out(reader))
        try:
            while True:
                event = await _next(events, mine)
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Answer):
                    return
        finally:
            waiting.cancel()

    def _count_in(self, reader: str) -> None:
        with self._counting:
            if self._under_way[reader] >= EACH:
                raise DatelineError(f"{EACH} of your questions are still being answered or let go; wait a little and ask again")
            self._under_way[reader] += 1

    def _count_out(self, reader: str) -> None:
        with self._counting:
            self._under_way[reader] -= 1
            if not self._under_way[reader]:
                del self._under_way[reader]

    def close(self) -> None:
        """Let go of every question."""
        for page in list(self._questions):
            self.leave(page)
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _next(events: asyncio.Queue[str | Answer | BaseException], question: Question) -> str | Answer | BaseException:
    while True:
        question.check()
        with suppress(TimeoutError):
            event = await asyncio.wait_for(events.get(), 0.1)
            question.check()
            return event
