"""Articles that are copies of one another, found in time that grows with the folder and not with its square."""

from __future__ import annotations

import json
from collections import defaultdict

from index.catalog import Catalog
from index.minhash import ALIKE, alike, bands_of
from index.types import Passage

MOST_IN_BAND, MOST_NAMED = 200, 100
"""Articles of a band that are compared with one that is cited, and copies of it that are looked through: a template that ten
thousand reports share must not make a search wait."""
_IN_BANDS = """SELECT (SELECT json_group_array(article) FROM (SELECT article FROM bands WHERE band = wanted.value LIMIT ?))
FROM json_each(?) wanted"""


class Copies:
    """The copies among the articles of a catalog, which keeps every article's signature and bands."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, source: str) -> list[int]:
        """The articles, by their ids, that are copies of this one, the most alike first, at most MOST_NAMED."""
        own = self._catalog.rows(
            "SELECT s.article, s.signature FROM signatures s JOIN articles a ON a.id = s.article WHERE a.source = ?", (source,)
        )
        if not own or not own[0][1]:
            return []
        article, signed = own[0]
        rows = self._catalog.rows(_IN_BANDS, (MOST_IN_BAND, json.dumps(list(bands_of(signed)))))
        near = {other for (in_band,) in rows for other in json.loads(in_band)} - {article}
        if not near:
            return []
        signatures = self._catalog.rows(
            "SELECT article, signature FROM signatures WHERE article IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(near)),),
        )
        shares = sorted((-alike(signed, other), one) for one, other in signatures)
        return [one for share, one in shares if -share >= ALIKE][:MOST_NAMED]

    def passages(self, passage: Passage) -> list[Passage]:
        """The passages of a passage's article's copies that are about as long as it is."""
        articles = self.of(passage.source)
        size = len(passage.text)
        return self._catalog.passages_of(articles, size * 0.75, size / 0.75) if articles else []

    def clusters(self) -> list[tuple[str, ...]]:
        """The groups of articles that are copies of one another, the sources of each sorted, the largest group first."""
        signatures = dict(self._catalog.rows("SELECT article, signature FROM signatures"))
        leader: dict[int, int] = {}

        def find(article: int) -> int:
            while (above := leader.get(article, article)) != article:
                leader[article] = leader.get(above, above)
                article = above
            return article

        places = {article: n for n, (article,) in enumerate(self._catalog.rows("SELECT id FROM articles ORDER BY source"))}
        for row in self._catalog.rows("SELECT json_group_array(article) FROM bands GROUP BY band HAVING count(*) > 1"):
            first, *others = sorted(json.loads(row[0]), key=places.__getitem__)  # whichever came first
            for other in others:
                if find(first) != find(other) and alike(signatures[first], signatures[other]) >= ALIKE:
                    leader[find(other)] = find(first)
        groups: defaultdict[int, list[str]] = defaultdict(list)
        members = {*leader, *leader.values()}
        for article, source in self._catalog.rows("SELECT id, source FROM articles ORDER BY source"):
            if article in members:
                groups[find(article)].append(source)
        return sorted((tuple(group) for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group))
