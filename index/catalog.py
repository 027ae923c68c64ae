"""The SQLite catalog: what is indexed, where each passage stands, every vector, and the lexical index.

It is the one source of truth. Each article is replaced or removed in one transaction together with the list of
changes that the vector collection still has to follow (`pending`), so a crash between the two loses nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from index.database import Database, rebuild
from index.errors import IndexFolderError
from index.minhash import bands_of
from index.recurring import rank_of, site_of
from index.schema import LATER, SCHEMA_VERSION, brought_up
from index.terms import terms
from index.types import FileRecord, Passage, Prepared, Skipped, Stats

if TYPE_CHECKING:
    from index.embed import Vectors

MAX_QUERY_TERMS = 64
MOST_MATCHED = 10_000
"""Passages that a query's terms may match together: each is scored, and the commonest terms, which match most, tell least."""

_PASSAGE = """
SELECT p.id, a.source, p.start, p.end, substr(a.text, p.start + 1, p.end - p.start), p.kind, a.title, a.published
FROM passages p JOIN articles a ON a.id = p.article
"""


class Catalog(Database):
    """One catalog file; safe to share between threads, and between processes one of which writes at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            # Two processes that both find no catalog would both switch its journal, and SQLite does not wait there.
            with FileLock(f"{path}.lock"), self.guarded():
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA foreign_keys = ON")
                with self.changing() as db:
                    found = brought_up(db)
                if found != SCHEMA_VERSION:
                    raise IndexFolderError(f"{path} has schema {found}; expected {SCHEMA_VERSION}; {rebuild(path)}")
                for statement in LATER.strip().split(";\n"):
                    self._db.execute(statement)
        except BaseException:
            self._db.close()
            raise

    # What is there

    def get(self, key: str) -> str | None:
        """A remembered fact about the index, such as the embedder's name."""
        row = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(row[0][0]) if row else None

    def owner(self) -> str:
        """A name that no other index has; a copy of the index, which is another file, gets one of its own."""
        mark = f"{self.path.stat().st_ino:x}"
        name, _, of = (self.get("owner") or "").partition(" ")
        if not name or of != mark:
            name = secrets.token_hex(8)
            self.put(owner=f"{name} {mark}")
        return name

    def put(self, **facts: str) -> None:
        """Remember facts about the index, all or none."""
        with self.changing():
            for key, value in facts.items():
                self._set(key, value)

    def manifest(self) -> dict[str, FileRecord]:
        """Every file known, indexed or skipped, by source."""
        rows = self.rows(
            "SELECT source, stamp, sha256, encoding, title, published,"
            " (SELECT count(*) FROM passages WHERE article = a.id), note, '' FROM articles a"
            " UNION ALL SELECT source, stamp, '', '', NULL, NULL, 0, '', reason FROM skipped ORDER BY source"
        )
        return {row[0]: FileRecord(*row[1:]) for row in rows}

    def stats(self) -> Stats:
        """Counts, the dates covered and the embedder."""
        articles, first, last = self.rows("SELECT count(*), min(published), max(published) FROM articles")[0]
        passages, vectors = self.rows("SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM vectors)")[0]
        return Stats(
            articles, passages, vectors, self.get("embedder") or "", int(self.get("dim") or 0), first, last, self.get("synced_at")
        )

    def count(self) -> int:
        """How many passages there are; of a million it is told in milliseconds, as `stats` is not."""
        return int(self.rows("SELECT count(*) FROM passages")[0][0])

    def newest(self) -> str | None:
        """The date of the newest article; None when none has one."""
        found: str | None = self.rows("SELECT max(published) FROM articles")[0][0]
        return found

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of these ids, without those that are gone."""
        rows = self.rows(f"{_PASSAGE} WHERE p.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
        return {row[0]: Passage(*row[1:]) for row in rows}

    def passages_of(self, articles: Sequence[int], least: float, most: float) -> list[Passage]:
        """The passages of these articles whose length in characters is between two."""
        rows = self.rows(
            f"{_PASSAGE} WHERE p.article IN (SELECT value FROM json_each(?)) AND p.end - p.start BETWEEN ? AND ?",
            (json.dumps(list(articles)), least, most),
        )
        return [Passage(*row[1:]) for row in rows]

    def lexical(self, query: str, limit: int) -> list[tuple[int, float]]:
        """The passages sharing terms with the query, best first: (id, BM25 score, higher is better).

        BM25 is SQLite FTS5's own: k1 = 1.2, b = 0.75, https://sqlite.org/fts5.html#the_bm25_function
        """
        wanted = list(dict.fromkeys(terms(query)))[:MAX_QUERY_TERMS]
        if not wanted:
            return []
        match = " OR ".join(f'"{term}"' for term in self._telling(wanted))
        rows = self.rows("SELECT rowid, -rank FROM lexical WHERE lexical MATCH ? ORDER BY rank, rowid LIMIT ?", (match, limit))
        return [(int(row[0]), float(row[1])) for row in rows]

    def _telling(self, wanted: list[str]) -> list[str]:
        """The rarest of the terms, as many as match MOST_MATCHED passages together, and always one; all, in a small index."""
        if self.last_passage() <= MOST_MATCHED:
            return wanted
        with self.guarded():
            self._db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab (main, lexical, row)")
        rows = self.rows(
            "SELECT term, doc FROM temp.words WHERE term IN (SELECT value FROM json_each(?)) ORDER BY doc, term",
            (json.dumps(wanted),),
        )
        taken: list[str] = []
        matched = 0
        for term, passages in rows:
            matched += passages
            if taken and matched > MOST_MATCHED:
                break
            taken.append(term)
        return taken or wanted

    # Vectors

    def known(self, digests: Iterable[str]) -> set[str]:
        """Those of the digests whose vector is stored."""
        wanted = json.dumps(sorted(set(digests)))
        rows = self.rows("SELECT digest FROM vectors WHERE digest IN (SELECT value FROM json_each(?))", (wanted,))
        return {row[0] for row in rows}

    def pending(self, limit: int = 5_000) -> list[tuple[int, bytes | None]]:
        """Passages whose vector the collection has yet to take (id, vector) or to drop (id, None)."""
        return self.rows(
            "SELECT n.passage, v.vector FROM pending n LEFT JOIN passages p ON p.id = n.passage"
            " LEFT JOIN vectors v ON v.digest = p.digest ORDER BY n.passage LIMIT ?",
            (limit,),
        )

    def pending_until(self, last: int) -> list[tuple[int, bytes]]:
        """The vectors of the passages up to an id that the collection has yet to take."""
        return self.rows(
            # CROSS keeps the order: SQLite would walk over all passages and ask of each whether it is pending.
            "SELECT p.id, v.vector FROM pending n CROSS JOIN passages p ON p.id = n.passage JOIN vectors v ON v.digest = p.digest"
            " WHERE n.passage <= ?",
            (last,),
        )

    def last_passage(self) -> int:
        """The greatest passage id in use, 0 for none; ids only grow."""
        return int(self.rows("SELECT coalesce(max(id), 0) FROM passages")[0][0])

    def vectors_from(self, last: int, limit: int = 5_000, *, until: int = 2**63 - 1) -> list[tuple[int, bytes]]:
        """The vectors of the next passages behind an id and up to another one, in the order of their ids."""
        return self.rows(
            "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.digest = p.digest"
            " WHERE p.id > ? AND p.id <= ? ORDER BY p.id LIMIT ?",
            (last, until, limit),
        )

    def every(self, count: int) -> list[int]:
        """The id of every `count`-th passage, but for the first one."""
        numbered = "(SELECT id, row_number() OVER (ORDER BY id) - 1 AS before FROM passages)"
        return [row[0] for row in self.rows(f"SELECT id FROM {numbered} WHERE before AND NOT before % ?", (count,))]

    def settle(self, ids: Sequence[int], dropped: int) -> None:
        """The collection has followed these changes; `dropped` is how many vectors it has dropped since it was made."""
        with self.changing():
            self._set("dropped", str(dropped))
            self._db.execute("DELETE FROM pending WHERE passage IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))

    def settle_anew(self, collection: str, parts: str) -> None:
        """A new collection of all passages takes over, shared out in these parts."""
        with self.changing():
            self._set("collection", collection)
            self._set("parts", f"{collection} {parts}")
            self._set("dropped", "0")
            self._db.execute("DELETE FROM pending")

    # Changes

    def replace(self, prepared: Sequence[tuple[Prepared, Sequence[str]]], vectors: Mapping[str, Vectors]) -> None:
        """Put articles in the place of their former versions, all or none; each comes with its passages' digests."""
        with self.changing():
            self._db.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?)", [(digest, vector.tobytes()) for digest, vector in vectors.items()]
            )
            for item, digests in prepared:
                article = item.article
                self._delete(article.source)
                marks = json.dumps([[segment.kind, segment.start, segment.end] for segment in item.segments])
                row = self._db.execute(
                    "INSERT INTO articles (source, sha256, stamp, encoding, title, published, text, segments, note)"
                    " VALUES (?,?,?,?,?,?,?,?,?)",
                    (*_columns(item), marks, article.note),
                )
                site = site_of(article.source)
                self._db.execute("INSERT INTO placed VALUES (?, ?, ?)", (row.lastrowid, site, rank_of(article.source)))
                self._db.executemany("INSERT INTO lines VALUES (?, ?, ?)", [(site, line, row.lastrowid) for line in item.lines])
                bands = [(band, row.lastrowid) for band in bands_of(item.signature)]
                self._db.execute("INSERT INTO signatures VALUES (?, ?)", (row.lastrowid, item.signature))
                self._db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", bands)
                for passage, digest in zip(item.passages, digests, strict=True):
                    added = self._db.execute(
                        "INSERT INTO passages (article, start, end, kind, digest) VALUES (?,?,?,?,?)",
                        (row.lastrowid, passage.start, passage.end, passage.kind, digest),
                    ).lastrowid
                    self._db.execute("INSERT INTO lexical (rowid, terms) VALUES (?, ?)", (added, " ".join(terms(passage.text))))
                    self._db.execute("INSERT OR IGNORE INTO pending VALUES (?)", (added,))

    def held(self, items: Sequence[Prepared]) -> set[str]:
        """The sources of the articles whose bytes, read in the same way, are indexed already.

        How a file was read stands in its stamp before the colon.
        """
        rows = self.rows(
            "SELECT source, sha256, stamp FROM articles WHERE source IN (SELECT value FROM json_each(?))",
            (json.dumps([item.source for item in items]),),
        )
        known = {(source, sha256, stamp.rpartition(":")[0]) for source, sha256, stamp in rows}
        return {one.source for one in items if (one.source, one.article.sha256, one.stamp.rpartition(":")[0]) in known}

    def look_past(self, items: Sequence[Prepared | Skipped]) -> None:
        """Keep articles as they are, under their new stamps, and forget what skipped files said but for why; all or none.

        What a file said that cannot be read for now (no stamp) is kept with a note, and read again.
        """
        kept = "UPDATE articles SET stamp = '', note = ? WHERE source = ?"
        with self.changing() as db:
            for item in items:
                if isinstance(item, Skipped):
                    note = f"{item.reason}; what it said before is kept"
                    if not item.stamp and db.execute(kept, (note, item.source)).rowcount:
                        continue
                    self._delete(item.source)
                    db.execute("INSERT INTO skipped VALUES (?, ?, ?)", (item.source, item.stamp, item.reason))
                else:
                    db.execute("UPDATE articles SET stamp = ? WHERE source = ?", (item.stamp, item.source))

    def remove(self, sources: Iterable[str]) -> None:
        """Forget articles, all or none."""
        with self.changing():
            for source in sources:
                self._delete(source)

    def any_unsure(self) -> bool:
        """Whether an article is to be read again, whatever its file's stamp."""
        return bool(self.rows("SELECT 1 FROM articles WHERE stamp = '' LIMIT 1"))

    def forget_unused_vectors(self, *, of_all: bool = False) -> None:
        """Drop the vectors of texts that stand in no article any more: of those that went since the last time, or of all."""
        loose = "" if of_all else "digest IN (SELECT digest FROM loose) AND "
        with self.changing():
            self._db.execute(f"DELETE FROM vectors WHERE {loose}digest NOT IN (SELECT digest FROM passages)")
            self._db.execute("DELETE FROM loose")

    def _delete(self, source: str) -> None:
        its = "FROM passages p JOIN articles a ON a.id = p.article WHERE a.source = ?"
        self._db.execute(f"INSERT OR IGNORE INTO pending SELECT p.id {its}", (source,))
        self._db.execute(f"INSERT OR IGNORE INTO loose SELECT p.digest {its}", (source,))
        self._db.execute(f"DELETE FROM lexical WHERE rowid IN (SELECT p.id {its})", (source,))
        self._db.execute("DELETE FROM articles WHERE source = ?", (source,))
        self._db.execute("DELETE FROM skipped WHERE source = ?", (source,))

    def _set(self, key: str, value: str) -> None:
        self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def _columns(item: Prepared) -> tuple[Any, ...]:
    article = item.article
    return (article.source, article.sha256, item.stamp, article.encoding, article.title, article.published, article.text)
