"""The tables of the catalog, and how an older version's become them."""

from __future__ import annotations

import sqlite3

from index.parts import PART

SCHEMA_VERSION = "2"
"""1: all vectors are in one collection. 2: they are in parts, which who knows only the first would read as a whole."""

LEXICAL = """CREATE VIRTUAL TABLE lexical USING fts5 (terms, tokenize = "unicode61 remove_diacritics 0 tokenchars '.'")"""
"""The lexical index, by the ids of the passages."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, stamp TEXT NOT NULL,
    encoding TEXT NOT NULL, title TEXT, published TEXT, text TEXT NOT NULL, segments TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE skipped (source TEXT PRIMARY KEY, stamp TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL);
CREATE INDEX passages_article ON passages (article);
CREATE INDEX passages_digest ON passages (digest);
CREATE TABLE vectors (digest TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE pending (passage INTEGER PRIMARY KEY);
"""
LATER = """
CREATE INDEX IF NOT EXISTS articles_published ON articles (published);
CREATE TABLE IF NOT EXISTS lines (
    site INTEGER NOT NULL, line INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (site, line, article)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lines_article ON lines (article);
CREATE TABLE IF NOT EXISTS placed (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, site INTEGER NOT NULL, rank INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS placed_site ON placed (site, rank);
CREATE TABLE IF NOT EXISTS unsettled (site INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS signatures (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, signature BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS bands (
    band INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (band, article)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bands_article ON bands (article);
CREATE INDEX IF NOT EXISTS articles_unsure ON articles (id) WHERE stamp = '';
CREATE TABLE IF NOT EXISTS loose (digest TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recurring (site INTEGER NOT NULL, line INTEGER NOT NULL, PRIMARY KEY (site, line)) WITHOUT ROWID;
"""
"""What came after the schema's version, and is no other schema: whoever does not know it is not disturbed."""

_FROM_1 = """
INSERT OR REPLACE INTO meta SELECT 'parts', value || ' ' || :part || ':0' || iif(last < :part, '', ',' || (last + 1))
    FROM meta, (SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'passages') WHERE key = 'collection';
UPDATE meta SET value = '2' WHERE key = 'schema'
"""
"""Makes schema 2 of schema 1: what the index holds is in its first part, which others follow when it is full."""


def brought_up(db: sqlite3.Connection) -> str | None:
    """The version of a catalog's schema, made when there is none, and of an older one the newest; in the caller's transaction."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        for statement in [*TABLES.strip().split(";\n"), LEXICAL]:
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
    if _version(db) == "1":
        for statement in _FROM_1.strip().split(";\n"):
            db.execute(statement, {"part": PART})
    return _version(db)


def empty(db: sqlite3.Connection) -> None:
    """Forget all that a catalog holds, in the caller's transaction; foreign keys must be off, or each row is looked after.

    The ids of what comes then are not those of what was there: whoever has the catalog open mistakes none for another. Its
    owner stays, by whose name others know what it has on a server.
    """
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'").fetchall()
    for (name,) in tables:
        if name != "meta" and not name.startswith("lexical"):
            db.execute(f'DELETE FROM "{name}"')
    db.execute("DELETE FROM meta WHERE key NOT IN ('schema', 'owner')")
    db.execute("DROP TABLE lexical")
    db.execute(LEXICAL)


def _version(db: sqlite3.Connection) -> str | None:
    found = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return str(found[0]) if found else None
