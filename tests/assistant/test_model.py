"""The model's endpoint in every bad mood: the right error, in one line, in time; and the answer that is left."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import openai  # loaded beforehand, so that the time limits below measure the reply alone
import pytest
from openai.resources.chat.completions import Completions

import assistant
from assistant.bundled import LocalChatModel
from assistant.model import ContextTooLong, Message, ModelRejected, ModelUnavailable, OpenAIChatModel
from assistant.replies import Replies
from assistant.types import Answer, Usage
from index.errors import DatelineError
from tests.assistant.fakes import Newsroom, assert_whole
from tests.assistant.servers import TEXT, Behaviour, HostileServer, closed_port

KEY = "sk-very-secret-key"
MESSAGES: list[Message] = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "When does it open?"}]
SLACK = 2.5
"""Seconds beyond the time limit that a busy machine may take."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once; the deadline is a real one."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


def model_of(server: HostileServer, *, name: str | None = "tiny-model", timeout: float = 10) -> OpenAIChatModel:
    return OpenAIChatModel(name, base_url=server.base_url, api_key=KEY, timeout=timeout)


def reply_of(model: OpenAIChatModel) -> tuple[str, Usage]:
    *pieces, usage = model.stream(MESSAGES, 50)
    assert isinstance(usage, Usage)
    return "".join(str(piece) for piece in pieces), usage


def error_of(model: OpenAIChatModel) -> DatelineError:
    """The error of a call; it is of one line, says what to do and does not hold the key."""
    with pytest.raises(DatelineError) as caught:
        list(model.stream(MESSAGES, 50))
    message = str(caught.value)
    assert "\n" not in message
    assert KEY not in message
    assert any(word in message for word in ("DATELINE_", "OPENAI_"))
    return caught.value


def test_a_reply_is_streamed_with_the_usage_of_the_endpoint(server: HostileServer) -> None:
    model = model_of(server)
    assert list(model.stream(MESSAGES, 50)) == [*TEXT, Usage(321, 21)]
    (request,) = server.requests
    assert request["messages"] == MESSAGES
    assert (request["model"], request["stream"], request["max_tokens"], request["temperature"]) == ("tiny-model", True, 50, 0)
    assert server.keys == [f"Bearer {KEY}"]
    assert model.name == "tiny-model"


@pytest.mark.parametrize("kind", ["no usage", "null usage"])
def test_usage_is_counted_when_the_endpoint_gives_none(server: HostileServer, kind: str) -> None:
    server.script = [kind]
    text, usage = reply_of(model_of(server))
    assert text == "".join(TEXT)
    # "Be short." and "When does it open?" are 3 and 5 tokens; the reply is some 32.
    assert usage.prompt_tokens == 8
    assert 20 < usage.completion_tokens < 50


def test_a_label_goes_before_the_name(server: HostileServer) -> None:
    model = OpenAIChatModel("tiny-model", base_url=server.base_url, api_key=None, timeout=5, label="mine")
    assert model.name == "mine"


def test_closing_the_reply_hangs_up(server: HostileServer) -> None:
    server.script = ["trickle words"]
    with closing(model_of(server).stream(MESSAGES, 50)) as reply:
        assert next(reply) == "word "
    assert server.hung_up.wait(5)


def test_no_more_questions_at_once_than_there_are_places(server: HostileServer) -> None:
    server.script = ["trickle words", "normal"]
    model = OpenAIChatModel("tiny-model", base_url=server.base_url, api_key=KEY, timeout=0.4, at_once=1)
    with closing(model.stream(MESSAGES, 50)) as first:
        next(first)
        busy = error_of(model)
        assert type(busy) is ModelUnavailable
        assert "writes as many replies at once as it may, 1; expected a place within 0.4 s" in str(busy)
        assert len(server.requests) == 1
    assert reply_of(model)[0] == "".join(TEXT), "the place is free again"


def test_a_failed_question_gives_its_place_back(server: HostileServer) -> None:
    server.script = [*(["reset"] * 6), "normal"]
    model = OpenAIChatModel("tiny-model", base_url=server.base_url, api_key=KEY, timeout=5, at_once=1)
    for _ in range(2):
        error_of(model)
    assert reply_of(model)[0] == "".join(TEXT)


# Names


