"""Articles that are copies of one another, found in time that grows with the folder and not with its square."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from index.catalog import Catalog
from index.minhash import ALIKE, alike, bands_of
from index.types import Passage

MOST_IN_BAND, MOST_NAMED = 200, 100
"""Articles of a band that are compared with one that is cited, and copies of it that are looked through: a template that ten
thousand reports share must not make a search wait."""
_SIGNED = """SELECT a.source, a.id, s.signature FROM articles a JOIN signatures s ON s.article = a.id
WHERE a.source IN (SELECT value FROM json_each(?))"""
_SIGNATURES = "SELECT article, signature FROM signatures WHERE article IN (SELECT value FROM json_each(?))"
_IN_BANDS = f"""SELECT wanted.value,
(SELECT json_group_array(article) FROM (SELECT article FROM bands WHERE band = wanted.value LIMIT {MOST_IN_BAND}))
FROM json_each(?) wanted"""

_SHARING = """SELECT json_group_array(article), 0 FROM bands GROUP BY band HAVING count(*) > 1
UNION ALL SELECT json_group_array(id), 1 FROM articles GROUP BY sha256 HAVING count(*) > 1"""
"""Articles that may be alike, and those that are the same to the last byte, also when they are too short for a signature."""


class Copies:
    """The copies among the articles of a catalog, which keeps every article's signature and bands."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, sources: Iterable[str]) -> dict[str, list[int]]:
        """Of each of these articles that has copies, their ids, the most alike first, at most MOST_NAMED."""
        own = {source: (article, signed) for source, article, signed in self._rows(_SIGNED, set(sources)) if signed}
        bands = {source: bands_of(signed) for source, (_, signed) in own.items()}
        sharing = {
            band: json.loads(found) for band, found in self._rows(_IN_BANDS, {one for some in bands.values() for one in some})
        }
        near = {source: {one for band in some for one in sharing[band]} - {own[source][0]} for source, some in bands.items()}
        signatures = dict(self._rows(_SIGNATURES, {one for some in near.values() for one in some}))
        copies = {
            source: _most_alike(own[source][1], {one: signatures[one] for one in some if one in signatures})
            for source, some in near.items()
        }
        return {source: some for source, some in copies.items() if some}

    def passages(self, passages: Sequence[Passage]) -> list[list[Passage]]:
        """For each passage, those of its article's copies that are about as long as it is."""
        copies = self.of(passage.source for passage in passages)
        return [
            self._catalog.passages_of(copies[one.source], len(one.text) * 0.75, len(one.text) / 0.75)
            if one.source in copies
            else []
            for one in passages
        ]

    def _rows(self, statement: str, values: Collection[int] | Collection[str]) -> list[Any]:
        return self._catalog.rows(statement, (json.dumps(list(values)),)) if values else []

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
        for found, same in self._catalog.rows(_SHARING):
            first, *others = sorted(json.loads(found), key=places.__getitem__)  # whichever came first
            for other in others:
                if find(first) != find(other) and (same or alike(signatures[first], signatures[other]) >= ALIKE):
                    leader[find(other)] = find(first)
        groups: defaultdict[int, list[str]] = defaultdict(list)
        members = {*leader, *leader.values()}
        for article, source in self._catalog.rows("SELECT id, source FROM articles ORDER BY source"):
            if article in members:
                groups[find(article)].append(source)
        return sorted((tuple(group) for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group))


def _most_alike(signed: bytes, others: dict[int, bytes]) -> list[int]:
    """The articles whose signatures are a copy's, the most alike first, at most MOST_NAMED."""
    shares = sorted((-alike(signed, other), one) for one, other in others.items())
    return [one for share, one in shares if -share >= ALIKE][:MOST_NAMED]
