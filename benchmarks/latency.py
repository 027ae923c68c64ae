"""How long a reader waits: this assistant against LlamaIndex's CitationQueryEngine at its defaults.

python -m benchmarks.latency [N] [GOLD] [CORPUS]

Both answer the same N questions (5 unless told) over the same folder with the bundled model and the bundled embedder, in
turns, in one process, so that only the ratio counts. Prints the median seconds to the first token and to the last, and
what this assistant does outside the model. A question that is refused before a model is asked counts with its whole time.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.api import Assistant, open_assistant
from assistant.model import ChatModel
from assistant.types import Answer
from index.embed import BundledEmbedder, Embedder

MAX_TOKENS = 300
"""The most that either may write."""


def citation_engine(corpus: Path, embedder: Embedder, model: ChatModel) -> Any:
    """LlamaIndex's engine over the folder: 3 passages of 512 tokens, as it comes."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
    from llama_index.core.llms import CustomLLM
    from llama_index.core.query_engine import CitationQueryEngine

    class Ours(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return [float(x) for x in embedder.query(query)]

        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(x) for x in embedder.passages([text])[0]]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    class Same(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=4096, num_output=MAX_TOKENS, model_name=model.name)

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:  # noqa: ARG002
            return CompletionResponse(text="".join(_pieces(model, prompt)))

        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:  # noqa: ARG002
            text = ""
            for piece in _pieces(model, prompt):
                text += piece
                yield CompletionResponse(text=text, delta=piece)

    documents = [Document(text=path.read_text("utf-8", "replace")) for path in sorted(corpus.rglob("*")) if path.is_file()]
    index = VectorStoreIndex.from_documents(documents, embed_model=Ours())
    return CitationQueryEngine.from_args(index, llm=Same(), similarity_top_k=3, streaming=True)


def _pieces(model: ChatModel, prompt: str) -> Iterator[str]:
    for piece in model.stream([{"role": "user", "content": prompt}], MAX_TOKENS):
        if isinstance(piece, str):
            yield piece


def ask_theirs(engine: Any, question: str) -> tuple[float, float]:
    """Seconds to the first token and to the last."""
    started = time.perf_counter()
    first = None
    for _ in engine.query(question).response_gen:
        first = first or time.perf_counter() - started
    last = time.perf_counter() - started
    return first or last, last


def ask_ours(ours: Assistant, question: str) -> tuple[float, float, Answer]:
    """Seconds to the model's first token and to the end, and the answer."""
    started = time.perf_counter()
    answer = ours.answer(question)
    last = time.perf_counter() - started
    first = answer.timings.first_token_ms
    return (last if first is None else first / 1000), last, answer


def main() -> None:
    """Ask both in turns and print the medians."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    gold = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("evals/gold/dev.jsonl")
    corpus = Path(sys.argv[3]) if len(sys.argv) > 3 else Path("corpus")
    items = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    items = [item for item in items if item["answerable"] and not item.get("history")]
    questions = [items[n * len(items) // wanted]["question"] for n in range(wanted)]
    with tempfile.TemporaryDirectory() as folder:
        ours = open_assistant(corpus, folder, keep_replies=False)
        ours.sync()
        if ours.model is None:
            sys.exit("benchmarks.latency needs a model; unset DATELINE_LLM, or set it to local or openai")
        engine = citation_engine(corpus, BundledEmbedder(), ours.model)
        "".join(_pieces(ours.model, "Say yes."))  # loaded before the clock starts, for both
        times: list[tuple[float, ...]] = []
        for question in questions:
            theirs = ask_theirs(engine, question)
            first, last, answer = ask_ours(ours, question)
            times.append((*theirs, first, last, answer.timings.retrieve_ms / 1000))
            print("  ".join(f"{one:7.2f}" for one in times[-1]), question[:60], flush=True)
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    print(f"\n{'median of ' + str(len(times)):24}{'first token':>14}{'last token':>14}")
    print(f"{'CitationQueryEngine':24}{medians[0]:12.2f} s{medians[1]:12.2f} s")
    print(f"{'Dateline':24}{medians[2]:12.2f} s{medians[3]:12.2f} s")
    print(f"{'ratio':24}{medians[2] / medians[0]:14.2f}{medians[3] / medians[1]:14.2f}")
    print(f"retrieval alone: {medians[4] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
