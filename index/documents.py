"""PDF and Word files become text in a process of their own, which may not take long or much memory.

Their formats are large, and what hostile or damaged files make their readers do is not known beforehand. The process is
given the file's bytes, and says what it read as JSON: `python -m index.documents pdf < file`.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from index.characters import whole
from index.errors import SkipFile
from index.text import Read, read_text

SECONDS = 30
"""Of a processor's time that one file may take."""
WAIT = 300
"""Seconds that it may take altogether, on a machine that does other things."""
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space that its reader may use."""
MAX_TEXT = 20_000_000
"""Characters; no article is longer."""


def read_document(data: bytes, kind: Literal["pdf", "docx"]) -> Read:
    """The text of a file, its headline and date as text tells them. Raises SkipFile with the reason when it cannot be read."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "index.documents", kind], input=data, capture_output=True, timeout=WAIT, check=False,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SkipFile(f"reading it took longer than {WAIT} s; the machine is busy", passing=True) from error
    except OSError as error:
        raise SkipFile(f"cannot be read: {error.strerror}", passing=True) from error
    if done.returncode == -signal.SIGXCPU:
        raise SkipFile(f"{kind.upper()} that cannot be read: it takes more than {SECONDS} s")
    if done.returncode < 0:
        raise SkipFile(f"{kind.upper()} that cannot be read: its reader was ended (signal {-done.returncode})", passing=True)
    try:
        said = json.loads(done.stdout) if done.returncode == 0 else {"problem": "its reader failed: out of memory"}
    except ValueError:
        said = {"problem": "its reader failed"}
    if "problem" in said:
        raise SkipFile(f"{kind.upper()} that cannot be read: {said['problem']}")
    read = read_text(said["text"])
    return Read(read.text, read.title or said["title"], None, ())


def _pdf(data: bytes) -> dict[str, str | None]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"problem": "it needs a password"}
    pages: list[str] = []
    for page in reader.pages:
        pages.append(page.extract_text())
        if sum(map(len, pages)) > MAX_TEXT:
            return {"problem": f"more than {MAX_TEXT:,} characters"}
    text = "\n\n".join(pages)
    if not text.strip():
        return {"problem": "no text in it, only pictures; expected a PDF with text"}
    title = reader.metadata.title if reader.metadata else None
    return {"text": whole(text), "title": whole(title) if isinstance(title, str) else None}


def _docx(data: bytes) -> dict[str, str | None]:
    import zipfile

    import docx

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        unpacked = sum(one.file_size for one in packed.infolist())
    if unpacked > MEMORY // 8:
        return {"problem": f"it unpacks to {unpacked // 1024 // 1024:,} MB"}
    document = docx.Document(io.BytesIO(data))
    blocks: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, docx.table.Table):
            blocks.extend(_row(row) for row in block.rows)
        else:
            blocks.append(block.text.strip())
        if sum(map(len, blocks)) > MAX_TEXT:
            return {"problem": f"more than {MAX_TEXT:,} characters"}
    text = "\n\n".join(block for block in blocks if block)
    return {"text": whole(text), "title": whole(document.core_properties.title or "") or None}


def _row(row: Any) -> str:
    """A table's row; a cell that spans several columns is given once."""
    cells = {id(cell._tc): cell for cell in row.cells}
    return " | ".join(cell.text.strip() for cell in cells.values())


def _main() -> int:
    """Read standard input within the limits and say what it holds."""
    import logging
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    logging.disable()
    read = {"pdf": _pdf, "docx": _docx}[sys.argv[1]]
    try:
        said = read(sys.stdin.buffer.read())
    except Exception as error:  # noqa: BLE001 - whatever their libraries raise, the file is the reason
        said = {"problem": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
