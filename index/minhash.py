"""MinHash signatures: two articles that share most of their five-word runs have most of their signature's values in common."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from index.fuse import word_runs
from index.types import Article, Segment

PERMUTATIONS = 64
BANDS = 16
"""Articles are compared when one of 16 groups of four values agrees: of those alike by half, two in three are; by .8, all but
two in ten thousand (1 - (1 - s^4)^16)."""
ALIKE = 0.8
"""The share of five-word runs that copies have in common; it is estimated to within .05 (sqrt(s (1 - s) / 64))."""
LEAST_RUNS = 8
"""An article of fewer five-word runs, a dozen words, is too short to be told from others."""
MAX_STORY = 200_000
"""Characters of a story that are signed: a book is told by its beginning, and a text without end takes no memory."""


def signature(article: Article, segments: Iterable[Segment]) -> bytes:
    """The MinHash signature of an article's story, 64 values of 32 bits; b"" for one too short to be told from others.

    A. Broder, On the resemblance and containment of documents, 1997.
    """
    from datasketch import MinHash

    story = "\n".join(article.text[one.start : one.end] for one in segments if one.kind == "body")
    runs = word_runs(story[:MAX_STORY])
    if len(runs) < LEAST_RUNS:
        return b""
    made = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")
    made.update_batch([run.encode() for run in runs])
    values: bytes = made.hashvalues.astype("<u4").tobytes()
    return values


def bands_of(signed: bytes) -> list[int]:
    """The names of a signature's bands; articles that share one may be copies.

    >>> len(bands_of(bytes(256))), bands_of(b"")
    (16, [])
    """
    size = len(signed) // BANDS
    parts = [bytes([n]) + signed[n * size : (n + 1) * size] for n in range(BANDS)] if signed else []
    return [int.from_bytes(blake2b(part, digest_size=8).digest(), "big", signed=True) for part in parts]


def alike(one: bytes, other: bytes) -> float:
    """The estimated share of five-word runs that two signed articles have in common, 0 to 1.

    >>> alike(bytes(256), bytes(256))
    1.0
    """
    import numpy as np

    return float((np.frombuffer(one, dtype="<u4") == np.frombuffer(other, dtype="<u4")).mean())
