"""What an answer is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["answered", "refused"]
Reason = Literal["empty_index", "nothing_relevant", "not_supported", "model_unavailable"]
History = Sequence[tuple[str, str]]
"""Earlier turns of a conversation, oldest first: (question, answer text)."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A range of a file that says what the answer says: `text of source[start:end] == quote`.

    `start` and `end` count Unicode code points of the file as decoded (a byte order mark not counted, newlines
    untouched), or of the extracted text of an HTML page. `line` counts from 1. `sha256` is of the file's bytes when it
    was cited, or of the record where a file holds many articles. `also_in` are files that hold a near-identical copy of the quote.
    """

    marker: int
    source: str
    start: int
    end: int
    quote: str
    line: int
    sha256: str
    title: str | None
    published: str | None
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One of the values that sources give, and the marker of the citation that gives it."""

    value: str
    marker: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that give different values for the same thing."""

    about: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """A passage near to a question that was refused; not an answer."""

    source: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written by the model, as the endpoint counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the start of the question; `first_token_ms` is None when no model wrote anything."""

    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question, or the reason why there is none.

    The markers in `text` run [1], [2], [3] ... without gaps, in the order of `citations`. `model` names what wrote the
    text; "extractive" when no model did.
    """

    question: str
    text: str
    status: Status
    reason: Reason | None
    citations: tuple[Citation, ...]
    conflicts: tuple[Conflict, ...]
    nearest: tuple[Nearest, ...]
    warnings: tuple[str, ...]
    model: str
    usage: Usage
    timings: Timings

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON-ready values, with the keys of the public contract."""
        return _plain(asdict(self))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
