"""What is told of an index without a question: what it holds, what it lags behind, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.api import DEFAULT_CORPUS
from assistant.chain import EXTRACTIVE
from assistant.collaborators import make_embedder, make_model
from assistant.settings import read_settings
from index.build import differences, sync_folder
from index.check import Faults, check, mend
from index.copies import Copies
from index.folder import existing_catalog
from index.scan import checked_corpus
from index.store import EmbeddedStore


def check_index(
    index: Path, corpus: Path | None = None, *, repair: bool = False, progress: Callable[[int, int], None] | None = None
) -> tuple[Faults, Faults]:
    """What is wrong with an index: all that was found, and what is left of it after `repair`, if that is wanted.

    Without `corpus`, the folder that was indexed last is compared. Raises IndexFolderError when there is no index or it can
    only be made anew, with the command that does so.
    """
    catalog = existing_catalog(index)
    try:
        remembered = catalog.get("corpus")
    finally:
        catalog.close()
    folder = checked_corpus(corpus or Path(remembered or DEFAULT_CORPUS))
    settings = read_settings()
    store = EmbeddedStore(index, make_embedder(settings), folder, server=settings.store)
    try:
        with store.lock():
            found = check(store.catalog, store.mirror, folder, progress)
            if not repair or not found.lines():
                return found, found
            mend(store.catalog, store.mirror, found)
        sync_folder(folder, store)
        with store.lock():
            return found, check(store.catalog, store.mirror, folder)
    finally:
        store.close()


def index_status(index: Path, corpus: Path | None = None) -> dict[str, Any]:
    """What an index holds, by which embedder and for which model, which files of the folder it lags behind, and which articles
    are copies of one another.

    Without `corpus`, the folder that was indexed last is compared. No article is read. The catalog is opened as for any use:
    one of an earlier version is brought up to date, and its folder has to be one that can be written to. Raises
    IndexFolderError when there is no index, with the command that makes one.
    """
    settings = read_settings()
    catalog = existing_catalog(index)
    try:
        stats, manifest, copies = catalog.stats(), catalog.manifest(), Copies(catalog).clusters()
        remembered = catalog.get("corpus")
    finally:
        catalog.close()
    folder = corpus or Path(remembered or DEFAULT_CORPUS)
    model = make_model(settings)
    return {
        "corpus": str(folder),
        **asdict(stats),
        "model": model.name if model else EXTRACTIVE,
        "stale": [{"source": source, "reason": reason} for source, reason in differences(folder, manifest)],
        "skipped": [{"source": source, "reason": record.skipped} for source, record in manifest.items() if record.skipped],
        "copies": [list(group) for group in copies],
        "files": [
            {"source": source, "sha256": record.sha256, "encoding": record.encoding, "title": record.title,
             "published": record.published, "passages": record.passages}
            for source, record in manifest.items() if not record.skipped
        ],
    }  # fmt: skip
