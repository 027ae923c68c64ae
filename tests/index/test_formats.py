"""Every format's text can be indexed, cited and shown; what no format's reader can make sense of says why."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import docx
import pytest

from index import documents
from index.check import Faults, check
from index.documents import read_document
from index.errors import SkipFile
from index.formats import file_of, format_of, member
from index.load import MAX_BYTES, check_file, load, load_records, load_source
from index.records import MAX_RECORD
from index.types import Article
from tests.conftest import Desk
from tests.index.makers import a_docx, a_pdf, a_warc

MAIL = (
    b"From: desk@example.org\r\nSubject: =?utf-8?q?Caf=C3=A9?= reopens in March\r\nDate: Fri, 1 Mar 2024 23:30:00 -0500\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=latin-1"
    b"\r\n\r\nThe caf\xe9 seats 52 guests.\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Not this one</p>\r\n--x--\r\n"
)
RECORDS: list[dict[str, object]] = [
    {"headline": "Mill closes", "body": "The mill at Sorrelgate grinds 77 tonnes a day.", "date": "2024-03-01T08:00:00Z"},
    {"Title": "Pier & town", "text": "<p>The pier is <b>410</b> metres long.</p><script>alert(1)</script>"},
    {"title": "A list", "content": ["The ferry carries 88 cars.", "It sails at noon."], "published": "3 April 2024"},
]
PAGE = b"<html><title>Dam fills</title><body><h1>Dam fills</h1><p>The dam holds 9 million litres.</p></body></html>"


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def articles(path: Path) -> dict[str, Article]:
    return {source: found for source, found in load_records(path, path.name) if isinstance(found, Article)}


def reasons(path: Path) -> dict[str, str]:
    return {source: str(found) for source, found in load_records(path, path.name) if isinstance(found, SkipFile)}


# One article a file


def test_a_word_files_paragraphs_and_tables_are_its_text(tmp_path: Path) -> None:
    data = a_docx("Quay wall gets taller in June", "The wall will cost 41.7 million euros.", rows=[("Boats", "412")])
    article = load(put(tmp_path, "quay.docx", data), "quay.docx")
    assert article.text == "Quay wall gets taller in June\n\nThe wall will cost 41.7 million euros.\n\nBoats | 412"
    assert (article.title, article.encoding) == ("Quay wall gets taller in June", "binary")


def test_a_word_file_without_a_headline_has_the_title_of_its_properties(tmp_path: Path) -> None:
    article = load(put(tmp_path, "a.docx", a_docx("The wall will cost 41.7 million euros.", title="Quay")), "a.docx")
    assert article.title == "Quay"


def test_a_pdfs_pages_are_its_text(tmp_path: Path) -> None:
    data = a_pdf("Bridge opens after a long delay", "4 May 2023", "The bridge at Orford cost 63 million euros.")
    article = load(put(tmp_path, "bridge.pdf", data), "bridge.pdf")
    assert "The bridge at Orford cost 63 million euros." in article.text
    assert (article.title, article.published) == ("Bridge opens after a long delay", "2023-05-04")


def test_a_message_is_its_plain_text_under_its_subject(tmp_path: Path) -> None:
    article = load(put(tmp_path, "a.eml", MAIL), "a.eml")
    assert article.text.split() == "Café reopens in March The café seats 52 guests.".split()
    assert (article.title, article.published) == ("Café reopens in March", "2024-03-01")


def test_a_message_is_by_whom_its_sender_is_named(tmp_path: Path) -> None:
    for sender, author in (("Ann Lee <ann@example.org>", "Ann Lee"), ("ann@example.org", None), ("\xff<", None)):
        (tmp_path / "a.eml").write_bytes(f"From: {sender}\nSubject: Pier\n\nIt opened.\n".encode())
        assert load(tmp_path / "a.eml", "a.eml").author == author


def test_a_page_of_two_thousand_authors_has_an_author_of_one_line(tmp_path: Path) -> None:
    names = "".join(f'<meta name="author" content="Name\nNumber {n} of many">' for n in range(2_000))
    (tmp_path / "a.html").write_text(f'<html lang="x" xml:lang="en"><head>{names}</head><body><p>It opened.</p></body></html>')
    article = load(tmp_path / "a.html", "a.html")
    assert article.author is None or (len(article.author) <= 300 and "\n" not in article.author)
    assert article.language is None


def test_front_matter_tells_author_and_language(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nauthor: Ann Lee\nlang: de\n---\n# Mole\n\nSie ist offen.\n")
    article = load(tmp_path / "a.md", "a.md")
    assert (article.author, article.language) == ("Ann Lee", "de")
    (tmp_path / "a.md").write_text("---\nauthor: [Ann Lee, Bo Wu]\n---\n# Mole\n\nSie ist offen.\n")
    assert load(tmp_path / "a.md", "a.md").author == "Ann Lee; Bo Wu"


def test_a_message_of_a_page_alone_is_read_as_a_page(tmp_path: Path) -> None:
    data = b"Subject: Tower\nContent-Type: text/html; charset=utf-8\n\n<p>The tower is <i>210</i> metres tall.</p>"
    assert load(put(tmp_path, "a.eml", data), "a.eml").text == "Tower\n\nThe tower is 210 metres tall."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"Tower rises\n\nThe tower is 210 metres tall.\n"),
        ("a.html", PAGE),
        ("a.md", b"# Tower\n\nIt rises."),
        ("a.eml", MAIL),
        ("a.docx", a_docx("The wall will cost 41.7 million euros.")),
    ],
    ids=["text", "page", "markdown", "mail", "word"],
)
def test_a_packed_file_says_what_it_says_unpacked(tmp_path: Path, name: str, data: bytes) -> None:
    plain = load(put(tmp_path, name, data), name)
    packed = load(put(tmp_path, f"{name}.gz", gzip.compress(data)), f"{name}.gz")
    assert (packed.text, packed.title, packed.published) == (plain.text, plain.title, plain.published)
    assert packed.sha256 != plain.sha256  # it is of the file


# Many articles a file


@pytest.mark.parametrize("packed", [False, True])
def test_each_line_is_an_article_called_by_its_number(tmp_path: Path, packed: bool) -> None:
    text = lines(RECORDS[0]) + "\n" + lines(*RECORDS[1:])
    name = "wire.jsonl.gz" if packed else "wire.jsonl"
    path = put(tmp_path, name, gzip.compress(text.encode()) if packed else text)
    found = articles(path)
    assert list(found) == [member(name, number) for number in (1, 3, 4)]  # line 2 is blank
    first, second, third = found.values()
    assert first.text == "Mill closes\n\nThe mill at Sorrelgate grinds 77 tonnes a day."
    assert (second.text, second.title) == ("Pier & town\n\nThe pier is 410 metres long.", "Pier & town")
    assert third.text == "A list\n\nThe ferry carries 88 cars.\n\nIt sails at noon."
    assert [one.published for one in found.values()] == ["2024-03-01", None, "2024-04-03"]
    assert all(load_source(tmp_path, source) == article for source, article in found.items())


@pytest.mark.parametrize(
    "value", [RECORDS, {"status": "ok", "articles": RECORDS, "tags": ["a"]}, {"list": [1, 2], "data": RECORDS, "few": RECORDS[:1]}]
)
def test_a_json_files_list_is_found_wherever_it_stands(tmp_path: Path, value: object) -> None:
    found = articles(put(tmp_path, "wire.json", json.dumps(value)))
    assert [article.title for article in found.values()] == ["Mill closes", "Pier & town", "A list"]


def test_a_json_file_may_hold_one_article(tmp_path: Path) -> None:
    (source,) = articles(put(tmp_path, "one.json", json.dumps({**RECORDS[0], "comments": [{"text": "Sad."}]})))
    assert source == "one.json#1"


@pytest.mark.parametrize("packed", [False, True])
def test_the_pages_of_a_crawl_are_articles(tmp_path: Path, packed: bool) -> None:
    latin = "<p>Das Café fasst 52 Gäste.</p>".encode("latin-1")
    pages = [
        ("200 OK", "text/html; charset=utf-8", PAGE),
        ("404 Not Found", "text/html", b"<p>Nothing</p>"),
        ("200 OK", "image/png", b"\x89PNG"),
        ("200 OK", "text/html; charset=ISO-8859-1", latin),
    ]
    name = "crawl.warc.gz" if packed else "crawl.warc"
    path = put(tmp_path, name, a_warc(*pages, packed=packed))
    found = articles(path)
    assert [article.text for article in found.values()] == [
        "Dam fills\n\nThe dam holds 9 million litres.",
        "Das Café fasst 52 Gäste.",
    ]
    assert list(found) == [f"{name}#2", f"{name}#5"]
    assert reasons(path) == {}
    assert load_source(tmp_path, f"{name}#5") == found[f"{name}#5"]


def test_a_name_with_a_number_sign_is_a_file_where_only_one_article_can_be() -> None:
    assert file_of("c#1.txt") == ("c#1.txt", None)
    assert file_of("a.txt#1") == ("a.txt#1", None)
    assert file_of("a.jsonl#0") == ("a.jsonl#0", None)
    assert file_of(member("a/b.WARC.GZ", 7)) == ("a/b.WARC.GZ", 7)
    assert format_of("a.jsonl#1") is None  # no file has the name of a record


# In the index


def test_records_are_added_changed_and_removed_one_by_one(desk: Desk, old_files: None) -> None:
    desk.write("wire.jsonl", lines(*RECORDS))
    report = desk.sync()
    assert (report.added, report.embedded) == (("wire.jsonl#1", "wire.jsonl#2", "wire.jsonl#3"), 3)
    assert desk.sync().embedded == 0

    changed = {**RECORDS[1], "text": "The pier is 380 metres long."}
    desk.write("wire.jsonl", lines(RECORDS[0], changed, RECORDS[2], {"title": "New", "text": "A zebra crossing opened."}))
    report = desk.sync()
    assert (report.added, report.changed, report.embedded) == (("wire.jsonl#4",), ("wire.jsonl#2",), 2)

    desk.write("wire.jsonl", lines(RECORDS[0]))
    assert desk.sync().removed == ("wire.jsonl#2", "wire.jsonl#3", "wire.jsonl#4")
    desk.write("wire.jsonl", "\n")
    report = desk.sync()
    assert (report.removed, report.skipped) == (("wire.jsonl#1",), (("wire.jsonl", "no record in it; expected articles"),))
    desk.write("wire.jsonl", lines(RECORDS[0]))
    assert desk.sync().added == ("wire.jsonl#1",)
    (desk.corpus / "wire.jsonl").unlink()
    assert desk.sync().removed == ("wire.jsonl#1",)
    assert desk.store.manifest() == {}


def test_an_unchanged_file_of_records_is_not_read_again(desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("wire.jsonl", lines(*RECORDS, "no article"))
    desk.write("empty.json", "[]")
    desk.sync()
    monkeypatch.setattr("index.build.load_records", lambda path, file: pytest.fail(f"{file} was read"))
    report = desk.sync()
    assert len(report.unchanged) == 3
    assert len(report.skipped) == 2


@pytest.mark.parametrize("records", [1, 2, 3])
def test_a_sync_that_ends_in_the_middle_of_a_file_goes_on_with_it(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch, records: int
) -> None:
    monkeypatch.setattr("index.store.BATCH_PASSAGES", 1)
    desk.write("wire.jsonl", lines(*RECORDS, "no article"))
    embed = desk.embedder.passages
    calls: list[int] = []

    def fails(texts: list[str]) -> object:
        calls.append(len(texts))
        if len(calls) > records:
            raise RuntimeError("the power is gone")
        return embed(texts)

    if records < len(RECORDS):
        monkeypatch.setattr(desk.embedder, "passages", fails)
        with pytest.raises(RuntimeError):
            desk.sync()
        monkeypatch.setattr(desk.embedder, "passages", embed)
        assert len(desk.store.manifest()) == records
    desk.reopen()
    desk.sync()
    assert sorted(desk.store.manifest()) == [f"wire.jsonl#{n}" for n in (1, 2, 3, 4)]


def test_what_was_read_before_a_file_breaks_off_is_kept(desk: Desk, old_files: None) -> None:
    whole = gzip.compress(lines(*RECORDS, *({"title": f"Report {n}", "text": f"{n * n} boats came."} for n in range(999))).encode())
    desk.write("wire.jsonl.gz", whole[: len(whole) // 2])
    report = desk.sync()
    assert len(report.added) > 100
    assert [source for source, _ in report.skipped] == ["wire.jsonl.gz"]
    assert desk.sync().unchanged == report.added
    desk.write("wire.jsonl.gz", whole)
    report = desk.sync()
    assert (len(report.added) + len(report.unchanged), report.skipped) == (1002, ())


# What is none


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"%PDF-1.4 and no more", "PDF that cannot be read"),
        ("a.pdf", a_pdf(), "no text in it, only pictures"),
        ("a.docx", b"PK\x03\x04 and no more", "DOCX that cannot be read"),
        ("a.eml", b"Subject: nothing\n\n", "a message without a text"),
        ("a.eml", b"Content-Type: image/png\n\nx", "a message without a text"),
        ("a.txt.gz", b"not packed", "not a gzip file"),
        ("a.txt.gz", gzip.compress(b"A long text. " * 99)[:-9], "breaks off"),
        ("a.txt.gz", gzip.compress(bytes(MAX_BYTES + 1)), "unpacks to more than 20 MB"),
        ("a.json", b'{"text": ', "not JSON"),
        ("a.json", b"[" * 200_000, "not JSON"),
        ("a.json", b"12", "no article"),
        ("a.json", b"[]", "no record in it"),
        ("a.jsonl", b"{} \n", "without a text"),
        ("a.jsonl", b"[" * 200_000, "not JSON"),
        ("a.jsonl.gz", b"not packed", "not a gzip file"),
        ("a.warc", b"no crawl at all", "not a WARC record"),
        ("a.warc", a_warc(("200 OK", "text/html", PAGE), length=99_999_999_999), "gigabyte"),
        ("a.jpg", b"x", "format .jpg is not read; expected .txt"),
    ],
    ids=range(18),
)  # fmt: skip
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = put(tmp_path, name, data)
    with pytest.raises(SkipFile) as raised:
        check_file(path)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(200 * 1024 * 1024))
    with pytest.raises(SkipFile, match="it unpacks to 200 MB"):
        load(put(tmp_path, "bomb.docx", bomb.getvalue()), "bomb.docx")


def test_entities_that_multiply_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]>'
    inner = io.BytesIO(a_docx("The wall."))
    out = io.BytesIO()
    with zipfile.ZipFile(inner) as before, zipfile.ZipFile(out, "w") as after:
        for one in before.infolist():
            data = before.read(one)
            if one.filename == "word/document.xml":
                data = laughs.encode() + data.split(b"?>", 1)[1].replace(b"The wall.", b"&l11;")
            after.writestr(one, data)
    path = put(tmp_path, "laughs.docx", out.getvalue())
    with pytest.raises(SkipFile):
        load(path, path.name)


def test_a_line_without_an_end_stops_the_file(tmp_path: Path) -> None:
    text = lines(RECORDS[0]) + " " * (MAX_RECORD + 9) + "\n" + lines(RECORDS[1])
    path = put(tmp_path, "long.jsonl", text)
    tracemalloc.start()
    assert list(articles(path)) == ["long.jsonl#1"]
    assert tracemalloc.get_traced_memory()[1] < 5 * MAX_RECORD
    tracemalloc.stop()
    assert "what comes after it is not read" in reasons(path)["long.jsonl#2"]


@pytest.mark.parametrize("name", ["bomb.jsonl.gz", "bomb.warc.gz"])
@pytest.mark.parametrize("filling", [b" ", b"\n", b"x\n", b"{}\n"])
def test_a_packed_bomb_is_given_up_soon(tmp_path: Path, name: str, filling: bytes) -> None:
    path = put(tmp_path, name, gzip.compress(filling * (64 * 1024 * 1024 // len(filling))))
    assert path.stat().st_size < 300_000
    found: list[object] = []
    tracemalloc.start()
    with suppress(SkipFile):
        found.extend(load_records(path, name))
    assert tracemalloc.get_traced_memory()[1] < 200_000_000
    tracemalloc.stop()
    assert len(found) < 2_000


def test_a_gzip_file_of_several_parts_is_read_to_its_end(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt.gz", gzip.compress(b"The pier opens.\n") + gzip.compress(b"The mill closes.\n"))
    assert load(path, path.name).text == "The pier opens.\nThe mill closes.\n"


def test_a_nul_in_a_record_does_not_cut_it_off(desk: Desk, old_files: None) -> None:
    desk.write("wire.jsonl", json.dumps({"text": "The pier opened.\x00 Then the mayor of Lisbon spoke."}) + "\n")
    desk.sync()
    (hit,) = desk.search("mayor of Lisbon")
    assert hit.passage.text == "The pier opened.  Then the mayor of Lisbon spoke."
    with desk.store.lock():
        assert check(desk.store.catalog, desk.store.mirror, desk.corpus) == Faults()


def test_a_cell_that_spans_columns_is_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    row = document.add_table(1, 3).rows[0]
    row.cells[0].merge(row.cells[2]).text = "Boats"
    out = io.BytesIO()
    document.save(out)
    assert load(put(tmp_path, "a.docx", out.getvalue()), "a.docx").text == "Boats"


def test_text_in_fields_in_tracked_changes_and_in_tables_of_tables_is_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Old sentence.")
    outer = document.add_table(1, 2).rows[0].cells
    outer[0].text = "Boats"
    outer[1].add_table(1, 2).rows[0].cells[0].text = "412"
    out = io.BytesIO()
    document.save(out)
    field = "<w:sdt><w:sdtContent><w:p><w:r><w:t>A field says so.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    changed = (
        "<w:p><w:r><w:t>It cost </w:t></w:r><w:del w:id='1'><w:r><w:delText>12</w:delText></w:r></w:del>"
        "<w:ins w:id='2'><w:r><w:t>41</w:t></w:r></w:ins><w:sdt><w:sdtContent><w:r><w:t> million</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:hyperlink><w:r><w:t> euros</w:t><w:tab/><w:t>in all.</w:t></w:r></w:hyperlink></w:p>"
    )
    with zipfile.ZipFile(out) as packed:
        parts = {one.filename: packed.read(one) for one in packed.infolist()}
    body = parts["word/document.xml"].decode()
    parts["word/document.xml"] = body.replace("<w:body>", f"<w:body>{field}{changed}", 1).encode()
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    text = load(put(tmp_path, "a.docx", again.getvalue()), "a.docx").text
    assert text.split("\n\n") == ["A field says so.", "It cost 41 million euros\tin all.", "Old sentence.", "Boats | 412"]


def test_a_reader_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "WAIT", 0.01)
    with pytest.raises(SkipFile, match=r"took longer than 0\.01 s") as raised:
        read_document(a_pdf("Slow"), "pdf")
    assert raised.value.passing  # the machine may be less busy the next time


@pytest.mark.parametrize(
    ("library", "reason", "passing"),
    [
        ("raise ImportError('no such module')", "its reader failed: ImportError: no such module", True),
        ("import sys; sys.exit(7)", "its reader failed: 7", True),
        ("def PdfReader(file): raise MemoryError", "its reader failed: out of memory", False),
        ("def PdfReader(file): return bytearray(1 << 40)", "its reader failed: out of memory", False),
        ("def PdfReader(file): raise ValueError('no\\npages')", "ValueError: no pages", False),
    ],
    ids=["import", "exit", "memory", "limit", "file"],
)
def test_a_reader_that_fails_is_the_files_fault_only_where_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, reason: str, passing: bool
) -> None:
    put(tmp_path, "pypdf.py", library.encode())
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SkipFile) as raised:
        read_document(a_pdf("Read"), "pdf")
    assert (str(raised.value), raised.value.passing) == (f"PDF that cannot be read: {reason}", passing)
