"""PDF and Word files, and pages and messages of many parts, become text in a process that may not take long or much memory.

What hostile or damaged files make their readers do is not known beforehand. The process is given the file's bytes, and says what
it read as JSON: `python -m index.documents pdf 30 < file`.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from index.characters import whole
from index.errors import SkipFile
from index.text import Read, read_text
from index.types import Segment

SECONDS = 30
"""Of a processor's time that one file may take."""
WAIT = 300
"""Seconds that it may take altogether, on a machine that does other things."""
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space that its reader may use."""
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What the machine or its user ends a process with; any other signal is the file's doing, and will be the next time."""
_AROUND = ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")
"""What Word puts around text that stands in a form's field, was inserted and not yet agreed to, or has been named."""
_OUT_OF_MEMORY = 3
"""What the reader's process exits with when MEMORY did not do for the file."""
MAX_TEXT = 20_000_000
"""Characters; no article is longer."""


def read_document(data: bytes, kind: Literal["pdf", "docx"]) -> Read:
    """The text of a file, its headline and date as text tells them. Raises SkipFile with the reason when it cannot be read."""
    said = _said(data, kind)
    read = read_text(said["text"])
    return Read(read.text, read.title or said["title"], None, ())


def read_apart(data: bytes, kind: Literal["html", "mail"]) -> Read:
    """What `read_page` or `read_message` makes of UTF-8 or a message. Raises SkipFile with the reason when it cannot be read."""
    said = _said(data, kind)
    return Read(**{**said, "hints": tuple(Segment(**hint) for hint in said["hints"])})


def _said(data: bytes, kind: str) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "index.documents", kind, str(SECONDS)], input=data, capture_output=True, timeout=WAIT,
            check=False, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SkipFile(f"reading it took longer than {WAIT} s; the machine is busy", passing=True) from error
    except OSError as error:
        raise SkipFile(f"cannot be read: {error.strerror}", passing=True) from error
    if done.returncode == -signal.SIGXCPU:
        raise SkipFile(f"{kind.upper()} that cannot be read: it takes more than {SECONDS} s")
    if done.returncode < 0:
        raise SkipFile(
            f"{kind.upper()} that cannot be read: its reader was ended (signal {-done.returncode})",
            passing=-done.returncode in _FROM_OUTSIDE,
        )
    if done.returncode not in (0, _OUT_OF_MEMORY):  # nothing that the file did, as far as is known: a library may be missing
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SkipFile(f"{kind.upper()} that cannot be read: its reader failed: {last[:200] or done.returncode}", passing=True)
    try:
        said: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"problem": "its reader failed: out of memory"}
    except ValueError:
        said = {"problem": "its reader failed"}
    if "reason" in said:
        raise SkipFile(said["reason"])
    if "problem" in said:
        raise SkipFile(f"{kind.upper()} that cannot be read: {said['problem']}")
    return said


def _html(data: bytes) -> dict[str, Any]:
    from index.html import read_page

    return asdict(read_page(data.decode()))


def _mail(data: bytes) -> dict[str, Any]:
    from index.mail import read_message

    return asdict(read_message(data))


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
    length = 0
    for block in _blocks(document.element.body):
        blocks.append(block)
        length += len(block)
        if length > MAX_TEXT:
            return {"problem": f"more than {MAX_TEXT:,} characters"}
    return {"text": whole("\n\n".join(blocks)), "title": whole(document.core_properties.title or "") or None}


def _blocks(parent: Any) -> Iterator[str]:
    """The paragraphs of a part of a document, and the rows of its tables on a line each, also those in forms' fields."""
    for element in parent:
        kind = _kind(element)
        if kind == "p":
            if text := "".join(_letters(element)).strip():
                yield text
        elif kind == "tr":
            if text := " | ".join(filter(None, (" ".join(_blocks(cell)) for cell in _cells(element)))):
                yield text
        elif kind == "tbl" or kind in _AROUND:
            yield from _blocks(element)


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if _kind(element) == "tc":
            yield element
        elif _kind(element) in _AROUND:
            yield from _cells(element)


def _letters(element: Any) -> Iterator[str]:
    """The characters of a paragraph: what was inserted and not yet agreed to is in it, what was deleted and a box beside it not."""
    for inner in element:
        kind = _kind(inner)
        if kind == "t":
            yield inner.text or ""
        elif kind in ("tab", "br", "cr", "noBreakHyphen"):
            yield {"tab": "\t", "noBreakHyphen": "-"}.get(kind, "\n")
        elif kind in ("r", "hyperlink", "fldSimple", "dir", "bdo") or kind in _AROUND:
            yield from _letters(inner)


def _kind(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _main() -> int:
    """Read standard input within the limits and say what it holds."""
    import logging
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2]) + 5))
    logging.disable()
    read: Callable[[bytes], dict[str, Any]] = {"pdf": _pdf, "docx": _docx, "html": _html, "mail": _mail}[sys.argv[1]]
    try:
        sys.stdout.write(json.dumps(_told(read)))
        sys.stdout.flush()
    except MemoryError:
        return _OUT_OF_MEMORY
    return 0


def _told(read: Callable[[bytes], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read(sys.stdin.buffer.read())
    except SkipFile as error:
        return {"reason": str(error)}
    except (MemoryError, ImportError):  # the one is told by the exit code, the other is no fault of the file
        raise
    except Exception as error:  # noqa: BLE001 - whatever their libraries raise, the file is the reason
        return {"problem": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}


if __name__ == "__main__":
    sys.exit(_main())
