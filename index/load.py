"""A file becomes an Article, or several: its format's own marks are read, nothing is edited."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from index.characters import whole
from index.dates import date_in_name, date_in_text
from index.decode import declared_charset, decode, is_binary
from index.documents import read_document
from index.errors import SkipFile
from index.fields import USUAL, Fields, fields_of
from index.formats import Format, file_of, format_of, member, unread
from index.html import read_html
from index.mail import read_mail
from index.markdown import read_markdown
from index.records import Raw, raw_records, read_record
from index.regular import regular
from index.text import Read, read_text
from index.types import Article

MAX_BYTES = 20 * 1024 * 1024
"""Larger files are not articles; reading one would hold several copies of it in memory."""

MAX_UNPACKED, LEAST_UNPACKED = 50, 16 * 1024 * 1024
"""How many times its own size, and how many bytes at least, a packed file of records may unpack to: text packs to a tenth."""
MAX_USELESS = 1_000
"""Records in a row that are no articles, after which a file is taken for something else."""

MAX_TITLE = 300
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
BINARY = "binary"
"""What stands for the encoding of a format that is no text, such as PDF."""


READINGS = 3
"""A file that changes under each of them is taken as it was read last; the next sync reads it again."""


def load(path: Path, source: str) -> Article:
    """Read one file as an article called `source`.

    Raises SkipFile with the reason when the file is not a regular readable file, is empty, too large, binary or of a
    format that is not read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.txt"
    ...     _ = file.write_bytes("\\ufeffCafé opens\\r\\n".encode("utf-8"))
    ...     article = load(file, "a.txt")
    >>> article.encoding, article.text
    ('utf-8-sig', 'Café opens\\r\\n')
    """
    kind = _format(path.name)
    if kind.many:
        raise SkipFile("a file of many articles; expected one of them by its number")
    data = read_bytes(path)
    unpacked = _unpacked(data) if kind.packed else data
    encoding, read, note = _read(unpacked, kind)
    return _article(source, hashlib.sha256(data).hexdigest(), encoding, read, note)


def load_source(corpus: Path, source: str) -> Article:
    """The article of a folder that is called `source`: a file, or one record of a file that holds many.

    Raises SkipFile as `load` does, and when the file has no such record.
    """
    file, number = file_of(source)
    if number is None:
        return load(corpus / file, source)
    kind, fields = _format(file), fields_of(corpus)
    with _opened(corpus / file, kind) as stream:
        for raw in raw_records(stream, kind.kind, fields):
            if raw.number == number:
                return _of_record(raw, kind, source, fields)
    raise SkipFile(f"the file has no record {number} any more")


def load_records(path: Path, file: str, fields: Fields = USUAL) -> Iterator[tuple[str, Article | SkipFile]]:
    """The articles of a file that holds many, one at a time: (source, article, or why the record is none).

    `fields` are those of its folder.

    Raises SkipFile when the file as a whole cannot be read.
    """
    kind = _format(path.name)
    with _opened(path, kind) as stream:
        useless = 0
        for raw in raw_records(stream, kind.kind, fields):
            source = member(file, raw.number)
            try:
                yield source, _of_record(raw, kind, source, fields)
                useless = 0
            except SkipFile as error:
                yield source, error
                useless += 1
            if useless > MAX_USELESS:
                raise SkipFile(f"{MAX_USELESS:,} records in a row are no articles; what comes after them is not read")


def check_file(path: Path, fields: Fields = USUAL) -> None:
    """Raises SkipFile with the reason when nothing in a file can be read as an article; `fields` are those of its folder."""
    if not _format(path.name).many:
        load(path, path.name)
        return
    reason = SkipFile("no record in it; expected articles")
    for _, found in load_records(path, path.name, fields):
        if not isinstance(found, SkipFile):
            return
        reason = found
    raise reason


def _format(name: str) -> Format:
    kind = format_of(name)
    if kind is None:
        raise SkipFile(unread(name))
    return kind


def _read(data: bytes, kind: Format, charset: str | None = None) -> tuple[str, Read, str]:
    """The encoding, what the format's reader makes of the text, and what was lost in decoding it."""
    if kind.kind == "pdf" or kind.kind == "docx":
        return BINARY, read_document(data, kind.kind), ""
    if kind.kind == "mail":
        return BINARY, read_mail(data), ""
    page = kind.kind in ("html", "warc")
    encoding, text, note = decode(data, declared=(charset or declared_charset(data)) if page else None)
    if is_binary(text):
        raise SkipFile("binary content; expected text")
    return encoding, read_html(text) if page else {"text": read_text, "markdown": read_markdown}[kind.kind](text), note


