"""A message as it was sent: a newsletter or an agency's mail."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from index.characters import whole
from index.errors import SkipFile
from index.html import read_html
from index.records import under_headline
from index.text import Read


def read_mail(data: bytes) -> Read:
    """The text of a message under its subject, dated as it was sent; attachments are not read.

    Raises SkipFile when there is no text in it.

    >>> read_mail(b"Subject: Pier opens\\nDate: Fri, 1 Mar 2024 09:00:00 +0000\\n\\nIt opened.\\n").published
    '2024-03-01'
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        part = message.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if isinstance(part, EmailMessage) else ""
        is_page = part is not None and part.get_content_type() == "text/html"
        subject, sent = message["subject"], message["date"]
        published = sent.datetime.date().isoformat() if sent is not None and sent.datetime is not None else None
    # The standard parser meets hostile headers with whatever they make it trip over.
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SkipFile(f"not a message that can be read ({type(error).__name__})") from error
    if not isinstance(content, str) or not content.strip():
        raise SkipFile("a message without a text")
    text = whole(content)
    return under_headline(read_html(text) if is_page else Read(text, None, None, ()), str(subject or ""), published)
