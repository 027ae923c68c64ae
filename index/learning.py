"""What is known of the lines of each site: which articles hold them, and which lines recur in so many that they are the site's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from index.catalog import Catalog
from index.recurring import rank_of, recur, site_of
from index.types import Prepared

SAMPLE = 500
"""Articles of a site that are counted: those with the least hashes of their names, so that which they are depends on nothing but
the site's files, and an article that comes or goes seldom changes them."""


class Learning:
    """The recurring lines of a catalog's sites.

    An article in the catalog was cut under the lines that were the site's then. When they change, the stamps of the articles that
    hold the changed ones are forgotten, so that their files are read again: an index is what its folder says, in whatever
    order its files came.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def begin(self, sites: Iterable[int]) -> None:
        """Articles of these sites come or go: whatever happens, they are counted before anything else is done again."""
        with self._catalog.changing() as db:
            db.executemany("INSERT OR IGNORE INTO unsettled VALUES (?)", [(site,) for site in sites])

    def expect(self, coming: Sequence[Prepared]) -> Mapping[int, frozenset[int]]:
        """The lines of each site that these articles are of, counted as if they were in the catalog, and kept as such."""
        by_site: dict[int, list[Prepared]] = {}
        for item in coming:
            by_site.setdefault(site_of(item.source), []).append(item)
        found = {site: self.counted(site, items) for site, items in by_site.items()}
        for site, lines in found.items():
            self._settle(site, lines)
        return found

    def finish(self) -> None:
        """Count what was begun by what is in the catalog now."""
        for site in self.unsettled():
            self._settle(site, self.counted(site))
            with self._catalog.changing() as db:
                db.execute("DELETE FROM unsettled WHERE site = ?", (site,))

    def unsettled(self) -> list[int]:
        """The sites that were begun and not finished."""
        return [row[0] for row in self._catalog.rows("SELECT site FROM unsettled")]

    def of(self, site: int) -> frozenset[int]:
        """The lines that are a site's."""
        return frozenset(row[0] for row in self._catalog.rows("SELECT line FROM recurring WHERE site = ?", (site,)))

    def sites(self) -> list[int]:
        """All sites of which anything is known."""
        return [row[0] for row in self._catalog.rows("SELECT site FROM placed UNION SELECT site FROM recurring")]

    def counted(self, site: int, coming: Sequence[Prepared] = ()) -> frozenset[int]:
        """The lines that are a site's by the articles in the catalog, with those to come in the place of their former versions."""
        held = self._catalog.rows(
            "SELECT p.rank, p.article FROM placed p WHERE p.site = ?"
            " AND p.article NOT IN (SELECT id FROM articles WHERE source IN (SELECT value FROM json_each(?)))"
            " ORDER BY p.rank LIMIT ?",
            (site, json.dumps([item.source for item in coming]), SAMPLE),
        )
        new = [(rank_of(item.source), item) for item in coming]
        drawn = sorted([*held, *new], key=lambda one: one[0])[:SAMPLE]
        counts = Counter(line for _, one in drawn if isinstance(one, Prepared) for line in one.lines)
        ids = [one for _, one in drawn if not isinstance(one, Prepared)]
        rows = self._catalog.rows("SELECT line FROM lines WHERE article IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
        counts.update(row[0] for row in rows)
        return frozenset(line for line, count in counts.items() if recur(count, len(drawn)))

    def _settle(self, site: int, found: frozenset[int]) -> None:
        if not (changed := self.of(site) ^ found):
            return
        with self._catalog.changing() as db:
            db.execute("DELETE FROM recurring WHERE site = ?", (site,))
            db.executemany("INSERT INTO recurring VALUES (?, ?)", [(site, line) for line in found])
            db.execute(
                "UPDATE articles SET stamp = '' WHERE id IN"
                " (SELECT article FROM lines WHERE site = ? AND line IN (SELECT value FROM json_each(?)))",
                (site, json.dumps(list(changed))),
            )
