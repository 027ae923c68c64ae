"""What readers take time or memory for by the square of a length, or trip over, is read within bounds, and nothing is lost."""

from __future__ import annotations

import time
import tracemalloc
import zlib
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from index.errors import SkipFile
from index.html import read_page
from index.load import load, load_records
from index.mail import MAX_BYTES
from index.markdown import read_markdown
from index.types import Article
from tests.index.damaged import PAGE
from tests.index.makers import a_warc
from tests.index.test_fuzz import MB, put, skipped


def test_a_page_of_many_tags_is_read_as_any_other(tmp_path: Path) -> None:
    page = PAGE.replace("</main>", "<p>One <b>bold</b> word.</p>" * 10_000 + "</main>")
    many = load(put(tmp_path, "many.html", page.encode()), "many.html")
    few = load(put(tmp_path, "few.html", PAGE.encode()), "few.html")
    assert many.text == few.text + "\n\nOne bold word." * 10_000
    assert (many.title, many.published, many.hints) == (few.title, few.published, few.hints)


def test_wrappers_within_wrappers_take_no_time() -> None:
    began = time.process_time()
    assert read_page("<div class=share>" * 10_000 + "The pier opens.").text == "The pier opens."
    assert time.process_time() - began < 2  # it took five


@pytest.mark.parametrize("packed", ["", "gzip", "deflate", "zlib", "br", "gzip, br"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_page_that_was_sent_packed_or_in_pieces_is_read(tmp_path: Path, packed: str, chunked: bool) -> None:
    bits = {"gzip": 31, "deflate": -15, "zlib": 15}
    stream = zlib.compressobj(wbits=bits.get(packed.partition(",")[0], 15))
    data = stream.compress(PAGE.encode()) + stream.flush() if packed not in ("", "br") else PAGE.encode()
    data = brotli.compress(data) if packed.endswith("br") else data
    kind = "text/html" + (f"\r\nContent-Encoding: {packed.replace('zlib', 'deflate')}" if packed else "")
    if chunked:
        data = b"9\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (data[:9], len(data) - 9, data[9:])
        kind += "\r\nTransfer-Encoding: chunked"
    path = put(tmp_path, "a.warc", a_warc(("200 OK", kind, data)))
    ((_, found),) = load_records(path, path.name)
    assert isinstance(found, Article)
    assert found.text == read_page(PAGE).text


def test_a_bomb_of_brotli_is_not_unpacked(tmp_path: Path) -> None:
    bomb = brotli.compress(bytes(200_000_000))
    path = put(tmp_path, "a.warc", a_warc(("200 OK", "text/html\r\nContent-Encoding: br", bomb)))
    tracemalloc.start()
    ((_, found),) = load_records(path, path.name)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, SkipFile)
    assert most < 150_000_000


def test_a_crawl_writes_nothing_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    data = a_warc(("200 OK", "text/html", PAGE.encode()), ("200 OK", "text/html", PAGE.encode()))
    data = data.replace(b"127.0.0.1/1", b"127.0.0.1/ \x1b[31m").replace(b"</body>", b"</body> and more", 1)
    path = put(tmp_path, "a.warc", data)
    assert [type(found) for _, found in load_records(path, path.name)] == [Article, Article]
    assert (capfd.readouterr(), caplog.records) == (("", ""), [])


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "utf-7", "zlib"])
def test_a_codec_that_is_no_charset_is_not_asked(tmp_path: Path, charset: str) -> None:
    path = put(
        tmp_path, "a.warc", a_warc(("200 OK", f"text/html; charset={charset}", "<p>Das Café fasst 52 Gäste.".encode("cp1252")))
    )
    ((_, found),) = load_records(path, path.name)
    assert isinstance(found, Article)
    assert (found.text, found.encoding) == ("Das Café fasst 52 Gäste.", "cp1252")


@pytest.mark.parametrize(
    "header",
    ["Subject: " + "=?utf-8?q?a?=" * 12_000, "Content-Type: text/plain; " + "a=b; " * 30_000],
    ids=["encoded words", "parameters"],
)
def test_a_hostile_header_takes_no_time_or_memory(tmp_path: Path, header: str) -> None:
    data = f"{header}\nDate: Fri, 1 Mar 2024 09:00:00 +0000\n\nThe pier opens.\n".encode()
    began = time.process_time()
    tracemalloc.start()
    article = load(put(tmp_path, "a.eml", data), "a.eml")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert article.text.endswith("The pier opens.\n")
    assert article.published == "2024-03-01"
    assert time.process_time() - began < 4
    assert most < 50 * MB


def test_a_message_with_a_date_that_cannot_be_is_read_without_it(tmp_path: Path) -> None:
    data = b"Subject: Pier\nDate: Fri, 1 Mar 2024 09:00:00 +9999999999999999\n\nThe pier opens.\n"
    article = load(put(tmp_path, "a.eml", data), "a.eml")
    assert (article.title, article.text, article.published) == ("Pier", "Pier\n\nThe pier opens.\n", None)


def test_a_long_message_is_read_as_a_short_one(tmp_path: Path) -> None:
    data = b"Subject: Pier\n\n" + b"The pier opens.\n" * 20_000
    assert len(data) > MAX_BYTES
    article = load(put(tmp_path, "a.eml", data), "a.eml")
    assert (article.title, article.text) == ("Pier", "Pier\n\n" + "The pier opens.\n" * 20_000)
    assert skipped(put(tmp_path, "b.eml", b"Content-Type: image/png\n\n" + b"x" * MAX_BYTES)) == "a message without a text"


def test_a_front_matter_without_an_end_is_read_in_part() -> None:
    text = "---\ntitle: Pier\n" + "a: b\n" * 100_000 + "---\nThe pier opens.\n"
    began = time.process_time()
    assert read_markdown(text).title == "Pier"
    assert time.process_time() - began < 2


def test_a_reason_is_a_line_whatever_it_quotes() -> None:
    assert str(SkipFile("no record:\n \ud800\x00\u2028x")) == "no record: ? x"