def test_the_only_model_of_the_endpoint_is_used_and_named(server: HostileServer) -> None:
    model = model_of(server, name=None)
    assert model.name == f"the model at {server.base_url}"
    reply_of(model)
    assert (server.requests[0]["model"], model.name) == ("tiny-model", "tiny-model")


@pytest.mark.parametrize(
    ("models", "shown"), [([], "0 models ()"), (["b", "a", "c"], "3 models (a, b, c)"), ([*"abcdefg"], "(a, b, c, d, e ...)")]
)
def test_no_model_or_several_ask_for_the_name(server: HostileServer, models: list[str], shown: str) -> None:
    server.models = models
    error = error_of(model_of(server, name=None))
    assert type(error) is ModelRejected
    assert shown in str(error)
    assert "DATELINE_CHAT_MODEL=NAME" in str(error)


@pytest.mark.parametrize(
    ("listing", "kind"),
    [
        ((404, {}, "{}"), ModelRejected),
        ((401, {}, "{}"), ModelRejected),
        ((500, {}, "oops"), ModelUnavailable),
        ((200, {"Content-Type": "text/html"}, "<html>"), ModelUnavailable),
        ((200, {}, '{"data": [1]}'), ModelUnavailable),
        ((200, {}, "[]"), ModelUnavailable),
        ((200, {}, '{"data": null}'), ModelUnavailable),
        ("reset", ModelUnavailable),
    ],
)
def test_an_endpoint_that_cannot_list_its_models_is_one_kind_of_error(
    server: HostileServer, listing: Behaviour, kind: type[DatelineError]
) -> None:
    server.listing = listing
    error = error_of(model_of(server, name=None))
    assert isinstance(error, ModelUnavailable | ModelRejected)
    if listing != (200, {}, '{"data": null}') and listing != (200, {}, "[]"):  # these may also count as a list of no models
        assert type(error) is kind


# What only the user can mend


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "refused the key (401)"),
        (403, "refused the key (403)"),
        (404, "refused the request: "),
        (422, "refused the request: "),
    ],
)
def test_a_refusal_is_rejected_at_once_and_names_the_setting(server: HostileServer, status: int, says: str) -> None:
    server.script = [(status, {}, '{"error": {"message": "no such thing"}}')]
    error = error_of(model_of(server))
    assert type(error) is ModelRejected
    assert says in str(error)
    assert "OPENAI_API_KEY" in str(error) if status in (401, 403) else "DATELINE_CHAT_MODEL" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("refused", "left"),
    [
        ({"max_tokens"}, {"max_completion_tokens", "temperature", "seed", "stream_options"}),
        ({"temperature"}, {"max_tokens", "seed", "stream_options"}),
        ({"seed", "stream_options"}, {"max_tokens", "temperature"}),
        ({"max_tokens", "temperature", "seed", "stream_options"}, {"max_completion_tokens"}),
    ],
)
def test_options_that_an_endpoint_refuses_by_name_are_left_out_from_then_on(
    server: HostileServer, refused: set[str], left: set[str]
) -> None:
    server.refuses = refused
    model = model_of(server)
    assert reply_of(model)[0] == "".join(TEXT)
    assert server.requests[-1].keys() - {"model", "messages", "stream"} == left
    before = len(server.requests)
    assert before == len(refused) + 1
    reply_of(model)
    assert len(server.requests) == before + 1


def test_an_option_that_two_questions_are_refused_at_once_is_left_out_of_both(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refuses = {"seed"}
    model = model_of(server)
    both_sent = threading.Barrier(2, timeout=10)
    create = Completions.create
    firsts = threading.local()

    def create_together(self: Completions, **options: Any) -> Any:
        try:
            return create(self, **options)
        except openai.BadRequestError:
            if not getattr(firsts, "met", False):
                firsts.met = True
                both_sent.wait()  # neither knows of the other's refusal when it sends its first request
            raise

    monkeypatch.setattr(Completions, "create", create_together)
    with ThreadPoolExecutor(2) as at_once:
        replies = list(at_once.map(lambda _: reply_of(model)[0], range(2)))
    assert replies == ["".join(TEXT)] * 2
    assert len(server.requests) == 4


def test_a_bad_request_about_something_else_is_rejected(server: HostileServer) -> None:
    server.script = [(400, {}, '{"error": {"message": "no such voice"}}')]
    error = error_of(model_of(server))
    assert type(error) is ModelRejected
    assert "no such voice" in str(error)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"message": "This model's maximum context length is 512 tokens.", "code": "context_length_exceeded"}),
        (400, {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}),
        (400, {"message": "prompt is too long: 900 tokens > 512 maximum"}),
        (413, {"message": "Request too large: too many tokens"}),
    ],
)
def test_a_context_that_is_too_small_is_told_apart(server: HostileServer, status: int, body: dict[str, str]) -> None:
    server.script = [(status, {}, json.dumps({"error": body}))]
    assert type(error_of(model_of(server))) is ContextTooLong


