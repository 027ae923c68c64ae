"""What the page does, without a browser: many readers at once, limits, errors, and work that goes on beside a sync."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from assistant.api import BUSY, Assistant
from assistant.types import Answer, History
from assistant.web.asking import EACH
from assistant.web.conversations import Conversations, FeedbackBook
from assistant.web.page import Page
from assistant.web.session import Asked, Reader, Session
from assistant.web.suggest import candidates, suggestions
from index.build import Progress
from index.errors import DatelineError
from index.store import EmbeddedStore
from tests.assistant.fakes import BRIDGE, FERRY
from tests.assistant.web.test_conversations import ANSWER, CITED, REFUSED
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from index.embed import Vectors

READERS, RATE = 20, 10


def given_back(last: Asked) -> str:
    """The question that the page puts into its field again, if nothing was written there meanwhile."""
    found = re.search(r'data-given="([^"]*)"', last.live)
    return unescape(found[1]) if found else ""


class Scripted(Assistant):
    """Answers every question with itself, after a while; "fail" and "explode" fail."""

    def __init__(self, base: Path) -> None:
        corpus = base / "corpus"
        corpus.mkdir(parents=True)
        embedder = FakeEmbedder()
        super().__init__(corpus, EmbeddedStore(base / "index", embedder, corpus), embedder, None, reranker=None)
        self.go = threading.Event()
        self.go.set()
        self.histories: dict[str, History] = {}
        self.ended = threading.Event()

    def stream(
        self, question: str, history: History = (), progress: object = None, *, sync: bool = True
    ) -> Generator[str | Answer]:
        assert not sync
        self.histories[question] = history
        try:
            yield f"About {question}"
            self.go.wait(30)
            if question == "fail":
                raise DatelineError("the index is damaged; try: dateline index corpus --rebuild")
            if question == "explode":
                raise RuntimeError("/secret/path")
            yield replace(ANSWER, question=question, text=f"About {question} [1].")
        finally:
            self.ended.set()


@pytest.fixture
def scripted(tmp_path: Path) -> Scripted:
    return Scripted(tmp_path)


@pytest.fixture
def page(scripted: Scripted) -> Iterator[Page]:
    made = Page(scripted, Conversations(None), FeedbackBook(None), rate=RATE, uploads=True)
    yield made
    scripted.go.set()
    made.close()


def reader(name: str = "me") -> Reader:
    return Reader(name, f"page of {name}", "127.0.0.1")


async def asked(page: Page, question: str, name: str = "me", session: Session | None = None) -> list[Asked]:
    return [one async for one in page.ask(reader(name), session or Session(), question)]


def test_twenty_readers_at_once_each_get_their_own_answers(page: Page) -> None:
    async def talk(name: str) -> list[Asked]:
        session = Session()
        for n in range(3):
            steps = await asked(page, f"{name} asks {n}", name, session)
            session = steps[-1].session
        return steps

    async def all_talk() -> list[list[Asked]]:
        return await asyncio.gather(*(talk(f"reader {n}.") for n in range(READERS)))

    for n, steps in enumerate(asyncio.run(all_talk())):
        log = steps[-1].log
        assert [f"About reader {n}. asks {m} " in log for m in range(3)] == [True] * 3
        assert not any(f"About reader {m}. asks" in log for m in range(READERS) if m != n)
    assert page.assistant.histories["reader 7. asks 2"] == [  # type: ignore[attr-defined]
        ("reader 7. asks 0", "About reader 7. asks 0 [1]."), ("reader 7. asks 1", "About reader 7. asks 1 [1]."),
    ]  # fmt: skip


def test_a_reader_who_asks_too_often_waits_and_others_do_not(page: Page) -> None:
    async def ask_often() -> tuple[list[Asked], list[Asked]]:
        for n in range(RATE):
            await asked(page, f"question {n}")
        return await asked(page, "one more"), await asked(page, "mine", "you")

    mine, yours = asyncio.run(ask_often())
    assert f"More than {RATE} questions in a minute" in mine[-1].live
    assert (mine[-1].question, given_back(mine[-1])) == (None, "one more")  # it need not be typed again
    assert "About mine" in yours[-1].log


@pytest.mark.parametrize(
    ("question", "told"), [("fail", "dateline index corpus --rebuild"), ("explode", "something went wrong on the server")]
)
def test_an_error_is_told_without_the_inside_and_keeps_the_question(page: Page, question: str, told: str) -> None:
    last = asyncio.run(asked(page, question))[-1]
    assert told in last.live
    assert "/secret/path" not in last.live
    assert (last.question, given_back(last), last.working) == (None, question, False)
    assert page.conversations.all_of("me") == []


def test_an_empty_question_is_not_asked(page: Page, scripted: Scripted) -> None:
    assert "Write a question first" in asyncio.run(asked(page, "  \n"))[-1].live
    assert scripted.histories == {}


def test_a_question_is_stopped_at_once_while_the_model_is_busy(page: Page, scripted: Scripted) -> None:
    scripted.go.clear()

    async def ask_and_stop() -> tuple[list[Asked], float]:
        steps: list[Asked] = []
        begun = 0.0
        async for one in page.ask(reader(), Session(), "slow"):
            steps.append(one)
            if "About slow" in one.live:
                begun = time.monotonic()
                page.desk.stop("another page")
                page.desk.stop(reader().page)
        return steps, time.monotonic() - begun

    steps, seconds = asyncio.run(ask_and_stop())
    assert seconds < 5
    assert "Stopped" in steps[-1].live
    assert (steps[-1].question, given_back(steps[-1])) == (None, "slow")
    assert page.conversations.all_of("me") == []
    scripted.go.set()
    assert scripted.ended.wait(10)  # the thread lets go of the model


def test_a_question_that_was_left_says_nothing_more(page: Page, scripted: Scripted) -> None:
    scripted.go.clear()

    async def ask_and_leave() -> list[Asked]:
        steps: list[Asked] = []
        async for one in page.ask(reader(), Session(), "slow"):
            steps.append(one)
            if "About slow" in one.live:
                page.desk.leave(reader().page, Session())
                scripted.go.set()
        return steps

    *before, last = asyncio.run(ask_and_leave())
    assert all(one.working for one in before)
    assert (last.session, last.live, last.question, last.working) == (Session(), "", None, False)
    assert "welcome" in last.log
    assert page.conversations.all_of("me") == []


def test_a_turn_that_is_asked_again_stays_until_there_is_another_answer(page: Page, scripted: Scripted) -> None:
    first = asyncio.run(asked(page, "first"))[-1].session
    found = page.conversations.get("me", first.conversation or "")
    assert found is not None
    again, question = page.again(reader(), first, found.turns[0].id)
    assert (question, again.replacing) == ("first", found.turns[0].id)
    for failing in ("fail", "explode", " "):
        last = asyncio.run(asked(page, failing, session=again))[-1]
        assert last.session == first  # what comes next is a question of its own
        assert "About first" in last.log
    page.rate(reader(), first, found.turns[0].id, "good")
    changed = asyncio.run(asked(page, "second", session=again))[-1]
    assert [one.verdict for one in page.feedback.all_of()] == ["good"]  # of the answer that was replaced
    assert "About second" in changed.log
    assert "About first" not in changed.log
    assert scripted.histories["second"] == []
    page.delete(reader(), first.conversation or "")
    assert page.feedback.all_of() == []


def test_what_another_tab_asked_meanwhile_stays(page: Page, scripted: Scripted) -> None:
    first = asyncio.run(asked(page, "first"))[-1].session
    found = page.conversations.get("me", first.conversation or "")
    assert found is not None
    again, _ = page.again(reader(), first, found.turns[0].id)
    asyncio.run(asked(page, "second", session=first))
    log = asyncio.run(asked(page, "third", session=again))[-1].log
    assert ["About first" in log, "About second" in log, "About third" in log] == [True] * 3
    assert [question for question, _ in scripted.histories["third"]] == ["first", "second"]


def test_what_is_typed_while_an_answer_is_written_stays_in_the_field(page: Page) -> None:
    assert [one.question for one in asyncio.run(asked(page, "first"))] == ["", None, None]


def test_one_reader_cannot_take_every_place(page: Page, scripted: Scripted) -> None:
    async def stopped(question: str) -> list[Asked]:
        steps: list[Asked] = []
        async for one in page.ask(reader(), Session(), question):
            steps.append(one)
            if "About" in one.live:
                page.desk.stop("page of me")
        return steps

    async def all_of_it() -> tuple[list[list[Asked]], list[Asked], list[Asked]]:
        scripted.go.clear()  # the model has stalled
        mine = [await stopped(f"{n}?") for n in range(EACH + 1)]
        yours = asyncio.create_task(asked(page, "mine?", "you"))
        await asyncio.sleep(0.3)
        scripted.go.set()
        theirs = await yours
        for _ in range(100):
            if not page.desk._under_way:
                break
            await asyncio.sleep(0.05)
        return mine, theirs, await asked(page, "at last?")

    mine, yours, later = asyncio.run(all_of_it())
    assert ["nothing was kept" in one[-1].live for one in mine] == [True] * EACH + [False]
    assert f"{EACH} of your questions are still being answered" in mine[-1][-1].live
    assert given_back(mine[-1][-1]) == f"{EACH}?"
    assert "About mine?" in yours[-1].log
    assert "About at last?" in later[-1].log


def test_a_verdict_is_taken_back_by_giving_it_again_and_goes_with_its_conversation(page: Page) -> None:
    session = asyncio.run(asked(page, "Did it?"))[-1].session
    found = page.conversations.get("me", session.conversation or "")
    assert found is not None
    turn = found.turns[0].id
    page.rate(reader(), session, turn, "good")
    page.rate(reader(), session, turn, "good")
    assert page.feedback.all_of() == []
    page.rate(reader(), session, turn, "bad")
    page.rate(reader(), session, turn, "", "it is 41")
    assert [(one.verdict, one.comment) for one in page.feedback.all_of("me")] == [("bad", "it is 41")]
    page.delete(reader("you"), found.id)
    assert page.feedback.all_of() != []
    page.delete(reader(), found.id)
    assert page.feedback.all_of() == []


def test_questions_are_answered_while_a_sync_runs(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "bridge.txt").write_text(BRIDGE)
    embedding = threading.Event()

    class Slow(FakeEmbedder):
        def passages(self, texts: Sequence[str]) -> Vectors:
            if any("ferry sailors" in text for text in texts):
                embedding.wait(30)
            return super().passages(texts)

    embedder = Slow()
    assistant = Assistant(corpus, EmbeddedStore(tmp_path / "index", embedder, corpus), embedder, None, reranker=None)
    assistant.sync()
    page = Page(assistant, Conversations(None), FeedbackBook(None), rate=50, uploads=True)
    (corpus / "ferry.txt").write_text(FERRY)

    async def both() -> tuple[list[str], list[Asked]]:
        reports: list[str] = []

        async def follow(events: AsyncIterator[str]) -> None:
            reports.extend([one async for one in events])

        syncing = asyncio.create_task(follow(page.sync()))
        while not page.library.syncing:
            await asyncio.sleep(0.01)
        steps = await asyncio.wait_for(asked(page, "When will the bridge at Heron Point open?"), 20)
        assert not syncing.done()
        embedding.set()
        await syncing
        return reports, steps

    reports, steps = asyncio.run(both())
    assert 'class="turn"' in steps[-1].log
    assert "Questions can be asked meanwhile" in reports[0]
    assert "1 added" in reports[-1]
    page.close()


class Held(FakeEmbedder):
    """Waits before it embeds passages, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.go.wait(30)
        return super().passages(texts)


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[tuple[Page, Held]]:
    """A page over a folder that is read for the first time, as far as its embedder is."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "bridge.txt").write_text(BRIDGE)
    embedder = Held()
    assistant = Assistant(tmp_path / "corpus", EmbeddedStore(tmp_path / "index", embedder), embedder, None, reranker=None)
    made = Page(assistant, Conversations(None), FeedbackBook(None), rate=50, uploads=True)
    yield made, embedder
    embedder.go.set()
    made.close()


OPENING = "When will the bridge at Heron Point open?"


def test_the_first_question_waits_for_the_first_articles(unread: tuple[Page, Held], monkeypatch: pytest.MonkeyPatch) -> None:
    page, embedder = unread
    monkeypatch.setattr("assistant.web.library.PATIENCE", 0.1)
    syncing = page.library.sync()
    assert "There are no articles" not in page.log(reader(), Session())
    assert "being read for the first time" in page.log(reader(), Session())
    threading.Timer(0.5, embedder.go.set).start()
    last = asyncio.run(asked(page, OPENING))[-1]
    assert "3 June 2021" in last.log
    assert syncing.done()


def test_nothing_is_answered_from_an_empty_index_while_another_process_fills_it(unread: tuple[Page, Held]) -> None:
    page, embedder = unread
    embedder.go.set()
    page.assistant.store = EmbeddedStore(page.assistant.corpus.parent / "index", embedder, patience=0.2)
    other = FileLock(page.assistant.corpus.parent / "index" / "lock", thread_local=False)
    other.acquire()
    threading.Timer(1.5, other.release, [True]).start()
    assert "3 June 2021" in asyncio.run(asked(page, OPENING))[-1].log
    (page.assistant.corpus / "ferry.txt").write_text(FERRY)
    with FileLock(page.assistant.corpus.parent / "index" / "lock"):
        assert BUSY in asyncio.run(asked(page, OPENING))[-1].log


def test_an_index_that_another_process_keeps_empty_is_not_answered_from(
    unread: tuple[Page, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, embedder = unread
    monkeypatch.setattr("assistant.web.library.FIRST_PATIENCE", 0.5)
    page.assistant.store = EmbeddedStore(page.assistant.corpus.parent / "index", embedder, patience=0.1)
    with FileLock(page.assistant.corpus.parent / "index" / "lock"):
        last = asyncio.run(asked(page, OPENING))[-1]
    assert "read for the first time, and none is ready" in last.live


def test_a_folder_that_takes_long_to_read_is_not_called_empty(unread: tuple[Page, Held], monkeypatch: pytest.MonkeyPatch) -> None:
    page, _ = unread
    monkeypatch.setattr("assistant.web.library.FIRST_PATIENCE", 0.3)
    last = asyncio.run(asked(page, OPENING))[-1]
    assert "read for the first time, and none is ready; ask again in a minute" in last.live
    assert given_back(last) == OPENING
    assert "no articles" not in last.live + last.log


def test_an_answer_from_a_part_of_the_folder_says_so(unread: tuple[Page, Held], monkeypatch: pytest.MonkeyPatch) -> None:
    page, embedder = unread
    monkeypatch.setattr("assistant.web.library.PATIENCE", 0.3)
    embedder.go.set()
    assert "not in this answer" not in asyncio.run(asked(page, OPENING))[-1].log
    embedder.go.clear()
    for n in range(3):
        (page.assistant.corpus / f"ferry{n}.txt").write_text(f"{FERRY}\nFerry {n} sails.\n")
    page.library.progress = Progress(1, 3, "ferry0.txt")
    stream = page.assistant.stream

    def late(*args: Any, **more: Any) -> Iterator[str | Answer]:
        embedder.go.set()  # the rest is read while the model writes
        assert page.library._last is not None
        page.library._last.result(10)
        yield from stream(*args, **more)

    monkeypatch.setattr(page.assistant, "stream", late)
    log = asyncio.run(asked(page, OPENING))[-1].log
    assert "1 of 3 new or changed files were read: the others are not in this answer" in log


def test_a_folder_that_is_still_looked_through_is_not_passed_off_as_seen(
    unread: tuple[Page, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, embedder = unread
    embedder.go.set()
    asyncio.run(asked(page, OPENING))
    monkeypatch.setattr("assistant.web.library.PATIENCE", 0.1)
    go = threading.Event()
    sync = page.assistant.sync
    monkeypatch.setattr(page.assistant, "sync", lambda progress: (go.wait(10), sync(progress))[1])
    log = asyncio.run(asked(page, OPENING))[-1].log
    go.set()
    assert "the folder is still being looked through" in log


def test_the_welcome_does_not_come_back_over_the_first_question(page: Page, scripted: Scripted) -> None:
    scripted.go.clear()
    seen: list[bool] = []

    async def watched() -> None:
        async for one in page.ask(reader(), Session(), "first"):
            seen.append(page.desk.has("page of me"))
            if "About" in one.live:
                scripted.go.set()

    asyncio.run(watched())
    assert seen == [True, True, True]
    assert not page.desk.has("page of me")


def test_without_uploads_there_is_no_sync_either(scripted: Scripted) -> None:
    page = Page(scripted, Conversations(None), FeedbackBook(None), rate=5, uploads=False)

    async def sync() -> list[str]:
        return [one async for one in page.sync()]

    assert "switched off" in asyncio.run(sync())[-1]


def test_what_a_browser_says_of_markers_and_turns_is_not_believed(page: Page) -> None:
    last = asyncio.run(asked(page, "Did it?"))[-1]
    found = page.conversations.get("me", last.session.conversation or "")
    assert found is not None
    turn = found.turns[0].id
    for marker in ("0", "2", "-1", "9" * 50, "one", "", "1e3", "²"):
        assert "data-view" not in page.cite(reader(), last.session, turn, marker)
        assert "data-view" not in page.near(reader(), last.session, turn, marker)
    assert "data-view" in page.cite(reader(), last.session, turn, "1")
    assert "data-view" not in page.cite(reader("you"), last.session, turn, "1")
    assert "data-view" not in page.read("../secret.txt")
    page.rate(reader("you"), last.session, turn, "bad")
    page.rate(reader(), last.session, turn, "nonsense")
    assert page.feedback.all_of() == []


def test_suggested_questions_are_those_that_were_answered_from_their_article(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    (tmp_path / "ferry.txt").write_text(FERRY)
    embedder = FakeEmbedder()
    assistant = Assistant(tmp_path, EmbeddedStore(tmp_path / ".index", embedder, tmp_path), embedder, None, reranker=None)
    assistant.sync()
    manifest = assistant.store.manifest()
    offered = dict(candidates(tmp_path, manifest))
    assert offered["What did Luo Zhiyao say?"] == "bridge.txt"

    def answering(source: str) -> Callable[[str], Answer]:
        return lambda question: replace(ANSWER, question=question, citations=(replace(CITED, source=source),))

    assert len(suggestions(tmp_path, manifest, answering("bridge.txt"))) == 1  # no article twice
    assert suggestions(tmp_path, manifest, answering("other.txt")) == []
    assert suggestions(tmp_path, manifest, lambda _: REFUSED) == []
