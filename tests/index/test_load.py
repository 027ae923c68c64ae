"""Bytes of any encoding become text whose ranges are true to the file; what is no article says why."""

from __future__ import annotations

import codecs
import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

from index import load as load_module
from index.build import prepare
from index.decode import decode
from index.errors import SkipFile
from index.load import load

ENGLISH = (
    "Ferry pier to close for repairs\n\n"
    "The pier at Kettle Sound will close on Monday, the harbour office said. It was built in 1931.\n"
    "Repairs will cost 4.2 million crowns and take eleven weeks.\n"
)
ACCENTED = ENGLISH + "The café on the pier, “Zoë’s”, will move to the Größe Straße until then.\n"
LATIN_1 = ENGLISH + "The café on the pier will move to the Größe Straße until then; the señora agrees.\n"
CHINESE = "渡口码头停业维修\n\n铜壶湾码头星期一起停业，港务处表示。码头建于1931年，长四百米。\n"
CHINESE += "维修费用为420万元，工期十一周，预计六月完成。\n"

ENCODINGS = {
    "utf-8": ("utf-8", ACCENTED.encode()),
    "utf-8 with mark": ("utf-8-sig", codecs.BOM_UTF8 + (ACCENTED + CHINESE).encode()),
    "utf-16 little endian with mark": ("utf-16", codecs.BOM_UTF16_LE + (ACCENTED + CHINESE).encode("utf-16-le")),
    "utf-16 big endian with mark": ("utf-16", codecs.BOM_UTF16_BE + (ACCENTED + CHINESE).encode("utf-16-be")),
    "utf-16 little endian without mark": ("utf-16-le", ACCENTED.encode("utf-16-le")),
    "utf-16 big endian without mark": ("utf-16-be", ACCENTED.encode("utf-16-be")),
    "windows-1252": ("cp1252", ACCENTED.encode("cp1252")),
    "latin-1": ("cp1252", LATIN_1.encode("latin-1")),  # the same text in both: neither uses the bytes where they differ
    "gb18030": ("gb18030", CHINESE.encode("gb18030")),
    "gb18030 long": ("gb18030", (CHINESE * 200).encode("gb18030")),
}
NEWLINES = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def _with_newline(data: bytes, codec: str, newline: bytes) -> bytes:
    """The same bytes with another newline, in the file's own encoding."""
    wide = {"utf-16": "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"}.get(codec, codec)
    text = data.decode(codec).replace("\n", newline.decode())
    mark = {"utf-8-sig": codecs.BOM_UTF8}.get(codec, data[:2] if codec == "utf-16" else b"")
    return mark + text.encode("utf-8" if codec == "utf-8-sig" else wide)


@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("name", ENCODINGS)
def test_a_file_of_each_encoding_is_decoded_with_its_newlines_untouched(tmp_path: Path, name: str, newline: str) -> None:
    codec, data = ENCODINGS[name]
    data = _with_newline(data, codec, NEWLINES[newline])
    (tmp_path / "a.txt").write_bytes(data)
    article = load(tmp_path / "a.txt", "a.txt")
    assert (article.encoding, article.note) == (codec, "")
    assert article.text == data.decode(codec)
    assert article.text.count("\r\n" if newline == "CRLF" else "\r" if newline == "CR" else "\n") >= 4


@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("name", ENCODINGS)
def test_a_reader_with_the_recorded_encoding_finds_every_passage_at_its_range(tmp_path: Path, name: str, newline: str) -> None:
    codec, data = ENCODINGS[name]
    (tmp_path / "a.txt").write_bytes(_with_newline(data, codec, NEWLINES[newline]))
    prepared = prepare(tmp_path, "a.txt", "stamp")
    file_text = (tmp_path / "a.txt").read_bytes().decode(prepared.article.encoding)
    assert prepared.passages
    assert all(file_text[p.start : p.end] == p.text for p in prepared.passages)


@pytest.mark.parametrize(
    "text",
    ["腾讯", "码头停业。", "渡口码头停业维修", "2021年5月12日，码头停业。", "Kettle Sound（铜壶湾）pier closes", "第三期ABC工程"],
)
def test_a_few_chinese_words_are_enough_to_tell_gb18030(text: str) -> None:
    assert decode(text.encode("gb18030")) == ("gb18030", text, "")


@pytest.mark.parametrize(
    "text", ["café", "Müller & Söhne", "“No,” she said", "€20 more", "L’été à Besançon", "Der Bürgermeister eröffnete sie."]
)
def test_a_few_western_words_are_enough_to_tell_windows_1252(text: str) -> None:
    assert decode(text.encode("cp1252")) == ("cp1252", text, "")


def test_bytes_that_windows_1252_leaves_undefined_are_read_as_latin_1() -> None:
    data = b"caf\xe9 \x81 pier"  # 0x81 is undefined in Windows-1252, a control character in Latin-1
    assert decode(data) == ("latin-1", "café \x81 pier", "")


