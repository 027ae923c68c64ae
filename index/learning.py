"""What is known of the lines of each site: which articles hold them, and which lines recur in so many that they are the site's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from index.catalog import Catalog
from index.recurring import recur, site_of
from index.types import Prepared


class Learning:
    """The recurring lines of a catalog's sites.

    An article in the catalog was cut under the lines that were the site's then. When they change, the stamps of the articles that
    hold the changed ones are forgotten, so that their files are read again: an index is what its folder says, in whatever
    order its files came.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def expect(self, coming: Sequence[Prepared]) -> Mapping[int, frozenset[int]]:
        """The lines of each site that these articles are of, counted as if they were in the catalog, and kept as such."""
        found: dict[int, frozenset[int]] = {}
        by_site: dict[int, list[Prepared]] = {}
        for item in coming:
            by_site.setdefault(site_of(item.source), []).append(item)
        for site, items in by_site.items():
            counts = Counter(line for item in items for line in item.lines)
            known = self.of(site)
            held, others = self._held(site, counts.keys() | known, [item.source for item in items])
            total = others + len(items)
            found[site] = frozenset(line for line, count in (counts + held).items() if recur(count, total))
            self._settle(site, known, found[site])
        return found

    def of(self, site: int) -> frozenset[int]:
        """The lines that are a site's."""
        return frozenset(row[0] for row in self._catalog.rows("SELECT line FROM recurring WHERE site = ?", (site,)))

    def learn(self, sites: Iterable[int]) -> None:
        """Count the lines of these sites anew."""
        for site in sites:
            self._settle(site, self.of(site), self.counted(site))

    def counted(self, site: int) -> frozenset[int]:
        """The lines that are a site's by the articles in the catalog."""
        total = self._catalog.rows("SELECT count(*) FROM placed WHERE site = ?", (site,))[0][0]
        rows = self._catalog.rows("SELECT line, count(*) FROM lines WHERE site = ? GROUP BY line HAVING count(*) > 1", (site,))
        return frozenset(line for line, count in rows if recur(count, total))

    def sites(self) -> list[int]:
        """All sites of which anything is known."""
        return [row[0] for row in self._catalog.rows("SELECT site FROM placed UNION SELECT site FROM recurring")]

    def _held(self, site: int, lines: Iterable[int], but: Sequence[str]) -> tuple[Counter[int], int]:
        """How many articles of a site hold each of these lines, and how many articles it has, some sources aside."""
        aside = "SELECT id FROM articles WHERE source IN (SELECT value FROM json_each(?))"
        counts = self._catalog.rows(
            "SELECT line, count(*) FROM lines WHERE site = ? AND line IN (SELECT value FROM json_each(?))"
            f" AND article NOT IN ({aside}) GROUP BY line",
            (site, json.dumps(list(lines)), json.dumps(but)),
        )
        total = self._catalog.rows(
            f"SELECT count(*) FROM placed WHERE site = ? AND article NOT IN ({aside})", (site, json.dumps(but))
        )
        return Counter(dict(counts)), total[0][0]

    def _settle(self, site: int, known: frozenset[int], found: frozenset[int]) -> None:
        if known == found:
            return
        changed = json.dumps(list(known ^ found))
        with self._catalog.changing() as db:
            db.execute("DELETE FROM recurring WHERE site = ?", (site,))
            db.executemany("INSERT INTO recurring VALUES (?, ?)", [(site, line) for line in found])
            db.execute(
                "UPDATE articles SET stamp = '' WHERE id IN"
                " (SELECT article FROM lines WHERE site = ? AND line IN (SELECT value FROM json_each(?)))",
                (site, changed),
            )
