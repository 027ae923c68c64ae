"""The records of a crawl as warcio reads them, and what a page in it says, each within bounds that warcio does not set."""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader

MAX_HEADERS = 1024 * 1024
"""Bytes of the lines of one record, and of the lines between two: who says more sends no headers."""
MAX_PACKINGS = 3
_ZLIB = ("gzip", "x-gzip", "deflate")
_BLOCK = 64 * 1024


def archive_records(file: BinaryIO) -> Iterator[Any]:
    """The records of a crawl that is not packed. Raises whatever warcio trips over, and ValueError for headers without an end."""
    reader = _Lines(file)
    archive = ArchiveIterator(reader)
    archive.reader = reader  # its own unpacks what nobody bounds, and reads a line to its end, however far that is
    archive.INC_RECORD = ""  # what it writes to standard error of a record that is longer than it says
    logging.getLogger("warcio.recordloader").disabled = True  # it quotes addresses, with whatever a terminal obeys in them
    for record in archive:
        yield record
        reader.left = MAX_HEADERS


def page_of(record: Any, most: int) -> bytes:
    """A page as it was before it was sent in pieces or packed, its first `most` bytes and one more."""
    data: bytes = record.raw_stream.read(most + 1)
    if record.http_headers is None:
        return data
    sent, packed = (
        (record.http_headers.get_header(name) or "").strip().lower() for name in ("transfer-encoding", "content-encoding")
    )
    if sent == "chunked":
        data = ChunkedDataReader(io.BytesIO(data)).read()
    for way in reversed([one.strip() for one in packed.split(",")][:MAX_PACKINGS]):
        data = _unbrotlied(data, most) if way == "br" else _unpacked(data, most) if way in _ZLIB else data
    return data


def _unbrotlied(data: bytes, most: int) -> bytes:
    """What is in brotli up to its first damage; the bytes themselves when they are none."""
    import brotli  # type: ignore[import-untyped]

    stream, out, coming = brotli.Decompressor(), bytearray(), data
    try:
        while len(out) <= most and (piece := stream.process(coming, output_buffer_limit=most + 1 - len(out))):
            out += piece
            coming = b""
    except brotli.error:
        pass
    return bytes(out) or data


def _unpacked(data: bytes, most: int) -> bytes:
    """What is in gzip, zlib or bare deflate up to its first damage; the bytes themselves when they are none of these."""
    for bits in (32 + zlib.MAX_WBITS, -zlib.MAX_WBITS):
        stream, out = zlib.decompressobj(bits), bytearray()
        try:
            for at in range(0, len(data), _BLOCK):
                out += stream.decompress(data[at : at + _BLOCK], most + 1 - len(out))
                if len(out) > most:
                    break
        except zlib.error:
            pass
        if out:
            return bytes(out)
    return data


class _Lines:
    """What warcio wants to read from: a file whose lines together may not be longer than `left` until that is set anew."""

    decompressor = None

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at = file, 0
        self.left = MAX_HEADERS

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._at += len(data)
        return data

    def readline(self, size: int | None = None) -> bytes:
        line = self._file.readline(self.left + 1 if size is None else min(size, self.left + 1))
        self._at += len(line)
        self.left -= len(line)
        if self.left < 0:
            raise ValueError("headers of more than a megabyte")
        return line

    def tell(self) -> int:
        return self._at

    def rem_length(self) -> int:
        return 0

    def close_decompressor(self) -> None:
        pass
