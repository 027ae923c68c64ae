"""What a page says of itself: its headline, its language and the day it was published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.dates import first_date

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DATED = frozenset(
    "articlepublishedtime articlepublished ogpublishedtime datepublished date pubdate pubdatetime publishdate publisheddate"
    " publicationdate published publishtime datecreated dcdate dcdateissued dcdatecreated dctermsdate dctermsissued dctermscreated"
    " dccreated sailthrudate parselypubdate citationpublicationdate weibowebpagepublishtime".split()
)
"""What pages call the day of publication in their marks, without what stands between the words."""
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-]?(0\d|1[0-2])[/-]?([0-3]\d)(?!\d)")
HEADLINE_LIKE = 0.5
"""A heading that shares this much of its words with the page's title, or the title with it, is the headline."""


def title_of(root: LexborNode | None) -> str | None:
    """The headline as the page shows it: the heading that its title speaks of, else the title it gives to others, else its
    first heading, else its title.

    The name of the site, which some pages put into their first heading, is not it.
    """
    if root is None:
        return None
    given = [text for text in _given(root) if text]
    own = [text for node in root.css("title")[:1] if (text := _line(node.text()))]
    told = [*given, *own]
    headings = [text for tag in ("h1", "h2", "h3") for node in root.css(tag)[:20] if (text := _line(node.text()))]
    for title in told:
        alike = [(_likeness(heading, title), -n) for n, heading in enumerate(headings) if not _is_site(heading, told)]
        if alike and max(alike)[0] > HEADLINE_LIKE:
            return headings[-max(alike)[1]]
    first = [text for node in root.css("h1")[:5] if (text := _line(node.text())) and not _is_site(text, told)]
    return next(iter([*given, *first, *own]), None)


def _given(root: LexborNode) -> Iterator[str]:
    for selector in ('meta[property="og:title"]', 'meta[name="twitter:title"]'):
        meta = root.css_first(selector)
        yield _line(meta.attributes.get("content") or "") if meta else ""


def _is_site(heading: str, told: list[str]) -> bool:
    """Whether a heading is the part of a title that stands behind a dash or a bar, or before a colon: the name of the site."""
    return any(heading in re.split(r"\s+[|–—»·-]\s+", title)[1:] or title.startswith(f"{heading}: ") for title in told)


def _likeness(one: str, other: str) -> float:
    """The share of the shorter one's words that both have; of its characters in scripts without spaces."""
    first, second = (set(re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+", text.casefold())) for text in (one, other))
    return len(first & second) / min(len(first), len(second)) if min(len(first), len(second)) > 1 else float(first == second)


def _line(text: str) -> str:
    return " ".join(text.split())


def language_of(root: LexborNode | None) -> str | None:
    """The language that a page says it is in, as a BCP 47 tag."""
    said = (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root is not None else ""
    return said or None


def published_of(root: LexborNode | None) -> str | None:
    """The ISO date that a page's marks give for its publication; what a reader sees is not looked at."""
    if root is None:
        return None
    return next((dated[0].isoformat() for text in _dates(root) if (dated := first_date(text))), None)


def _dates(root: LexborNode) -> Iterator[str]:
    for node in root.css("meta[content], [itemprop][content], [property][content]"):
        names = " ".join(node.attributes.get(name) or "" for name in ("property", "name", "itemprop")).casefold().split()
        if any("".join(re.findall(r"[a-z]", name)) in _DATED for name in names):
            yield node.attributes.get("content") or ""
    for script in root.css('script[type="application/ld+json"]'):
        if found := re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', script.text()):
            yield found.group(1)
    for time in root.css("time[datetime]")[:1]:
        yield time.attributes.get("datetime") or ""
    for link in root.css('link[rel="canonical"], meta[property="og:url"]'):
        if found := _IN_PATH.search(link.attributes.get("href") or link.attributes.get("content") or ""):
            yield "-".join(found.groups())
