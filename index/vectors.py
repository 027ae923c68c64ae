"""The vector collections: Chroma in a folder or on a server, always rebuildable from the catalog."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index.parts import Parts
from index.probe import is_searchable
from index.server import reaching, server_address

if TYPE_CHECKING:
    from index.embed import Vectors

_NAME = "passages"
NAMES = "vectors-"
"""What the name of every collection begins with; a number that was never used before follows."""
GRAPH = {"space": "cosine", "max_neighbors": 32, "ef_construction": 150}
"""How a graph is built. Of the ten nearest of 1.1 million vectors it finds all; with Chroma's own 16 neighbours and 100 .94, and
no wider search finds more than .96. It takes 6 % longer to build (docs/measurements.md)."""
LISTED = 100
"""Collections that a server is asked for at once; some tell no more."""
HEARTBEAT, SECONDS = 10, 120
"""Seconds that a server may take to say that it is there, and for anything else."""


class ChromaVectors:
    """Unit vectors by passage id, searched by cosine similarity, in parts that are each a collection of Chroma's own.

    Chroma holds the graph of a collection in memory from the moment that it is written or searched. Until the first search
    the graph of one part at a time is held; a search needs all of them, which then stay. Chroma's embedded mode is safe for
    many threads but for one writing process; the store holds the lock. Every method raises IndexFolderError when the
    vectors are on a server that cannot be reached.
    """

    def __init__(self, connect: Callable[[], Any], name: str, parts: Parts, server: str = "") -> None:
        """`connect` gives a client of Chroma; a server's holds no graphs, and is let go of by nobody."""
        self._connect, self._name, self.parts, self._server = connect, name, parts, server
        self._lock = threading.Lock()
        self._all_wanted = bool(server)
        self._collections: dict[int, Any] = {}
        self._open()
        self._look(0, make=True)

    def _open(self) -> None:
        with reaching(self._server):
            self._client = self._connect()
        known, self._collections = self._collections, {}
        for start in known:
            self._look(start)
        self._loaded: set[int] = set()

    def close(self) -> None:
        """Let go of what is held in memory; the object is of no use afterwards. A server's is its own."""
        if not self._server:
            self._client.close()

    def count(self) -> int:
        """How many vectors there are."""
        with reaching(self._server):
            return sum(int(one.count()) for one in self._collections.values())

    def take_up(self, last: int, *, searching: bool) -> None:
        """Know of the parts of all passages up to an id, whoever made them; the graphs of all are kept for who searches."""
        with self._lock:
            self._all_wanted = self._all_wanted or searching
            for start in self.parts.until(last):
                self._look(start)

    def unloaded(self) -> list[int]:
        """Where the parts begin whose graph is not in memory."""
        return [] if self._server else sorted(set(self._collections) - self._loaded)

    def load(self, start: int) -> None:
        """Search the part that begins at an id, as damage to its graph shows only then."""
        if collection := self._part(start):
            with reaching(self._server):
                _search(collection)

    def upsert(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add or overwrite vectors: ids of length n, float32 of shape (n, dim)."""
        for start, places in self._batches(ids):
            collection = self._part(start, make=True)
            with reaching(self._server):
                collection.upsert(ids=[str(ids[n]) for n in places], embeddings=vectors[places])

    def delete(self, ids: Sequence[int]) -> None:
        """Drop vectors; ids that are not there are no error."""
        for start, places in self._batches(ids):
            if collection := self._part(start):
                with reaching(self._server):
                    collection.delete(ids=[str(ids[n]) for n in places])

    def get(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of these ids, float32 of shape (dim,), without those that are not there."""
        import numpy as np

        found: dict[int, Vectors] = {}
        for start, places in self._batches(ids):
            if collection := self._part(start):
                with reaching(self._server):
                    rows = collection.get(ids=[str(ids[n]) for n in places], include=["embeddings"])
                for i, row in zip(rows["ids"], rows["embeddings"], strict=True):
                    found[int(i)] = np.asarray(row, dtype=np.float32)
        return found

    def query(self, vector: Vectors, limit: int) -> tuple[list[tuple[int, float]], list[range]]:
        """The nearest passages, best first, (id, cosine similarity), at most `limit`, which is at least 1; and the ids of the
        parts whose graph did not reach all that they hold: that of a few vectors of which many changed may not.
        """
        with self._lock:
            self._all_wanted = True
            collections = self._collections
            self._loaded.update(collections)
        nearest: list[tuple[int, float]] = []
        unreached: list[range] = []
        with reaching(self._server):
            for start, collection in collections.items():
                found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
                ids, distances = found["ids"][0], found["distances"][0]
                nearest += [(int(i), 1.0 - float(distance)) for i, distance in zip(ids, distances, strict=True)]
                if len(ids) < limit and len(ids) < collection.count():
                    unreached.append(self.parts.ids_from(start))
        return best(nearest, limit), unreached

    def _part(self, start: int, *, make: bool = False) -> Any:
        """The collection of the part that begins at an id, None when there is none; the others' graphs are let go of."""
        with self._lock:
            if not self._all_wanted and self._loaded - {start}:
                self._client.close()
                self._open()
            self._look(start, make=make)
            self._loaded.add(start)
            return self._collections.get(start)

    def _look(self, start: int, *, make: bool = False) -> None:
        """Look for the collection of a part, unless it is known."""
        from chromadb.errors import NotFoundError

        if start in self._collections:
            return
        name = f"{self._name}-{start}" if start else self._name
        with reaching(self._server), suppress(NotFoundError):
            # No embedding function: Chroma's default one downloads a model.
            if make:
                found = self._client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": GRAPH})
            else:
                found = self._client.get_collection(name, embedding_function=None)
            self._collections = {**self._collections, start: found}

    def _batches(self, ids: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """The places of ids in their list, by the part they belong to, no more than Chroma takes at once."""
        with reaching(self._server):
            step = self._client.get_max_batch_size()
        for start, places in self.parts.of(ids).items():
            yield from ((start, places[at : at + step]) for at in range(0, len(places), step))


def read_folder(folder: Path) -> None:
    """Search all collections in a folder, which ends the process when the graph of one is damaged."""
    client = _client_of(folder)
    for name in names_in(client):
        _search(client.get_collection(name, embedding_function=None))


def _search(collection: Any) -> None:
    rows = collection.get(limit=1, include=["embeddings"])["embeddings"]
    if len(rows):
        collection.query(query_embeddings=[rows[0]], n_results=1, include=["distances"])


def best(found: Iterable[tuple[int, float]], limit: int) -> list[tuple[int, float]]:
    """The passages of the greatest similarity, best first, at most `limit`.

    >>> best([(1, 0.2), (2, 0.9), (3, 0.9)], 2)
    [(2, 0.9), (3, 0.9)]
    """
    return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]


def names_in(client: Any) -> list[str]:
    """The names of all collections that a client sees; a server may tell no more than a hundred at a time."""
    names: list[str] = []
    while more := [one.name for one in client.list_collections(limit=LISTED, offset=len(names))]:
        names += more
    return names


class Collections(Protocol):
    """Where the collections of an index are, of which it uses one; each has a name that no other ever had."""

    def open(self, name: str, parts: Parts) -> ChromaVectors:
        """The collection of a name and its parts, made when there is none."""

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

    def open(self, name: str, parts: Parts) -> ChromaVectors:
        """The collection of a name and its parts, made when there is none."""
        return ChromaVectors(lambda: _client_of(self._folder / name), _NAME, parts)

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
        with reaching(url):
            # Chroma's client waits without end for a server that accepts and is silent, already while it is made.
            shown = f"[{host}]" if ":" in host else host
            httpx.get(f"http{'s' * secure}://{shown}:{port}/api/v2/heartbeat", timeout=HEARTBEAT).raise_for_status()
            client: Any = chromadb.HttpClient(host=host, port=port, ssl=secure, settings=_settings())
            client._server._session.timeout = httpx.Timeout(SECONDS)  # there is no setting for it
            self._client = client

    def open(self, name: str, parts: Parts) -> ChromaVectors:
        """The collection of a name and its parts, made when there is none."""
        return ChromaVectors(lambda: self._client, self._prefix + name, parts, self._url)

    def has(self, name: str) -> bool:
        """Whether there is one."""
        from chromadb.errors import NotFoundError

        try:
            with reaching(self._url):
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
        with reaching(self._url):
            kept = f"{self._prefix}{but}"
            for name in names_in(self._client):
                if name.startswith(self._prefix) and name != kept and not name.startswith(f"{kept}-"):
                    self._client.delete_collection(name)


def collections_of(folder: Path, server: str | None, owner: Callable[[], str]) -> Collections:
    """The collections of the index in a folder: there, or on the server of a URL, told from others' there by their owner."""
    return FolderCollections(folder) if server is None else ServerCollections(server, folder, owner())


def _client_of(folder: Path) -> Any:
    import chromadb

    return chromadb.PersistentClient(path=str(folder), settings=_settings())


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, allow_reset=False)