def test_too_many_tokens_a_minute_is_no_small_context(server: HostileServer) -> None:
    server.script = [(429, {}, '{"error": {"message": "too many tokens per minute"}}')]
    assert type(error_of(model_of(server))) is ModelUnavailable


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:notaport/v1", "http://[::1/v1", "http://", "http://127.0.0.1:99999999/v1", "http://\x00/v1"]
)
def test_a_base_url_that_is_none_is_a_dateline_error(url: str) -> None:
    model = OpenAIChatModel("m", base_url=url, api_key=KEY, timeout=5)
    assert "OPENAI_BASE_URL" in str(error_of(model))


@pytest.mark.parametrize("key", ["schlüssel-ganz-geheim", "two\nlines-secret", "secret\x00"])
def test_a_key_that_no_header_can_hold_is_an_error_without_the_key(server: HostileServer, key: str) -> None:
    with pytest.raises(DatelineError) as caught:
        list(OpenAIChatModel("m", base_url=server.base_url, api_key=key, timeout=5).stream(MESSAGES, 5))
    assert all(word not in str(caught.value) for word in ("geheim", "secret"))


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_endpoint_that_says_the_key_back_does_not_get_it_into_the_message(server: HostileServer, status: int) -> None:
    server.script = [(status, {}, f'{{"error": {{"message": "bad header Bearer {KEY}"}}}}')]
    error_of(model_of(server))


@pytest.mark.parametrize("address", ["ann:{}@", "{}@"])
def test_a_password_in_the_address_is_sent_and_never_told(server: HostileServer, address: str) -> None:
    secret = "hunter2-and-more"
    base_url = server.base_url.replace("//", f"//{address.format(secret)}")
    model = OpenAIChatModel(None, base_url=base_url, api_key=None, timeout=5)
    assert model.name == f"the model at {server.base_url}"
    server.listing = (500, {}, "oops")
    error = error_of(model)
    assert server.base_url in str(error)
    assert secret not in str(error)
    server.listing, server.script = "normal", [(400, {}, f'{{"error": {{"message": "{secret} is no good"}}}}'), "normal"]
    error = error_of(model)
    assert "(secret) is no good" in str(error)
    reply_of(model)
    user = address.format(secret).removesuffix("@") + ("" if ":" in address else ":")
    assert server.keys[-1] == f"Basic {b64encode(user.encode()).decode()}"


# What may pass


@pytest.mark.parametrize("behaviour", [(429, {"Retry-After": "1"}, "{}"), (500, {}, "oops"), (503, {}, "{}"), "reset"])
def test_what_may_pass_is_tried_again(server: HostileServer, behaviour: Behaviour) -> None:
    server.script = [behaviour, behaviour, "normal"]
    assert reply_of(model_of(server))[0] == "".join(TEXT)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ((429, {}, "{}"), "answered 429"),
        ((500, {}, '{"error": {"message": "a\\nb"}}'), "answered 500"),
        ("reset", "cannot be reached"),
    ],
)
def test_what_does_not_pass_is_unavailable_after_three_attempts(server: HostileServer, behaviour: Behaviour, says: str) -> None:
    server.script = [behaviour]
    error = error_of(model_of(server))
    assert type(error) is ModelUnavailable
    assert says in str(error)
    assert len(server.requests) == 3


def test_a_closed_port_is_unavailable_and_says_what_to_check() -> None:
    model = OpenAIChatModel("m", base_url=f"http://127.0.0.1:{closed_port()}/v1", api_key=None, timeout=5)
    error = error_of(model)
    assert type(error) is ModelUnavailable
    assert "cannot be reached; expected a running server; check OPENAI_BASE_URL, or set DATELINE_LLM=local" in str(error)


