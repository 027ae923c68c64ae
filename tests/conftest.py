"""What several tests start from: a folder of articles with an index beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from index.build import sync_folder
from index.store import EmbeddedStore
from index.types import Hit, SyncReport
from tests.browser import CHROMIUM, chromium
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent

# The same examples in every run, and no stopwatch: the first example loads the tables that all others share.
settings.register_profile("dateline", derandomize=True, deadline=None)
settings.load_profile("dateline")


class Desk:
    """A corpus folder, an index folder and one open store, as one process would hold them; the vectors may be on a server."""

    def __init__(self, base: Path, server: str | None = None) -> None:
        self.server = server
        self.corpus = base / "corpus"
        self.corpus.mkdir(parents=True)
        self.folder = base / "index"
        self.embedder = FakeEmbedder()
        self._store: EmbeddedStore | None = None

    @property
    def store(self) -> EmbeddedStore:
        if self._store is None:
            self._store = EmbeddedStore(self.folder, self.embedder, server=self.server)
        return self._store

    def write(self, source: str, content: str | bytes) -> Path:
        path = self.corpus / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def sync(self) -> SyncReport:
        return sync_folder(self.corpus, self.store)

    def search(self, question: str, limit: int = 50) -> list[Hit]:
        return self.store.search(question, limit)

    def sources(self, question: str) -> set[str]:
        """Every file that a question finds, the folded copies among them."""
        return {source for hit in self.search(question) for source in (hit.passage.source, *hit.also_in)}

    def reopen(self, embedder: FakeEmbedder | None = None) -> None:
        """What the next process would find: nothing in memory, only the folder."""
        self.close()
        self.embedder = embedder or FakeEmbedder()

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
        forget_chroma()

    def assert_exactly(self, *sources: str) -> None:
        """Manifest, catalog, Chroma and search all hold these files' passages and no others."""
        indexed = {source: record for source, record in self.store.manifest().items() if not record.skipped}
        passages = sum(record.passages for record in indexed.values())
        stats = self.store.stats()
        assert set(indexed) == set(sources)
        assert (stats.articles, stats.passages) == (len(sources), passages)
        assert self.store.collection().count() == passages
        assert self.sources("what is in the folder") == set(sources)


def forget_chroma() -> None:
    """Chroma keeps one open client per folder and process; a new process has none."""
    from chromadb.api.shared_system_client import SharedSystemClient

    systems = list(SharedSystemClient._identifier_to_system.values())
    SharedSystemClient.clear_system_cache()
    for system in systems:
        with suppress(AttributeError):  # one that a damaged folder kept from starting has nothing to stop
            system.stop()
        for part in system._instances.values():  # nothing else closes the connections to a server
            if session := getattr(part, "_session", None):
                session.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; try: apt-get install chromium")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample corpus by the real embedder, made once; whoever changes it takes a copy.

    When several processes share the work (pytest -n 2), the first makes it and the others wait and find it made.
    """
    from index.embed import BundledEmbedder

    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "sample"
    shared.mkdir(exist_ok=True)
    folder = shared / "index"
    with FileLock(shared / "lock"):
        store = EmbeddedStore(folder, BundledEmbedder(), ROOT / "corpus")
        sync_folder(ROOT / "corpus", store)
        store.close()
        forget_chroma()
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as written long ago: without it, those of the last two seconds are read again to be sure."""
    monkeypatch.setattr("index.scan.RACY_SECONDS", 0.0)


def same_stamps_as(path: Path, content: bytes) -> None:
    """Overwrite a file and give it back its times, as `touch -r` does."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
