"""Does an index hold what its folder says? Files against catalog, catalog against itself, catalog against vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.build import differences, prepared
from index.catalog import Catalog
from index.database import rebuild
from index.errors import IndexFolderError, SkipFile
from index.fields import fields_of
from index.formats import file_of
from index.learning import Learning
from index.load import load, load_records
from index.minhash import bands_of
from index.mirror import Mirror
from index.recurring import site_of, without
from index.schema import LEXICAL
from index.terms import terms
from index.types import Article

_OF_NO_ARTICLE = "article NOT IN (SELECT id FROM articles)"


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with an index.

    `articles` are those that are not whole, or not what their unchanged file says, each with why; `stale` the files that a
    sync would look at. `lexical`, `vectors` and `recurring` say what is wrong with them as a whole, "" for nothing.
    """

    articles: dict[str, str] = field(default_factory=dict)
    lexical: str = ""
    vectors: str = ""
    recurring: str = ""
    stale: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[tuple[str, str]]:
        """Each fault as (where, what)."""
        parts = (("words", self.lexical), ("vectors", self.vectors), ("recurring lines", self.recurring))
        whole = [(name, what) for name, what in parts if what]
        return [*sorted(self.articles.items()), *whole, *sorted(self.stale.items())]


def check(catalog: Catalog, mirror: Mirror, corpus: Path, progress: Callable[[int, int], None] | None = None) -> Faults:
    """Compare an index with its folder and with itself; nothing is changed, and every file is read.

    The index must not be written meanwhile. `progress` is told how many of all files were looked at. Raises
    IndexFolderError when the catalog's file is damaged: then it can only be made anew.
    """
    if (damage := catalog.rows("PRAGMA integrity_check(1)")[0][0]) != "ok":
        damage = " ".join(damage.split())
        raise IndexFolderError(f"{catalog.path} is damaged ({damage}); expected a whole SQLite file; {rebuild(catalog.path)}")
    stale = dict(differences(corpus, catalog.manifest()))
    articles = dict(_not_as_read(catalog, corpus, stale, progress)) | dict(_not_whole(catalog))
    return Faults(articles, _lexical_fault(catalog), mirror.fault(), _recurring_fault(Learning(catalog)), stale)


def mend(catalog: Catalog, mirror: Mirror, faults: Faults) -> None:
    """Mend what `check` found, but for what a sync does: it must follow, and reads the faulty articles' files again.

    The index's lock must be held.
    """
    catalog.remove(faults.articles)
    catalog.forget_unused_vectors(of_all=True)  # theirs may be what is wrong
    if faults.lexical:
        _renew_lexical(catalog)
    if faults.vectors:
        mirror.renew()
    if faults.recurring:
        learning = Learning(catalog)
        learning.begin(learning.sites())
        learning.finish()


def _not_as_read(
    catalog: Catalog, corpus: Path, stale: dict[str, str], progress: Callable[[int, int], None] | None
) -> Iterator[tuple[str, str]]:
    """The articles that are not what their file, which was not changed, gives when it is read now."""
    files: dict[str, set[str]] = {}
    for source, record in catalog.manifest().items():
        files.setdefault(file_of(source)[0], set()).update(() if record.skipped else (source,))
    for done, (file, sources) in enumerate(files.items(), start=1):
        if sources and file not in stale:
            yield from _compared(catalog, corpus, file, sources)
        if progress:
            progress(done, len(files))


def _compared(catalog: Catalog, corpus: Path, file: str, sources: set[str]) -> Iterator[tuple[str, str]]:
    left, fields = set(sources), fields_of(corpus)
    try:
        for source, found in [(file, load(corpus / file, file))] if left == {file} else load_records(corpus / file, file, fields):
            if isinstance(found, SkipFile):
                continue
            if source not in left:
                yield source, "it is not in the index"
            elif why := _difference(catalog, found):
                yield source, why
            left.discard(source)
    except SkipFile as error:
        if error.passing:
            return  # nothing is known of it now
    yield from ((source, "its file gives no such article") for source in sorted(left))


