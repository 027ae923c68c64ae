"""A Chroma server in the place of the index's own folder: the same store, so the same tests, and what only a server can do."""

from __future__ import annotations

import inspect
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from assistant.cli import main
from index.errors import IndexFolderError
from index.folder import discard_index
from index.store import EmbeddedStore
from index.vectors import ServerCollections, collections_of
from tests.conftest import ROOT, Desk, forget_chroma
from tests.fakes import FakeEmbedder
from tests.index import test_build, test_faults, test_store
from tests.index.test_store import STORIES, _filled, manifests_read  # noqa: F401 - a fixture

FOLDERS_OWN = (
    "test_a_collection_damaged_before_a_sync_is_made_anew_by_it",
    "test_a_collection_deleted_under_an_open_store_is_made_anew_by_the_next_sync",
    "test_a_collection_made_anew_leaves_nothing_of_the_former_one",
    "test_a_damaged_collection_is_made_anew_from_the_catalog_without_embedding",
    "test_a_graph_that_ends_whoever_searches_it_is_found_and_made_anew",
    "test_a_disk_that_fills_is_an_error_on_one_line_and_no_damage",
    "test_a_write_that_finds_no_room_is_an_error_on_one_line_and_no_damage",
    "test_what_a_killed_process_was_filling_is_dropped",
)
"""What is about the files of a collection in the index's folder, and the room for them."""

_shared = {
    name: test
    for module in (test_store, test_build, test_faults)
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_") and "desk" in inspect.signature(test).parameters
}
for _name in FOLDERS_OWN:
    del _shared[_name]  # a KeyError: there is no such test any more
globals().update(_shared)


