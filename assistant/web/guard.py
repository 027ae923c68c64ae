"""Who may ask what of the server: everything that is refused is refused here, before any of it is read."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "dateline_reader"
_READER = re.compile(r"[\w-]{20,64}")
MAX_BODY = 1024 * 1024
"""Bytes of a request that is no upload: a question with its history is far smaller."""
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep one."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_PAGE = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/assets/[\w./-]+|/static/[\w./-]+|/conversation\.md|/feedback\.jsonl"
    r"|/gradio_api/(startup-events|queue/data|upload_progress|heartbeat/[\w-]+|app_id/?)"
)
_POSTED = re.compile(r"/gradio_api/(queue/join|cancel|reset/?|heartbeat/[\w-]+)")
_UPLOAD = "/gradio_api/upload"

HEADERS = {
    # Gradio's page needs inline scripts and the templates of its components `unsafe-eval`; nothing may come from elsewhere.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a server allows. `hosts` are the names it may be called by, empty for any; `auth` is `name:password`."""

    auth: str | None
    hosts: tuple[str, ...]
    max_upload: int
    """Bytes of one upload; 0 when uploads are switched off."""


class Guard:
    """Stands before the whole application.

    It lets through the paths that the page uses and no others, asks for the password, refuses requests that are too
    large or come from another site's page, names the reader by a cookie, and says that nothing may be loaded from
    elsewhere.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the page opens no web sockets
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        reader = reader_of(headers.get("cookie", ""))
        new = reader is None
        scope["reader"] = reader = reader or secrets.token_urlsafe(24)
        limit = self._rules.max_upload if scope["path"] == _UPLOAD else MAX_BODY
        sizes = _Sizes(receive, limit)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent[name] = value
                if new and scope["path"] == "/":
                    sent.append("Set-Cookie", f"{COOKIE}={reader}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}")
            await send(message)

        await self._app(scope, sizes, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """Why a request is not let through, None when it is."""
        rules = self._rules
        host = _name(headers.get("host", ""))
        if rules.hosts and host not in rules.hosts:
            # A page elsewhere whose name was pointed at this machine would otherwise be as good as this one.
            return _says(421, f"this server is not called {host!r}; open it as http://{rules.hosts[0]}")
        if rules.auth is not None and not _knows(headers.get("authorization", ""), rules.auth):
            return _says(401, "a name and a password are needed", {"WWW-Authenticate": 'Basic realm="Dateline", charset="UTF-8"'})
        method, path = scope["method"], scope["path"]
        if method in ("GET", "HEAD"):
            return None if _PAGE.fullmatch(path) and ".." not in path else _says(404, "there is nothing here")
        if method != "POST" or not (_POSTED.fullmatch(path) or (path == _UPLOAD and rules.max_upload)):
            return _says(404, "there is nothing here")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return _says(403, "the request came from another site's page")
        length = headers.get("content-length", "0")
        limit = rules.max_upload if path == _UPLOAD else MAX_BODY
        if not length.isdigit() or int(length) > limit:
            return _says(413, f"{length} bytes; expected at most {limit}")
        return None


class _Sizes:
    """Reads a request up to a size, whatever its header said; what is longer ends there."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return {"type": "http.disconnect"}
        return message


def reader_of(cookie: str) -> str | None:
    """The reader that a Cookie header names, None when it names none.

    >>> reader_of("a=b; dateline_reader=abcdefghijklmnopqrstuvwx"), reader_of("dateline_reader=<script>")
    ('abcdefghijklmnopqrstuvwx', None)
    """
    try:
        found = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and _READER.fullmatch(found.value) else None


def hosts_of(host: str) -> tuple[str, ...]:
    """The names that a server bound to `host` may be called by; any, when that is another than loopback."""
    return (host, *LOOPBACK) if host in LOOPBACK else ()


def _name(host: str) -> str:
    """A Host header without its port."""
    return re.sub(r":\d*$", "", host).strip("[]").casefold()


def _knows(header: str, auth: str) -> bool:
    kind, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True) if kind.casefold() == "basic" else b""
    except binascii.Error:
        given = b""
    return secrets.compare_digest(given, auth.encode())


def _says(status: int, text: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(f"dateline: {text}\n", status, {**HEADERS, **(headers or {})})
