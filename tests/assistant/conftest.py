"""Settings of the machine that runs the tests reach no test, and no store or client outlives its test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import assistant.api
import assistant.collaborators
from assistant.meaning import MEASURED
from assistant.model import ChatModel
from index.store import EmbeddedStore
from tests.assistant.fakes import BRIDGE, FERRY, LIBRARY, Newsroom
from tests.assistant.servers import HostileServer
from tests.conftest import forget_chroma
from tests.fakes import FakeEmbedder

CACHE = os.environ.get("DATELINE_CACHE")
"""Where the machine keeps the bundled model; read before the environment is emptied."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("DATELINE_", "OPENAI_")) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """Three articles: a bridge (the one that is asked about), a ferry and a library."""
    made = Newsroom(tmp_path / "corpus")
    made.write("bridge.txt", BRIDGE)
    made.write("port/ferry.txt", FERRY)
    made.write("library.txt", LIBRARY)
    return made


@pytest.fixture
def empty_newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "corpus")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


class Wiring:
    """What the public functions are given instead of the bundled parts; `model` None quotes without one."""

    def __init__(self) -> None:
        self.model: ChatModel | None = None


@pytest.fixture
def fake_embedder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The public functions and the command use a FakeEmbedder; whatever they opened is closed."""
    monkeypatch.setattr(assistant.collaborators, "BundledEmbedder", FakeEmbedder)
    monkeypatch.setitem(MEASURED, FakeEmbedder().name, 0.45)  # as near by word lengths as these articles are to anything
    monkeypatch.setattr(assistant.api, "_open", {})
    stores: list[EmbeddedStore] = []
    opened = EmbeddedStore.__init__

    def open_and_remember(self: EmbeddedStore, *arguments: object, **named: object) -> None:
        opened(self, *arguments, **named)  # type: ignore[arg-type]
        stores.append(self)

    monkeypatch.setattr(EmbeddedStore, "__init__", open_and_remember)
    yield
    for store in stores:
        store.close()
    forget_chroma()


@pytest.fixture
def wiring(fake_embedder: None, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """The public functions with a FakeEmbedder and the model that the test puts in."""
    made = Wiring()
    monkeypatch.setattr(assistant.api, "make_model", lambda settings, on_join=None, **_: made.model)
    return made
