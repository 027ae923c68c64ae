r"""Valid files of every format, and the ways in which they are damaged: what `python -m benchmarks.fuzz` reads."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile

from tests.index.makers import a_docx, a_pdf, a_warc

DOCUMENTS = 1 / 12
"""The share of PDF and Word files, each of which costs a process."""
MAX_SIZE = 1_500_000

ENGLISH = "Harbour opens late\n\n12 May 2021\n\nThe “harbour” at Orford cost €63 million, the mayor said. It holds 410 boats.\n"
CHINESE = "腾讯计划投资新的数据中心\n\n2021年5月12日\n\n腾讯计划在五年内投资七百亿元建设数据中心，市长在星期一的记者会上说。\n"
MARKDOWN = (
    f"---\ntitle: Harbour opens\ndate: 2021-05-12\n---\n# Harbour\n\n![Boats](a.png)\n\n{ENGLISH}\n- one\n- two\n\n| a | 1 |\n"
)
PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Harbour</title><meta property="article:published_time" '
    'content="2021-05-12"><script type="application/ld+json">{"datePublished": "2021-05-12"}</script></head><body><nav><a href="/">'
    'Home</a></nav><main><h1>Harbour opens</h1><p style="color: red">The <b>harbour</b> cost &euro;63 million.</p><figure>'
    "<figcaption>Boats</figcaption></figure><table><tr><td>Boats<td>410</table><ul><li>One<li>Two</ul>"
    '<div class="share" style="display:none">Share</div></main></body>'
)
RECORDS: list[dict[str, object]] = [
    {"title": "Harbour opens", "text": ENGLISH, "date": "2021-05-12"},
    {"headline": "Dam", "body": PAGE, "published": 1620777600},
    {"content": [CHINESE, "x"], "n": [1.5e9, None, True, {"a": []}]},
]
MAIL = (
    b"From: A <a@b.example>\r\nSubject: =?utf-8?q?Caf=C3=A9?= opens\r\nDate: Fri, 1 Mar 2024 09:00:00 +0000\r\nContent-Type: "
    b'multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: '
    b"base64\r\n\r\nVGhlIGNhZsOpIHNlYXRzIDUyIGd1ZXN0cy4=\r\n--x\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>The caf=E9.</p>\r\n--x--\r\n"
)
_BODY = PAGE.encode()
CRAWL = (
    ("200 OK", "text/html; charset=utf-8", _BODY),
    ("200 OK", "text/html\r\nTransfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(_BODY), _BODY)),
    ("200 OK", "text/html\r\nContent-Encoding: gzip", gzip.compress(_BODY, mtime=0)),
    ("404 Not Found", "text/html", b"<p>Nothing"),
    ("200 OK", "text/html; charset=gb18030", CHINESE.encode("gb18030")),
)
SEEDS: dict[str, list[bytes]] = {
    ".txt": [ENGLISH.encode(code) for code in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")]
    + [CHINESE.encode(code) for code in ("utf-8", "gb18030", "utf-16-be")],
    ".md": [MARKDOWN.encode(code) for code in ("utf-8", "utf-8-sig", "utf-16")],
    ".html": [_BODY, PAGE.replace("utf-8", "gb18030").replace("Boats", "数据中心").encode("gb18030"), PAGE.encode("utf-16")],
    ".json": [json.dumps(value).encode() for value in (RECORDS, {"articles": RECORDS, "n": 3}, RECORDS[0])],
    ".jsonl": ["".join(json.dumps(one, ensure_ascii=plain) + "\n" for one in RECORDS).encode() for plain in (False, True)],
    ".eml": [MAIL, b"Subject: Pier\nContent-Type: text/html\n\n" + _BODY, b"Subject: Pier\n\n" + ENGLISH.encode()],
    ".warc": [a_warc(*CRAWL), a_warc(CRAWL[0])],
    ".pdf": [a_pdf("Bridge opens after a long delay", "4 May 2023", "The bridge cost 63 million euros.")],
    ".docx": [a_docx("Quay wall gets taller", "It will cost 41.7 million euros.", title="Quay", rows=[("Boats", "412")])],
}
# A ~ stands for a space.
_WORDS = r"""
    [ { ] } [[] {"a": [{}, " \\ \\u0000 \\ud800 \\udfff\\ud83d 1e999 -0 NaN Infinity null, {"text":"x"}, {"text":"x"}\n <div>
    </div> <p> </p> <b> <b~a=1> <i><p> <table> <td> <a> <!-- --> <![CDATA[ <script> </script> <style> <textarea> <svg> <math>
    <template> <select> <font> <marquee> <plaintext> <title> <h1> <form> &#0; &#xD800; &#x110000; &amp &notin; <!DOCTYPE
    <!ENTITY~ <?xml </ <div~class=share> <p~style=" /* a=1~ <meta~charset=idna> <time~datetime= "datePublished":~" \x00 \xff\xfe
    \xfe\xff \xef\xbb\xbf \xed\xa0\x80 \xf4\x90\x80\x80 \xc3 \x80 \x1b[2J \x0c \x85 \xe2\x80\xa8 \xe2\x80\xae \xf4\x8f\xbf\xbf
    e\xcc\x81 \xef\xbc\x8c \xe2\x80\x9c \xe2\x80\xa6 \xe6\x95\xb0\xe6\x8d\xae \xe3\x80\x82 \r \n \r\n\r\n \t ~ \n~ a a~ A~ .~
    ... - | # #~ ![ ]( ---\n a:~ -~ &x~ *x~ !!python/object~ ?~ % >~ A~b~c~d~e~f~g~h~i~j~k~l~m~n~o~p~q~r~s~t~u~v~w~x~y~z\n
    12~May~2021~ 31~February~2021 99999999999999999999 0 -1 read~more~ By~ (Photo:~ Related~stories\n accept~all~cookies~
    --x\r\n --x--\r\n boundary="x" boundary= Content-Type:~multipart/mixed;~boundary=x\r\n\r\n =?utf-8?b? =?utf-8?q?a?=
    =?x?q?=ZZ?=~ Content-Type:~message/rfc822\r\n\r\n Content-Type:~text/plain;~charset=\xff\r\n a=b;~ filename*0*= Subject:~
    To:~<a@ Date:~Fri,~1~Mar~2024~09:00:00~+9999999999999999\r\n Date:~99999999999\r\n charset=undefined charset=idna
    charset=utf-7 charset=punycode charset=unicode_escape charset=zlib charset=utf-16 charset=\x00 = =ZZ
    Content-Transfer-Encoding:~uuencode\r\n WARC/1.0\r\n WARC-Type:~response\r\n Content-Length:~99999999999\r\n
    Content-Length:~-5\r\n Content-Length:~\xd9\xa3\r\n Transfer-Encoding:~chunked\r\n Content-Encoding:~deflate\r\n
    Content-Encoding:~br\r\n 7fffffff\r\n HTTP/1.1~200~OK\r\n filedesc://x~1~1~text/html~9\r\n PK\x01\x02 PK\x03\x04 PK\x05\x06
    %PDF-1.7\n endobj endstream <<~ >> /Kids~[2~0~R] /Filter~/FlateDecode~ /Count~99999999~ /Prev~9~ stream\n 1~0~R 9~0~obj\n (
    BT~ Tj~ /Encrypt~1~0~R \x1f\x8b\x08\x1c\xff\xff <w:p> <w:tbl> </w:t> <w:gridSpan~w:val='999999999'/>
"""
TOKENS = [word.replace("~", " ").encode().decode("unicode_escape").encode("latin-1") for word in _WORDS.split()]
TOKENS += [b"9" * 5_000, gzip.compress(b"", mtime=0)]
PAIRS = [
    (b"[", b"]"),
    (b'{"a":', b"}"),
    (b"<div>", b"</div>"),
    (b"<b a=%d>", b"</b>"),
    (b"(", b")"),
    (b"<<", b">>"),
    (b"<a:%d>", b"</a>"),
]
_CHARSETS = b"undefined idna utf-7 punycode unicode_escape zlib utf-16 gbk big5 shift_jis koi8-r \xff".split()
Dice = random.Random


def _flip(dice: Dice, data: bytearray) -> None:
    for _ in range(dice.choice([1, 1, 3, 20])):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _replace(dice: Dice, data: bytearray) -> None:
    """A run is deleted, said again and again or overwritten, or everything behind it is gone."""
    at = dice.randrange(len(data))
    run = slice(at, at + dice.choice([1, 2, 8, 60, 500]))
    few = bytes(data[run])
    data[run] = dice.choice([b"", b"", few * 2, few * dice.randint(3, 999), dice.randbytes(len(few)), bytes(len(few))])
    if dice.random() < 0.15:
        del data[at:]


def _insert(dice: Dice, data: bytearray) -> None:
    """Something that means something to a parser, once, or often."""
    at = dice.choice([dice.randrange(len(data) + 1), 0, len(data)])
    token = dice.choice(TOKENS) if dice.random() < 0.8 else dice.choice(TOKENS) + dice.choice(TOKENS)
    times = dice.choice([1, 1, 1, 2, 30, dice.randint(900, 1100), dice.randint(2, 60_000)])
    data[at:at] = token * min(times, 300_000 // len(token) or 1)


def _nest(dice: Dice, data: bytearray) -> None:
    """Some of it stands deep in brackets or tags, which may all be different, and are closed or not."""
    before, after = dice.choice(PAIRS)
    deep = dice.choice([dice.randint(1, 30), dice.randint(900, 1100), dice.randint(1, 30_000)])
    at = dice.choice([dice.randrange(len(data) + 1), 0])
    end = dice.randrange(at, len(data) + 1)
    data[end:end] = after * dice.choice([deep, deep, 0])
    data[at:at] = b"".join(before % number if b"%" in before else before for number in range(deep))


def _lie(dice: Dice, data: bytearray) -> None:
    """A number of it becomes another, or the value of a header or an attribute."""
    found = list(re.finditer(rb"(?<=charset=)[\w-]+|\d+|(?<==)[\w\"-]+|(?<=: )[\w/-]+", bytes(data[:100_000])))
    if found:
        chosen = dice.choice(found)
        charset = bytes(data[: chosen.start()]).endswith(b"charset=")
        others = [b"0", b"-1", b"4294967295", b"9" * 25, b"9" * 5000, b"1.5", b"", dice.choice(TOKENS)]
        data[slice(*chosen.span())] = dice.choice(_CHARSETS if charset else others)


def _splice(dice: Dice, data: bytearray) -> None:
    other = dice.choice(dice.choice(list(SEEDS.values())))
    data[dice.randrange(len(data)) :] = other[dice.randrange(len(other)) :]


def _mutated(dice: Dice, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 3, 6])):
        if changed:
            dice.choice([_flip, _replace, _replace, _insert, _insert, _insert, _nest, _lie, _splice])(dice, changed)
    return bytes(changed[:MAX_SIZE])


def _mutated_word(dice: Dice, data: bytes) -> bytes:
    """A Word file one of whose parts is damaged, in a package that is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        names = before.namelist()
        damaged = dice.choice([*names, *["word/document.xml"] * len(names)])
        for name in names:
            part = before.read(name)
            after.writestr(zipfile.ZipInfo(name), _mutated(dice, part) if name == damaged else part)
    return out.getvalue()


def damaged_file(seed: int, number: int) -> tuple[str, bytes]:
    """The ending and the bytes of a damaged file, the same ones for the same numbers."""
    dice = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
    document = dice.random() < DOCUMENTS
    ending = dice.choice([one for one in SEEDS if (one in (".pdf", ".docx")) == document])
    data = dice.choice(SEEDS[ending])
    data = (_mutated_word if ending == ".docx" and dice.random() < 0.6 else _mutated)(dice, data)
    if not document and dice.random() < 0.1:
        ending = dice.choice([one for one in SEEDS if one not in (".pdf", ".docx")])
    if dice.random() < 0.25:
        ending, data = f"{ending}.gz", gzip.compress(data, 1, mtime=0)
        data = _mutated(dice, data) if dice.random() < 0.4 else data
    return ending, data
