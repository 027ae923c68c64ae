"""An OpenAI-compatible endpoint on loopback that can be as bad as the worst of them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Behaviour = str | tuple[int, dict[str, str], str]
"""A named behaviour below, or (status, headers, body)."""

TEXT = ("The bridge at Heron Point will open on 3 June 2021 [1]. ", "It cost 84.5 million yuan [1].")
"""The reply, in two pieces: the first one is a whole sentence."""
GIVES_UP = 5.0
"""Seconds after which a hanging or trickling reply ends by itself, so that a client without a deadline cannot stall the tests."""


class Loopback:
    """An HTTP server in a thread, from `with` to its end. `handler` answers; it finds this object as `server_of`."""

    handler: type[BaseHTTPRequestHandler]

    def __enter__(self) -> Self:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (self.handler,), {"server_of": self}))
        self._http.daemon_threads = False
        self._http.block_on_close = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def stop(self) -> None:
        """Let go of whatever keeps a reply back."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"


class HostileServer(Loopback):
    """Serves /v1/models and /v1/chat/completions. The behaviours in `script` are used up one a chat request; the last stays.

    `requests` are the decoded bodies of the chat requests; `refuses` are options that get a 400 by name.
    """

    def __init__(self) -> None:
        self.script: list[Behaviour] = ["normal"]
        self.listing: Behaviour = "normal"
        self.models = ["tiny-model"]
        self.refuses: set[str] = set()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.ended = threading.Event()
        self.hung_up = threading.Event()

    def stop(self) -> None:
        self.ended.set()


class _Handler(BaseHTTPRequestHandler):
    server_of: HostileServer
    protocol_version = "HTTP/1.1"  # a chunked body says itself where it ends, so a broken-off one shows

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.server_of.models]}
        self._safely(self.server_of.listing, (200, {}, json.dumps(listed)))

    def do_POST(self) -> None:
        outer = self.server_of
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        outer.requests.append(body)
        outer.keys.append(self.headers.get("Authorization"))
        refused = sorted(outer.refuses & body.keys())
        if refused:
            self._safely((400, {}, json.dumps({"error": {"message": f"Unsupported parameter: '{refused[0]}'"}})), "normal")
            return
        self._safely(outer.script.pop(0) if len(outer.script) > 1 else outer.script[0], "stream")

    def _safely(self, behaviour: Behaviour, normal: Behaviour) -> None:
        self.close_connection = True
        try:
            self._reply(normal if behaviour == "normal" else behaviour)
        except (BrokenPipeError, ConnectionResetError):
            self.server_of.hung_up.set()

    def _reply(self, behaviour: Behaviour) -> None:
        if isinstance(behaviour, tuple):
            status, headers, body = behaviour
            data = body.encode()
            self._head(status, {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers})
            self.wfile.write(data)
        elif behaviour == "hang":
            self.server_of.ended.wait(GIVES_UP)
        elif behaviour == "reset":
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
            for block in _BODIES[behaviour]():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
                if behaviour.startswith("trickle") and self.server_of.ended.wait(0.1):
                    return
            if behaviour == "hang after a sentence":
                self.server_of.ended.wait(GIVES_UP)
            if behaviour != "break off":
                self.wfile.write(b"0\r\n\r\n")

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's own name
        """Nothing on the test's output."""


HostileServer.handler = _Handler


def chunk(text: str | None, **more: object) -> bytes:
    """One server-sent event of a chat completion."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    event = {"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


STOP = chunk(None, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
DONE = b"data: [DONE]\n\n"
_USAGE = {"prompt_tokens": 321, "completion_tokens": 21, "total_tokens": 342}


def _stream() -> Iterator[bytes]:
    for text in TEXT:
        yield chunk(text)
    yield STOP
    yield chunk(None, choices=[], usage=_USAGE)
    yield DONE


def _without_usage() -> Iterator[bytes]:
    for text in TEXT:
        yield chunk(text)
    yield STOP
    yield DONE


def _null_usage() -> Iterator[bytes]:
    for text in TEXT:
        yield chunk(text)
    yield STOP
    yield chunk(None, choices=[], usage={"prompt_tokens": None, "completion_tokens": None})
    yield DONE


def _first_sentence() -> Iterator[bytes]:
    yield chunk(TEXT[0])
    yield chunk("It cost 84")


def _error_inside() -> Iterator[bytes]:
    yield from _first_sentence()
    yield b'data: {"error": {"message": "CUDA out of memory", "code": 500}}\n\n'


def _invalid_utf8() -> Iterator[bytes]:
    yield chunk(TEXT[0])
    yield b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n'


def _endless(block: bytes) -> Iterator[bytes]:
    until = time.monotonic() + GIVES_UP
    while time.monotonic() < until:
        yield block


_BODIES: dict[str, Callable[[], Iterable[bytes]]] = {
    "stream": _stream,
    "no usage": _without_usage,
    "null usage": _null_usage,
    "break off": _first_sentence,
    "end early": _first_sentence,
    "hang after a sentence": _first_sentence,
    "error inside": _error_inside,
    "invalid utf-8": _invalid_utf8,
    "empty stream": lambda: iter([DONE]),
    "nothing at all": lambda: iter(()),
    "not json": lambda: iter([b"data: {nonsense\n\n", DONE]),
    "wrong shape": lambda: iter([b'data: {"choices": [{"delta": "text"}]}\n\n', DONE]),
    "a list": lambda: iter([b"data: [1, 2]\n\n", DONE]),
    "trickle words": lambda: _endless(chunk("word ")),
    "trickle comments": lambda: _endless(b": still here\n\n"),
    "trickle bytes": lambda: _endless(b"d"),
}


def closed_port() -> int:
    """A loopback port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
