"""Articles that are copies of one another, found in time that grows with the folder and not with its square."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from index.catalog import Catalog
from index.minhash import ALIKE, alike


class Copies:
    """The copies among the articles of a catalog, which keeps every article's signature and bands."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, sources: Sequence[str]) -> dict[str, list[int]]:
        """The articles, by their ids, that are copies of each of these; sources that have none are left out."""
        rows = self._catalog.rows(
            "SELECT DISTINCT a.source, mine.signature, other.article, other.signature FROM articles a"
            " JOIN signatures mine ON mine.article = a.id JOIN bands b ON b.article = a.id JOIN bands c ON c.band = b.band"
            " JOIN signatures other ON other.article = c.article"
            " WHERE a.source IN (SELECT value FROM json_each(?)) AND c.article != a.id",
            (json.dumps(list(sources)),),
        )
        found: dict[str, list[int]] = {}
        for source, mine, article, other in rows:
            if alike(mine, other) >= ALIKE:
                found.setdefault(source, []).append(article)
        return found

    def clusters(self) -> list[tuple[str, ...]]:
        """The groups of articles that are copies of one another, the sources of each sorted, the largest group first."""
        signatures = dict(self._catalog.rows("SELECT article, signature FROM signatures"))
        leader: dict[int, int] = {}

        def find(article: int) -> int:
            while (above := leader.get(article, article)) != article:
                leader[article] = leader.get(above, above)
                article = above
            return article

        for row in self._catalog.rows("SELECT json_group_array(article) FROM bands GROUP BY band HAVING count(*) > 1"):
            first, *others = json.loads(row[0])
            for other in others:
                if find(first) != find(other) and alike(signatures[first], signatures[other]) >= ALIKE:
                    leader[find(other)] = find(first)
        groups: defaultdict[int, list[str]] = defaultdict(list)
        members = {*leader, *leader.values()}
        for article, source in self._catalog.rows("SELECT id, source FROM articles ORDER BY source"):
            if article in members:
                groups[find(article)].append(source)
        return sorted((tuple(group) for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group))
