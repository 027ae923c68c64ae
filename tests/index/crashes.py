"""An indexer that is killed at random instants while a folder changes, and what has to be true after each.

`python -m benchmarks.crashes` does it 200 times, the tests a few times.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from index.build import differences, prepared, sync_folder
from index.check import Faults, check
from index.formats import file_of, format_of, member
from index.load import load_source
from index.recurring import without
from index.store import EmbeddedStore, digest_of
from index.types import Article
from tests.conftest import forget_chroma
from tests.fakes import FakeEmbedder

if TYPE_CHECKING:
    from index.embed import Vectors

LONGEST = 0.6
"""Seconds after its beginning within which an indexer is killed; some end before."""


class SlowEmbedder(FakeEmbedder):
    """Takes its time, so that there are instants to be killed at, and writes down what it was given."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def passages(self, texts: Sequence[str]) -> Vectors:
        with self.log.open("a") as log:
            log.writelines(json.dumps(text) + "\n" for text in texts)
        time.sleep(0.002 * len(texts))
        return super().passages(texts)


def small_parts() -> Any:
    """While this is in force, a few hundred passages are in several parts, and are made anew now and then."""
    return patch.multiple("index.mirror", PART=60, MOST_DROPPED=200)


def sync(corpus: Path, index: Path, log: Path) -> None:
    """What the process does that is killed."""
    with small_parts():
        store = EmbeddedStore(index, SlowEmbedder(log), corpus)
        _began(log).touch()
        sync_folder(corpus, store)


def _began(log: Path) -> Path:
    return log.with_suffix(".began")


@dataclass
class Crashes:
    """How often the indexer was killed, and how often it had ended before."""

    killed: int = 0
    ended: int = 0
    articles: list[int] = field(default_factory=list)


