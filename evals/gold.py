"""Gold files: questions with what a right answer says, read as the untrusted input that they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.texts import Texts
from index.errors import DatelineError, SkipFile

MAX_LINE = 1_000_000
"""Characters; a longer line is no question."""


def _with_words(text: str) -> str:
    if text.isspace():
        raise ValueError("nothing but spaces; expected some text")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_with_words)]


class GoldError(DatelineError):
    """A gold file cannot be read, or says something that cannot be."""


class Quote(BaseModel):
    """A stretch of a file that states the answer; `start` tells which occurrence is meant when there are several."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    source: Text
    text: Text
    start: int | None = Field(default=None, ge=0)


class Item(BaseModel):
    """One question and what is known to be right.

    `facts` are groups of alternatives: a right answer has one of every group. `also` are further files that would be
    right to cite. `wrong` are answers known to be wrong. `answers` are whole reference answers, for exact match and F1.
    `folder` is the folder of the corpus that this question is asked of ("" for all of it); `near_miss` and `note` are
    for people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    id: Text
    question: Text
    answerable: bool
    facts: list[Annotated[list[Text], Field(min_length=1)]] = []
    sources: list[Text] = []
    quotes: list[Quote] = []
    type: Text = "question"
    history: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    answers: list[Text] = []
    also: list[Text] = []
    wrong: list[Text] = []
    folder: str = ""
    near_miss: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Item:
        if not self.answerable and (self.facts or self.sources or self.quotes or self.answers):
            raise ValueError("an unanswerable item has facts, sources, quotes or answers; expected none of them")
        return self


def read_gold(path: Path, texts: Texts | None = None) -> list[Item]:
    """The items of a JSONL gold file, in order.

    With `texts`, the corpus, every source must be in it and every quote in its file. Raises GoldError, which names the
    line, for the first fault.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "gold.jsonl"
    >>> _ = path.write_text('{"id": "a", "question": "Who?", "answerable": false}\\n{"id": "a", "question": ""}')
    >>> read_gold(path)
    Traceback (most recent call last):
        ...
    evals.gold.GoldError: ...gold.jsonl, line 2: question: String should have at least 1 character; mend that line
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise GoldError(f"the gold file {path} cannot be read: {error.strerror}; expected a JSONL file") from error
    except UnicodeDecodeError as error:
        raise GoldError(f"the gold file {path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    items: list[Item] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        item = _item(line, where)
        if item.id in seen:
            raise GoldError(f"{where}: the id {item.id!r} is also that of line {seen[item.id]}; expected one line an id")
        seen[item.id] = number
        if texts is not None:
            check_against(item, texts, where)
        items.append(item)
    if not items:
        raise GoldError(f"the gold file {path} has no items; expected one JSON object a line")
    return items


def _item(line: str, where: str) -> Item:
    if len(line) > MAX_LINE:
        raise GoldError(f"{where}: {len(line):,} characters; expected at most {MAX_LINE:,}")
    try:
        found = json.loads(line)
        json.dumps(found, ensure_ascii=False).encode()  # half a character can be read as JSON, but never be written again
        return Item.model_validate(found)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise GoldError(f"{where}: {fault(error)}") from error
        raise GoldError(f"{where}: not a JSON object ({error}); expected one a line") from error


def fault(error: ValidationError) -> str:
    """The first thing that is wrong with an item, in one line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    unknown = first["type"] == "extra_forbidden"
    hint = f"; expected only {', '.join(Item.model_fields)}" if unknown else "; mend that line"
    return f"{place + ': ' if place else ''}{'unknown key' if unknown else said}{hint}"


def check_against(item: Item, texts: Texts, where: str) -> None:
    """Raises GoldError when the folder or a source is not in the corpus, or a quote not in its file."""
    if item.folder and not texts.has_folder(item.folder):
        raise GoldError(f"{where}: the folder {item.folder!r} is not one inside {texts.corpus}; check --corpus")
    for source in (*item.sources, *item.also, *(quote.source for quote in item.quotes)):
        try:
            texts.of(source)
        except SkipFile as reason:
            raise GoldError(
                f"{where}: the source {source!r} is not an article of {texts.corpus}: {reason}; check --corpus"
            ) from reason
    for quote in item.quotes:
        if span_of(quote, texts.of(quote.source)) is None:
            shown = quote.text if len(quote.text) <= 80 else quote.text[:77] + "..."
            raise GoldError(f"{where}: {quote.source} does not say {shown!r}; expected its exact characters")


def span_of(quote: Quote, text: str) -> tuple[int, int] | None:
    """Where a quote stands in its file: at `start`, or else where it occurs first; None when it does not."""
    start = text.find(quote.text) if quote.start is None else quote.start
    return (start, start + len(quote.text)) if start >= 0 and text.startswith(quote.text, start) else None


def write_gold(path: Path, items: Iterable[Item]) -> None:
    """Write items as a gold file, leaving out what is at its default."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(as_line, items))


def as_line(item: Item) -> str:
    """An item as one line of JSON, without what is at its default."""
    return json.dumps(item.model_dump(exclude_defaults=True), ensure_ascii=False) + "\n"


def as_history(item: Item) -> Sequence[tuple[str, str]]:
    """The earlier turns as the assistant takes them."""
    return [(asked, answered) for asked, answered in item.history]


def plain(item: Item) -> dict[str, Any]:
    """The item as JSON-ready values, every key there."""
    return item.model_dump()
