"""What an answer takes outside the model: python -m benchmarks.outside_model [PASSAGES]

Makes a folder of some 10,000 passages out of the sample corpus's sentences, shuffled, and asks the questions of
evals/gold/dev.jsonl of it. The model replies at once, with the first sentence that it is shown. Prints the median and
the 95th percentile of the milliseconds of the whole answer and of its search. The passages' vectors are random, so that
the folder is indexed in a minute; questions are embedded, evidence is reranked and answers are verified for real.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.api import Assistant
from assistant.model import Message
from assistant.types import Usage
from evals.gold import as_history, read_gold
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder
from index.sentences import sentences
from index.store import EmbeddedStore

if TYPE_CHECKING:
    from index.embed import Vectors

PER_FILE = 30
"""Sentences of a file; they make about five passages."""


class QuickEmbedder(BundledEmbedder):
    """Real questions, random passages."""

    name = "benchmark/random-passages"

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit rows that depend on nothing."""
        rows = np.random.default_rng(len(texts)).normal(size=(len(texts), 384)).astype(np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


class FirstSentence:
    """A model that says the first sentence of its first source."""

    name = "benchmark/first-sentence"

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:  # noqa: ARG002
        """The sentence with its marker, at once."""
        found = re.search(r"^\[1\] (.{20,}?)[.。]?$", messages[-1]["content"], re.MULTILINE)
        yield f"{found.group(1) if found else 'Nothing'} [1]."
        yield Usage(1, 1)


def make_folder(folder: Path, passages: int) -> None:
    """Files of shuffled sentences of the sample corpus, about `passages` passages in all."""
    texts = [path.read_text("utf-8", "replace") for path in sorted(Path("corpus").rglob("*.txt"))]
    known = [text[a:b] for text in texts for a, b in sentences(text) if b - a > 60]
    dice = random.Random(0)  # noqa: S311 - only to shuffle
    for n in range(passages // 5):
        picked = dice.sample(known, PER_FILE)
        paragraphs = [" ".join(picked[at : at + 6]) for at in range(0, PER_FILE, 6)]
        (folder / f"{n:05}.txt").write_text(f"Report {n}\n\n" + "\n\n".join(paragraphs) + "\n", "utf-8")


def main() -> None:
    """Index the folder, ask, and print the table."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    items = list(read_gold(Path("evals/gold/dev.jsonl")))
    with tempfile.TemporaryDirectory() as scratch:
        corpus, index = Path(scratch, "corpus"), Path(scratch, "index")
        corpus.mkdir()
        make_folder(corpus, wanted)
        embedder = QuickEmbedder()
        ours = Assistant(corpus, EmbeddedStore(index, embedder, corpus), embedder, FirstSentence(), reranker=CrossEncoder())
        ours.sync()
        ours.answer(items[0].question)  # everything is loaded before the clock starts
        total: list[float] = []
        search: list[float] = []
        scan: list[float] = []
        for item in items:
            started = time.perf_counter()
            ours.sync()
            scan.append(1000 * (time.perf_counter() - started))
            answer = ours.answer(item.question, as_history(item))
            total.append(answer.timings.total_ms)
            search.append(answer.timings.retrieve_ms)
        print(f"{ours.store.stats().passages:,} passages of {wanted // 5:,} files, {len(items)} questions")
        print(f"{'milliseconds':30}{'p50':>8}{'p95':>8}")
        for name, values in (
            ("the whole answer", total),
            ("... up to the passages found", search),
            ("of which looking for changes", scan),
        ):
            print(f"{name:30}{np.quantile(values, 0.5):8.0f}{np.quantile(values, 0.95):8.0f}")


if __name__ == "__main__":
    main()
