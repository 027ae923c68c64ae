"""The Store protocol, and the embedded store: a SQLite catalog beside a Chroma collection."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from index.copies import Copies
from index.database import rebuild
from index.embed import Embedder, embedded_text
from index.errors import IndexBusyError, IndexFolderError
from index.folder import open_catalog
from index.fuse import DENSE_WEIGHT, copied_in, fuse, select
from index.learning import Learning
from index.mirror import Mirror
from index.periods import periods, prefer
from index.recurring import site_of, without
from index.types import FileRecord, Hit, Prepared, Skipped, Stats
from index.vectors import ChromaVectors, collections_of

if TYPE_CHECKING:
    from index.embed import Vectors

CANDIDATES = 200
"""Passages that each side proposes before they are fused; z-scores of fewer are those of a tail. Chosen with
benchmarks/fusion.py."""
BATCH_PASSAGES = 64
"""Passages embedded and committed together: what a crash costs at most."""
WINDOW = 4 * 1024 * 1024
"""Characters of articles that are read before the first of them is embedded, to learn what their sites put around stories."""
KEPT_FILES = 20_000
"""A manifest of more is read anew whenever it is asked for: what is kept may be 17 MB, whatever the folder holds."""
LOCK_SECONDS = 600
"""How long an indexer waits for another process that is indexing before giving up."""


class Store(Protocol):
    """Where passages are kept and found; nothing above it knows which kind is in use."""

    def sync(self, files: Iterable[Prepared | Skipped], settled: Callable[[int], None] | None = None, *, more: bool = False) -> int:
        """Put each article in the place of its former version, whole or not at all; a skipped file has none.

        `settled` is told how many files were, whenever some are kept. Returns how many passages had to be embedded. An article
        whose stamp is "" in the manifest afterwards was kept, but is to be read again: what is known of its site has changed.
        Without files, what an interrupted sync has left is settled. With `more` to follow at once, vectors that nothing needs
        are kept for it.
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

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        corpus: Path | None = None,
        *,
        dense_weight: float = DENSE_WEIGHT,
        server: str | None = None,
        patience: float = LOCK_SECONDS,
    ) -> None:
        """Open or make the index in `folder`; `corpus` is only remembered, for whoever asks what is stale.

        `patience` is how many seconds another process that is writing is waited for.

        `dense_weight` is the dense side's share of a search, 0 to 1. `server` is the URL of a Chroma server that keeps the
        vector collection in the folder's place.
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
        self._lock, self._patience = FileLock(folder / "lock", timeout=patience), patience
        self.catalog = open_catalog(folder)
        self.learning = Learning(self.catalog)
        self._manifest: tuple[tuple[int, int], dict[str, FileRecord]] | None = None
        try:
            self._check_embedder()
            self.mirror = Mirror(folder, self.catalog, self._lock, collections_of(folder, server, self.catalog.owner))
        except BaseException:
            self.catalog.close()
            raise

    def _check_embedder(self) -> None:
        made_by = self.catalog.get("embedder")
        if made_by not in (None, self.embedder.name):
            raise IndexFolderError(
                f"the index in {self.folder} was made with the embedder {made_by}; expected {self.embedder.name}; "
                f"{rebuild(self.catalog.path)}"
            )

    def close(self) -> None:
        """Let go of the folder."""
        self.mirror.close()
        self.catalog.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while a process writes; raises IndexBusyError when another one holds it for longer than is waited for."""
        try:
            with self._lock:
                yield
        except OSError as error:
            if not isinstance(error, Timeout):
                raise IndexFolderError(
                    f"the index folder {self.folder} cannot be locked: {error.strerror}; try: --index DIR"
                ) from error
            raise IndexBusyError(
                f"the index in {self.folder} has been held by another process for {self._patience:g} s; "
                "expected it to finish; try again later, or: --index DIR for an index of your own"
            ) from error

    def manifest(self) -> dict[str, FileRecord]:
        """Every indexed file by source; that of a folder of no more than KEPT_FILES is kept until anything changes."""
        version, kept = self.catalog.version(), self._manifest
        if kept is None or kept[0] != version:
            kept = version, self.catalog.manifest()
            self._manifest = kept if len(kept[1]) <= KEPT_FILES else None
        return dict(kept[1])

    def stats(self) -> Stats:
        """What the store holds."""
        return self.catalog.stats()

    def sync(self, files: Iterable[Prepared | Skipped], settled: Callable[[int], None] | None = None, *, more: bool = False) -> int:
        """Embed what is new and commit the articles in batches; then the collection follows."""
        embedded = 0
        coming = iter(files)
        first = next(coming, None)
        if first is None and not self.learning.unsettled():
            return 0
        with self.lock():
            for window in _parts(chain([first] if first else [], coming), WINDOW, lambda item: len(item.article.text)):
                self.learning.begin({site_of(item.source) for item in window})
                expected = self.learning.expect([item for item in window if isinstance(item, Prepared)])
                known = (without(one, expected[site_of(one.source)]) if isinstance(one, Prepared) else one for one in window)
                for batch in _parts(known, BATCH_PASSAGES, lambda item: len(item.passages)):
                    embedded += self._settle(batch)
                    if settled:
                        settled(len(batch))
            self._finish(more=more)
        return embedded

    def _settle(self, batch: Sequence[Prepared | Skipped]) -> int:
        """Commit what is new, and only then what tells that the rest was looked at: the last record of a file says with
        its stamp that all before it are here."""
        held = self.catalog.held([one for one in batch if isinstance(one, Prepared)])
        new = [one for one in batch if isinstance(one, Prepared) and one.source not in held]
        embedded = self._commit(new) if new else 0
        if others := [one for one in batch if isinstance(one, Skipped) or one.source in held]:
            self.catalog.look_past(others)
        return embedded

    def remove(self, sources: Iterable[str]) -> None:
        """Forget articles; then the collection follows."""
        gone = list(sources)
        with self.lock():
            self.learning.begin({site_of(source) for source in gone})
            self.catalog.remove(gone)
            self._finish()

    def _finish(self, *, more: bool = False) -> None:
        self.learning.finish()
        self.collection()
        if not more and not self.catalog.any_unsure():  # else they may be needed again when those are read again
            self.catalog.forget_unused_vectors()
        self.catalog.put(synced_at=datetime.now(UTC).isoformat(timespec="seconds"))
        if self._corpus:
            self.catalog.put(corpus=str(self._corpus.absolute()))

    def search(self, question: str, limit: int) -> list[Hit]:
        """Dense and lexical candidates, fused by z-scores; articles of a time that the question names are preferred."""
        if not self.catalog.last_passage():
            return []
        newest = self.catalog.newest()
        dense, lexical = self.rankings(question, CANDIDATES)
        # Page furniture is worth reading only when the question's own words point at it more than at any story.
        asked_for = {lexical[0][0]} if lexical else set()
        passages = self.catalog.passages([i for i, _ in dense] + [i for i, _ in lexical])
        known = [[(i, score) for i, score in side if i in passages] for side in (dense, lexical)]
        ranked = prefer(fuse(known[0], known[1], self._dense_weight), passages, periods(question, newest))
        return self._with_copies(select(ranked, passages, dict(dense), asked_for, limit))

    def _with_copies(self, hits: list[Hit]) -> list[Hit]:
        """The hits, each with the files that hold a copy of its passage, whether the search found them or not."""
        copies = Copies(self.catalog).passages([hit.passage for hit in hits])
        return [replace(hit, also_in=copied_in(hit, others)) for hit, others in zip(hits, copies, strict=True)]

    def rankings(self, question: str, limit: int) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The two rankings that a search fuses, at most `limit` passages each: (id, cosine) and (id, BM25), best first."""
        return self._dense(question, limit), self.catalog.lexical(question, limit)

    def _commit(self, batch: list[Prepared]) -> int:
        digests = [[digest_of(embedded_text(passage)) for passage in item.passages] for item in batch]
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
        if self.catalog.get("dim") is None:
            self.catalog.put(embedder=self.embedder.name, dim=str(dim))
        self._check_dimensions(dim)

    def _check_dimensions(self, dim: int) -> None:
        """Another model may stand behind the same name, and another process may have made the index anew with its own."""
        made_by, known = self.catalog.get("embedder"), self.catalog.get("dim")
        if known is not None and (int(known) != dim or made_by != self.embedder.name):
            raise IndexFolderError(
                f"the embedder {self.embedder.name} makes {dim} dimensions; the index in {self.folder} "
                f"was made with {made_by} and {known}; {rebuild(self.catalog.path)}"
            )

    def collection(self) -> ChromaVectors:
        """The vector collection, brought to where the catalog is."""
        with self.lock():
            return self.mirror.follow()

    def _dense(self, question: str, limit: int) -> list[tuple[int, float]]:
        vector = self.embedder.query(question)
        self._check_dimensions(len(vector))
        return self.mirror.nearest(vector, limit)


def _parts(items: Iterable[Prepared | Skipped], most: int, weigh: Callable[[Prepared], int]) -> Iterator[list[Prepared | Skipped]]:
    """The items in lists that weigh `most` or a little more, each item at least one."""
    part: list[Prepared | Skipped] = []
    weight = 0
    for item in items:
        part.append(item)
        weight += max(1, weigh(item)) if isinstance(item, Prepared) else 1
        if weight >= most:
            yield part
            part, weight = [], 0
    if part:
        yield part


def digest_of(text: str) -> str:
    """The name under which the vector of an embedded text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()
