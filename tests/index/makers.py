"""Small real files of the formats that are no text, made by the libraries of their formats where there are any."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable

import docx


def a_docx(*paragraphs: str, title: str = "", rows: Iterable[tuple[str, str]] = ()) -> bytes:
    """A Word file of paragraphs, then a table of two columns."""
    document = docx.Document()
    document.core_properties.title = title
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(0, 2)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def a_pdf(*lines: str) -> bytes:
    """A PDF of one page that shows some lines of Latin text."""
    shown = "".join(f"({line}) Tj T* " for line in lines)
    content = f"BT /F1 12 Tf 14 TL 50 700 Td {shown}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def a_warc(*pages: tuple[str, str, bytes], packed: bool = False, length: int | None = None) -> bytes:
    """A crawl of pages: (HTTP status line, content type, body), after a record about itself; `length` is what each says it has."""
    blocks = [("warcinfo", "application/warc-fields", b"software: a test\r\n")]
    for status, kind, body in pages:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        blocks.append(("response", "application/http; msgtype=response", head.encode() + body))
    out = b""
    for number, (name, kind, block) in enumerate(blocks):
        head = (
            f"WARC/1.0\r\nWARC-Type: {name}\r\nWARC-Record-ID: <urn:test:{number}>\r\nWARC-Date: 2024-03-01T00:00:00Z\r\n"
            f"WARC-Target-URI: http://127.0.0.1/{number}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(block) if length is None or not number else length}\r\n\r\n"
        )
        record = head.encode() + block + b"\r\n\r\n"
        out += gzip.compress(record) if packed else record
    return out
