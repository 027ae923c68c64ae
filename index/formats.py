"""What a file's name says of how it is read, and the names of articles that stand in one file with others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["text", "markdown", "html", "pdf", "docx", "mail", "json", "jsonl", "warc"]

_KINDS: dict[str, Kind] = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".pdf": "pdf", ".docx": "docx", ".eml": "mail", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".warc": "warc",
}  # fmt: skip
PACKED = ".gz"
_MANY: frozenset[Kind] = frozenset({"json", "jsonl", "warc"})
FORMATS = (*_KINDS, PACKED)
"""The endings that are read; what ends in .gz is read as what it ends in before that."""
_MEMBER = re.compile(r"(.+)#([1-9]\d{0,8})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is read: its kind, whether it is compressed with gzip, and whether it holds many articles."""

    kind: Kind
    packed: bool

    @property
    def many(self) -> bool:
        """Whether each of its records is an article of its own."""
        return self.kind in _MANY


_FORMATS = {(ending[1:], packed): Format(kind, packed) for ending, kind in _KINDS.items() for packed in (False, True)}


def format_of(name: str) -> Format | None:
    """The format that a file's name tells, None for one that is not read.

    >>> format_of("crawl/2024.warc.gz"), format_of("photo.jpg")
    (Format(kind='warc', packed=True), None)
    """
    stem, _, ending = name.lower().rpartition(".")
    packed = f".{ending}" == PACKED
    return _FORMATS.get((stem.rpartition(".")[2] if packed else ending, packed))


def unread(name: str) -> str:
    """Why a file that has no format of ours is skipped.

    >>> unread("photo.jpg")
    'format .jpg is not read; expected .txt, .text, .md, .markdown, .html, .htm, .pdf, .docx, .eml, .json, ..., .gz'
    """
    found = PurePosixPath(name).suffix or "without an ending"
    return f"format {found} is not read; expected {', '.join([*FORMATS[:10], '...', PACKED])}"


def member(file: str, number: int) -> str:
    """The source of the article that is a file's record `number`, from 1: the line of a .jsonl, else the how manieth.

    >>> member("wire/may.jsonl", 12)
    'wire/may.jsonl#12'
    """
    return f"{file}#{number}"


def file_of(source: str) -> tuple[str, int | None]:
    """The file that an article stands in, and the number of its record there, None when the file is the article.

    >>> file_of("wire/may.jsonl#12"), file_of("news/c#1.txt")
    (('wire/may.jsonl', 12), ('news/c#1.txt', None))
    """
    if "#" not in source:
        return source, None
    found = _MEMBER.fullmatch(source)
    format_ = format_of(found.group(1)) if found else None
    return (found.group(1), int(found.group(2))) if found and format_ and format_.many else (source, None)
