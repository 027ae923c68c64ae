"""The tables of the catalog."""

SCHEMA_VERSION = "1"

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
