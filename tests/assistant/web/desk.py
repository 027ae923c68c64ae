"""The real app on loopback with a model whose replies are known, and a browser window that notes what goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx2

from tests.assistant.servers import DONE, STOP, Loopback, chunk
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page, Request

SECONDS = 20
"""How long anything may take before a test gives up."""


class KnowingModel(Loopback):
    """An OpenAI-compatible endpoint on loopback that answers by what the question holds.

    It gives the sentences known for it, behind each the number of the source with the given words, and says of any other
    question that the sources do not answer it. While `held` is not set, it stops after the first word of its second
    sentence, or at the end of its only one.
    """

    def __init__(self, known: dict[str, tuple[tuple[str, str], ...]]) -> None:
        self.known = known
        self.held = threading.Event()
        self.held.set()
        self.prompts: list[str] = []

    def stop(self) -> None:
        self.held.set()

    def says(self, prompt: str) -> Iterator[str]:
        self.prompts.append(prompt)
        asked = prompt.rpartition("Question:")[2]
        sentences = next((found for words, found in self.known.items() if words in asked), ())
        for number, (sentence, words) in enumerate(sentences):
            source = next((n for n, text in re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE) if words in text), "9")
            first, *rest = re.findall(r"\S+\s*", f"{sentence[:-1]} [{source}]. ")
            yield first
            if number:
                self.held.wait(SECONDS)
            yield from rest
        self.held.wait(SECONDS)
        if not sentences:
            yield "NOT IN THE SOURCES"


class _Handler(BaseHTTPRequestHandler):
    server_of: KnowingModel

    def do_GET(self) -> None:
        self._head("application/json")
        self.wfile.write(json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._head("text/event-stream")
        with suppress(BrokenPipeError, ConnectionResetError):  # the reader stopped it
            for piece in self.server_of.says(body["messages"][-1]["content"]):
                self.wfile.write(chunk(piece))
                self.wfile.flush()
            self.wfile.write(STOP + DONE)

    def _head(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's own name
        """Nothing on the test's output."""


KnowingModel.handler = _Handler


class Site:
    """`dateline chat` in a process of its own, ended by its process id."""

    def __init__(self, corpus: Path, index: Path, model: KnowingModel | None, *options: str, **environment: str) -> None:
        self.corpus, self.index, self.model = corpus, index, model
        self._options = options
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(index.parent), "PYTHONPATH": str(ROOT), **environment}
        if model is not None:
            self._environment["OPENAI_BASE_URL"] = model.base_url
        self.log = index.parent / "server.log"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "assistant", "chat", "--corpus", str(self.corpus), "--index", str(self.index)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, "--port", "0", *self._options], env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + SECONDS
        while not (found := re.search(r"http://\S+", self.log.read_text("utf-8"))):
            assert self._process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        self.url = found.group()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self.ended = self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def knows(self, words: str, *sentences: tuple[str, str]) -> None:
        """Teach the scripted model an answer."""
        assert self.model is not None
        self.model.known[words] = sentences


class Caller:
    """One reader's open page over HTTP, without the browser."""

    def __init__(self, url: str, name: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=120)
        self._name = name
        self._http.get("/").raise_for_status()  # the cookie
        config = self._http.get("/config").json()
        field = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "question")
        self._ask = next(one for one in config["dependencies"] if [field, "submit"] in one["targets"])

    def ask(self, question: str) -> tuple[float, str]:
        """Seconds until the answer stood in the conversation, and that conversation's HTML."""
        begun = time.perf_counter()
        body = {"data": [question, None], "fn_index": self._ask["id"], "session_hash": self._name, "trigger_id": None}
        event = self._http.post("/gradio_api/queue/join", json=body).raise_for_status().json()["event_id"]
        log = ""
        with self._http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._name}) as events:
            for line in events.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("event_id") == event and message["msg"] in ("process_generating", "process_completed"):
                    log = _changed(log, message["output"]["data"][1]) if message["output"].get("data") else log
                    if message["msg"] == "process_completed":
                        break
        return time.perf_counter() - begun, log


def _changed(before: str, sent: Any) -> str:
    """A value as the queue sends it: whole at first, then only how it differs."""
    if isinstance(sent, str):
        return sent
    for kind, path, value in sent if isinstance(sent, list) else ():
        if kind == "append" and not path:
            before += value
        elif kind == "replace" and not path:
            before = value
    return before


LEFT = "BodyStreamBuffer was aborted"
"""What Gradio's client says when its page is left while it still listens to the queue."""


@dataclass
class Window:
    """An open page, with what it asked other machines for and what it complained of."""

    page: Page
    url: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.on("request", self._note)
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda error: None if LEFT in str(error) else self.complaints.append(str(error)))
        self.page.on("dialog", self._note_dialog)

    def _note_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str = "/") -> Window:
        self.page.goto(self.url + path)
        self.page.locator("#log .welcome, #log .turn").first.wait_for()
        return self

    def ask(self, question: str) -> str:
        """Ask, wait for the answer, and return it."""
        before = self.page.locator("#log .turn").count()
        self.page.fill("#question textarea", question)
        self.page.keyboard.press("Enter")
        self.page.locator("#log .turn").nth(before).wait_for()
        return self.last(".answer")

    def last(self, selector: str) -> str:
        return self.page.locator("#log .turn").last.locator(selector).first.inner_text()

    def cite(self, number: int = 1) -> str:
        """Click a marker of the last answer; returns the marked characters."""
        self.page.locator("#log .turn").last.locator(f"a.marker[data-marker='{number}']").first.click()
        self.page.locator("#source .panel[data-view]").wait_for()
        mark = self.page.locator("#source mark")
        return str(mark.evaluate_all("found => found.map(one => one.textContent).join('')"))

    def cite_near(self) -> None:
        """Open the first article that the last refusal calls near."""
        self.page.locator("#log .turn").last.locator(".nearest a").first.click()
        self.page.locator("#source .standing.near").wait_for()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def sync(self) -> str:
        """Press Sync, wait for its report, and go back to asking; an answer waits only so long for a changed folder."""
        self.tab("Articles")
        self.page.click("#sync")
        self.page.get_by_text("Synced:").wait_for()
        report = self.page.get_by_text("Synced:").inner_text()
        self.tab("Ask")
        return report

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
