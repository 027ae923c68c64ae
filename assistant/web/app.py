"""The server behind `dateline chat`: the page, its guard, and what is done in the background when it starts."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request, UploadFile
from starlette.responses import PlainTextResponse, Response

from assistant.api import Assistant
from assistant.bundled import LocalChatModel
from assistant.settings import Settings
from assistant.web.conversations import CONVERSATIONS_FILE, FEEDBACK_FILE, Conversations, FeedbackBook
from assistant.web.export import gold_draft, markdown
from assistant.web.guard import UPLOAD, Guard, Rules, is_loopback
from assistant.web.library import failure
from assistant.web.page import Page
from assistant.web.widgets import build, theme
from index.errors import DatelineError
from index.load import MAX_BYTES

log = logging.getLogger("dateline")

STATIC = Path(__file__).parent / "static"
MAX_UPLOAD = 5 * MAX_BYTES
"""Bytes of one upload of several files; the browser is told before it sends more."""
MAX_WAITING = 100
"""Requests that wait for their turn; more are told to come again."""
PORTS_TRIED = 20
BACKLOG = 256
"""Connections that wait to be accepted."""


class ServerError(DatelineError):
    """The web UI cannot be served as it was asked to be."""


def listen(host: str, port: int | None, *, has_password: bool, open_door: bool) -> socket.socket:
    """A socket that connections wait at; without a port, on the first free one of twenty from 7860.

    Raises ServerError when the address cannot be used, or when it is one that other machines reach and there is neither a
    password nor `open_door`.
    """
    if not (is_loopback(host) or has_password or open_door):
        raise ServerError(
            f"{host} can be reached by other machines and there is no password; set DATELINE_AUTH=name:password, "
            "or, to let in anybody who reaches it: --no-password"
        )
    wanted = [port] if port is not None else list(range(7860, 7860 + PORTS_TRIED))
    for number in wanted:
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(BACKLOG)  # from now on whoever comes waits, and is not turned away, until the server is up
        except OSError as error:
            listening.close()
            if number == wanted[-1]:
                raise ServerError(
                    f"the address {host}:{number} cannot be used: {error.strerror}; expected a free port of this machine; "
                    "try: dateline chat --port 8080"
                ) from error
        else:
            return listening
    raise AssertionError("no port was tried")


def serve(assistant: Assistant, index: Path, settings: Settings, host: str, listening: socket.socket) -> None:
    """Serve the page at a socket until the process is ended."""
    app = make_app(assistant, index, settings, host)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=2, server_header=False, proxy_headers=False
    )
    uvicorn.Server(config).run(sockets=[listening])


def make_app(assistant: Assistant, index: Path, settings: Settings, host: str) -> FastAPI:
    """The application: Gradio's page behind the guard, and the two files that can be taken away."""
    page = Page(
        assistant,
        Conversations(index / CONVERSATIONS_FILE if settings.history else None),
        FeedbackBook(index / FEEDBACK_FILE),
        rate=settings.rate,
        uploads=settings.uploads,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _prepare(page)
        yield
        page.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    _add_routes(app, page)
    blocks = build(page, history=settings.history, max_upload=MAX_UPLOAD)
    blocks.queue(max_size=MAX_WAITING, default_concurrency_limit=16, api_open=False)
    gr.mount_gradio_app(
        app, blocks, "/", theme=theme(), head=_head(),
        footer_links=[], run_history=False, show_error=False, ssr_mode=False, mcp_server=False,
        enable_monitoring=False,
    )  # fmt: skip
    rules = Rules(settings.auth, host, MAX_UPLOAD if settings.uploads else 0)
    app.add_middleware(Guard, rules=rules)
    return app


def _head() -> str:
    """Our style and script, in the page itself; Gradio would rewrite the style if it were given as one."""
    style, script = ((STATIC / name).read_text("utf-8") for name in ("dateline.css", "dateline.js"))
    return f"<style>{style}</style><script>{script}</script>"


def _add_routes(app: FastAPI, page: Page) -> None:
    """What is not an event of the page: two files to take away, and files to bring."""

    @app.get("/conversation.md")
    def conversation(request: Request, c: str = "") -> Response:
        found = page.conversations.get(request.scope["reader"], c)
        if found is None:
            return PlainTextResponse("dateline: there is no such conversation of yours\n", 404)
        return _file(markdown(found), "conversation.md", "text/markdown")

    @app.get("/feedback.jsonl")
    def feedback(request: Request) -> Response:
        given = page.feedback.all_of(request.scope["reader"])
        return _file(gold_draft(page.assistant.corpus, given), "feedback.jsonl", "application/jsonl")

    @app.post(UPLOAD)
    def upload(files: list[UploadFile]) -> Response:
        return PlainTextResponse(page.add([(file.filename or "", file.file) for file in files]))

    @app.exception_handler(DatelineError)
    def told(_: Request, error: DatelineError) -> Response:
        return PlainTextResponse(f"dateline: {failure(error)}\n", 500)


def _prepare(page: Page) -> None:
    """In the background, while the page already shows: the model is loaded and the folder synced."""
    model = page.assistant.model
    if isinstance(model, LocalChatModel):
        loading = model.warm()
        page.state = lambda: "the model is loading" if loading.is_alive() else ""

    def sync() -> None:
        try:
            page.library.sync().result()
        except Exception as error:  # noqa: BLE001 - the page is there all the same, and says it when it is asked
            log.warning("the folder was not synced: %s", failure(error))

    def warm() -> None:
        with suppress(DatelineError):  # the first question meets it again, and is told
            page.assistant.warm("news")

    for work in (sync, warm):
        threading.Thread(target=work, name=f"dateline-{work.__name__}", daemon=True).start()


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, media_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
