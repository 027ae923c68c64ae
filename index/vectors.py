"""The vector collections: Chroma in a folder or on a server, always rebuildable from the catalog."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from index.errors import IndexFolderError
from index.probe import is_searchable

if TYPE_CHECKING:
    from index.embed import Vectors

_NAME = "passages"
NAMES = "vectors-"
"""What the name of every collection begins with; a number that was never used before follows."""
GRAPH = {"space": "cosine", "max_neighbors": 32, "ef_construction": 150}
"""How the graph is built. Of the ten nearest of 1.1 million vectors it finds all; with Chroma's own 16 neighbours and 100 .94, and
no wider search finds more than .96. It takes 6 % longer to build (docs/measurements.md)."""
HEARTBEAT, SECONDS = 10, 120
"""Seconds that a server may take to say that it is there, and for anything else."""
SERVER = "chroma+http://127.0.0.1:8000"
"""What the URL of a server looks like."""


class ChromaVectors:
    """Unit vectors by passage id, searched by cosine similarity.

    Chroma's embedded mode is safe for many threads but for one writing process; the store holds the lock. Every method
    raises IndexFolderError when the collection is on a server that cannot be reached.
    """

    def __init__(self, client: Any, name: str, server: str = "") -> None:
        self._client, self._server = client, server
        with _reaching(server):
            # No embedding function: Chroma's default one downloads a model.
            self._collection: Any = client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": GRAPH})

    def close(self) -> None:
        """Let go of what is held in memory; the object is of no use afterwards. A server's is its own."""
        if not self._server:
            self._client.close()

    def count(self) -> int:
        """How many vectors the collection holds."""
        with _reaching(self._server):
            return int(self._collection.count())

    def upsert(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add or overwrite vectors: ids of length n, float32 of shape (n, dim)."""
        with _reaching(self._server):
            for part in self._batches(len(ids)):
                self._collection.upsert(ids=[str(i) for i in ids[part]], embeddings=vectors[part])

    def delete(self, ids: Sequence[int]) -> None:
        """Drop vectors; ids that are not there are no error."""
        with _reaching(self._server):
            for part in self._batches(len(ids)):
                self._collection.delete(ids=[str(i) for i in ids[part]])

    def get(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of these ids, float32 of shape (dim,), without those that are not there."""
        import numpy as np

        found: dict[int, Vectors] = {}
        with _reaching(self._server):
            for part in self._batches(len(ids)):
                rows = self._collection.get(ids=[str(i) for i in ids[part]], include=["embeddings"])
                found.update(
                    (int(i), np.asarray(row, dtype=np.float32)) for i, row in zip(rows["ids"], rows["embeddings"], strict=True)
                )
        return found

    def first(self) -> Vectors | None:
        """One of the vectors, float32 of shape (dim,); None when there is none."""
        import numpy as np

        with _reaching(self._server):
            rows = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
        return np.asarray(rows[0], dtype=np.float32) if len(rows) else None

    def query(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The nearest passages, best first: (id, cosine similarity), at most `limit`, which is at least 1.

        Fewer where the collection does not hold so many, or its graph does not reach them.
        """
        with _reaching(self._server):
            found = self._collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def _batches(self, count: int) -> Iterator[slice]:
        """Parts that are no more than Chroma takes at once."""
        step = self._client.get_max_batch_size()
        return (slice(at, at + step) for at in range(0, count, step))


class Collections(Protocol):
    """Where the collections of an index are, of which it uses one; each has a name that no other ever had."""

    def open(self, name: str) -> ChromaVectors:
        """The collection of a name, made when there is none."""

    def has(self, name: str) -> bool:
        """Whether there is one."""

    def drop(self, but: str | None = None) -> None:
        """Remove all of this index, or all but one."""

    def is_searchable(self, name: str) -> bool:
        """Whether a search in the collection of a name does not end the process that makes it; tried in another one."""


class FolderCollections:
    """Collections in the index's own folder, each in a folder that has its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> ChromaVectors:
        """The collection of a name, made when there is none."""
        import chromadb

        return ChromaVectors(chromadb.PersistentClient(path=str(self._folder / name), settings=_settings()), _NAME)

    def has(self, name: str) -> bool:
        """Whether there is one."""
        return (self._folder / name).is_dir()

    def is_searchable(self, name: str) -> bool:
        """Whether a search in the collection of a name comes back."""
        return is_searchable(self._folder / name)

    def drop(self, but: str | None = None) -> None:
        """Remove all of this index, or all but one; what is held open by another process is left for the next time."""
        for one in self._folder.glob(f"{NAMES}*"):
            if one.name != but:
                shutil.rmtree(one, ignore_errors=True)


class ServerCollections:
    """Collections on a Chroma server, which other indexes may use too.

    `owner` is what tells an index's collections from others'. Raises IndexFolderError, here and in every method, when the server
    does not answer, or with anything but that a collection is not there.
    """

    def __init__(self, url: str, folder: Path, owner: str) -> None:
        import chromadb
        import httpx

        self._url, self._prefix = url, f"dateline-{owner}-"
        self._before = FolderCollections(folder)
        host, port, secure = server_address(url)
        with _reaching(url):
            # Chroma's client waits without end for a server that accepts and is silent, already while it is made.
            shown = f"[{host}]" if ":" in host else host
            httpx.get(f"http{'s' * secure}://{shown}:{port}/api/v2/heartbeat", timeout=HEARTBEAT).raise_for_status()
            client: Any = chromadb.HttpClient(host=host, port=port, ssl=secure, settings=_settings())
            client._server._session.timeout = httpx.Timeout(SECONDS)  # there is no setting for it
            self._client = client

    def open(self, name: str) -> ChromaVectors:
        """The collection of a name, made when there is none."""
        return ChromaVectors(self._client, self._prefix + name, self._url)

    def has(self, name: str) -> bool:
        """Whether there is one."""
        from chromadb.errors import NotFoundError

        try:
            with _reaching(self._url):
                self._client.get_collection(self._prefix + name, embedding_function=None)
        except NotFoundError:
            return False
        return True

    def is_searchable(self, name: str) -> bool:  # noqa: ARG002
        """A search ends no process but the server's own."""
        return True

    def drop(self, but: str | None = None) -> None:
        """Remove all of this index, or all but one, and what the folder held before there was a server."""
        self._before.drop()
        with _reaching(self._url):
            for one in self._client.list_collections():
                if one.name.startswith(self._prefix) and one.name != f"{self._prefix}{but}":
                    self._client.delete_collection(one.name)


def collections_of(folder: Path, server: str | None, owner: Callable[[], str]) -> Collections:
    """The collections of the index in a folder: there, or on the server of a URL, told from others' there by their owner."""
    return FolderCollections(folder) if server is None else ServerCollections(server, folder, owner())


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


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, allow_reset=False)


@contextmanager
def _reaching(server: str) -> Iterator[None]:
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
