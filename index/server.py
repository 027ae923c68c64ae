"""A Chroma server: the form of its URL, and what is said when it does not answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from index.errors import IndexFolderError

SERVER = "chroma+http://127.0.0.1:8000"
"""What the URL of a server looks like."""


def server_address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether to encrypt, of the URL of a Chroma server; ValueError for any other.

    >>> server_address("chroma+http://127.0.0.1:8000")
    ('127.0.0.1', 8000, False)
    """
    parts = urlsplit(url)
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    if not re.fullmatch(r"chroma\+https?", parts.scheme) or not parts.hostname or not plain or not url.isprintable():
        raise ValueError(f"expected the URL of a Chroma server, like {SERVER}")
    secure = parts.scheme.endswith("s")
    return parts.hostname, parts.port or (443 if secure else 8000), secure


@contextmanager
def reaching(server: str) -> Iterator[None]:
    """A server that is not there, is busy or refuses is no damage: nothing is made anew for it. A lost collection is."""
    if not server:
        yield
        return
    from chromadb.errors import NotFoundError

    try:
        yield
    except NotFoundError:
        raise
    except Exception as error:
        # Chroma's client raises httpx's errors, its own, and bare ones for answers that it does not know.
        host, port, _ = server_address(server)
        raise IndexFolderError(
            f"the Chroma server {server} does not answer as it should: {' '.join(str(error).split())[:200]}; expected it to run; "
            f"start it: chroma run --host {host} --port {port} --path DIR, or unset DATELINE_STORE to keep the vectors in the index"
        ) from error
