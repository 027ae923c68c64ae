"""The page's widgets: where everything stands, and which function of the page answers what."""

from __future__ import annotations

import functools
import inspect
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from assistant.chain import MAX_QUESTION
from assistant.web import render
from assistant.web.asking import AT_ONCE
from assistant.web.guard import reader_of
from assistant.web.library import failure
from assistant.web.page import Page
from assistant.web.session import Reader, Session
from index.formats import FORMATS

SESSION_SECONDS = 24 * 3600
"""After this, the next question of a page that was left open begins a new conversation; the old one is in the list."""
TICK = 2
"""Seconds between two looks at what is under way when the server starts."""
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif"]

Event = Callable[..., Any]


def theme() -> gr.themes.Base:
    """Gradio's own look in the machine's own fonts: nothing is fetched from elsewhere."""
    made = gr.themes.Default(font=_FONTS, font_mono=["ui-monospace", "monospace"], primary_hue="blue", neutral_hue="slate")
    return made.set(
        button_primary_background_fill="*primary_700", button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700", button_primary_background_fill_hover_dark="*primary_600",
        button_cancel_background_fill="#a11717", button_cancel_background_fill_dark="#a11717", button_cancel_text_color="white",
        color_accent="*primary_700", body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300",
    )  # fmt: skip


def build(page: Page, *, history: bool, max_upload: int) -> gr.Blocks:
    """The page as Gradio blocks; without `history`, no list of conversations. `max_upload` is in bytes."""
    blocks: gr.Blocks = gr.Blocks(title="Dateline", analytics_enabled=False, fill_width=True)
    with blocks:
        _Widgets(page, blocks, history=history, max_upload=max_upload)
    return blocks


