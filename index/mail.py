"""A message as it was sent: a newsletter or an agency's mail."""

from __future__ import annotations

from dataclasses import replace
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import cast

from index.characters import whole
from index.documents import read_apart
from index.errors import SkipFile
from index.html import read_html
from index.records import under_headline
from index.text import Read

MAX_BYTES = 200_000
"""Of a message that is read at once; a longer one, whose parts may be nested and many, is read in a process of its own."""
MAX_HEADER = 4_000
"""Characters; the standard parser takes time and memory by the square of a header's length."""


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
        part = message.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if isinstance(part, EmailMessage) else ""
        is_page = part is not None and part.get_content_type() == "text/html"
    except _TRIPS as error:
        raise SkipFile(f"not a message that can be read ({type(error).__name__})") from error
    if not isinstance(content, str) or not content.strip():
        raise SkipFile("a message without a text")
    text = whole(content)
    read = replace(read_html(text) if is_page else Read(text, None, None, ()), author=_sender(message))
    return under_headline(read, _subject(message), _sent(message))


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
