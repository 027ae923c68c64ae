"""A month of news: python -m benchmarks.month [DAYS] [ARTICLES] (default: 30 2000)

A folder holds five days of articles. Every day as many are added as the oldest day's, which are deleted, one sync takes both, and
questions are asked; all in one process, as a server's would be. Prints, day by day, what a sync and a question cost, memory,
disk and the vectors that are kept: none of them should grow. Vectors come from a model that costs nothing, as in benchmarks.scale.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from itertools import accumulate
from pathlib import Path

import numpy as np

from benchmarks.scale import TopicEmbedder, vocabulary
from index.build import sync_folder
from index.store import EmbeddedStore

KEPT = 5
QUESTIONS = 100


def _day(corpus: Path, day: int, articles: int, words: list[str], common: list[float], dice: random.Random) -> None:
    folder = corpus / f"{day:03}"
    folder.mkdir()
    for n in range(articles):
        said = " ".join(dice.choices(words, cum_weights=common, k=90))
        (folder / f"{n:05}.txt").write_text(f"Report {n} of day {day}\n\n{said.capitalize()}.\n")


def _forget(corpus: Path, day: int) -> None:
    for path in (corpus / f"{day:03}").iterdir():
        path.unlink()
    (corpus / f"{day:03}").rmdir()


def _memory() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    """Live through the month and print it."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    articles = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    dice = random.Random(0)  # noqa: S311 - no secret
    words = vocabulary(dice)
    common = list(accumulate(1 / (n + 10) for n in range(len(words))))
    head = ("day", "sync, s", "ask p50, ms", "ask p95, ms", "memory, MB", "disk, MB", "vectors")
    print("".join(f"{name:>13}" for name in head))
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        corpus.mkdir()
        for day in range(KEPT):
            _day(corpus, day, articles, words, common, dice)
        time.sleep(2.5)  # files of a moment ago are read again
        store = EmbeddedStore(index, TopicEmbedder(), corpus)
        sync_folder(corpus, store)
        for day in range(1, days + 1):
            _day(corpus, day + KEPT - 1, articles, words, common, dice)
            _forget(corpus, day - 1)
            time.sleep(2.5)
            begun = time.perf_counter()
            sync_folder(corpus, store)
            took = time.perf_counter() - begun
            asked = []
            for _ in range(QUESTIONS):
                question = " ".join(dice.choices(words, cum_weights=common, k=8))
                begun = time.perf_counter()
                store.search(question, 8)
                asked.append(1000 * (time.perf_counter() - begun))
            p50, p95 = np.quantile(asked, [0.5, 0.95])
            disk = int(subprocess.run(["du", "-sm", index], capture_output=True, text=True, check=True).stdout.split()[0])  # noqa: S603, S607
            row = (took, p50, p95, _memory(), disk, store.stats().vectors)
            print(f"{day:>13}" + "".join(f"{value:>13,.1f}" for value in row), flush=True)
        store.close()


if __name__ == "__main__":
    main()
