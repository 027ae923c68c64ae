"""Which fields of a JSON object are an article's text, headline and so on: the usual names, or those that the folder says."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from index.errors import CorpusError, SkipFile
from index.regular import regular

NAME = "dateline.toml"
"""The file of a folder that says how its articles are to be read."""
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fields:
    """The names that are looked for, capitals aside, the first that is there; a dot leads into an object in the object."""

    text: tuple[str, ...] = (
        "text", "body", "content", "maintext", "articlebody", "article_body", "article_text", "full_text", "article", "story",
    )  # fmt: skip
    title: tuple[str, ...] = ("title", "headline", "name")
    date: tuple[str, ...] = (
        "published", "date", "date_published", "datepublished", "published_at", "publishedat", "published_date", "publish_date",
        "date_publish", "pubdate", "pub_date", "created_at", "timestamp",
    )  # fmt: skip

    author: tuple[str, ...] = ("author", "authors", "byline", "creator")
    language: tuple[str, ...] = ("language", "lang")

    @property
    def mark(self) -> str:
        """What tells files that were read by these from files that were read by others; "" for the usual ones."""
        return "" if self == USUAL else f" {hashlib.sha256(repr(self).encode()).hexdigest()[:8]}"


USUAL = Fields()


def fields_of(corpus: Path) -> Fields:
    """The fields that a folder's `dateline.toml` names, the usual ones for those that it does not.

    Raises CorpusError when the file cannot be used.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "dateline.toml").write_text('[json]\\ntext = ["story.plain", "summary"]\\n')
    ...     fields_of(Path(folder)).text
    ('story.plain', 'summary')
    """
    path = corpus / NAME
    if not path.exists():
        return USUAL
    try:
        with regular(path) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SkipFile(f"more than {MAX_BYTES // 1024} KB")
        said = tomllib.loads(data.decode())
    except (SkipFile, ValueError, RecursionError) as error:  # no file, not UTF-8, not TOML
        raise _unusable(path, " ".join(str(error).split())[:200]) from error
    table = said.get("json", {})
    if unknown := sorted({*said} - {"json"}) + sorted(
        {*table} - {field.name for field in fields(Fields)} if isinstance(table, dict) else ["json"]
    ):
        raise _unusable(path, f"{unknown[0]!r} is nothing that is read")
    named: dict[str, tuple[str, ...]] = {}
    for field, names in table.items():
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) and one.strip() for one in listed):
            raise _unusable(path, f"{field!r} is neither a name nor a list of names")
        named[field] = tuple(one.strip().casefold() for one in listed)
    return Fields(**named)


def _unusable(path: Path, why: str) -> CorpusError:
    return CorpusError(
        f'{path} cannot be used: {why}; expected for example a table [json] with text = "story", title = "head", date = "day"; '
        f"mend it or remove it: rm {path}"
    )


def value_at(record: object, name: str) -> object:
    """What stands in an object under a name, capitals aside; the name itself is tried before its parts.

    >>> value_at({"Story": {"plain": "It opened."}}, "story.plain")
    'It opened.'
    """
    if not isinstance(record, dict):
        return None
    lowered = {str(key).casefold(): value for key, value in record.items()}
    if name in lowered or "." not in name:
        return lowered.get(name)
    first, _, rest = name.partition(".")
    return value_at(lowered.get(first), rest)