NONSENSE: list[Behaviour] = [
    (200, {"Content-Type": "text/html"}, "<html><body>Welcome to the hotel network</body></html>"),
    (200, {}, '{"hello": "world"}'),
    (200, {}, '{"choices": [{"message": {"role": "assistant", "content": "It opens in June."}}]}'),
    "empty stream", "nothing at all", "not json", "wrong shape", "a list", "invalid utf-8",
    "break off", "end early", "error inside",
]  # fmt: skip


@pytest.mark.parametrize(
    "behaviour", NONSENSE, ids=lambda behaviour: behaviour[2][:9] if isinstance(behaviour, tuple) else behaviour
)
def test_nonsense_is_unavailable(server: HostileServer, behaviour: Behaviour) -> None:
    server.script = [behaviour]
    assert type(error_of(model_of(server))) is ModelUnavailable


@pytest.mark.parametrize("behaviour", ["break off", "end early", "error inside", "invalid utf-8"])
def test_what_was_written_before_a_break_is_yielded_and_the_reply_is_not_begun_again(server: HostileServer, behaviour: str) -> None:
    server.script = [behaviour]
    reply = model_of(server).stream(MESSAGES, 50)
    assert next(reply) == TEXT[0]
    with pytest.raises(ModelUnavailable):
        list(reply)
    assert len(server.requests) == 1


# Time


@pytest.mark.parametrize("behaviour", ["hang", "hang after a sentence", "trickle words", "trickle comments", "trickle bytes"])
def test_a_reply_ends_within_its_time(server: HostileServer, behaviour: str) -> None:
    server.script = [behaviour]
    started = time.monotonic()
    error = error_of(model_of(server, timeout=1))
    assert time.monotonic() - started < 1 + SLACK
    assert type(error) is ModelUnavailable
    assert "within 1 s" in str(error)
    assert "DATELINE_TIMEOUT" in str(error)


def test_a_list_of_models_that_hangs_ends_within_its_time(server: HostileServer) -> None:
    server.listing = "hang"
    started = time.monotonic()
    assert type(error_of(model_of(server, name=None, timeout=1))) is ModelUnavailable
    assert time.monotonic() - started < 1 + SLACK


# The proxy of an office


class Running:
    """A serving process that is well."""

    stdin = stdout = None

    def poll(self) -> None:
        """Still there."""

    def wait(self, timeout: float) -> int:
        return 0


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_the_bundled_model_on_loopback_is_never_asked_through_a_proxy(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"{scheme}://127.0.0.1:{closed_port()}")

    monkeypatch.setattr("assistant.bundled.checked_model", lambda path: path)
    monkeypatch.setattr("assistant.bundled._serve", lambda path, key: (Running(), server.base_url.removesuffix("/v1")))
    local = LocalChatModel(tmp_path / "m.gguf", tmp_path, timeout=5)
    assert list(local.stream(MESSAGES, 50))[:-1] == list(TEXT)