def crash(base: Path, times: int, seed: int) -> Crashes:
    """Change a folder and kill its indexer, `times` times; AssertionError when anything is lost, left over or done twice."""
    corpus, index, log = base / "corpus", base / "index", base / "embedded.log"
    corpus.mkdir()
    dice = random.Random(seed)  # noqa: S311 - no secret
    # Processes are forked off one that has imported everything: a crash a second instead of one in four.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.index.crashes", "chromadb", "numpy"])
    counts = Crashes()
    for _ in range(times):
        _change(corpus, dice)
        for _ in range(dice.choice([1, 1, 2])):
            _embedded(log)  # forget what was embedded before
            known, held = _known(index), _held(index)
            process = processes.Process(target=sync, args=(corpus, index, log))
            _began(log).unlink(missing_ok=True)
            process.start()
            while process.is_alive() and not _began(log).exists():
                time.sleep(0.001)
            process.join(dice.uniform(0, LONGEST))
            process.kill()
            process.join()
            counts.killed += process.exitcode == -9
            counts.ended += process.exitcode == 0
            assert process.exitcode in (0, -9)
            assert not known & {digest_of(text) for text in _embedded(log)}, "what was finished was embedded again"
            _assert_as_it_was_or_is(corpus, held, _held(index))
        if dice.random() < 0.3:  # what was expected of files that go again must not be believed
            for path in dice.sample(sorted(corpus.iterdir()), k=len(list(corpus.iterdir())) // 2):
                path.unlink()
        counts.articles.append(_assert_mirror(corpus, index, log))
    return counts


def _change(corpus: Path, dice: random.Random) -> None:
    """Some files are added, changed, renamed and deleted."""
    for _ in range(dice.randint(1, 12)):
        files = sorted(corpus.iterdir())
        what = dice.choice(["add", "add", "change", "change", "rename", "delete"]) if files else "add"
        if what == "add":
            name = f"{dice.randrange(10**6)}.{dice.choice(['txt', 'txt', 'jsonl'])}"
            _write(corpus / name, dice)
        elif what == "change":
            _write(dice.choice(files), dice)
        elif what == "rename":
            one = dice.choice(files)
            one.rename(corpus / f"{dice.randrange(10**6)}{one.suffix}")
        else:
            dice.choice(files).unlink()


SITE = "Readers of this paper meet every second Thursday in the back room of the Lamplighter."
"""Stands in about a third of the articles, so that it is learnt and unlearnt as files come and go."""


def _write(path: Path, dice: random.Random) -> None:
    def story() -> str:
        words = ["pier", "ferry", "mill", "baker", "comet", "harbour", "mayor", "bridge"]
        said = " ".join(f"The {dice.choice(words)} of {dice.choice(words)} counted {dice.randrange(900)} boats." for _ in range(30))
        return f"{said}\n\n{SITE}" if dice.random() < 0.32 else said

    if path.suffix == ".txt":
        path.write_text("\n\n".join(story() for _ in range(dice.randint(1, 6))))
    else:
        path.write_text("".join(json.dumps({"title": f"R{n}", "text": story()}) + "\n" for n in range(dice.randint(1, 40))))


def _sizes(article: Article) -> set[int]:
    """How many passages an article may have: with the site's line as part of the story, and with it as boilerplate."""
    item = prepared(article, "")
    return {len(item.passages), len(without(item, _SITES_LINE).passages)}


_SITES_LINE = prepared(Article("a.txt", "", "utf-8", f"{SITE}\n", None, None, (), ""), "").lines


def _embedded(log: Path) -> list[str]:
    """The texts that were embedded since this was asked last."""
    texts = [json.loads(line) for line in log.read_text().splitlines() if line.endswith('"')] if log.exists() else []
    log.write_text("")
    return texts


def _held(index: Path) -> dict[str, tuple[str, int]]:
    """The articles of the catalog: source → hash of what was read, and how many passages it has."""
    if not (index / "catalog.db").exists():
        return {}
    with sqlite3.connect(index / "catalog.db") as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles'").fetchone():
            return {}
        rows = db.execute("SELECT source, sha256, (SELECT count(*) FROM passages WHERE article = a.id) FROM articles a")
        return {source: (sha256, passages) for source, sha256, passages in rows}


def _assert_as_it_was_or_is(corpus: Path, before: dict[str, tuple[str, int]], after: dict[str, tuple[str, int]]) -> None:
    """After a kill, each article that was there, and that the folder still has, is whole: in its old form or its new one."""
    for source, was in before.items():
        file = file_of(source)[0]
        if not (corpus / file).exists() or source not in _sources(corpus / file):
            continue
        assert source in after, f"{source} is in neither form"
        if after[source] != was:
            now = load_source(corpus, source)
            assert after[source][0] == now.sha256, f"{source} is not whole"
            assert after[source][1] in _sizes(now), f"{source} is not whole"


def _known(index: Path) -> set[str]:
    """The digests of the texts that passages of the catalog need and have vectors for."""
    if not (index / "catalog.db").exists():
        return set()
    with sqlite3.connect(index / "catalog.db") as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        if "vectors" not in tables:
            return set()
        return {row[0] for row in db.execute("SELECT digest FROM vectors WHERE digest IN (SELECT digest FROM passages)")}


def _assert_mirror(corpus: Path, index: Path, log: Path) -> int:
    """Opening and syncing gives what a new index would hold, and nothing else; returns how many articles that are."""
    known = _known(index)
    small = small_parts()
    small.start()
    store = EmbeddedStore(index, SlowEmbedder(log), corpus)
    try:
        report = sync_folder(corpus, store)
        assert not known & {digest_of(text) for text in _embedded(log)}, "what was finished was embedded again"
        assert report.skipped == ()
        with store.lock():
            found = check(store.catalog, store.mirror, corpus)
        racy = {source: why for source, why in found.stale.items() if why}
        assert replace(found, stale=racy) == Faults()
        held = {source for source, record in store.manifest().items() if not record.skipped}
        assert held == {source for path in corpus.iterdir() for source in _sources(path)}
        passages = sum(record.passages for record in store.manifest().values())
        assert store.collection().count() == passages == store.stats().passages
        assert not differences(corpus, store.manifest())
    finally:
        store.close()
        forget_chroma()
        small.stop()
    return len(held)


def _sources(path: Path) -> list[str]:
    """The articles that a file should be."""
    kind = format_of(path.name)
    assert kind is not None
    if not kind.many:
        return [path.name]
    return [member(path.name, number) for number, _ in enumerate(path.read_text().splitlines(), start=1)]
