"""Who may ask what of the server: everything that is refused is refused here, before the page sees any of it."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import secrets
import socket
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "dateline_reader"
_READER = re.compile(r"[\w-]{20,64}")
MAX_BODY = 1024 * 1024
"""Bytes of a request that is no upload: a question with its history is far smaller."""
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep one."""
WRONG_PASSWORDS = 10
"""A minute, from one address; then it waits."""
POSTS = 600
"""Requests that change or compute something, a minute, by one reader: far more than hands can do."""
UPLOADS = 20
"""Uploads a minute, by one reader."""
HOST_SHARE = 10
"""How many times what one reader may do one address may: a newsroom behind it, not a machine that forgets its cookies."""

UPLOAD = "/upload"
_JOIN = "/gradio_api/queue/join"
_PAGE = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/assets/[\w./-]+|/static/[\w./-]+|/conversation\.md|/feedback\.jsonl"
    r"|/gradio_api/(startup-events|queue/data|heartbeat/[\w-]+|app_id/?)"
)
_COMPUTED = ("/conversation.md", "/feedback.jsonl")
"""Pages that take work to make."""
_POSTED = re.compile(r"/gradio_api/(queue/join|cancel|reset/?|heartbeat/[\w-]+)")

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
    """What a server allows. `host` is the address it listens on; `auth` is `name:password`."""

    auth: str | None
    host: str
    max_upload: int
    """Bytes of one upload; 0 when uploads are switched off."""


class _Refused(Exception):
    """A request that is found while it is read to be one that is not let through."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Guard:
    """Stands before the whole application.

    It lets through the paths that the page uses and no others, asks for the password, refuses requests that are too
    large, too many, from another site's page or naming a file of this machine, names the reader by a cookie, and says that
    nothing may be loaded from elsewhere.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        # Asked for once: a network whose names do not work takes seconds to say so.
        self._names = own_names(rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # the page opens none

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        known = reader_of(headers.get("cookie", ""))
        reader = known or secrets.token_urlsafe(24)
        refusal = self._refusal(scope, headers, reader)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope["reader"] = reader
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent[name] = value
                if known is None and scope["path"] == "/":
                    # Lax: a reader who comes by a link from elsewhere is still the same one. Posts are held to the origin.
                    cookie = f"{COOKIE}={reader}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}"
                    sent.append("Set-Cookie", cookie)
            await send(message)

        bounded = _bounded(receive, self._rules.max_upload if scope["path"] == UPLOAD else MAX_BODY)
        try:
            await self._app(scope, await _without_files(bounded) if scope["path"] == _JOIN else bounded, answer)
        except _Refused as error:
            if not started:
                await _says(error.status, str(error))(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, reader: str) -> PlainTextResponse | None:
        """Why a request is not let through, None when it is."""
        rules = self._rules
        if not _is_ours(headers.get("host", ""), rules, self._names):
            # A page elsewhere whose name was pointed at this machine would otherwise be as good as this one.
            return _says(421, "this server is not known by that name; open it by its address, or by localhost on its own machine")
        address = scope["client"][0] if scope.get("client") else ""
        if rules.auth is not None and not self._limiter.test(RateLimitItemPerMinute(WRONG_PASSWORDS), "password", address):
            return _says(429, "too many wrong passwords; wait a minute")  # the right one too: who guesses is not told
        if rules.auth is not None and not _knows(headers.get("authorization", ""), rules.auth):
            if headers.get("authorization"):
                self._may("password", address, WRONG_PASSWORDS)
            return _says(401, "a name and a password are needed", {"WWW-Authenticate": 'Basic realm="Dateline", charset="UTF-8"'})
        method, path = scope["method"], scope["path"]
        if method in ("GET", "HEAD") and not (_PAGE.fullmatch(path) and ".." not in path):
            return _says(404, "there is nothing here")
        if method in ("GET", "HEAD") and path not in _COMPUTED:
            return None
        posted = method == "POST" and (_POSTED.fullmatch(path) or (path == UPLOAD and rules.max_upload))
        if not posted and not (path in _COMPUTED and method in ("GET", "HEAD")):
            return _says(404, "there is nothing here")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return _says(403, "the request came from another site's page")
        times = UPLOADS if path == UPLOAD else POSTS
        if not (self._may(f"reader {times}", reader, times) and self._may(f"address {times}", address, times * HOST_SHARE)):
            return _says(429, "too many requests; wait a minute")
        length = headers.get("content-length", "0")
        limit = rules.max_upload if path == UPLOAD else MAX_BODY
        if not length.isdecimal() or int(length) > limit:
            return _says(413, f"{length} bytes; expected at most {limit}")
        return None

    def _may(self, what: str, who: str, times: int) -> bool:
        return self._limiter.hit(RateLimitItemPerMinute(times), what, who)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Reads a request up to a size, whatever its header said."""
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise _Refused(413, f"more than {limit} bytes; expected at most that")
        return message

    return bounded


async def _without_files(receive: Receive) -> Receive:
    """The same request, read and found to name no file.

    Gradio takes an object with a path for a file that it is to read, in the place of any value. The page sends none.
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    try:
        given = json.loads(body)
        found = names_a_file(given)
    except (ValueError, RecursionError) as error:
        raise _Refused(400, "the request is no JSON that can be read") from error
    if found:
        raise _Refused(400, "the request names a file; expected text")
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def names_a_file(value: Any) -> bool:
    """Whether there is anywhere in a value what Gradio takes for a file.

    >>> names_a_file({"data": ["a question"]}), names_a_file({"data": [{"path": "/etc/passwd", "meta": {}}]})
    (False, True)
    """
    if isinstance(value, dict):
        return not value.keys().isdisjoint(("path", "url", "meta", "_type")) or any(map(names_a_file, value.values()))
    return isinstance(value, list) and any(map(names_a_file, value))


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


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_names(rules: Rules) -> tuple[str, ...]:
    """The names of this machine, when others may reach it."""
    if is_loopback(rules.host):
        return ()
    return tuple(name.casefold() for name in (rules.host, socket.gethostname(), socket.getfqdn()))


def _is_ours(header: str, rules: Rules, names: tuple[str, ...]) -> bool:
    """Whether a Host header is a name that this server goes by: with a password, any; a borrowed name brings none along."""
    name = re.sub(r":\d*$", "", header).strip("[]").casefold()
    if is_loopback(name):
        return True
    if is_loopback(rules.host):
        return False
    if rules.auth is not None or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _knows(header: str, auth: str) -> bool:
    kind, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True) if kind.casefold() == "basic" else b""
    except ValueError:
        given = b""
    return secrets.compare_digest(given, auth.encode())


def _says(status: int, text: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(f"dateline: {text}\n", status, {**HEADERS, **(headers or {})})
