"""What a run keeps of every question: one line of answers.jsonl, enough to score it again without asking again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import DatelineError

ANSWERS = "answers.jsonl"
_LENIENT = ConfigDict(extra="ignore", frozen=True)


class RunError(DatelineError):
    """A run's folder cannot be read, or holds something else than what was expected."""


class Span(BaseModel):
    """One or more passages that were retrieved as one, best first in its list; `cosine` is None where the retriever has none."""

    model_config = _LENIENT
    source: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    cosine: float | None = None
    also_in: list[str] = []


class Cited(BaseModel):
    """A citation of an answer, as in the public contract."""

    model_config = _LENIENT
    marker: int
    source: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    line: int = 0
    sha256: str
    title: str | None = None
    published: str | None = None
    also_in: list[str] = []


class Times(BaseModel):
    """Milliseconds, as in the public contract."""

    model_config = _LENIENT
    retrieve_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None

    def seconds(self) -> float | None:
        """Seconds to the last character."""
        return None if self.total_ms is None else self.total_ms / 1000


class Tokens(BaseModel):
    """Tokens, as in the public contract."""

    model_config = _LENIENT
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Said(BaseModel):
    """An answer, as in the public contract; what the evals do not look at is left out."""

    model_config = _LENIENT
    text: str
    status: Literal["answered", "refused"]
    reason: str | None = None
    citations: list[Cited] = []
    conflicts: list[dict[str, Any]] = []
    warnings: list[str] = []
    model: str = ""
    usage: Tokens | None = None
    timings: Times = Times()


class Record(BaseModel):
    """One question's outcome: an answer, or the error instead of it; neither when only retrieval was run.

    `retrieved` is None when the passages were not asked for. `seconds` are by the clock of whoever asked.
    """

    model_config = _LENIENT
    id: str
    answer: Said | None = None
    error: str | None = None
    retrieved: list[Span] | None = None
    seconds: float | None = None


def read_records(folder: Path) -> dict[str, Record]:
    """The finished questions of a run by id; a last line that was cut off by an interruption is left out.

    Raises RunError, naming the line, for any other line that is not a record.
    """
    path = folder / ANSWERS
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}; expected the folder of a run; try: dateline eval run") from error
    return dict(_records(path, lines))


def _records(path: Path, lines: list[bytes]) -> Iterator[tuple[str, Record]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = Record.model_validate_json(line)
        except ValidationError as error:
            if number == len(lines):
                return  # no newline after it: the run was stopped while it was written
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise RunError(f"{path}, line {number}: {place}: {first['msg']}; expected what `dateline eval run` writes") from error
        yield record.id, record


def as_line(record: Record) -> str:
    """A record as one line of JSON. Raises ValueError or TypeError for what JSON cannot hold."""
    return json.dumps(record.model_dump(), ensure_ascii=False, allow_nan=False) + "\n"
