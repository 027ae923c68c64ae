"""The vector collection: Chroma on disk, always rebuildable from the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.embed import Vectors

_NAME = "passages"


class ChromaVectors:
    """Unit vectors by passage id, searched by cosine similarity.

    Chroma's embedded mode is safe for many threads but for one writing process; the store holds the lock.
    """

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False))
        # No embedding function: Chroma's default one downloads a model.
        self._collection: Any = self._client.get_or_create_collection(
            _NAME, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def count(self) -> int:
        """How many vectors the collection holds."""
        return int(self._collection.count())

    def upsert(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add or overwrite vectors: ids of length n, float32 of shape (n, dim)."""
        step = self._client.get_max_batch_size()
        for at in range(0, len(ids), step):
            self._collection.upsert(ids=[str(i) for i in ids[at : at + step]], embeddings=vectors[at : at + step])

    def delete(self, ids: Sequence[int]) -> None:
        """Drop vectors; ids that are not there are no error."""
        step = self._client.get_max_batch_size()
        for at in range(0, len(ids), step):
            self._collection.delete(ids=[str(i) for i in ids[at : at + step]])

    def get(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of these ids, float32 of shape (dim,), without those that are not there."""
        import numpy as np

        step = self._client.get_max_batch_size()
        found: dict[int, Vectors] = {}
        for at in range(0, len(ids), step):
            rows = self._collection.get(ids=[str(i) for i in ids[at : at + step]], include=["embeddings"])
            found.update(
                (int(i), np.asarray(row, dtype=np.float32)) for i, row in zip(rows["ids"], rows["embeddings"], strict=True)
            )
        return found

    def query(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The nearest passages, best first: (id, cosine similarity); `limit` is at least 1 and at most `count`."""
        found = self._collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]
