"""An OpenAI-compatible endpoint: how it is reached, and how it is told of without what its address and its key keep secret."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    import openai

LEAST_SECRET = 8
"""Characters of a value in an address's query before it counts as a secret: `api-version=1` is none, and its 1 is in many texts."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an endpoint is and the key it wants; `base_url` None is OpenAI's own."""

    base_url: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """What it is called before others: neither a password nor a query is in it."""
        return told(self.base_url) if self.base_url else "the OpenAI API"

    def client(self, *, timeout: float, retries: int) -> openai.OpenAI:
        """A client of it, with all that its address says. Raises one of `failures()` when the address is none."""
        import openai

        # A proxy of the environment is for the world outside, and may not even know this machine's loopback.
        outside = openai.DefaultHttpxClient(trust_env=not _is_loopback(self.base_url or ""))
        return openai.OpenAI(
            base_url=self.base_url, api_key=self.api_key or "none", timeout=timeout, max_retries=retries, http_client=outside
        )

    def detail(self, error: Exception) -> str:
        """What an error says, on one line and not too long; some endpoints say a key or a password back."""
        said = " ".join(str(getattr(error, "message", "") or error).split())
        if self.api_key:
            said = said.replace(self.api_key, "(key)")
        for secret in _secrets(self.base_url or ""):
            said = said.replace(secret, "(secret)")
        return said[:200]


def failures() -> tuple[type[Exception], ...]:
    """Whatever the client, its transport or a reply of the wrong shape raises; ImportError is a proxy's missing library."""
    import httpx2
    import openai

    return (
        openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError,
        AttributeError, TypeError, ValueError, LookupError, ImportError, OSError,
    )  # fmt: skip


def told(url: str) -> str:
    """A URL without its name, its password and its query; of one that cannot be read and may hold any, the beginning.

    >>> told("https://ann:pass@example.org:8443/v1?api-key=abc")
    'https://example.org:8443/v1'
    >>> told("http://ann:pa/ss@example.org/v1")
    'http://...'
    >>> told("localhost:8080")
    'localhost:8080'
    """
    if parts := _read(url):
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if not any(sign in url for sign in "@?#"):
        return url
    scheme, divider, _ = url.partition("://")
    return f"{scheme}{divider}..." if divider else "..."


def _read(url: str) -> SplitResult | None:
    """The parts of a URL; None when it is none, or when a password may be where its path is."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and "@" not in parts.path
    except ValueError:
        return None
    return parts if usable else None


def _secrets(url: str) -> list[str]:
    """What is not to be told of a URL, as it stands there and as it is meant, the longest first."""
    parts = _read(url)
    if parts is None:
        before = url.rpartition("@")[0]
        pieces = re.split("[:/?#]+", before.partition("://")[2] or before)
        return sorted({*(pieces[1:] or pieces)} - {""}, key=len, reverse=True)
    name = parts.username if parts.password is None else parts.password  # some keys stand in the name's place
    values = [value for _, value in parse_qsl(parts.query) if len(value) >= LEAST_SECRET]
    found = {parts.query, name or "", unquote(name or ""), *values} - {""}
    return sorted(found, key=len, reverse=True)


def _is_loopback(url: str) -> bool:
    """Whether a URL is one of this machine.

    >>> _is_loopback("http://ann:pass@127.0.0.1:8080/v1"), _is_loopback("http://[::1]/v1"), _is_loopback("http://127.0.0.1.example.org")
    (True, True, False)
    """
    parts = _read(url)
    host = parts.hostname if parts else None
    if not host or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