def _of_record(raw: Raw, kind: Format, source: str, fields: Fields) -> Article:
    if raw.problem:
        raise SkipFile(raw.problem)
    if kind.kind == "warc":
        encoding, read, note = _read(raw.data, kind, raw.charset)
    else:
        encoding, read, note = "utf-8", read_record(raw, fields), ""
    return _article(source, hashlib.sha256(raw.data).hexdigest(), encoding, read, note)


def _article(source: str, sha256: str, encoding: str, read: Read, note: str) -> Article:
    text = whole(read.text)  # SQLite takes a NUL for the end of a text
    if not text.strip():
        raise SkipFile("no text in it; expected an article")
    if is_binary(text):
        raise SkipFile("binary content; expected text")
    published = read.published or date_in_text(text) or date_in_name(source)
    said = (read.language or "").strip().replace("_", "-")
    author, language = _one_line(read.author), said if _LANGUAGE.fullmatch(said) else None
    return Article(source, sha256, encoding, text, _one_line(read.title), published, read.hints, note, author, language)


def _one_line(told: str | None) -> str | None:
    """A title or a name is untrusted too: one line of bounded length, of whole characters."""
    text = " ".join(whole(told or "").split())
    return text[:MAX_TITLE] or None


@contextmanager
def _opened(path: Path, kind: Format) -> Iterator[BinaryIO]:
    """A file of records, unpacked as it is read."""
    with regular(path) as file:
        most = max(LEAST_UNPACKED, MAX_UNPACKED * os.fstat(file.fileno()).st_size)
        try:
            yield cast("BinaryIO", io.BufferedReader(_Unpacking(file, most), 1 << 16)) if kind.packed else file
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise SkipFile(f"not a gzip file, or a part of one: {error}") from error


class _Unpacking(io.RawIOBase):
    """A gzip file of any number of parts, unpacked; SkipFile when it unpacks to more than it may."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._left = gzip.GzipFile(fileobj=file), most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(len(buffer))  # what there is before any damage
        self._left -= len(data)
        if self._left < 0:
            raise SkipFile(f"it unpacks to more than {MAX_UNPACKED} times its size; what comes after that is not read")
        buffer[: len(data)] = data
        return len(data)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of bounded size; SkipFile says why when there are none to be had."""
    data = b""
    for _ in range(READINGS):
        with regular(path) as file:
            before = os.fstat(file.fileno())
            if before.st_size > MAX_BYTES:
                raise SkipFile(
                    f"{before.st_size / 1024 / 1024:.0f} MB; expected an article of at most {MAX_BYTES // 1024 // 1024} MB"
                )
            data = file.read(MAX_BYTES + 1)
            after = os.fstat(file.fileno())
        if len(data) == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns:
            break  # else it was written meanwhile: half of it may be of one writing and half of the next
    if not data.strip():
        raise SkipFile("empty file")
    return data


def _unpacked(data: bytes) -> bytes:
    """A gzip file's content, of bounded size."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(MAX_BYTES + 1)
    except EOFError as error:
        raise SkipFile("a gzip file that breaks off") from error
    except (OSError, zlib.error) as error:
        raise SkipFile(f"not a gzip file, or a damaged one: {error}") from error
    if len(content) > MAX_BYTES:
        raise SkipFile(f"it unpacks to more than {MAX_BYTES // 1024 // 1024} MB; expected an article")
    return content