class Server:
    """Chroma's own server as its command starts it, on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._folder = folder
        self.url = f"chroma+http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            str(Path(sys.executable).parent / "chroma"),
            "run", "--host", "127.0.0.1", "--port", str(self.port), "--path", str(self._folder),
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self.port}/api/v2/heartbeat").is_success:
                    return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)
            self._process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("chroma"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def desk(tmp_path: Path, server: Server) -> Iterator[Desk]:
    made = Desk(tmp_path, server.url)
    yield made
    made.close()


def _names(desk: Desk) -> list[str]:
    """The collections of all indexes on a server."""
    assert desk.server
    client = ServerCollections(desk.server, desk.store.folder, "")._client
    return sorted(one.name for one in client.list_collections())


def test_the_vectors_are_on_the_server_and_not_in_the_folder(desk: Desk) -> None:
    before = _names(desk)
    _filled(desk)
    desk.assert_exactly(*STORIES)
    assert list(desk.folder.glob("vectors-*")) == []
    for _ in range(2):
        (added,) = set(_names(desk)) - set(before)
        assert added.endswith(str(desk.store.catalog.get("collection")))
        with desk.store.lock():
            desk.store.mirror.renew()


def test_the_parts_of_an_index_on_the_server_are_all_its_own(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.mirror.PART", 1)
    monkeypatch.setattr("index.vectors.LISTED", 2)  # a server may tell no more at a time than it likes
    before = set(_names(desk))
    other = Desk(tmp_path / "other", desk.server)
    other.write("mill.txt", "The mill grinds at night.")
    other.sync()
    other.close()
    desk.reopen()
    _filled(desk)
    name = desk.store.catalog.get("collection")
    assert len([one for one in _names(desk) if str(name) in one]) == len(STORIES)
    desk.write("ferry.txt", "The ferry sails at noon.")
    desk.sync()
    desk.reopen()
    desk.assert_exactly(*STORIES, "ferry.txt")
    with desk.store.lock():
        desk.store.mirror.renew()
    assert not [one for one in _names(desk) if str(name) in one]
    desk.assert_exactly(*STORIES, "ferry.txt")
    discard_index(desk.folder, desk.server)
    other.assert_exactly("mill.txt")
    discard_index(other.folder, desk.server)
    assert set(_names(other)) == before


def test_two_indexes_on_one_server_do_not_see_each_other(desk: Desk, tmp_path: Path) -> None:
    _filled(desk)
    other = Desk(tmp_path / "other", desk.server)
    other.write("mill.txt", "The mill grinds at night.")
    other.sync()
    with other.store.lock():
        other.store.mirror.renew()
    other.assert_exactly("mill.txt")
    desk.assert_exactly(*STORIES)
    discard_index(other.folder, desk.server)
    desk.assert_exactly(*STORIES)


def test_a_copy_of_an_index_is_an_index_of_its_own(desk: Desk, tmp_path: Path) -> None:
    _filled(desk)
    name = desk.store.catalog.get("collection")
    desk.close()
    copy = Desk(tmp_path / "copy", desk.server)
    shutil.copytree(desk.folder, copy.folder)
    copy.write("mill.txt", "The mill grinds at night.")
    copy.sync()
    copy.assert_exactly("mill.txt")
    desk.assert_exactly(*STORIES)
    assert desk.store.catalog.get("collection") == name, "it was not spoilt and made anew"


def test_making_an_index_anew_leaves_nothing_of_it_on_the_server(desk: Desk) -> None:
    before = _names(desk)
    _filled(desk)
    assert _names(desk) != before
    desk.close()
    discard_index(desk.folder, desk.server)
    assert _names(desk) == before
    desk.assert_exactly()


def test_an_index_moves_to_the_server_and_back_without_embedding(desk: Desk) -> None:
    url, desk.server = desk.server, None
    _filled(desk)
    for server in (url, None):
        desk.reopen()
        desk.server = server
        desk.assert_exactly(*STORIES)
        assert desk.embedder.embedded == []


def test_a_collection_deleted_from_the_server_is_made_anew(desk: Desk) -> None:
    _filled(desk)
    desk.search("pier")
    collections_of(desk.folder, desk.server, desk.store.catalog.owner).drop()
    desk.write("new.txt", "The ferry sails.")
    assert desk.sync().embedded == 1
    desk.assert_exactly(*STORIES, "new.txt")


def test_a_server_that_stops_is_an_error_with_the_command_and_no_damage(tmp_path: Path) -> None:
    own = Server(tmp_path / "chroma")
    own.start()
    desk = Desk(tmp_path / "desk", own.url)
    _filled(desk)
    name = desk.store.catalog.get("collection")
    own.stop()
    desk.write("new.txt", "The ferry sails.")
    for meet in (lambda: desk.search("pier"), desk.sync, lambda: desk.store.mirror.fault()):
        with pytest.raises(IndexFolderError, match=f"does not answer.*chroma run --host 127.0.0.1 --port {own.port}"):
            meet()
    desk.reopen()
    with pytest.raises(IndexFolderError, match="does not answer"):
        desk.search("pier")
    own.start()
    try:
        desk.sync()
        assert desk.store.catalog.get("collection") == name
        desk.assert_exactly(*STORIES, "new.txt")
    finally:
        desk.close()
        own.stop()


def test_something_else_at_the_address_is_an_error_on_one_line(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused
        with pytest.raises(IndexFolderError, match="does not answer") as caught:
            EmbeddedStore(tmp_path, FakeEmbedder(), server=f"chroma+http://127.0.0.1:{nobody.getsockname()[1]}")
    assert "\n" not in str(caught.value)


def test_a_server_that_accepts_and_is_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vectors.HEARTBEAT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(IndexFolderError, match="does not answer"):
        EmbeddedStore(tmp_path, FakeEmbedder(), server=f"chroma+http://127.0.0.1:{silent.getsockname()[1]}")


def test_a_server_that_is_busy_or_refuses_is_no_damage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(desk)
    name = desk.store.catalog.get("collection")
    session = type(desk.store.mirror.follow()._client._server._session)
    whole = session.request
    for code in (401, 429, 500, 503):
        desk.search("pier")
        with monkeypatch.context() as patch:
            patch.setattr(session, "request", lambda self, method, url, code=code, **_: _answer(code, method, url))
            for meet in (lambda: desk.search("pier"), lambda: desk.store.mirror.fault(), desk.store.mirror.renew):
                with pytest.raises(IndexFolderError, match="does not answer as it should"):
                    meet()
    assert session.request is whole
    desk.assert_exactly(*STORIES)
    assert desk.store.catalog.get("collection") == name


def _answer(code: int, method: str, url: str) -> httpx.Response:
    return httpx.Response(code, json={"error": "Busy", "message": "later"}, request=httpx.Request(method, url))


def test_the_commands_use_the_server_of_the_setting(
    server: Server, sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(sample_index, tmp_path / "index")
    monkeypatch.setenv("DATELINE_STORE", server.url)
    monkeypatch.setenv("DATELINE_LLM", "extractive")
    where = ["--corpus", str(ROOT / "corpus"), "--index", str(tmp_path / "index")]
    assert main(["ask", "Who is the chief executive of Digital China?", *where]) == 0
    assert "[1]" in capsys.readouterr().out
    assert main(["status", "--check", "--index", str(tmp_path / "index")]) == 0
    assert list((tmp_path / "index").glob("vectors-*")) == [], "what was in the folder is not left there"
    forget_chroma()