def test_chinese_utf_16_without_mark_is_read() -> None:
    # An ordinary text: 4 digits, 3 newlines and two 一 (U+4E00) make 9 NULs in 86 bytes, fewer than one in eight.
    text = "铜壶湾码头星期一起停业\n港务处表示，维修费用为4200万元\n工期十一周，预计六月完成\n"
    assert decode(text.encode("utf-16-le"))[:2] == ("utf-16-le", text)


def test_utf_16_without_mark_may_hold_a_character_whose_low_byte_is_nul() -> None:
    # 一 is U+4E00: in little endian its NUL stands on the other side than those of ASCII.
    text = "The character 一 means one, the teacher told the visitors from the harbour."
    assert decode(text.encode("utf-16-le"))[:2] == ("utf-16-le", text)


@pytest.mark.parametrize("data", [b"\x00\x01\x02bin", bytes(range(12))])
def test_a_few_binary_bytes_are_not_read_as_chinese_utf_16(data: bytes) -> None:
    with pytest.raises(SkipFile, match="binary"):
        decode(data)


def test_chinese_utf_8_with_a_broken_byte_is_read_with_a_note() -> None:
    data = (CHINESE * 3).encode() + b"\xff"
    encoding, text, note = decode(data)
    assert (encoding, text) == ("utf-8", CHINESE * 3 + "\ufffd")
    assert note == "1 bytes are not UTF-8 and are read as U+FFFD"


def test_english_utf_8_with_a_broken_byte_keeps_its_curly_quotes() -> None:
    # Five three-byte characters that are right are better evidence of UTF-8 than one byte that is wrong is against it.
    text = "The pier’s owner said “yes” to the council’s plan."
    encoding, read, note = decode(text.encode() + b" It\xff closes.")
    assert (encoding, read) == ("utf-8", text + " It\ufffd closes.")
    assert note


def test_a_byte_order_mark_is_no_text_even_when_other_bytes_are_broken() -> None:
    _, text, note = decode(codecs.BOM_UTF8 + (CHINESE * 3).encode() + b"\xff")
    assert text == CHINESE * 3 + "\ufffd"
    assert note


@pytest.mark.parametrize(
    ("charset", "codec", "word"),
    [
        ("gb2312", "gb2312", "码头停业维修"),
        ("GBK", "gbk", "码头停业维修"),
        ("big5", "big5", "碼頭停業維修"),
        ("shift_jis", "shift_jis", "港の桟橋"),
        ("koi8-r", "koi8-r", "Причал закрыт"),
        ("windows-1251", "windows-1251", "Причал закрыт"),
        ("euc-kr", "euc-kr", "부두 폐쇄"),
    ],
)
def test_a_page_is_read_with_the_charset_it_declares(tmp_path: Path, charset: str, codec: str, word: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><p>{word}</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.encode(codec))
    article = load(tmp_path / "a.html", "a.html")
    assert article.text == word
    assert article.encoding.lower() == codec


def test_a_page_that_declares_its_charset_the_old_way_is_read_with_it(tmp_path: Path) -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>碼頭停業</p>'
    (tmp_path / "a.html").write_bytes(page.encode("big5"))
    assert load(tmp_path / "a.html", "a.html").text == "碼頭停業"


