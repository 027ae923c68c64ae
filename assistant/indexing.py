"""The commands that look after an index: `dateline index` and `dateline status`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.terminal import bar, one_line, print_json
from index.errors import DatelineError

if TYPE_CHECKING:
    from index.types import SyncReport

DONE = 0
SHOWN = 50
"""Lines printed of a list that may be long."""


def index(options: argparse.Namespace) -> int:
    """`dateline index`: make the index reflect a folder, and follow it if that is wanted."""
    from assistant.collaborators import make_embedder
    from assistant.settings import read_settings
    from index.build import sync_folder
    from index.folder import discard_index
    from index.scan import checked_corpus
    from index.store import EmbeddedStore

    settings = read_settings()
    embedder = make_embedder(settings)
    checked_corpus(Path(options.corpus))  # before anything is thrown away for it
    if options.rebuild:
        embedder.query("ready?")  # an embedder that fails must not cost the index that is there
        discard_index(Path(options.index), settings.store)
    store = EmbeddedStore(Path(options.index), embedder, Path(options.corpus), server=settings.store)

    def sync() -> SyncReport:
        with bar("indexing", "file") as progress:
            return sync_folder(Path(options.corpus), store, lambda at: progress(at.done, at.total))

    report = sync()
    if options.json:
        print_json(report.to_dict())
    else:
        _print_report(report)
        if not report.added and not report.changed and not report.unchanged:
            print(f"dateline: no articles in {one_line(options.corpus)}; expected .txt, .html, .pdf or others", file=sys.stderr)
    if options.watch:
        with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
            _follow(Path(options.corpus), Path(options.index), sync, as_json=options.json)
    return DONE


def _follow(corpus: Path, index: Path, sync: Callable[[], SyncReport], *, as_json: bool) -> None:
    """Sync whenever the folder may have changed, and tell what did; what fails is told and tried again."""
    from index.watch import changes

    print(f"following {one_line(str(corpus))} (stop it with Ctrl+C)", file=sys.stderr, flush=True)
    told = ""
    for _ in changes(corpus, index):
        try:
            report = sync()
        except DatelineError as error:
            if str(error) != told:
                print(f"dateline: {one_line(str(error))}", file=sys.stderr, flush=True)
            told = str(error)
            continue
        told = ""
        if report.added or report.changed or report.removed:
            if as_json:
                print_json(report.to_dict())
            else:
                _print_report(report)
            sys.stdout.flush()


def _print_report(report: SyncReport) -> None:
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "removed", "unchanged", "skipped")}
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + f"; {report.embedded} passages embedded")
    _print_some("skipped", report.skipped)
    _print_some("note", report.notes)


def _print_some(name: str, items: Sequence[tuple[str, str]]) -> None:
    """The first of what may be as many as the records of a crawl."""
    for where, what in items[:SHOWN]:
        print(f"  {name} {one_line(where)}: {one_line(what)}")
    if len(items) > SHOWN:
        print(f"  ... and {len(items) - SHOWN} more; --json lists all")


def status(options: argparse.Namespace) -> int:
    """`dateline status`: tell what is indexed and what is stale, or look for faults and mend them."""
    from assistant.status import index_status

    if options.check or options.repair:
        return _check(options)
    status = index_status(Path(options.index), Path(options.corpus) if options.corpus else None)
    if options.json:
        print_json(status)
        return DONE
    where = f"{one_line(status['corpus'])} in {one_line(options.index)}"
    print(f"{status['articles']} articles, {status['passages']} passages of {where}")
    if copies := status["copies"]:
        print(f"{sum(map(len, copies))} of them are copies of one another, in {len(copies)} groups; --json lists them")
    print(f"last synced {status['synced_at']}")
    print(f"published {status['first_published'] or '?'} to {status['last_published'] or '?'}")
    print(one_line(f"embedder {status['embedder']} ({status['dim']} dimensions); model {status['model']}"))
    for name in ("stale", "skipped"):
        _print_some(name, [(item["source"], item["reason"]) for item in status[name]])
    return DONE


def _check(options: argparse.Namespace) -> int:
    from assistant.status import check_index

    corpus = Path(options.corpus) if options.corpus else None
    with bar("checking", "file") as progress:
        found, left = check_index(Path(options.index), corpus, repair=options.repair, progress=progress)
    faults = [{"where": where, "what": what} for where, what in found.lines()]
    if options.json:
        print_json({"faults": faults, "left": [{"where": where, "what": what} for where, what in left.lines()]})
    else:
        _print_some("fault", found.lines())
        print(f"{len(faults)} faults, {len(left.lines())} left" if faults else "the index is what the folder says")
    if left.lines():
        raise DatelineError(
            f"the index in {options.index} is not what the folder says; expected no fault; "
            f"to mend it: dateline status --repair --index {options.index}"
        )
    return DONE
