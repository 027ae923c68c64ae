"""Files that hold many articles, read one record at a time: JSON, JSON lines and WARC, the form that crawled pages come in."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from index.characters import whole
from index.dates import first_date
from index.decode import page_charset
from index.errors import SkipFile
from index.fields import NAME, USUAL, Fields, value_at
from index.formats import Kind
from index.html import read_html
from index.text import Read

MAX_RECORD = 20 * 1024 * 1024
"""Bytes; a longer record is no article, and a longer .json file, which is read whole, is not read."""
MAX_BLANK = 10_000
"""Empty lines in a row, after which a file is taken for something else."""
MAX_PASSED_OVER = 1024 * 1024 * 1024
"""Bytes of one record of a WARC that is passed over; what says it is longer is not a crawl but a bomb."""
_MARKUP = re.compile(r"</?(?:p|div|br|h[1-6]|span|article|section|ul|ol|li|a|b|i|em|strong)\b[^<>]{0,500}>", re.I)
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\d\d){0,3}")
_EPOCH = re.compile(r"([1-9]\d{8,9})(?:\d{3}|\.\d{1,9})?")
"""Seconds since 1970, from 1973 on, or milliseconds."""
MAX_DEPTH = 4
"""Objects in one another that a list of articles may stand in."""
_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Raw:
    """One record: `number` counts from 1 (the line of a .jsonl); `problem` says why it is no article, "" when it may be one."""

    number: int
    data: bytes
    charset: str | None = None
    problem: str = ""


def raw_records(file: BinaryIO, kind: Kind, fields: Fields = USUAL) -> Iterator[Raw]:
    """The records of an open file of a kind that holds many. Raises SkipFile when the file as a whole is none of that kind."""
    if kind == "jsonl":
        yield from _lines(file)
    elif kind == "json":
        yield from _elements(file, fields)
    else:
        yield from _pages(file)


def read_record(raw: Raw, fields: Fields = USUAL) -> Read:
    """An article kept as JSON: its text under its headline, and its date, under the first of their names that is there.

    Raises SkipFile when there is no text.

    >>> read_record(Raw(1, b'{"headline": "Pier opens", "body": "It opened.", "date": "2024-03-01"}')).text
    'Pier opens\\n\\nIt opened.'
    """
    try:
        value = json.loads(raw.data)
    except (ValueError, RecursionError) as error:
        raise SkipFile(f"not JSON: {' '.join(str(error).split())[:100]}") from error
    if not isinstance(value, dict):
        raise SkipFile("a JSON value that is no object; expected an article with a text")
    text = next(filter(None, (_text(value_at(value, name)) for name in fields.text)), "")
    if not text:
        raise SkipFile(
            f"a JSON object without a text; expected one under {', '.join(fields.text[:4])}, or the name of yours in {NAME}"
        )
    title = next(filter(None, (_text(value_at(value, name)) for name in fields.title)), None)
    dated = next(filter(None, (_day(value_at(value, name)) for name in fields.date)), None)
    read = read_html(text) if _MARKUP.search(text) else Read(text, None, None, ())
    told = replace(
        read, author=_named(value, fields.author) or read.author, language=_named(value, fields.language) or read.language
    )
    return under_headline(told, title, dated)


def _day(value: object) -> str | None:
    """An ISO date that a value gives, as a text or in seconds or milliseconds since 1970.

    >>> _day("12 May 2021"), _day(1620777600), _day("1620777600000"), _day("202105121430"), _day(12)
    ('2021-05-12', '2021-05-12', '2021-05-12', '2021-05-12', None)
    """
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)[:100]
    if compact := _COMPACT.fullmatch(text):
        text = "-".join(compact.groups())
    elif counted := _EPOCH.fullmatch(text):
        day = datetime.fromtimestamp(int(counted[1]), UTC)
        return day.date().isoformat() if day < datetime.now(UTC) + timedelta(days=1) else None
    found = first_date(text)
    return found[0].isoformat() if found else None


def under_headline(read: Read, title: str | None, published: str | None) -> Read:
    """A text under a headline that was kept beside it; what it begins with is not said twice."""
    line = " ".join((title or read.title or "").split())
    again = not line or read.text.lstrip()[: len(line)].casefold() == line.casefold()
    text = read.text if again else f"{line}\n\n{read.text}"
    moved = len(text) - len(read.text)
    hints = tuple(type(hint)(hint.kind, hint.start + moved, hint.end + moved) for hint in read.hints)
    return replace(read, text=text, title=line or None, published=published or read.published, hints=hints)


def _named(value: object, names: Sequence[str]) -> str | None:
    """What stands under the first of some names that has something."""
    return next(filter(None, (_names(value_at(value, name)) for name in names)), None)


def _names(value: object) -> str:
    """A text, or those of a list with semicolons between them, each by itself or under the `name` of an object."""
    listed = value if isinstance(value, list) else [value]
    return "; ".join(filter(None, (_text(value_at(one, "name") if isinstance(one, dict) else one) for one in listed)))


def _text(value: object) -> str:
    """A string, or the paragraphs of a list of strings; nothing for what is neither."""
    if isinstance(value, list):
        value = "\n\n".join(one for one in value if isinstance(one, str))
    return whole(value).strip() if isinstance(value, str) else ""


def _lines(file: BinaryIO) -> Iterator[Raw]:
    number = blank = 0
    while line := file.readline(MAX_RECORD + 1):
        number += 1
        blank = 0 if line.strip() else blank + 1
        if blank > MAX_BLANK:
            yield Raw(number, b"", problem=f"more than {MAX_BLANK:,} empty lines; what comes after them is not read")
            return
        if len(line) > MAX_RECORD:
            yield Raw(number, b"", problem=f"a line of more than {MAX_RECORD // 1024 // 1024} MB; what comes after it is not read")
            return
        if line.strip():
            yield Raw(number, line.removeprefix(b"\xef\xbb\xbf"))


def _elements(file: BinaryIO, fields: Fields) -> Iterator[Raw]:
    """The objects of an array, of the longest array in an object or in an object of it, or the object itself."""
    data = file.read(MAX_RECORD + 1)
    if len(data) > MAX_RECORD:
        raise SkipFile(
            f"JSON of more than {MAX_RECORD // 1024 // 1024} MB; expected an object a line, in a file that ends in .jsonl"
        )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SkipFile(f"not JSON: {' '.join(str(error).split())[:100]}") from error
    if isinstance(value, dict):
        lists = _lists(value)
        value = max(lists, key=len) if lists and not any(_text(value_at(value, name)) for name in fields.text) else [value]
    if not isinstance(value, list):
        raise SkipFile("a JSON value that is no article; expected an object, or a list of them")
    for number, one in enumerate(value, start=1):
        yield Raw(number, json.dumps(one, sort_keys=True).encode())


def _lists(value: dict[object, object], depth: int = MAX_DEPTH) -> list[list[object]]:
    """The lists of objects in an object, and in the objects in it."""
    own = [one for one in value.values() if isinstance(one, list) and any(isinstance(each, dict) for each in one)]
    inner = [one for one in value.values() if isinstance(one, dict)] if depth else []
    return [*own, *(found for one in inner for found in _lists(one, depth - 1))]


def _pages(file: BinaryIO) -> Iterator[Raw]:
    """The web pages among a crawl's records; requests, pictures, redirections and the crawler's own words are passed over."""
    from warcio.exceptions import ArchiveLoadFailed

    from index.warc import archive_records, page_of

    if isinstance(file, io.BufferedReader) and file.peek(2)[:2] == b"\x1f\x8b":
        raise SkipFile("a crawl packed with gzip; expected a name that ends in .warc.gz")
    number = 0
    try:
        for record in archive_records(file):
            number += 1
            headers = record.http_headers
            kind = (headers.get_header("Content-Type") if headers else record.content_type) or ""
            length = record.rec_headers.get_header("Content-Length") or "0"
            if not length.isdecimal() or int(length) > MAX_PASSED_OVER:
                yield Raw(number, b"", problem="a record that says it is of more than a gigabyte; what comes after it is not read")
                return
            if record.rec_type not in ("response", "resource") or not kind.lower().startswith(_PAGES):
                continue
            if headers and headers.get_statuscode() != "200":
                continue
            data = page_of(record, MAX_RECORD)
            charset = re.search(r"charset=[\"']?([\w-]{1,40})", kind)
            problem = f"a page of more than {MAX_RECORD // 1024 // 1024} MB" if len(data) > MAX_RECORD else ""
            yield Raw(number, data, page_charset(charset.group(1)) if charset else None, problem)
    except (ArchiveLoadFailed, ValueError, OSError, EOFError, LookupError, AttributeError, TypeError) as error:
        # Its parser trips over a damaged record in many ways; what was read before that is good.
        reason = f"not a WARC record: {' '.join(str(error).split())[:100]}; what comes after it is not read"
        if number == 0:
            raise SkipFile(reason) from error
        yield Raw(number + 1, b"", problem=reason)
