"""What the page does: each function answers one thing that a reader does with the HTML of what changed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from assistant.api import Assistant
from assistant.types import Answer, Citation, Nearest
from assistant.web import render
from assistant.web.asking import Desk, Left, Stopped
from assistant.web.conversations import Conversation, Conversations, FeedbackBook, Turn, Verdict, new_id
from assistant.web.guard import HOST_SHARE
from assistant.web.library import Library, Uploaded, failure
from assistant.web.session import Asked, Reader, Session
from assistant.web.sources import cited, copied, shown
from assistant.web.suggest import suggestions
from index.errors import DatelineError
from index.types import SyncReport

WAITING = "Searching the articles and checking every sentence …"
MAX_INBOX = 100
"""Uploads whose reader did not come back to be told of them; the oldest are forgotten."""
TICK = 0.3
"""Seconds between two looks at how far a sync is."""


class Page:
    """The page's behaviour, without a widget of it."""

    def __init__(
        self, assistant: Assistant, conversations: Conversations, feedback: FeedbackBook, *, rate: int, uploads: bool
    ) -> None:
        self.assistant, self.conversations, self.feedback = assistant, conversations, feedback
        self.library = Library(assistant, self._find_questions)
        self.desk, self.uploads = Desk(assistant, self.library.refresh), uploads
        self.inbox: dict[str, list[Uploaded]] = {}
        """What became of uploads whose reader has not been told yet, by a name that only they know."""
        self.questions: list[str] = []
        self.state: Callable[[], str] = lambda: ""
        """What is under way that a reader may wait for; the server sets it."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = rate
        self._looking: threading.Thread | None = None

    # What is shown

    @property
    def busy(self) -> bool:
        """Whether something is under way that changes what the page says of the corpus."""
        return bool(self.state()) or self.library.syncing or (self._looking is not None and self._looking.is_alive())

    def facts(self) -> str:
        """The line about the corpus."""
        model = self.assistant.model.name if self.assistant.model else "quotes only, no model"
        return render.facts(self.assistant.store.stats(), model, self.library.reading() or self.state())

    def log(self, reader: Reader, session: Session) -> str:
        """The conversation of a page, or the welcome."""
        found = self._conversation(reader, session)
        if found is None or not found.turns:
            stats, reading = self.assistant.store.stats(), self.library.reading()
            return render.welcome(stats, self.questions, uploads=self.uploads, reading=bool(reading))
        return render.conversation(found, self.feedback.on(found.turns))

    def _conversation(self, reader: Reader, session: Session) -> Conversation | None:
        return self.conversations.get(reader.name, session.conversation) if session.conversation else None

    # Asking

    async def ask(self, reader: Reader, session: Session, question: str) -> AsyncIterator[Asked]:
        """Answer a question: the page as it is while sentences come, and at last with the answer in its conversation.

        When the reader goes on to something else meanwhile, that is the last thing that comes.
        """
        problem = "" if question.strip() else "Write a question first."
        if not problem and not self._may_ask(reader):
            problem = f"More than {self._rate} questions in a minute; wait a little and ask again."
        if problem:
            yield await self._given_back(reader, session, render.notice(problem, given=question))
            return
        pieces = ""
        try:
            with self.desk.question(reader.page) as mine:
                log, history = await asyncio.to_thread(self._before, reader, session)
                yield Asked(session, log, render.under_way(question, pieces, state=WAITING), "", True)
                # From now on the field is the reader's, who may be writing the next question.
                async for event in self.desk.answer(mine, question, history, reader.name):
                    if isinstance(event, Answer):
                        now = await asyncio.to_thread(self._keep, reader, session, event)
                        log = await asyncio.to_thread(self.log, reader, now)
                        mine.check()
                        yield Asked(now, log, "", None, False)
                    else:
                        pieces += event
                        yield Asked(session, log, render.under_way(question, pieces, state=WAITING), None, True)
        except Left as left:
            # What was sent last may arrive after what the reader went on to: the last word is that.
            if isinstance(left.to, Session):
                yield Asked(left.to, await asyncio.to_thread(self._log_or_fault, reader, left.to), "", None, False)
        except Stopped:
            yield await self._given_back(reader, session, render.notice("Stopped; nothing was kept.", given=question))
        except Exception as error:  # noqa: BLE001 - a reader is told what they can use of it, the log the rest
            yield await self._given_back(reader, session, render.under_way(question, pieces, error=failure(error)))

    async def _given_back(self, reader: Reader, session: Session, live: str) -> Asked:
        """The page after a question that was not answered: everything as before, and the question to be asked again.

        It is part of `live`: only the browser knows whether its reader has begun another one meanwhile.
        """
        now = Session(session.conversation)
        return Asked(now, await asyncio.to_thread(self._log_or_fault, reader, now), live, None, False)

    def _log_or_fault(self, reader: Reader, session: Session) -> str:
        try:
            return self.log(reader, session)
        except DatelineError as error:
            return render.notice(failure(error))

    def _before(self, reader: Reader, session: Session) -> tuple[str, list[tuple[str, str]]]:
        """What a question comes after: the turns above it, and the history that it may point back to."""
        found = self._conversation(reader, session)
        kept = _until(found, session.replacing) if found and _is_last(found, session.replacing) else found
        if kept is None or not kept.turns:
            return "", []
        return render.conversation(kept, self.feedback.on(kept.turns), busy=True), kept.history

    def _keep(self, reader: Reader, session: Session, answer: Answer) -> Session:
        # What was thought of an answer that this one replaces is kept: it was wrong, which is why it was asked again.
        return Session(self.conversations.add(reader.name, session.conversation, answer, in_place_of=session.replacing).id)

    def _may_ask(self, reader: Reader) -> bool:
        item = RateLimitItemPerMinute
        return self._limiter.hit(item(self._rate), "reader", reader.name) and self._limiter.hit(
            item(self._rate * HOST_SHARE), "host", reader.host
        )

    # What a reader does with an answer

    def cite(self, reader: Reader, session: Session, turn: str, marker: str) -> str:
        """The article that a marker of an answer points at."""
        found = self._turn(reader, session, turn)
        one: Citation | None = _nth(found.answer.citations, marker) if found else None
        return render.source(cited(self.assistant.corpus, one), turn) if one else render.source(None)

    def copy(self, reader: Reader, session: Session, turn: str, marker: str, source: str) -> str:
        """Another article that says nearly the same as a cited one."""
        found = self._turn(reader, session, turn)
        one: Citation | None = _nth(found.answer.citations, marker) if found else None
        if one is None or source not in one.also_in:
            return render.source(None)
        return render.source(copied(self.assistant.corpus, one, source))

    def near(self, reader: Reader, session: Session, turn: str, number: str) -> str:
        """An article that a refusal calls near."""
        found = self._turn(reader, session, turn)
        one: Nearest | None = _nth(found.answer.nearest, number) if found else None
        return render.source(shown(self.assistant.corpus, one.source, one.start, one.end)) if one else render.source(None)

    def read(self, source: str) -> str:
        """An article of the index."""
        return render.source(shown(self.assistant.corpus, source) if self.library.has(source) else None)

    def rate(self, reader: Reader, session: Session, turn: str, verdict: str, comment: str | None = None) -> None:
        """Keep what a reader thinks of an answer: a verdict given twice is taken back; a comment belongs to the one there is."""
        conversation = self._conversation(reader, session)
        found = self._turn(reader, session, turn)
        if conversation is None or found is None:
            return
        given = self.feedback.on((found,)).get(turn, (None, ""))[0]
        if comment is None and verdict == given:
            self.feedback.withdraw(reader.name, [turn])
            return
        kept: Verdict | None = "good" if verdict == "good" else "bad" if verdict == "bad" else given
        if kept is not None:
            self.feedback.give(reader.name, conversation.id, found, kept, _until(conversation, turn).history, comment)

    def again(self, reader: Reader, session: Session, turn: str) -> tuple[Session, str]:
        """The session in which the next question takes the place of a turn, and that turn's question."""
        found = self._turn(reader, session, turn)
        return (replace(session, replacing=turn), found.answer.question) if found else (session, "")

    def _turn(self, reader: Reader, session: Session, turn: str) -> Turn | None:
        conversation = self._conversation(reader, session)
        return next((one for one in conversation.turns if one.id == turn), None) if conversation else None

    # The folder

    def add(self, files: Sequence[tuple[str, BinaryIO]]) -> str:
        """Take uploaded files into the folder; returns the name by which `uploaded` tells what became of them."""
        outcomes = self.library.add(files)
        while len(self.inbox) >= MAX_INBOX:
            self.inbox.pop(next(iter(self.inbox)), None)
        name = new_id()
        self.inbox[name] = outcomes
        return name

    async def uploaded(self, name: str) -> AsyncIterator[str]:
        """Sync after an upload: reports of how far it is, and at last of what came of it."""
        async for told in self.sync(self.inbox.pop(name, [])):
            yield told

    def _find_questions(self) -> None:
        """Look for questions that the articles answer now, beside whatever else is done."""

        def look() -> None:
            try:
                assistant = self.assistant
                self.questions = suggestions(assistant.corpus, assistant.store.manifest(), assistant.quoted)
            except Exception as error:  # noqa: BLE001 - the page does without examples
                failure(error)

        self._looking = threading.Thread(target=look, name="dateline-examples", daemon=True)
        self._looking.start()

    async def sync(self, uploaded: list[Uploaded] | None = None) -> AsyncIterator[str]:
        """Sync the folder while the page stays usable."""
        if not self.uploads:
            yield render.report(None, [], "adding and syncing articles is switched off here")
            return
        task: asyncio.Future[SyncReport] = asyncio.wrap_future(self.library.sync())
        while not task.done():
            at = self.library.progress
            yield render.progress(at.done if at else 0, at.total if at else 0)
            await asyncio.wait([task], timeout=TICK)
        error = task.exception()
        yield render.report(None if error else task.result(), uploaded or [], failure(error) if error else "")

    def articles(self, search: str, page: str = "1") -> str:
        """A page of the list of articles."""
        try:
            return render.articles(self.library.listing(search, int(page) if page.isdecimal() else 1), search.strip()[:200])
        except Exception as error:  # noqa: BLE001 - told to the reader, and to the log
            return render.notice(failure(error))

    # Earlier conversations

    def listed(self, reader: Reader, session: Session, search: str) -> str:
        """The list of a reader's conversations."""
        found = self.conversations.all_of(reader.name, search)
        return render.conversations(found, search.strip(), session.conversation)

    def delete(self, reader: Reader, conversation: str) -> None:
        """Delete a conversation, and what its reader thought of its answers."""
        found = self.conversations.get(reader.name, conversation)
        if found is not None:
            self.feedback.withdraw(reader.name, [turn.id for turn in found.turns], found.id)
            self.conversations.delete(reader.name, conversation)

    def close(self) -> None:
        """Let go of what is under way."""
        self.desk.close()
        self.library.close()


def _until(conversation: Conversation, turn: str | None) -> Conversation:
    """The turns before one of them; all, when it is none of them."""
    ids = [one.id for one in conversation.turns]
    return replace(conversation, turns=conversation.turns[: ids.index(turn)]) if turn in ids else conversation


def _is_last(conversation: Conversation, turn: str | None) -> bool:
    """Whether nothing followed a turn, from another tab for example."""
    return bool(conversation.turns) and conversation.turns[-1].id == turn


def _nth(values: tuple[Any, ...], number: str) -> Any:
    """The value that a number counted from 1 means, None when there is none."""
    at = int(number) if number.isdecimal() and len(number) < 6 else 0
    return values[at - 1] if 0 < at <= len(values) else None