def test_utf_8_is_read_as_utf_8_whatever_the_page_declares(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<meta charset="gbk"><p>码头停业，café</p>'.encode())
    assert load(tmp_path / "a.html", "a.html").text == "码头停业，café"


def test_a_page_cannot_declare_a_codec_that_is_no_charset(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<meta charset="utf-7"><p>café +AGE-</p>'.encode("cp1252"))
    assert load(tmp_path / "a.html", "a.html").text == "café +AGE-"  # utf-7 would read `a`


def test_iso_8859_1_on_a_page_means_windows_1252_as_in_every_browser(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>“Yes” – she said in the café.</p>'
    (tmp_path / "a.html").write_bytes(page.encode("cp1252"))
    assert load(tmp_path / "a.html", "a.html").text == "“Yes” – she said in the café."


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    data = codecs.BOM_UTF8 + ENGLISH.encode()
    (tmp_path / "a.txt").write_bytes(data)
    assert load(tmp_path / "a.txt", "a.txt").sha256 == hashlib.sha256(data).hexdigest()


# Title and date


def test_plain_text_gives_its_headline_and_the_date_in_its_head(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ferry pier to close for repairs\n14 May 2022\nThe pier will close on Monday.\n")
    article = load(tmp_path / "a.txt", "a.txt")
    assert (article.title, article.published) == ("Ferry pier to close for repairs", "2022-05-14")


def test_a_page_gives_its_meta_title_and_date(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<meta property="og:title" content="Pier closes"><meta property="article:published_time" content="2022-05-14T08:00Z">'
        "<h1>Another heading</h1><p>The pier will close.</p>"
    )
    article = load(tmp_path / "a.html", "a.html")
    assert (article.title, article.published) == ("Pier closes", "2022-05-14")


def test_markdown_gives_the_title_and_date_of_its_front_matter(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text('---\ntitle: "Pier closes"\ndate: 2022-05-14\n---\n# Other\n\nThe pier will close.\n')
    article = load(tmp_path / "a.md", "a.md")
    assert (article.title, article.published) == ("Pier closes", "2022-05-14")


def test_the_file_name_gives_the_date_when_the_text_does_not(tmp_path: Path) -> None:
    (tmp_path / "2022-05-14-pier.txt").write_text("The pier will close on Monday.\n")
    assert load(tmp_path / "2022-05-14-pier.txt", "news/2022-05-14-pier.txt").published == "2022-05-14"


def test_the_date_in_the_text_goes_before_the_one_in_the_name(tmp_path: Path) -> None:
    (tmp_path / "2022-05-14.txt").write_text("Ferry pier to close for repairs\n13 May 2022\nThe pier will close on Monday.\n")
    assert load(tmp_path / "2022-05-14.txt", "2022-05-14.txt").published == "2022-05-13"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_title_and_date_are_null_when_nothing_gives_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("The pier will close on Monday.\n")
    article = load(tmp_path / name, name)
    assert (article.title, article.published) == (None, None)


# What is no article

NOISE = random.Random(7).randbytes(4_000)  # noqa: S311 - the same noise in every run


def _reason(path: Path) -> str:
    with pytest.raises(SkipFile) as caught:
        load(path, path.name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00\x01\x00\x08\x06",
        b"\x7fELF\x02\x01\x01" + b"\x00" * 9 + b"\x03\x00>\x00\x01\x00\x00\x00",
        NOISE,
        NOISE.replace(b"\0", b"\1"),  # without the NUL that would give it away
    ],
    ids=["png", "elf", "random", "random without NUL"],
)
def test_a_binary_file_is_skipped(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    assert _reason(tmp_path / "a.txt") == "binary content; expected text"


def test_a_stray_control_character_does_not_make_a_text_binary(tmp_path: Path) -> None:
    # A form feed, which is white space, and a bell: one control character where one in 200 is allowed.
    (tmp_path / "a.txt").write_text("\x0c" + ENGLISH * 2 + "\x07")
    assert load(tmp_path / "a.txt", "a.txt").text.endswith("\x07")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n"])
def test_an_empty_file_is_skipped(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    assert _reason(tmp_path / "a.txt") == "empty file"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.txt", codecs.BOM_UTF16_LE), ("a.txt", "\u3000\u3000\n".encode()), ("a.html", b"<html><script>x = 1</script></html>")],
)
def test_a_file_without_a_visible_character_is_skipped(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert _reason(tmp_path / name) == "no text in it; expected an article"


def test_a_file_of_50_mb_is_skipped_without_being_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    os.truncate(tmp_path / "a.txt", 50 * 1024 * 1024)  # sparse: it takes no room
    assert _reason(tmp_path / "a.txt") == "50 MB; expected an article of at most 20 MB"


def test_a_file_of_just_the_allowed_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "MAX_BYTES", 9)
    (tmp_path / "nine.txt").write_text("Pier shut")
    (tmp_path / "ten.txt").write_text("Piers shut")
    assert load(tmp_path / "nine.txt", "nine.txt").text == "Pier shut"
    assert "expected an article of at most" in _reason(tmp_path / "ten.txt")


def test_a_file_that_may_not_be_read_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)

    def refuse(path: Any, flags: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("index.load.os.open", refuse)  # root may read any file, so the refusal is played
    assert _reason(tmp_path / "a.txt") == "cannot be read: Permission denied"


def test_a_file_that_is_gone_is_skipped(tmp_path: Path) -> None:
    assert _reason(tmp_path / "a.txt") == "cannot be read: No such file or directory"


def test_a_named_pipe_is_skipped_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.txt")
    assert _reason(tmp_path / "x.txt") == "not a regular file"


def test_a_folder_called_like_an_article_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "x.txt").mkdir()
    assert _reason(tmp_path / "x.txt") == "not a regular file"


@pytest.mark.parametrize(("name", "found"), [("a.jpg", ".jpg"), ("a", "without an ending")])
def test_a_format_that_is_not_read_is_named_with_those_that_are(tmp_path: Path, name: str, found: str) -> None:
    (tmp_path / name).write_text(ENGLISH)
    assert _reason(tmp_path / name).startswith(f"format {found} is not read; expected .txt, .text, .md, ")


def test_the_ending_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "A.HTM").write_text("<p>The pier will close.</p>")
    assert load(tmp_path / "A.HTM", "A.HTM").text == "The pier will close."
