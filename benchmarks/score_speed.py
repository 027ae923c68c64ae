"""Seconds and memory to score 5,000 stored answers: python -m benchmarks.score_speed [N]

The answers are the gold quotes of the sample corpus, each cited, over and over under new ids, with ten retrieved passages.
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evals.gold import Item, read_gold, span_of
from evals.records import ANSWERS, Cited, Record, Said, Span, Times, Tokens, as_line
from evals.run import begin
from evals.texts import Texts

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"


def answered(item: Item, texts: Texts, name: str) -> Record:
    """A stored answer that quotes the gold."""
    cited = [
        Cited(marker=number, source=quote.source, start=span[0], end=span[1], quote=quote.text, sha256=texts.sha256(quote.source))
        for number, quote in enumerate(item.quotes, start=1)
        if (span := span_of(quote, texts.of(quote.source)))
    ]
    sources = sorted(hashlib.sha256(f"{name}{n}".encode()).hexdigest() for n in range(8))
    found = [*(cite.source for cite in cited), *sources][:10]
    said = Said(
        text=" ".join(f"{' '.join(cite.quote.split())} [{cite.marker}]." for cite in cited) or "The articles do not say.",
        status="answered" if cited else "refused",
        citations=cited,
        usage=Tokens(prompt_tokens=500, completion_tokens=40),
        timings=Times(total_ms=1000.0, first_token_ms=500.0),
    )
    return Record(id=name, answer=said, retrieved=[Span(source=s, start=0, end=900, cosine=0.8 + len(s) / 1000) for s in found])


def main() -> None:
    """Make the run, score it in a process of its own, and print what that took."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    texts = Texts(CORPUS)
    gold = [*read_gold(ROOT / "evals/gold/dev.jsonl"), *read_gold(ROOT / "evals/gold/test.jsonl")]
    items = [gold[n % len(gold)].model_copy(update={"id": f"{n:06}"}) for n in range(wanted)]
    with tempfile.TemporaryDirectory() as folder:
        begin(Path(folder), items, {"model": "none", "gold": "made"}, CORPUS)
        with (Path(folder) / ANSWERS).open("w", encoding="utf-8") as file:
            file.writelines(as_line(answered(item, texts, item.id)) for item in items)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "evals", "score", folder], stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{wanted} answers scored in {seconds:.1f} s, at most {memory:.0f} MB")


if __name__ == "__main__":
    main()
