"""A message as it was sent: a newsletter or an agency's mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import cast

from index.characters import whole
from index.decode import decode, page_charset
from index.documents import read_apart
from index.errors import SkipFile
from index.html import read_html
from index.records import under_headline
from index.text import Read

MAX_BYTES = 200_000
"""Of a message that is read at once; a longer one, whose parts may be nested and many, is read in a process of its own."""
MAX_HEADER = 4_000
"""Characters; the standard parser takes time and memory by the square of a header's length."""
STUB = 0.25
"""A plain text with less than this share of what its page has only says where to read the page."""
_MARK = re.compile(r"<[^<>]*>")
_BY_ESCAPES = ("iso-2022-jp", "iso-2022-kr", "hz-gb-2312")


class _Policy(EmailPolicy):
    """The standard one, with headers of bounded length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER]


_POLICY = _Policy()
# The standard parser meets hostile headers with whatever they make it trip over.
_TRIPS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError, MessageError)


def read_mail(data: bytes) -> Read:
    """Read a message, in a process of its own when it is long. Raises SkipFile when it has no text or takes too much."""
    return read_apart(data, "mail") if len(data) > MAX_BYTES else read_message(data)


def read_message(data: bytes) -> Read:
    """The text of a message under its subject, dated as it was sent; attachments are not read.

    Raises SkipFile when there is no text in it.

    >>> read_message(b"Subject: Pier opens\\nDate: Fri, 1 Mar 2024 09:00:00 +0000\\n\\nIt opened.\\n").published
    '2024-03-01'
    """
    try:
        message = cast("EmailMessage[str, str]", BytesParser(EmailMessage, policy=_POLICY).parsebytes(data))
        texts = _texts(message)
    except _TRIPS as error:
        raise SkipFile(f"not a message that can be read ({type(error).__name__})") from error
    if not texts:
        raise SkipFile("a message without a text")
    read = _joined([read_html(one.text) if one.is_page else Read(one.text, None, None, ()) for one in texts])
    return under_headline(replace(read, author=_sender(message)), _subject(message), _sent(message))


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a message, plain or as a page."""

    text: str
    is_page: bool

    @property
    def weight(self) -> int:
        """How much a reader sees of it, about: the characters outside of marks."""
        return len("".join((_MARK.sub(" ", self.text) if self.is_page else self.text).split()))


def _texts(part: Message) -> list[_Text]:
    """What a message says, in its order: of alternatives the plain one, unless it says next to nothing beside the page; and what is
    in a message that it passes on. Attachments are left out."""
    kind = part.get_content_type()
    if part.get_content_disposition() == "attachment" and kind != "message/rfc822":
        return []
    if part.is_multipart():
        inner = [_texts(one) for one in part.get_payload() if isinstance(one, Message)]
        if kind != "multipart/alternative":
            return [text for texts in inner for text in texts]
        options = [texts for texts in inner if texts]
        fullest = max((sum(text.weight for text in texts) for texts in options), default=0)
        return next((texts for texts in options if sum(text.weight for text in texts) >= STUB * fullest), [])
    if kind not in ("text/plain", "text/html"):
        return []
    text = _decoded(part)
    return [_Text(text, kind == "text/html")] if text.strip() else []


def _decoded(part: Message) -> str:
    """The text of a part in the charset that it names, or in the one that it is in."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    named = str(part.get_content_charset() or "")
    if named in _BY_ESCAPES:  # these look like ASCII
        return whole(data.decode(named, "replace"))
    return whole(decode(data, page_charset(named))[1]) if data else ""


def _joined(reads: list[Read]) -> Read:
    """Several texts as one, with a blank line between."""
    first, *others = reads
    for other in others:
        moved = len(first.text) + 2
        hints = tuple(replace(hint, start=hint.start + moved, end=hint.end + moved) for hint in other.hints)
        first = replace(first, text=f"{first.text}\n\n{other.text}", hints=(*first.hints, *hints))
    return first


def _subject(message: EmailMessage) -> str:
    try:
        return str(message["subject"] or "")
    except _TRIPS:
        return ""


def _sender(message: EmailMessage) -> str | None:
    """The name before the address; an address alone names nobody."""
    try:
        sender = message["from"]
        return next((one.display_name for one in sender.addresses if one.display_name), None) if sender is not None else None
    except _TRIPS:
        return None


def _sent(message: EmailMessage) -> str | None:
    try:
        sent = message["date"]
        return sent.datetime.date().isoformat() if sent is not None and sent.datetime is not None else None
    except _TRIPS:
        return None
