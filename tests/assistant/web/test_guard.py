"""What the server lets through, asked for real over loopback."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from assistant.cli import main
from assistant.web.guard import COOKIE, MAX_BODY, POSTS, Rules, _is_ours
from tests.assistant.web.desk import Site
from tests.conftest import ROOT

AUTH = "desk:a long password: with a colon"


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Iterator[Site]:
    """Without a model, with a password, without uploads."""
    base = tmp_path_factory.mktemp("guarded")
    shutil.copytree(ROOT / "corpus", base / "corpus")
    shutil.copytree(sample_index, base / "index")
    switches = {"DATELINE_LLM": "extractive", "DATELINE_AUTH": AUTH, "DATELINE_UPLOADS": "off", "DATELINE_HISTORY": "off"}
    with Site(base / "corpus", base / "index", None, **switches) as running:
        yield running


def ask(site: Site, path: str, method: str = "GET", **options: object) -> httpx2.Response:
    headers = {"Authorization": f"Basic {base64.b64encode(AUTH.encode()).decode()}"} | dict(options.pop("headers", {}))  # type: ignore[call-overload]
    return httpx2.request(method, site.url + path, headers=headers, timeout=30, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        None,
        "Basic",
        "Basic !!!",
        "Bearer x",
        "Basic é",
        "Basic " + base64.b64encode(b"desk:").decode(),
        "Basic " + base64.b64encode(b"x:y").decode(),
    ],
)
def test_without_the_password_there_is_nothing(quiet: Site, given: str | None) -> None:
    for path in ("/", "/config", "/gradio_api/queue/data", "/assets/x.js") if given is None else ("/",):
        answer = httpx2.get(quiet.url + path, headers=[(b"Authorization", given.encode())] if given else [], timeout=30)
        assert answer.status_code == 401
        assert "Dateline" in answer.headers["www-authenticate"]


def test_with_the_password_the_page_comes_and_nothing_of_it_is_in_the_log(quiet: Site) -> None:
    answer = ask(quiet, "/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "password" not in quiet.log.read_text("utf-8")
    assert AUTH not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/call/x",
        "/monitoring",
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc/passwd",
        "/custom_component/x/client/component/../../x",
        "/docs",
        "/openapi.json",
        "/gradio_api/runs",
        "/corpus/2020-05-27-labs-and-servers.txt",
        "/conversations.db",
    ],
)
def test_only_what_the_page_uses_is_served(quiet: Site, path: str) -> None:
    host, port = quiet.url.removeprefix("http://").split(":")
    coded = base64.b64encode(AUTH.encode()).decode()
    with socket.create_connection((host, int(port)), timeout=30) as raw:  # a client of its own would tidy up the path
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {coded}\r\nConnection: close\r\n\r\n".encode())
        reply = b"".join(iter(lambda: raw.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 404")
    assert b"root:" not in reply


def test_another_sites_page_and_a_borrowed_name_are_refused(quiet: Site) -> None:
    assert ask(quiet, "/", headers={"Host": "evil.example"}).status_code == 421
    posted = ask(quiet, "/gradio_api/queue/join", "POST", headers={"Origin": "https://evil.example"}, json={})
    assert posted.status_code == 403


@pytest.mark.parametrize("origin", ["http://[x", "null", "http://", "::"])
def test_an_origin_that_is_no_address_is_another_site(quiet: Site, origin: str) -> None:
    assert ask(quiet, "/gradio_api/queue/join", "POST", headers={"Origin": origin}, content=b"{}").status_code == 403


def test_a_web_socket_is_closed_and_the_log_stays_empty(quiet: Site) -> None:
    asks = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert ask(quiet, "/", headers=asks).status_code in (200, 403)
    assert "Traceback" not in quiet.log.read_text("utf-8")


def test_what_takes_work_to_make_is_not_made_without_end(quiet: Site) -> None:
    cookie = {"Cookie": f"{COOKIE}={'r' * 24}"}
    codes = [ask(quiet, "/conversation.md?c=x", headers=cookie).status_code for _ in range(POSTS + 1)]
    assert (codes[0], codes[-1]) == (404, 429)


def test_what_is_too_large_is_refused_before_it_is_read(quiet: Site) -> None:
    told = ask(quiet, "/gradio_api/queue/join", "POST", content=b"x" * (MAX_BODY + 1))
    assert told.status_code == 413
    body = json.dumps({"data": ["x" * MAX_BODY], "fn_index": 0, "session_hash": "abc"}).encode()
    untold = ask(quiet, "/gradio_api/queue/join", "POST", content=iter([body[:500_000], body[500_000:]]))
    assert untold.status_code == 413


@pytest.mark.parametrize(
    "value",
    [
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": "http://198.51.100.7/x.txt", "meta": {"_type": "gradio.FileData"}},
        [[{"url": "http://198.51.100.7/x.txt"}]],
    ],
)
def test_no_request_can_name_a_file_for_gradio_to_read(quiet: Site, value: object) -> None:
    for one in ask(quiet, "/config").json()["dependencies"]:
        body = {"data": [value] * len(one["inputs"]), "fn_index": one["id"], "session_hash": "abcdef", "event_data": value}
        answer = ask(quiet, "/gradio_api/queue/join", "POST", json=body)
        assert (answer.status_code, "names a file" in answer.text) == (400, True)


def test_a_request_that_is_no_json_or_endlessly_deep_is_refused(quiet: Site) -> None:
    for body in (b"{", b"\xff", b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        assert ask(quiet, "/gradio_api/queue/join", "POST", content=body).status_code == 400


def test_uploads_can_be_switched_off(quiet: Site) -> None:
    before = sorted(quiet.corpus.rglob("*"))
    answer = ask(quiet, "/upload", "POST", files={"files": ("a.txt", b"An article.")})
    assert answer.status_code == 404
    assert sorted(quiet.corpus.rglob("*")) == before


def test_with_history_off_no_file_of_conversations_is_made(quiet: Site) -> None:
    assert ask(quiet, "/").status_code == 200
    assert not (quiet.index / "conversations.db").exists()


@pytest.mark.parametrize(
    ("host", "auth", "name", "ours"),
    [
        ("127.0.0.1", None, "localhost:7860", True),
        ("127.0.0.1", None, "127.0.0.1", True),
        ("127.0.0.1", None, "[::1]:7860", True),
        ("127.0.0.1", None, "evil.example", False),
        ("127.0.0.1", None, "", False),
        ("127.0.0.2", None, "evil.example:80", False),
        ("127.0.0.2", None, "127.0.0.2:80", True),
        ("0.0.0.0", None, "evil.example", False),
        ("0.0.0.0", None, "192.0.2.7:80", True),
        ("0.0.0.0", None, "newsdesk:80", True),
        ("0.0.0.0", AUTH, "news.example", True),
    ],
)
def test_by_which_names_a_server_can_be_called(host: str, auth: str | None, name: str, ours: bool) -> None:
    assert _is_ours(name, Rules(auth, host, 0), ("newsdesk",)) == ours


def test_wrong_passwords_are_counted(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with Site(tmp_path / "corpus", tmp_path / "index", None, DATELINE_LLM="extractive", DATELINE_AUTH=AUTH) as site:
        wrong = {"Authorization": "Basic " + base64.b64encode(b"desk:wrong password").decode()}
        codes = [httpx2.get(site.url, headers=wrong, timeout=30).status_code for _ in range(12)]
        assert codes == [401] * 10 + [429] * 2
        assert ask(site, "/").status_code == 429  # whoever guesses is not told when it was right


def test_a_file_that_is_not_made_is_told_without_where_things_are(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with Site(tmp_path / "corpus", tmp_path / "index", None, DATELINE_LLM="extractive") as site:
        assert ask(site, "/feedback.jsonl").status_code == 200
        with closing(sqlite3.connect(tmp_path / "index" / "feedback.db")) as db:
            db.execute("DROP TABLE feedback")
        told = ask(site, "/feedback.jsonl")
    assert (told.status_code, "feedback.db" in told.text, str(tmp_path) in told.text) == (500, True, False)
    assert str(tmp_path) in site.log.read_text("utf-8")  # whoever runs it is told where


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    with Site(corpus, tmp_path / "index", None, DATELINE_LLM="extractive") as site:
        assert httpx2.get(site.url, timeout=30).status_code == 200
    assert site.ended == 0
    assert "Traceback" not in site.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "DATELINE_AUTH"),
        (["--host", "192.0.2.1", "--no-password", "--port", "0"], "cannot be used"),
        (["--corpus", "nowhere"], "expected a folder of articles"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_LLM", "extractive")
    (tmp_path / "corpus").mkdir()
    assert main(["chat", "--corpus", str(tmp_path / "corpus"), "--index", str(tmp_path / "index"), *options]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_what_is_no_port_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chat", "--port", port])
    assert ended.value.code == 2
    assert "port" in capsys.readouterr().err