class _Widgets:
    """The widgets, and the events that join them to the page."""

    def __init__(self, page: Page, blocks: gr.Blocks, *, history: bool, max_upload: int) -> None:
        self.page, self.blocks, self.max_upload = page, blocks, max_upload
        self.session = gr.State(Session(), time_to_live=SESSION_SECONDS)
        self.timer = gr.Timer(TICK)
        self.facts = _html("facts", render.facts(None, "", ""))
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="main", scale=3, min_width=280), gr.Tabs(elem_id="tabs"):
                with gr.Tab("Ask", id="ask"):
                    self._asking()
                with gr.Tab("Articles", id="articles") as self.library_tab:
                    self._library()
                with gr.Tab("Conversations", id="conversations", visible=history) as self.history_tab:
                    self.search = gr.Textbox(label="Search your conversations", elem_id="search", max_length=200)
                    self.listed = _html("listed")
            with gr.Column(elem_id="aside", scale=2, min_width=280):
                self.source = _html("source", render.source(None))
        self._on_asking()
        self._on_answers()
        self._on_library()
        self._on_history()
        self._on_opening()

    def _asking(self) -> None:
        self.log = _html("log")
        self.live = _html("live")
        with gr.Row(elem_id="asking"):
            self.question = gr.Textbox(
                label="Your question", lines=1, max_lines=6, max_length=MAX_QUESTION, elem_id="question", scale=8,
                placeholder="Ask the articles", container=False,
            )  # fmt: skip
            self.ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=1, min_width=72)
            # One of the two at a time, by the style sheet: each change that Gradio is told makes it build the widget anew.
            self.stop = gr.Button("Stop", variant="stop", elem_id="stop", scale=1, min_width=72)
        self.new = gr.Button("New conversation", size="sm", elem_id="new")

    def _library(self) -> None:
        self.find = gr.Textbox(label="Search the articles", elem_id="find", max_length=200)
        with gr.Row(visible=self.page.uploads, elem_id="adding"):
            # Not Gradio's own: whoever may name a file to it may name any file of this machine.
            self.upload = _html("upload", render.upload(list(FORMATS), self.max_upload))
            self.sync = gr.Button("Sync the folder", elem_id="sync")
        self.report = _html("report")
        self.articles = _html("articles")

    def _on_asking(self) -> None:
        page = self.page

        async def on_ask(text: str, now: Session, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
            async for one in page.ask(_reader(request), now, text):
                # What the corpus is may have changed before the answer began, so the line about it is brought up to date.
                facts, timer = (gr.skip(), gr.skip()) if one.working else (await to_thread(page.facts), gr.Timer(active=page.busy))
                field = gr.skip() if one.question is None else one.question
                yield one.session, one.log, one.live, field, facts, timer

        def on_stop(request: gr.Request) -> None:
            page.desk.stop(_reader(request).page)

        def on_new(request: gr.Request) -> tuple[Any, ...]:
            page.desk.leave(_reader(request).page, Session())
            log = page.log(_reader(request), Session())
            return Session(), log, "", "", render.source(None)

        changed = [self.session, self.log, self.live, self.question]
        for event in (self.ask.click, self.question.submit):
            _join(event, on_ask, [self.question, self.session], [*changed, self.facts, self.timer], concurrency_limit=AT_ONCE)
        _join(self.stop.click, on_stop, None, None, concurrency_limit=None)
        _join(self.new.click, on_new, None, [*changed, self.source])

    def _on_answers(self) -> None:
        page = self.page

        def on_log(now: Session, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
            did, reader, same = _Did(event), _reader(request), gr.skip()
            if did.act in ("cite", "near"):
                show = page.cite if did.act == "cite" else page.near
                return now, same, show(reader, now, did.turn, did.marker), same, same
            if did.act in ("again", "edit"):
                changed, text = page.again(reader, now, did.turn)
                return changed, same, same, text, render.editing() if did.act == "edit" else same
            page.rate(reader, now, did.turn, did.act, did.value if did.act == "comment" else None)
            return now, page.log(reader, now), same, same, same

        def on_live(now: Session) -> tuple[Any, ...]:
            return Session(now.conversation), "", ""

        def on_source(now: Session, request: gr.Request, event: gr.EventData) -> str:
            did = _Did(event)
            return page.copy(_reader(request), now, did.turn, did.marker, did.source)

        _join(self.log.select, on_log, self.session, [self.session, self.log, self.source, self.question, self.live])
        _join(self.live.select, on_live, self.session, [self.session, self.question, self.live])
        _join(self.source.select, on_source, self.session, self.source)

    def _on_library(self) -> None:
        page = self.page

        def on_articles(text: str, event: gr.EventData) -> tuple[Any, Any]:
            did = _Did(event)
            return (page.articles(text, did.source), gr.skip()) if did.act == "page" else (gr.skip(), page.read(did.source))

        async def on_upload(text: str, event: gr.EventData) -> AsyncIterator[tuple[Any, ...]]:
            async for one in reported(page.uploaded(_Did(event).source), text):
                yield one

        async def on_sync(text: str) -> AsyncIterator[tuple[Any, ...]]:
            async for one in reported(page.sync(), text):
                yield one

        async def reported(reports: AsyncIterator[str], text: str) -> AsyncIterator[tuple[Any, ...]]:
            async for told in reports:
                yield told, gr.skip(), gr.skip()
            yield told, await to_thread(page.articles, text), await to_thread(page.facts)

        _join(self.articles.select, on_articles, self.find, [self.articles, self.source])
        for event in (self.find.submit, self.library_tab.select):
            _join(event, page.articles, self.find, self.articles)
        changed = [self.report, self.articles, self.facts]
        _join(self.upload.select, on_upload, self.find, changed, trigger_mode="multiple")
        _join(self.sync.click, on_sync, self.find, changed)

    def _on_history(self) -> None:
        page = self.page

        def on_listed(text: str, now: Session, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
            did, reader, same = _Did(event), _reader(request), gr.skip()
            if did.act == "rename":
                page.conversations.rename(reader.name, did.turn, did.value)
            elif did.act == "delete":
                page.delete(reader, did.turn)
            gone = did.act == "delete" and did.turn == now.conversation
            if not (gone or did.act == "open"):
                return now, page.listed(reader, now, text), *(same,) * 4
            now = Session() if gone else Session(did.turn)
            page.desk.leave(reader.page, now)
            return now, page.listed(reader, now, text), page.log(reader, now), "", "", render.source(None)

        def on_search(text: str, now: Session, request: gr.Request) -> str:
            return page.listed(_reader(request), now, text)

        changed = [self.session, self.listed, self.log, self.live, self.question, self.source]
        _join(self.listed.select, on_listed, [self.search, self.session], changed)
        for event in (self.search.submit, self.history_tab.select):
            _join(event, on_search, [self.search, self.session], self.listed)

    def _on_opening(self) -> None:
        page = self.page

        def on_load(request: gr.Request) -> tuple[Any, ...]:
            now = Session(str(request.query_params.get("c", ""))[:64] or None)
            return now, page.facts(), page.log(_reader(request), now)

        def on_tick(now: Session, request: gr.Request) -> tuple[Any, ...]:
            asking = now.conversation or page.desk.has(_reader(request).page)
            log = gr.skip() if page.busy or asking else page.log(_reader(request), now)
            return page.facts(), log, gr.Timer(active=page.busy)

        _join(self.blocks.load, on_load, None, [self.session, self.facts, self.log])
        _join(self.timer.tick, on_tick, self.session, [self.facts, self.log, self.timer])


def _join(event: Event, answer: Callable[..., Any], given: Any, changed: Any, **options: Any) -> None:
    """Join an event of a widget to its answer; when that is there, the browser puts the focus where it belongs."""
    quiet = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "once", **options}
    settled = "() => window.dateline.settled()"
    event(_told(answer), given, changed, **quiet).then(None, js=settled, show_progress="hidden", api_visibility="private")


def _told(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with an error that a reader can use in the place of one that is for the log."""
    if inspect.isasyncgenfunction(answer):
        return answer  # those of the page tell of their errors themselves

    @functools.wraps(answer)
    def telling(*values: Any, **more: Any) -> Any:
        try:
            return answer(*values, **more)
        except Exception as error:
            raise gr.Error(failure(error), print_exception=False) from error

    return telling


def _html(name: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load="window.dateline.wire(element, trigger)", apply_default_css=False)


def _reader(request: gr.Request) -> Reader:
    """Who sent a request; a browser that keeps no cookies is a new reader with every page."""
    page = str(request.session_hash or "")
    host = request.client.host if request.client else ""
    return Reader(reader_of(request.headers.get("cookie", "")) or page, page, host)


class _Did:
    """What a reader did with a piece of HTML, as their browser says: untrusted text, "" where there is none."""

    def __init__(self, event: gr.EventData) -> None:
        data = getattr(event, "_data", None)
        values = data if isinstance(data, dict) else {}
        self.act, self.turn, self.marker, self.source, self.value = (
            str(values.get(name) or "")[:MAX_QUESTION] for name in ("act", "turn", "marker", "source", "value")
        )
