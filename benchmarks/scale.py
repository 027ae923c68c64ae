"""How cost grows with the folder: python -m benchmarks.scale [FILES ...] (default: 1000 10000)

For each number of files, of two to three passages each: a folder is made and indexed, synced unchanged and with one file changed,
opened, searched, and a tenth of its files deleted. The embedder gives vectors at once (random directions around a thousand topics,
so that a nearest-neighbour search has something to find), so that what is measured is everything else. Prints seconds,
milliseconds a search, recall@10 of the approximate search against the exact one, memory and disk. The folder's files lie in
the system's temporary folder.
"""

from __future__ import annotations

import hashlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.build import sync_folder
from index.store import EmbeddedStore

if TYPE_CHECKING:
    from index.embed import Vectors

DIM, TOPICS = 384, 1_000
SEARCHES = 200
ROWS = (
    "index, s", "passages a second", "sync, nothing changed, s", "sync, one file changed, s", "open, s", "first search, s",
    "search p50, ms", "search p95, ms", "recall@10", "delete a tenth, s", "memory, MB", "disk, KB a passage",
)  # fmt: skip


class TopicEmbedder:
    """A text's vector is that of its topic, which its words decide, and noise of its own."""

    name = "benchmark/topics"

    def __init__(self) -> None:
        self._topics = np.random.default_rng(0).normal(size=(TOPICS, DIM)).astype(np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit rows of shape (n, 384)."""
        return np.stack([self.query(text) for text in texts])

    def query(self, text: str) -> Vectors:
        """A unit vector of shape (384,)."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        noise = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
        row: Vectors = self._topics[seed % TOPICS] + noise
        return row / np.linalg.norm(row)


def vocabulary(dice: random.Random) -> list[str]:
    """A vocabulary whose words are as common as a newspaper's: the n-th is 1/n as common as the first."""
    letters = "bcdfghjklmnprstvw"
    return ["".join(dice.choice(letters) + dice.choice("aeiou") for _ in range(dice.randint(1, 4))) for _ in range(50_000)]


def _make(corpus: Path, files: int, dice: random.Random) -> list[str]:
    words = vocabulary(dice)
    common = list(accumulate(1 / (n + 10) for n in range(len(words))))
    for n in range(files):
        folder = corpus / f"{n // 1000:04}"
        folder.mkdir(parents=True, exist_ok=True)
        said = " ".join(dice.choices(words, cum_weights=common, k=90))
        (folder / f"{n:07}.txt").write_text(f"Report {n} of the day\n\n{said.capitalize()}.\n")
    return [" ".join(dice.choices(words, cum_weights=common, k=8)) for _ in range(SEARCHES)]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _recall(store: EmbeddedStore, questions: Sequence[str]) -> float:
    """The share of the ten nearest passages, by comparing all, that the search finds among its ten."""
    rows = store.catalog.vectors_from(0, limit=-1)
    ids = np.array([i for i, _ in rows])
    matrix = np.stack([np.frombuffer(vector, dtype=np.float32) for _, vector in rows])
    found = 0
    for question in questions[:50]:
        vector = store.embedder.query(question)
        exact = set(ids[np.argpartition(-(matrix @ vector), 10)[:10]].tolist())
        found += len(exact & {i for i, _ in store.mirror.nearest(vector, 200)[:10]})
    return found / 500


def measure(files: int) -> list[float]:
    """One column of the table, in the order of ROWS."""
    dice = random.Random(files)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        questions = _make(corpus, files, dice)
        time.sleep(2.5)  # files of a moment ago are read again
        store = EmbeddedStore(index, TopicEmbedder(), corpus)
        indexing = _seconds(lambda: sync_folder(corpus, store))
        passages = store.stats().passages
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        unchanged = _seconds(lambda: sync_folder(corpus, store))
        (corpus / "0000" / "0000000.txt").write_text("Report 0 of the day\n\nIt was changed.\n")
        changed = _seconds(lambda: sync_folder(corpus, store))
        store.close()

        begun = time.perf_counter()
        store = EmbeddedStore(index, TopicEmbedder(), corpus)
        opening = time.perf_counter() - begun
        first = _seconds(lambda: store.search(questions[0], 8))
        searches = [1000 * _seconds(lambda question=question: store.search(question, 8)) for question in questions]  # type: ignore[misc]
        recall = _recall(store, questions)
        disk = int(subprocess.run(["du", "-sk", index], capture_output=True, text=True, check=True).stdout.split()[0])  # noqa: S603, S607
        for n in range(0, files, 10):
            (corpus / f"{n // 1000:04}" / f"{n:07}.txt").unlink()
        deleting = _seconds(lambda: sync_folder(corpus, store))
        store.close()
    p50, p95 = np.quantile(searches, [0.5, 0.95])
    return [
        indexing, passages / indexing, unchanged, changed, opening, first, float(p50), float(p95), recall, deleting, memory,
        disk / passages,
    ]  # fmt: skip


def main() -> None:
    """Measure each size in a process of its own, so that memory is its own, and print the table."""
    if sys.argv[1:2] == ["--one"]:
        print(*measure(int(sys.argv[2])))
        return
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000]
    columns: list[list[float]] = []
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.scale", "--one", str(size)]
        columns.append([float(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()])  # noqa: S603
    print(f"{'files':28}" + "".join(f"{size:>12,}" for size in sizes))
    for row, values in zip(ROWS, zip(*columns, strict=True), strict=True):
        print(f"{row:28}" + "".join(f"{value:>12.2f}" for value in values))


if __name__ == "__main__":
    main()
