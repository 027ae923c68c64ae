"""Bytes become text, whatever encoding nobody recorded."""

from __future__ import annotations

import re

from index.errors import SkipFile

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_COMMON = re.compile(r"[\t\n\r -~\u00a0-\u024f\u0370-\u052f\u2010-\u2122\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]")
COMMON_SHARE = 0.95
_ASCII = re.compile(r"[\n -~]")
_TWO_BYTES = re.compile(r"[\u0080-\u07ff]")
_THREE_BYTES = re.compile(r"[\u0800-\ufffc\U00010000-\U0010ffff]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.I)


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
        if _common(text) > COMMON_SHARE and _ASCII.search(text):  # else no character of it accounts for the NUL
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


def declared_charset(data: bytes) -> str | None:
    """The charset an HTML page names, when it is one of a page's usual ones."""
    found = _META_CHARSET.search(data[:4096])
    return page_charset(found.group(1).decode("ascii")) if found else None


def page_charset(name: str) -> str | None:
    """The codec of a charset that a page is said to be in, None for what is no usual one.

    Python has codecs that are no charsets, take time without bound (`punycode`) or always fail (`undefined`).

    >>> page_charset("ISO-8859-1"), page_charset("undefined")
    ('cp1252', None)
    """
    name = name.lower()
    if name in ("iso-8859-1", "latin1", "us-ascii"):
        return "cp1252"  # as every browser reads it
    return name if re.fullmatch(r"gb\w+|big5|windows-125\d|iso-8859-\d+|shift_jis|euc-(jp|kr)|koi8-[ru]", name) else None


def is_binary(text: str) -> bool:
    """Whether what was decoded is no text: it holds a NUL, or many control characters."""
    return "\x00" in text or len(_CONTROL.findall(text)) > len(text) / 200
