"""Messages as mail programs and newsletters really make them."""

from __future__ import annotations

import pytest

from index.errors import SkipFile
from index.mail import read_message

STORY = "The harbour at Orford reopened on Monday after a repair that cost 63 million euros, the mayor said."
PAGE = f"<html><body><h1>Dam</h1><p>{STORY}</p><p>{'It holds 410 boats, and ferries leave twice a day. ' * 4}</p></body></html>"
STUB = "Your mail program shows no pages. View it in your browser."


def of(kind: str, *parts: str | bytes) -> bytes:
    """A message of parts, each with its headers."""
    inner = b"".join(b"--x\r\n" + (part.encode() if isinstance(part, str) else part) + b"\r\n" for part in parts)
    head = f'From: A <a@b.c>\r\nSubject: Dam\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary="x"\r\n\r\n'
    return head.encode() + inner + b"--x--\r\n"


def plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"


def page(text: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n{text}"


@pytest.mark.parametrize(
    ("parts", "has", "lacks"),
    [
        ((plain(STORY), page(PAGE)), STORY, "<p>"),
        ((plain(""), page(PAGE)), STORY, "<p>"),
        ((plain(STUB), page(PAGE)), STORY, STUB),
        ((page(PAGE),), STORY, "<p>"),
        ((plain(STUB), page("<p></p>")), STUB, "<p>"),
    ],
    ids=["both", "empty", "stub", "page", "empty page"],
)
def test_of_alternatives_the_one_is_read_that_tells_the_story(parts: tuple[str, ...], has: str, lacks: str) -> None:
    text = read_message(of("multipart/alternative", *parts)).text
    assert text.count(has) == 1
    assert lacks not in text


def test_what_stands_around_a_picture_is_read_and_attachments_are_not() -> None:
    picture = "Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA"
    notes = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\nThe notes."
    read = read_message(of("multipart/mixed", plain("The first half."), picture, page("<p>The second half.</p>"), notes))
    assert read.text.split("\n\n") == ["Dam", "The first half.", "The second half."]
    assert all(read.text[hint.start : hint.end].strip() for hint in read.hints)


def test_a_message_that_was_passed_on_is_read() -> None:
    passed_on = f"Content-Type: message/rfc822\r\n\r\nFrom: B <b@b.c>\r\nSubject: Inner\r\n\r\n{STORY}\r\n"
    assert STORY in read_message(of("multipart/mixed", passed_on)).text


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("", "utf-8"),
        ("; charset=us-ascii", "utf-8"),
        ("; charset=unknown-8bit", "utf-8"),
        ("; charset=punycode", "utf-8"),
        ("; charset=utf-8", "utf-8"),
        ("; charset=iso-8859-1", "cp1252"),
        ("; charset=utf-8", "cp1252"),
        ("; charset=gb2312", "gb18030"),
        ("; charset=iso-2022-jp", "iso-2022-jp"),
    ],
)
def test_a_text_is_read_in_the_charset_that_it_is_in(charset: str, codec: str) -> None:
    said = {"gb18030": "铜壶湾码头星期一起停业，维修费用为四千万元。", "iso-2022-jp": "港は月曜日に再開した。"}.get(
        codec, "Le café à Orléans a rouvert."
    )
    data = f"Subject: Pier\r\nContent-Type: text/plain{charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + said.encode(
        codec
    )
    assert said in read_message(data).text


def test_a_message_of_nothing_but_attachments_has_no_text() -> None:
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nThe notes."
    with pytest.raises(SkipFile, match="without a text"):
        read_message(of("multipart/mixed", attached))
