"""The environment becomes settings, or an error that names the variable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.collaborators import evidence_tokens
from assistant.evidence import ENDPOINT_TOKENS, EVIDENCE_TOKENS
from assistant.settings import Settings, SettingsError, read_settings
from tests.conftest import ROOT


def test_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({}).model_dump() == {
        "llm": "auto", "model_path": None, "chat_model": None, "embedding_model": None, "cache": None, "timeout": 120.0,
        "concurrency": 4, "evidence_tokens": None, "auth": None, "store": None, "uploads": True, "history": True, "rate": 30,
        "openai_api_key": None, "openai_base_url": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("DATELINE_LLM", "extractive", "llm", "extractive"),
        ("DATELINE_MODEL_PATH", "/m/a.gguf", "model_path", Path("/m/a.gguf")),
        ("DATELINE_CHAT_MODEL", "qwen", "chat_model", "qwen"),
        ("DATELINE_STORE", "chroma+https://vectors.example:9000", "store", "chroma+https://vectors.example:9000"),
        ("DATELINE_AUTH", "desk:pass:word with spaces", "auth", "desk:pass:word with spaces"),
        ("DATELINE_UPLOADS", "off", "uploads", False),
        ("DATELINE_HISTORY", "no", "history", False),
        ("DATELINE_RATE", "1", "rate", 1),
        ("DATELINE_EMBEDDING_MODEL", "e5", "embedding_model", "e5"),
        ("DATELINE_CACHE", "/c", "cache", Path("/c")),
        ("DATELINE_TIMEOUT", "7.5", "timeout", 7.5),
        ("DATELINE_CONCURRENCY", "16", "concurrency", 16),
        ("DATELINE_EVIDENCE_TOKENS", "450", "evidence_tokens", 450),
        ("OPENAI_API_KEY", "sk-x", "openai_api_key", "sk-x"),
        ("OPENAI_BASE_URL", "https://x/v1", "openai_base_url", "https://x/v1"),
    ],
)
def test_every_variable_is_read(name: str, value: str, field: str, read: object) -> None:
    assert getattr(read_settings({name: value}), field) == read
    assert getattr(read_settings({name: f"  {value}\n"}), field) == read


def test_every_variable_stands_in_the_documentation_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    fields = {name.upper() if name.startswith("openai_") else f"DATELINE_{name.upper()}" for name in Settings.model_fields}
    assert documented == fields


@pytest.mark.parametrize(
    "name", ["DATELINE_LLM", "DATELINE_TIMEOUT", "DATELINE_CACHE", "DATELINE_MODEL_PATH", "OPENAI_API_KEY", "OPENAI_BASE_URL"]
)
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_is_unset(name: str, value: str) -> None:
    assert read_settings({name: value}) == Settings()


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "local"),
        ({"OPENAI_API_KEY": "k"}, "openai"),
        ({"OPENAI_BASE_URL": "http://x"}, "openai"),
        ({"OPENAI_API_KEY": "k", "DATELINE_LLM": "local"}, "local"),
        ({"OPENAI_API_KEY": "k", "DATELINE_LLM": "auto"}, "openai"),
        ({"DATELINE_LLM": "openai"}, "openai"),
        ({"DATELINE_LLM": "extractive"}, "extractive"),
        ({"OPENAI_API_KEY": " "}, "local"),
    ],
)
def test_auto_is_the_endpoint_when_one_is_named_and_else_the_bundled_model(environment: dict[str, str], mode: str) -> None:
    assert read_settings(environment).mode == mode


def error_of(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("value", ["0", "0.99", "3600.1", "-5", "nan", "inf", "soon", "1e9"])
def test_a_timeout_out_of_bounds_is_an_error_that_names_it(value: str) -> None:
    message = error_of({"DATELINE_TIMEOUT": value})
    assert message.startswith(f"DATELINE_TIMEOUT is {value!r}: ")
    assert message.endswith("unset DATELINE_TIMEOUT")


@pytest.mark.parametrize("value", ["1", "3600"])
def test_the_bounds_themselves_are_allowed(value: str) -> None:
    assert read_settings({"DATELINE_TIMEOUT": value}).timeout == float(value)


def test_another_kind_of_model_is_an_error_that_lists_the_kinds() -> None:
    message = error_of({"DATELINE_LLM": "gpt"})
    assert all(kind in message for kind in ("DATELINE_LLM is 'gpt'", "auto", "openai", "local", "extractive"))


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "x", "http//x"])
def test_a_base_url_without_http_is_an_error(url: str) -> None:
    assert "expected a URL like http://127.0.0.1:8080/v1" in error_of({"OPENAI_BASE_URL": url})


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "chroma+http://", "chroma+ftp://x", "chroma+http://x/path", "chroma+http://x:99999", "chroma",
     "chroma+http://name:word@x", "chroma+http://[x"],
)  # fmt: skip
def test_a_store_that_is_no_chroma_server_is_an_error(url: str) -> None:
    message = error_of({"DATELINE_STORE": url})
    assert re.match(r"DATELINE_STORE is .*: (expected|Port|Invalid)", message)
    assert message.endswith("unset DATELINE_STORE")


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "DATELINE_STORE"])
@pytest.mark.parametrize(
    "url",
    [
        "ftp://ann:hunter2@example.org/v1", "ann:hunter2@example.org/v1", "http://ann:hunter2@example.org:notaport/v1",
        "http://ann:x/hunter2@[example.org", "http://hunter2@example.org:0/v1", "http://ann:hunter2/x@example.org",
        "ftp://example.org/v1?api-key=hunter2", "http://ann:hun\x01hunter2@x", "http://x:0/#hunter2",
    ],
)  # fmt: skip
def test_an_address_that_is_refused_is_shown_without_the_password_in_it(name: str, url: str) -> None:
    message = error_of({name: url})
    assert message.startswith(f"{name} is ")
    assert "hunter2" not in message
    assert message.endswith(f"unset {name}")


def test_a_password_in_the_address_is_in_no_repr() -> None:
    assert "hunter2" not in repr(Settings(openai_base_url="http://ann:hunter2@127.0.0.1/v1"))


def test_a_name_that_nothing_reads_is_an_error_with_the_nearest_name() -> None:
    assert error_of({"DATELINE_CHATMODEL": "x"}) == "DATELINE_CHATMODEL is not a setting; did you mean DATELINE_CHAT_MODEL?"


def test_a_name_like_no_other_is_an_error_that_lists_the_names() -> None:
    message = error_of({"DATELINE_XYZZY": "x"})
    assert message.startswith("DATELINE_XYZZY is not a setting; expected one of DATELINE_AUTH, DATELINE_CACHE")


@pytest.mark.parametrize("name", ["DATELINE_OPENAI_API_KEY", "DATELINE_OPENAI_BASE_URL", "DATELINE_", "DATELINE_llm"])
def test_a_name_of_the_wrong_form_is_no_setting(name: str) -> None:
    assert f"{name} is not a setting" in error_of({name: "x"})


def test_names_of_other_programs_are_left_alone() -> None:
    assert read_settings({"OPENAI_ORG_ID": "o", "PATH": "/bin", "dateline_llm": "x", "XDATELINE_LLM": "x"}) == Settings()


@pytest.mark.parametrize("environment", [{}, {"DATELINE_TIMEOUT": "never"}, {"OPENAI_BASE_URL": "nonsense"}, {"DATELINE_LMM": "x"}])
def test_the_key_is_in_no_repr_and_no_error(environment: dict[str, str]) -> None:
    environment = environment | {"OPENAI_API_KEY": "sk-secret"}
    try:
        shown = f"{read_settings(environment)!r} {read_settings(environment)}"
    except SettingsError as error:
        shown = f"{error}"
    assert "sk-secret" not in shown


@given(
    st.dictionaries(
        st.sampled_from(["DATELINE_TIMEOUT", "DATELINE_LLM", "OPENAI_BASE_URL", "DATELINE_CACHE"]), st.text(max_size=30)
    )
)
def test_any_value_is_settings_or_a_one_line_error(environment: dict[str, str]) -> None:
    said = ""
    try:
        read_settings(environment)
    except SettingsError as error:
        said = str(error)
    assert "\n" not in said
    assert said == "" or "unset " in said


def test_settings_cannot_be_changed_and_can_be_a_key() -> None:
    settings = read_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.llm = "local"
    assert {settings: 1}[Settings()] == 1


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_TIMEOUT", "5")
    assert read_settings().timeout == 5.0


@pytest.mark.parametrize("value", ["desk", "desk:", ":longpassword", "desk:short", "desk:long\tpassword"])
def test_a_password_that_is_none_is_refused_and_not_shown(value: str) -> None:
    message = error_of({"DATELINE_AUTH": value})
    assert message.startswith("DATELINE_AUTH: ")
    assert "expected name:password" in message
    assert value not in message
    assert "longpassword" not in repr(Settings(auth="desk:longpassword"))


@pytest.mark.parametrize(
    ("environment", "tokens"),
    [
        ({}, EVIDENCE_TOKENS),
        ({"DATELINE_LLM": "extractive"}, EVIDENCE_TOKENS),
        ({"OPENAI_API_KEY": "k", "DATELINE_LLM": "local"}, EVIDENCE_TOKENS),
        ({"OPENAI_API_KEY": "k"}, ENDPOINT_TOKENS),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, ENDPOINT_TOKENS),
        ({"OPENAI_API_KEY": "k", "DATELINE_EVIDENCE_TOKENS": "400"}, 400),
        ({"DATELINE_EVIDENCE_TOKENS": "100"}, 100),
    ],
)
def test_a_larger_model_is_shown_more(environment: dict[str, str], tokens: int) -> None:
    assert evidence_tokens(read_settings(environment)) == tokens
