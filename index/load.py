"""A file becomes an Article: bytes are decoded, the format's own marks are read, nothing is edited."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from index.dates import date_in_name, date_in_text
from index.errors import SkipFile
from index.html import read_html
from index.markdown import read_markdown
from index.text import read_text
from index.types import Article

MAX_BYTES = 20 * 1024 * 1024
"""Larger files are not articles; reading one would hold several copies of it in memory."""

MAX_TITLE = 300

FORMATS = {".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html"}

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_COMMON = re.compile(r"[\t\n\r -~\u00a0-\u024f\u0370-\u052f\u2010-\u2122\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]")
COMMON_SHARE = 0.95
_TWO_BYTES = re.compile(r"[\u0080-\u07ff]")
_THREE_BYTES = re.compile(r"[\u0800-\ufffc\U00010000-\U0010ffff]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.I)


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
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SkipFile(f"format {path.suffix or 'without an ending'} is not read; expected {', '.join(FORMATS)}")
    data = read_bytes(path)
    encoding, text, note = decode(data, declared=_declared_charset(data) if kind == "html" else None)
    if "\x00" in text or len(_CONTROL.findall(text)) > len(text) / 200:
        raise SkipFile("binary content; expected text")
    read = {"text": read_text, "markdown": read_markdown, "html": read_html}[kind](text)
    if not read.text.strip():
        raise SkipFile("no text in it; expected an article")
    return Article(
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        text=read.text,
        title=_one_line(read.title),
        published=read.published or date_in_text(read.text) or date_in_name(source),
        hints=read.hints,
        note=note,
    )


def _one_line(title: str | None) -> str | None:
    """A title is untrusted too: one line of bounded length, of whole characters."""
    text = " ".join((title or "").encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").split())
    return text[:MAX_TITLE] or None


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of bounded size; SkipFile says why when there are none to be had."""
    try:
        # O_NONBLOCK: opening a named pipe that looks like an article must not wait for a writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise SkipFile(f"cannot be read: {error.strerror}", passing=True) from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise SkipFile("not a regular file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > MAX_BYTES:
            megabytes = status.st_size / 1024 / 1024
            raise SkipFile(f"{megabytes:.0f} MB; expected an article of at most {MAX_BYTES // 1024 // 1024} MB")
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise SkipFile(f"cannot be read: {error.strerror}", passing=True) from error
    if not data.strip():
        raise SkipFile("empty file")
    return data


def decode(data: bytes, declared: str | None = None) -> tuple[str, str, str]:
    """Decode bytes whose encoding nobody recorded: (Python codec name, text, note on what was lost or "").

    In order: byte order mark, UTF-8, UTF-16 without a mark, the encoding an HTML page declares, GB18030 or
    Windows-1252 by how well the text reads, and at last UTF-8 with U+FFFD for a few broken bytes.

    >>> decode("腾讯计划投资".encode("gb18030"))
    ('gb18030', '腾讯计划投资', '')
    >>> decode("naïve café".encode("cp1252"))
    ('cp1252', 'naïve café', '')
    """
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            text = _strict(data, codec)
            if text is not None:
                return codec, text, ""
    if b"\x00" in data:
        return _utf16_without_mark(data)
    text = _strict(data, "utf-8")
    if text is not None:
        return "utf-8", text, ""
    if declared is not None and (text := _strict(data, declared)) is not None:
        return declared, text, ""
    codec = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    repaired = data.decode(codec, errors="replace")
    broken = repaired.count("\ufffd")
    # Bytes of another encoding form valid UTF-8 by chance: sequences of two often, of three seldom.
    twos, threes = (len(pattern.findall(repaired)) for pattern in (_TWO_BYTES, _THREE_BYTES))
    if broken <= max(threes, twos / 20):
        return codec, repaired, f"{broken} bytes are not UTF-8 and are read as U+FFFD"
    for codec in [*_likely(data), "latin-1"]:
        text = _strict(data, codec)
        if text is not None:
            return codec, text, ""
    raise SkipFile("no encoding fits; save it as UTF-8")  # latin-1 decodes anything, so this is for the type checker


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _utf16_without_mark(data: bytes) -> tuple[str, str, str]:
    """UTF-16 read in the wrong byte order, or binary data read as it, is a scatter over all the world's scripts."""
    readings = [(codec, text) for codec in ("utf-16-le", "utf-16-be") if (text := _strict(data, codec)) is not None]
    if readings:
        codec, text = max(readings, key=lambda reading: _common(reading[1]))
        if _common(text) > COMMON_SHARE:
            return codec, text, ""
    raise SkipFile("binary content; expected text")


def _common(text: str) -> float:
    """The share of characters that newspapers use: Latin, punctuation, Cyrillic, Greek, Chinese, Japanese, Korean."""
    return len(_COMMON.findall(text)) / len(text)


def _likely(data: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    # Without the isolation the detector weighs ninety code pages and calls short texts by names nobody uses.
    found = [match.encoding for match in from_bytes(data, cp_isolation=["gb18030", "cp1252"])]
    text = _strict(data, "gb18030")
    if (
        not found
        and text is not None
        and all("\u3000" <= c <= "\u9fff" or c in "，。！？：；（）“”‘’…" for c in text if ord(c) > 127)
    ):
        found = ["gb18030"]
    if text is not None and not re.search(r"[\u4e00-\u9fff]{2}", text):
        found = [codec for codec in found if codec != "gb18030"]  # ñ and the letter behind it make one Chinese character
    return [*found, "cp1252"]


def _declared_charset(data: bytes) -> str | None:
    """The charset an HTML page names, when it is one of a page's usual ones (a page is untrusted: no `idna`)."""
    found = _META_CHARSET.search(data[:4096])
    name = found.group(1).decode("ascii").lower() if found else ""
    if name in ("iso-8859-1", "latin1", "us-ascii"):
        return "cp1252"  # as every browser reads it
    return name if re.fullmatch(r"gb\w+|big5|windows-125\d|iso-8859-\d+|shift_jis|euc-(jp|kr)|koi8-[ru]", name) else None
