"""The vector collection as a mirror of the catalog: it follows what is pending, and is made anew whenever it cannot."""

from __future__ import annotations

import logging
import re
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from index.catalog import Catalog
from index.errors import IndexFolderError
from index.parts import PART, Parts
from index.vectors import NAMES, ChromaVectors, Collections, best

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.embed import Vectors

log = logging.getLogger("dateline")

MOST_DROPPED = 5_000
"""Vectors dropped from a collection before it is worth making it anew, and more than it still holds: its graph keeps the
place of every vector that was ever in it, and a search walks over them."""

_OPENING = "opening"
"""The fact of the catalog that names a collection while the graph of a part of it is read for the first time."""
BEHIND = 1_000
"""Passages that another process indexed since this one opened the collection, before it is opened again: until then each is
compared by itself."""


class Mirror:
    """The collection of a catalog, which knows its name.

    A search never waits for a writer: what the catalog has and the collection does not is compared one by one.
    """

    def __init__(self, folder: Path, catalog: Catalog, lock: FileLock, collections: Collections) -> None:
        """`lock` is the index folder's; it is taken by `nearest` when it is free, and held by whoever calls `follow`."""
        self.folder, self._catalog, self._lock, self._collections = folder, catalog, lock, collections
        self._vectors: ChromaVectors | None = None
        self._opened_as: str | None = None
        self._last = 0
        self._damaged = False
        self._opening = threading.RLock()

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The passages nearest to a unit vector of shape (dim,), at most `limit`: (id, cosine), best first.

        The collection's, and exactly those that it does not hold yet.
        """
        import numpy as np

        found: dict[int, float] = {}
        unreached: Sequence[range] = ()
        with self._opening:
            vectors, last = self._searchable()
        try:
            if vectors:
                if vectors.unloaded():  # somebody is writing, and loads no more than what is written
                    self._make_searchable(vectors)
                nearest, unreached = vectors.query(vector, limit)
                found.update(nearest)
        except IndexFolderError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma raises many kinds for a damaged folder, and each has one answer
            if self._vectors is vectors:  # else a new one has been put in its place meanwhile
                if self._opened_as == self._name():  # else by another process
                    log.warning("the vector collection is damaged and is made anew: %s", error)
                    self._damaged = True
                self.close()
            last = 0
        for batch in self._not_held(last, unreached):
            rows = np.stack([np.frombuffer(blob, dtype=np.float32) for _, blob in batch])
            found.update(zip((i for i, _ in batch), (rows @ vector).tolist(), strict=True))
            found = dict(best(found.items(), limit))
        return best(found.items(), limit)

    def _not_held(self, last: int, unreached: Sequence[range]) -> Iterator[list[tuple[int, bytes]]]:
        """The vectors that a search may not meet, a batch at a time: behind the last one that the collection holds, those pending,
        and those in the parts whose graph does not reach all that they hold."""
        if pending := self._catalog.pending_until(last):
            yield pending
        for part in unreached:
            at = part.start - 1
            while batch := self._catalog.vectors_from(at, until=min(part.stop - 1, last)):
                yield batch
                at = batch[-1][0]
        while batch := self._catalog.vectors_from(last):
            yield batch
            last = batch[-1][0]

    def close(self) -> None:
        """Let go of the collection."""
        former, self._vectors, self._last = self._vectors, None, 0
        if former is not None:
            former.close()  # a search that is at it compares all instead

    def follow(self, *, searching: bool = False) -> ChromaVectors:
        """The collection, brought to where the catalog is, or made anew when it is damaged; the lock must be held.

        With `searching`, the graphs of all parts are read too, so that damage shows now. Raises IndexFolderError when it cannot
        be written.
        """
        self._let_go_of_a_former_one()
        try:
            vectors = self._catch_up(self._vectors or self._opened())
            if searching:
                self._make_searchable(vectors)
        except IndexFolderError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("the vector collection is damaged and is made anew: %s", error)
            return self.renew()
        return vectors

    def renew(self) -> ChromaVectors:
        """Make the collection anew from the catalog, whatever there is; the lock must be held.

        The new one is filled before it takes the old one's place, so that searches go on. Raises IndexFolderError when it
        cannot be written.
        """
        try:
            return self._catch_up(self._filled())
        except IndexFolderError:
            raise
        except Exception as error:
            raise IndexFolderError(
                f"the vectors in {self.folder} cannot be written: {error}; the articles are safe in the catalog; "
                f"make room, or: dateline index CORPUS --index {self.folder} --rebuild"
            ) from error

    def fault(self) -> str:
        """What is wrong with the collection, "" when it holds every passage's vector and no other; pending ones aside.

        The index must not be written meanwhile.
        """
        name = self._name()
        if not name or not self._collections.has(name):
            return "" if not self._catalog.count() or self._catalog.pending(limit=1) else "the collection is not there"
        try:
            vectors = self._collections.open(name, self._parts_of(name))
            try:
                vectors.take_up(self._catalog.last_passage(), searching=False)
                found = self._compared(vectors)
            finally:
                vectors.close()
            return found or ("" if self._collections.is_searchable(name) else "a search in it ends the process")
        except IndexFolderError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            return f"the collection cannot be read: {' '.join(str(error).split())[:200]}"

    def _compared(self, vectors: ChromaVectors) -> str:
        import numpy as np

        waiting = {i for i, _ in self._catalog.pending(limit=-1)}
        last = held = 0
        while batch := self._catalog.vectors_from(last):
            last = batch[-1][0]
            settled = {i: np.frombuffer(vector, dtype=np.float32) for i, vector in batch if i not in waiting}
            there = vectors.get(list(settled))
            held += len(there)
            if lacking := sorted(settled.keys() - there.keys()):
                return f"{len(lacking)} passages have none, the first is {lacking[0]}"
            if other := [i for i, vector in settled.items() if not np.allclose(vector, there[i], atol=1e-5)]:
                return f"{len(other)} are not those of their passages, the first is {other[0]}"
        extra = vectors.count() - held - len(vectors.get(sorted(waiting)))
        return f"{extra} are of no passage" if extra else ""

    def _searchable(self) -> tuple[ChromaVectors | None, int]:
        """The collection and the last passage it is known to hold; brought up to date first when nobody is writing."""
        self._let_go_of_a_former_one()
        behind = self._catalog.last_passage() - self._last > BEHIND
        if self._vectors is None or behind or self._vectors.unloaded():
            try:
                with self._lock.acquire(timeout=0):
                    if behind:
                        self.close()  # Chroma sees what another process wrote only when it is opened again
                    self.follow(searching=True)
            except Timeout:
                return (self._vectors, self._last) if self._vectors else (None, 0)
        return self._vectors, self._last

    def _opened(self) -> ChromaVectors:
        """The collection that the catalog names; a new one when it is not there or does not hold what it should."""
        name = self._name()
        if name and not self._damaged and self._collections.has(name):
            if self._catalog.get(_OPENING) == name:
                if not self._collections.is_searchable(name):
                    log.warning("a search in the vector collection ends the process; it is made anew")
                    return self._filled()
                self._catalog.put(**{_OPENING: ""})
            vectors = self._collections.open(name, self._parts_of(name))
            vectors.take_up(self._catalog.last_passage(), searching=False)
            if self._catalog.pending(limit=1) or vectors.count() == self._catalog.count():
                self._collections.drop(but=name)  # what was being filled when its process was killed
                return vectors
            vectors.close()
        return self._filled()

    def _make_searchable(self, vectors: ChromaVectors) -> None:
        vectors.take_up(self._catalog.last_passage(), searching=True)
        for start in vectors.unloaded():
            self._load(vectors, start)

    def _load(self, vectors: ChromaVectors, start: int) -> None:
        """Bring the graph of a part into memory, which may end the process."""
        self._catalog.put(**{_OPENING: self._name() or ""})  # whoever finds this was not reached by what comes now
        vectors.load(start)
        self._catalog.put(**{_OPENING: ""})

    def _name(self) -> str | None:
        """The collection's name as the catalog says, unless it says something that is none of ours."""
        name = self._catalog.get("collection")
        return name if name and re.fullmatch(rf"{NAMES}\d{{1,9}}", name) else None

    def _parts_of(self, name: str) -> Parts:
        """How the collection of a name is shared out."""
        of, _, said = (self._catalog.get("parts") or "").partition(" ")
        if of == name and (parts := Parts.parsed(said)):
            return parts
        raise ValueError(f"the catalog says {said[:80]!r} of the parts of {name}")

    def _filled(self) -> ChromaVectors:
        """A new collection of all passages under a new name: a crash leaves the old one or the new one, never half of each."""
        # A name never used before: Chroma remembers, as long as the process lives, what it once opened under a name.
        name = f"{NAMES}{secrets.randbelow(10**9)}"
        parts = self._evenly()
        vectors = self._collections.open(name, parts)
        last = 0
        while batch := self._catalog.vectors_from(last):
            _add(vectors, batch)
            last = batch[-1][0]
        self._catalog.settle_anew(name, str(parts))
        self._damaged = False
        self._collections.drop(but=name)
        return vectors

    def _evenly(self) -> Parts:
        """All passages shared out in parts that are full, the last of which has room for those to come."""
        count = self._catalog.count()
        end = (self._catalog.last_passage() + 1 + -count % PART,) if count else ()
        return Parts(PART, (0, *self._catalog.every(PART), *end))

    def _catch_up(self, vectors: ChromaVectors) -> ChromaVectors:
        """Follow what is pending; repeating a step does no harm."""
        vectors.take_up(self._catalog.last_passage(), searching=False)
        dropped = int(self._catalog.get("dropped") or 0)
        while waiting := self._catalog.pending():
            for start, places in vectors.parts.of([i for i, _ in waiting]).items():  # each is loaded once
                if start in vectors.unloaded():
                    self._load(vectors, start)
                here = [waiting[place] for place in places]
                gone = [i for i, vector in here if vector is None]
                vectors.delete(gone)
                _add(vectors, [(i, vector) for i, vector in here if vector is not None])
                dropped += len(gone)
            self._catalog.settle([i for i, _ in waiting], dropped)
        if dropped > max(MOST_DROPPED, self._catalog.count()):
            vectors = self._filled()
        former, self._vectors = self._vectors, vectors
        self._last, self._opened_as = self._catalog.last_passage(), self._name()
        if former is not None and former is not vectors:
            former.close()  # a search that is at it compares all instead
        return vectors

    def _let_go_of_a_former_one(self) -> None:
        """Another process may have made the collection anew, under another name."""
        if self._opened_as != self._name():
            self.close()


def _add(vectors: ChromaVectors, rows: list[tuple[int, bytes]]) -> None:
    import numpy as np

    if rows:
        vectors.upsert([i for i, _ in rows], np.stack([np.frombuffer(vector, dtype=np.float32) for _, vector in rows]))
