"""How much of the embedder's speed an indexer keeps: python -m benchmarks.throughput [FOLDER ...] (default: the sample corpus and
the labelled pages of the tests)

The folders' files are indexed by the bundled embedder into an empty index; then the same texts are embedded by the embedder alone,
in the same batches. Prints passages a second of both, their ratio, and where the rest of an indexer's time goes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.build import sync_folder
from index.embed import BundledEmbedder
from index.store import EmbeddedStore

if TYPE_CHECKING:
    from index.embed import Vectors

FOLDERS = ("corpus", "tests/index/pages/html", "tests/index/pages/text", "tests/index/pages/site")


class Recording:
    """The bundled embedder, and what it was asked, batch by batch."""

    def __init__(self) -> None:
        self._embedder = BundledEmbedder()
        self.name = self._embedder.name
        self.batches: list[list[str]] = []
        self.seconds = 0.0

    def passages(self, texts: Sequence[str]) -> Vectors:
        """As the bundled embedder."""
        begun = time.perf_counter()
        rows = self._embedder.passages(texts)
        self.seconds += time.perf_counter() - begun
        self.batches.append(list(texts))
        return rows

    def query(self, text: str) -> Vectors:
        """As the bundled embedder."""
        return self._embedder.query(text)


def main() -> None:
    """Measure and print."""
    embedder = Recording()
    embedder.query("ready?")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        for number, given in enumerate(sys.argv[1:] or FOLDERS):
            shutil.copytree(given, corpus / str(number))
        time.sleep(2.5)  # files of a moment ago are read again
        store = EmbeddedStore(Path(folder, "index"), embedder)
        begun = time.perf_counter()
        report = sync_folder(corpus, store)
        indexing = time.perf_counter() - begun
        store.close()
    passages = sum(map(len, embedder.batches))
    inside, embedder.seconds = embedder.seconds, 0.0
    for batch in list(embedder.batches):
        embedder.passages(batch)
    alone = embedder.seconds
    print(f"{len(report.added)} files, {passages} passages")
    print(f"the embedder alone    {passages / alone:7.1f} passages a second")
    print(f"an indexer            {passages / indexing:7.1f} passages a second, {100 * alone / indexing:.0f} % of it")
    print(f"of the indexer's {indexing:.1f} s the embedder has {inside:.1f}, reading and storing {indexing - inside:.1f}")


if __name__ == "__main__":
    main()