@pytest.fixture
def local_endpoint(server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> HostileServer:
    """The server stands where llama.cpp would."""
    monkeypatch.setattr("assistant.bundled.checked_model", lambda path: path)
    monkeypatch.setattr("assistant.bundled._serve", lambda path, key: (Running(), server.base_url.removesuffix("/v1")))
    return server


def local_model(path: Path, replies: Replies | None) -> LocalChatModel:
    return LocalChatModel(path, path.parent, timeout=5, replies=replies)


def chats(server: HostileServer) -> int:
    return len(server.requests)


def test_the_local_model_is_not_asked_the_same_twice_not_even_by_the_next_process(
    local_endpoint: HostileServer, tmp_path: Path
) -> None:
    replies = Replies(tmp_path / "cache" / "replies.sqlite")
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    *first, used = local_model(model, replies).stream(MESSAGES, 50)
    asked = chats(local_endpoint)
    again = list(local_model(model, Replies(tmp_path / "cache" / "replies.sqlite")).stream(MESSAGES, 50))
    assert again == ["".join(str(piece) for piece in first), Usage()]
    assert used != Usage()
    assert chats(local_endpoint) == asked == 1


def test_another_prompt_another_length_and_an_exchanged_file_are_asked_anew(local_endpoint: HostileServer, tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    list(local_model(model, replies).stream(MESSAGES, 50))
    list(local_model(model, replies).stream(MESSAGES, 51))
    list(local_model(model, replies).stream([*MESSAGES, {"role": "user", "content": "And?"}], 50))
    model.write_bytes(b"GGUF of another model")
    list(local_model(model, replies).stream(MESSAGES, 50))
    list(local_model(model, None).stream(MESSAGES, 50))
    assert chats(local_endpoint) == 5


def test_a_reply_that_was_cut_short_is_not_kept(local_endpoint: HostileServer, tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    cut = local_model(tmp_path / "m.gguf", replies).stream(MESSAGES, 50)
    next(cut)
    cut.close()
    list(local_model(tmp_path / "m.gguf", replies).stream(MESSAGES, 50))
    assert chats(local_endpoint) == 2


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100], ids=["empty", "garbage"])
def test_a_damaged_file_of_replies_costs_a_warning_and_no_answer(
    local_endpoint: HostileServer, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_bytes(content)
    local = local_model(tmp_path / "m.gguf", Replies(path))
    for _ in range(2):
        assert "".join(map(str, list(local.stream(MESSAGES, 50))[:-1])) == "".join(TEXT)
    assert caplog.text.count("delete that file") == 1


def test_the_oldest_replies_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.replies.KEPT", 2)
    replies = Replies(tmp_path / "replies.sqlite")
    for name in ("a", "b", "c"):
        replies.put(name, MESSAGES, 1, name)
    assert [replies.get(name, MESSAGES, 1) for name in ("a", "b", "c")] == [None, "b", "c"]


# End to end


class Room:
    """The newsroom through the public `answer`, with the endpoint that the environment names."""

    question = "When will the Heron Point bridge open and what did it cost?"

    def __init__(self, newsroom: Newsroom, index: Path) -> None:
        self.newsroom, self.index = newsroom, index

    def ask(self) -> Answer:
        *pieces, last = assistant.stream(self.question, self.newsroom.corpus, self.index)
        assert isinstance(last, Answer)
        assert_whole(last, [str(piece) for piece in pieces])
        return last


@pytest.fixture
def room(newsroom: Newsroom, server: HostileServer, tmp_path: Path, fake_embedder: None, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("DATELINE_TIMEOUT", "1")
    return Room(newsroom, tmp_path / "index")


def test_answer_goes_through_the_endpoint(room: Room) -> None:
    answer = room.ask()
    assert answer.text == "The bridge at Heron Point will open on 3 June 2021 [1]. It cost 84.5 million yuan [2]."
    assert (answer.model, answer.usage, answer.warnings) == ("tiny-model", Usage(321, 21), ())


@pytest.mark.parametrize(
    "behaviour",
    [
        NONSENSE[0], "empty stream", "break off", "end early", (429, {}, "{}"), (500, {}, "oops"), "reset", "hang",
        "hang after a sentence", "trickle comments",
    ],
    ids=lambda behaviour: f"{behaviour[0]} {behaviour[2][:9]}" if isinstance(behaviour, tuple) else behaviour,
)  # fmt: skip
def test_a_bad_endpoint_degrades_the_answer_with_a_warning_and_the_next_one_is_whole(
    room: Room, server: HostileServer, behaviour: Behaviour
) -> None:
    server.script = [behaviour]
    degraded = room.ask()
    assert degraded.timings.total_ms < 1000 * (1 + SLACK)
    assert degraded.status == "answered"
    assert degraded.citations[0].source == "bridge.txt"
    assert len(degraded.warnings) >= 2
    assert "the model at http://127.0.0.1" in degraded.warnings[0]
    assert KEY not in repr(degraded)
    server.script = ["normal"]
    assert room.ask().warnings == ()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_rejected_endpoint_is_an_error_and_leaves_the_index_whole(room: Room, server: HostileServer, status: int) -> None:
    server.script = [(status, {}, '{"error": {"message": "no"}}'), "normal"]
    with pytest.raises(ModelRejected):
        room.ask()
    assert len(room.ask().citations) == 2


def test_a_server_that_is_not_there_degrades_the_answer(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{closed_port()}/v1")
    answer = room.ask()
    assert (answer.status, answer.model) == ("answered", "extractive")
    assert "cannot be reached" in answer.warnings[0]
