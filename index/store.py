"""The Store protocol, and the embedded store: a SQLite catalog beside a Chroma collection."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from index.embed import Embedder, embedded_text
from index.errors import IndexFolderError
from index.folder import open_catalog
from index.fuse import DENSE_WEIGHT, fuse, select
from index.periods import periods, prefer
from index.types import FileRecord, Hit, Passage, Prepared, Skipped, Stats
from index.vectors import ChromaVectors

if TYPE_CHECKING:
    from index.embed import Vectors

log = logging.getLogger("dateline")

CANDIDATES = 200
"""Passages that each side proposes before they are fused; z-scores of fewer are those of a tail. Chosen with
benchmarks/fusion.py."""
FOLDED = 50
"""The best of them are read and searched for copies, which score alike and so stand close together."""
BATCH_PASSAGES = 64
"""Passages embedded and committed together: what a crash costs at most."""
LOCK_SECONDS = 600
"""How long to wait for another process that is indexing before giving up."""


class Store(Protocol):
    """Where passages are kept and found; nothing above it knows which kind is in use."""

    def sync(self, files: Iterable[Prepared | Skipped]) -> int:
        """Put each article in the place of its former version, whole or not at all; a skipped file has none.

        Returns how many passages had to be embedded.
        """

    def remove(self, sources: Iterable[str]) -> None:
        """Forget articles; a source that is not there is no error."""

    def search(self, question: str, limit: int) -> list[Hit]:
        """The passages nearest to a question, best first, copies folded together, at most `limit`."""

    def manifest(self) -> dict[str, FileRecord]:
        """Every indexed file by source."""

    def stats(self) -> Stats:
        """What the store holds."""


class EmbeddedStore:
    """A store in a folder of this machine.

    The catalog is the source of truth and is written first; the collection follows what the catalog says is pending,
    at once or when the folder is next opened. Raises IndexFolderError when the folder is damaged, not writable or
    made by another embedder.
    """

    def __init__(self, folder: Path, embedder: Embedder, corpus: Path | None = None, *, dense_weight: float = DENSE_WEIGHT) -> None:
        """Open or make the index in `folder`; `corpus` is only remembered, for whoever asks what is stale.

        `dense_weight` is the dense side's share of a search, 0 to 1.
        """
        self.folder, self._dense_weight = folder, dense_weight
        self._corpus = corpus
        self.embedder = embedder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexFolderError(
                f"the index folder {folder} cannot be made: {error.strerror}; expected a folder to write to; try: --index DIR"
            ) from error
        self._vectors: ChromaVectors | None = None
        self._last = 0
        self._damaged = False
        self._opening = threading.RLock()
        self._lock = FileLock(folder / "lock", timeout=LOCK_SECONDS)
        self.catalog = open_catalog(folder)
        made_by = self.catalog.get("embedder")
        if made_by not in (None, embedder.name):
            self.catalog.close()
            raise IndexFolderError(
                f"the index in {folder} was made with the embedder {made_by}; expected {embedder.name}; "
                f"to make it anew: dateline index CORPUS --index {folder} --rebuild"
            )

    def close(self) -> None:
        """Let go of the folder."""
        self.catalog.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while a process writes; raises IndexFolderError when another one holds it for ten minutes."""
        try:
            with self._lock:
                yield
        except OSError as error:
            if not isinstance(error, Timeout):
                raise IndexFolderError(
                    f"the index folder {self.folder} cannot be locked: {error.strerror}; try: --index DIR"
                ) from error
            raise IndexFolderError(
                f"the index in {self.folder} has been held by another process for {LOCK_SECONDS} s; "
                "expected it to finish; try again later, or: --index DIR for an index of your own"
            ) from error

    def manifest(self) -> dict[str, FileRecord]:
        """Every indexed file by source."""
        return self.catalog.manifest()

    def stats(self) -> Stats:
        """What the store holds."""
        return self.catalog.stats()

    def sync(self, files: Iterable[Prepared | Skipped]) -> int:
        """Embed what is new and commit the articles in batches; then the collection follows."""
        embedded = 0
        batch: list[Prepared] = []
        with self.lock():
            for item in files:
                if isinstance(item, Skipped):
                    self.catalog.skip(item)
                elif not self.catalog.restamp(item):
                    batch.append(item)
                if sum(len(one.passages) for one in batch) >= BATCH_PASSAGES:
                    embedded += self._commit(batch)
                    batch = []
            if batch:
                embedded += self._commit(batch)
            self._finish()
        return embedded

    def remove(self, sources: Iterable[str]) -> None:
        """Forget articles; then the collection follows."""
        with self.lock():
            self.catalog.remove(sources)
            self._finish()

    def _finish(self) -> None:
        self.collection()
        self.catalog.forget_unused_vectors()
        self.catalog.put(synced_at=datetime.now(UTC).isoformat(timespec="seconds"))
        if self._corpus:
            self.catalog.put(corpus=str(self._corpus.absolute()))

    def search(self, question: str, limit: int) -> list[Hit]:
        """Dense and lexical candidates, fused by z-scores; articles of a time that the question names are preferred."""
        stats = self.catalog.stats()
        if not stats.passages:
            return []
        dense, lexical = self.rankings(question, CANDIDATES)
        # Page furniture is worth reading only when the question's own words point at it more than at any story.
        asked_for = {lexical[0][0]} if lexical else set()
        passages = self.catalog.passages([i for i, _ in dense] + [i for i, _ in lexical])
        known = [[(i, score) for i, score in side if i in passages] for side in (dense, lexical)]
        ranked = prefer(fuse(known[0], known[1], self._dense_weight), passages, periods(question, stats.last_published))
        return select(ranked[:FOLDED], passages, dict(dense), asked_for, limit)

    def rankings(self, question: str, limit: int) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The two rankings that a search fuses, at most `limit` passages each: (id, cosine) and (id, BM25), best first."""
        return self._dense(question, limit), self.catalog.lexical(question, limit)

    def _commit(self, batch: list[Prepared]) -> int:
        digests = [[_digest(passage) for passage in item.passages] for item in batch]
        texts = {
            d: embedded_text(p) for item, own in zip(batch, digests, strict=True) for p, d in zip(item.passages, own, strict=True)
        }
        missing = sorted(texts.keys() - self.catalog.known(texts))
        vectors: dict[str, Vectors] = {}
        if missing:
            rows = self.embedder.passages([texts[digest] for digest in missing])
            self._remember_embedder(rows.shape[1])
            vectors = dict(zip(missing, rows, strict=True))
        self.catalog.replace(list(zip(batch, digests, strict=True)), vectors)
        return len(missing)

    def _remember_embedder(self, dim: int) -> None:
        known = self.catalog.get("dim")
        made_by = self.catalog.get("embedder")
        if known is None:
            self.catalog.put(embedder=self.embedder.name, dim=str(dim))
        elif int(known) != dim or made_by != self.embedder.name:
            raise IndexFolderError(
                f"the embedder {self.embedder.name} makes {dim} dimensions; the index in {self.folder} "
                f"was made with {made_by} and {known}; "
                f"to make it anew: dateline index CORPUS --index {self.folder} --rebuild"
            )

    def collection(self) -> ChromaVectors:
        """The vector collection, brought to where the catalog is."""
        with self.lock():
            return self._follow()

    def _dense(self, question: str, limit: int) -> list[tuple[int, float]]:
        """The nearest passages: the collection's, and exactly those that it does not hold yet.

        A search never waits for a writer. What another process or a running sync has committed to the catalog since the
        collection was brought up to date is compared one by one.
        """
        import numpy as np

        vector = self.embedder.query(question)
        found: dict[int, float] = {}
        with self._opening:
            vectors, last = self._searchable()
        try:
            found.update(vectors.query(vector, limit) if vectors else [])
        except Exception as error:  # noqa: BLE001 - Chroma raises many kinds for a damaged folder, and each has one answer
            log.warning("the vector collection is damaged and is made anew: %s", error)
            self._vectors, self._last, self._damaged, last = None, 0, True, 0
        for passage, blob in self.catalog.vectors_after(last):
            found[passage] = float(vector @ np.frombuffer(blob, dtype=np.float32))
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]

    def _searchable(self) -> tuple[ChromaVectors | None, int]:
        """The collection and the last passage it is known to hold; brought up to date first when nobody is writing."""
        if self._vectors is None:
            try:
                with self._lock.acquire(timeout=0):
                    self._follow()
            except Timeout:
                return None, 0
        return self._vectors, self._last

    def _follow(self) -> ChromaVectors:
        """The collection, brought to where the catalog is, or made anew when it is damaged; the lock must be held."""
        try:
            return self._catch_up(self._vectors or self._opened())
        except IndexFolderError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("the vector collection is damaged and is made anew: %s", error)
        try:
            return self._catch_up(self._new_collection())
        except IndexFolderError:
            raise
        except Exception as error:
            raise IndexFolderError(
                f"the vectors in {self.folder} cannot be written: {error}; the articles are safe in the catalog; "
                f"make room, or: dateline index CORPUS --index {self.folder} --rebuild"
            ) from error

    def _opened(self) -> ChromaVectors:
        """The collection that the catalog names; a new one when it is not there or does not hold what it should."""
        name = self._collection_name()
        if name and not self._damaged and (self.folder / name).is_dir():
            vectors = ChromaVectors(self.folder / name)
            if self.catalog.pending(limit=1) or vectors.count() == self.catalog.stats().passages:
                return vectors
        return self._new_collection()

    def _collection_name(self) -> str | None:
        """The collection's folder as the catalog says, unless it says something that is none of ours."""
        name = self.catalog.get("collection")
        return name if name and re.fullmatch(r"vectors-\d{1,9}", name) else None

    def _new_collection(self) -> ChromaVectors:
        """An empty collection under a new name, so that a crash leaves the old one or the new one, never half of each."""
        former = self._collection_name()
        number = int(former.rsplit("-", 1)[-1]) + 1 if former else 1
        name = f"vectors-{number}"
        shutil.rmtree(self.folder / name, ignore_errors=True)
        vectors = ChromaVectors(self.folder / name)
        self.catalog.settle_anew(name)
        self._damaged = False
        if former:
            shutil.rmtree(self.folder / former, ignore_errors=True)
        return vectors

    def _catch_up(self, vectors: ChromaVectors) -> ChromaVectors:
        """Follow what is pending; repeating a step does no harm."""
        import numpy as np

        while waiting := self.catalog.pending():
            new = [(i, np.frombuffer(vector, dtype=np.float32)) for i, vector in waiting if vector is not None]
            vectors.delete([i for i, vector in waiting if vector is None])
            if new:
                vectors.upsert([i for i, _ in new], np.stack([vector for _, vector in new]))
            self.catalog.settle([i for i, _ in waiting])
        self._vectors, self._last = vectors, self.catalog.last_passage()
        return vectors


def _digest(passage: Passage) -> str:
    return hashlib.sha256(embedded_text(passage).encode()).hexdigest()
