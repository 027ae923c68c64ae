"""Which false sentences get through verification, and which true ones are dropped? python -m benchmarks.falsehoods [-v]

First, what the opposites and units of assistant/contrary.py cost: of the true sentences beside their sources in true.jsonl, written
by a reviewer to be dropped by them, how many are. The same of amounts.jsonl, about days, units and signs, whose false ones (written
to pass) are counted too, by the whole of verification. Then the model says each of the sentences of claims.jsonl in answer to its
question: 160 that were written to get through (a figure of something else, the opposite, another's name, a cause that nobody gave)
and 91 true ones, many in other words than the nine articles have. Counts those that stand in the answer as the model said them;
with -v prints the false ones that do and the true ones that do not.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

from assistant.api import Assistant
from assistant.contrary import made_of, opposed, otherwise
from assistant.days import wrong_days
from assistant.model import Message
from assistant.types import Usage
from assistant.units import other_amounts
from assistant.verify import denies, verify
from index.embed import BundledEmbedder
from index.rerank import CrossEncoder
from index.store import EmbeddedStore

FOLDER = Path(__file__).parent / "falsehoods"


class Says:
    """A model that says what it is told to."""

    name = "benchmark/says"

    def __init__(self) -> None:
        self.text = ""

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:  # noqa: ARG002
        """The sentence, at once."""
        yield self.text
        yield Usage(1, 1)


def _is_turned(claim: str, source: str) -> bool:
    parts = made_of(claim, source)
    return bool(otherwise(claim, source) or (not any(map(denies, (claim, *parts))) and opposed(claim, parts)))


def _is_amiss(claim: str, source: str) -> bool:
    return bool(wrong_days(claim, source) or other_amounts(claim, source))


def main() -> None:
    """Have every sentence said, and count."""
    pairs, claims, amounts = (
        [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]
        for name in ("true.jsonl", "claims.jsonl", "amounts.jsonl")
    )
    turned = [one for one in pairs if _is_turned(one["says"], one["source"])]
    print(f"{len(turned)} of {len(pairs)} true sentences taken for the opposite of their source, or in another unit")
    if "-v" in sys.argv:
        print("\n".join(f"true, turned: {one['says']} ({one['source']})" for one in turned))
    amiss = [one for one in amounts if one["true"] and _is_amiss(one["says"], one["source"])]
    passed = [one for one in amounts if not one["true"] and verify(one["says"], one["source"]).supported]
    count = sum(one["true"] for one in amounts)
    print(f"{len(amiss)} of {count} true sentences dropped for a day, a unit or a sign", end="; ")
    print(f"{len(passed)} of {len(amounts) - count} false ones about them pass")
    if "-v" in sys.argv:
        print("\n".join(f"{one['true']}: {one['says']} ({one['source']})" for one in (*amiss, *passed)))
    every: Counter[bool] = Counter()
    kept: Counter[bool] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        embedder, model = BundledEmbedder(), Says()
        corpus = FOLDER / "articles"
        assistant = Assistant(corpus, EmbeddedStore(Path(scratch), embedder, corpus), embedder, model, reranker=CrossEncoder())
        for claim in claims:
            model.text, is_true = claim["says"], claim["true"]
            answer = assistant.answer(claim["question"])
            said = answer.status == "answered" and not any(one.startswith(("dropped", "quoted")) for one in answer.warnings)
            every[is_true] += 1
            kept[is_true] += said
            if "-v" in sys.argv and said != is_true:
                print(f"{'false, let through' if said else 'true, dropped'}: {claim['question']} {claim['says']}")
    print(f"{kept[False]} of {every[False]} false sentences let through, {kept[True]} of {every[True]} true ones kept")


if __name__ == "__main__":
    main()