def _difference(catalog: Catalog, article: Article) -> str:
    """What an article of the catalog has not as its file gives it."""
    item = prepared(article, "")
    expected = without(item, Learning(catalog).of(site_of(article.source)))
    known = catalog.rows("SELECT id, text, title, published, sha256, encoding FROM articles WHERE source = ?", (article.source,))[0]
    if known[1] != article.text:
        return "its text is not what its file says"
    if known[2:] != (expected.article.title, article.published, article.sha256, article.encoding):
        return "its title, date or hash is not its file's"
    ranges = catalog.rows("SELECT start, end, kind FROM passages WHERE article = ? ORDER BY id", (known[0],))
    if ranges != [(one.start, one.end, one.kind) for one in expected.passages]:
        return "its passages are not those of its text"
    lines = catalog.rows("SELECT site, line FROM lines WHERE article = ? ORDER BY line", (known[0],))
    if lines != [(site_of(article.source), line) for line in sorted(item.lines)]:
        return "its lines are not counted as they stand"
    signed = catalog.rows("SELECT signature FROM signatures WHERE article = ?", (known[0],))
    bands = catalog.rows("SELECT band FROM bands WHERE article = ? ORDER BY band", (known[0],))
    if signed != [(expected.signature,)] or bands != [(band,) for band in sorted(set(bands_of(expected.signature)))]:
        return "its signature is not that of its text"
    return ""


def _recurring_fault(learning: Learning) -> str:
    wrong = sum(learning.of(site) != learning.counted(site) for site in learning.sites())
    return f"those of {wrong} folders are not what their articles say" if wrong else ""


def _not_whole(catalog: Catalog) -> list[tuple[str, str]]:
    """The articles with a passage that is no part of their text, or that has no vector of the right length."""
    size = 4 * int(catalog.get("dim") or 0)
    return catalog.rows(
        "SELECT a.source, CASE WHEN v.digest IS NULL THEN 'a passage has no vector'"
        " WHEN length(v.vector) != ?1 THEN 'a vector is of another length'"
        " ELSE 'a passage is no part of its text' END"
        " FROM passages p JOIN articles a ON a.id = p.article LEFT JOIN vectors v ON v.digest = p.digest"
        " WHERE v.digest IS NULL OR length(v.vector) != ?1 OR p.start < 0 OR p.end <= p.start OR p.end > length(a.text)",
        (size,),
    )


def _passages(catalog: Catalog) -> Iterator[tuple[int, str, str | None]]:
    """Every passage's id and text, and the terms that it is found by."""
    last = 0
    while rows := catalog.rows(
        "SELECT p.id, substr(a.text, p.start + 1, p.end - p.start), (SELECT terms FROM lexical WHERE rowid = p.id)"
        " FROM passages p JOIN articles a ON a.id = p.article WHERE p.id > ? ORDER BY p.id LIMIT 5000",
        (last,),
    ):
        yield from rows
        last = rows[-1][0]


def _lexical_fault(catalog: Catalog) -> str:
    if lost := catalog.rows(f"SELECT count(*) FROM passages WHERE {_OF_NO_ARTICLE}")[0][0]:
        return f"{lost} passages are of no article"
    try:
        with catalog.changing() as db:
            db.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")
    except IndexFolderError:
        return "the index of words is damaged"
    wrong = sum(" ".join(terms(text)) != found for _, text, found in _passages(catalog))
    if wrong:
        return f"{wrong} passages are found by other words than theirs"
    extra = catalog.rows("SELECT count(*) FROM lexical WHERE rowid NOT IN (SELECT id FROM passages)")[0][0]
    return f"{extra} are of no passage" if extra else ""


def _renew_lexical(catalog: Catalog) -> None:
    with catalog.changing() as db:
        db.execute(f"INSERT OR IGNORE INTO pending SELECT id FROM passages WHERE {_OF_NO_ARTICLE}")
        db.execute(f"DELETE FROM passages WHERE {_OF_NO_ARTICLE}")
        db.execute("DROP TABLE lexical")
        db.execute(LEXICAL)
        db.executemany(
            "INSERT INTO lexical (rowid, terms) VALUES (?, ?)", ((i, " ".join(terms(text))) for i, text, _ in _passages(catalog))
        )
