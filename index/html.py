"""HTML becomes text: a line a block, what a browser would show, with what the tags tell about each block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.dates import first_date
from index.text import Read
from index.types import Kind, Segment

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_UNSEEN = frozenset("script style noscript template head iframe object svg canvas select textarea audio video".split())
_KINDS: dict[str, Kind] = {
    "nav": "boilerplate", "footer": "boilerplate", "aside": "boilerplate", "form": "boilerplate",
    "button": "boilerplate", "figcaption": "caption",
}  # fmt: skip
_FURNITURE_CLASS = re.compile(
    r"\b(cookies?|consent|share|sharing|social|related|newsletter|subscribe|promo|author-bio|bio|breadcrumbs?|most-read)\b"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
MAX_DEPTH = 400
"""Deeper nesting is not a page anybody wrote; what lies below is read as one block."""


def read_html(text: str) -> Read:
    """Extract a page's visible text with its title, date and the ranges whose tags tell their kind.

    >>> read = read_html("<title>T</title><h1>Plant &amp; town</h1><p>It   opened.</p><figcaption>A gate</figcaption>")
    >>> read.text, read.title, read.hints
    ('Plant & town\\n\\nIt opened.\\n\\nA gate', 'Plant & town', (Segment(kind='caption', start=26, end=32),))
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    blocks: list[tuple[str, Kind | None]] = []
    if tree.body is not None:
        _Walker(blocks).walk(tree.body, None, 0)
    kept: list[str] = []
    hints: list[Segment] = []
    at = 0
    for block, kind in blocks:
        if kind is not None:
            hints.append(Segment(kind, at, at + len(block)))
        kept.append(block)
        at += len(block) + 2
    return Read(text="\n\n".join(kept), title=_title(tree.root), published=_published(tree.root), hints=tuple(hints))


class _Walker:
    """Collects blocks in document order; text between two block tags is one block."""

    def __init__(self, blocks: list[tuple[str, Kind | None]]) -> None:
        self.blocks = blocks
        self.pending: list[str] = []

    def walk(self, node: LexborNode, kind: Kind | None, depth: int) -> None:
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self.pending.append(child.text(deep=False))
            elif tag not in _UNSEEN and not _is_hidden(child):
                inner = kind or _kind_of(child, tag)
                block = tag in _BLOCKS or inner != kind
                if block:
                    self.flush(kind)
                if depth < MAX_DEPTH:
                    self.walk(child, inner, depth + 1)
                else:
                    self.pending.append(child.text(deep=True))
                if block:
                    self.flush(inner)
                elif tag in ("td", "th"):
                    self.pending.append(" ")
        if depth == 0:
            self.flush(kind)

    def flush(self, kind: Kind | None) -> None:
        text = " ".join("".join(self.pending).split())
        self.pending.clear()
        if text:
            self.blocks.append((text, kind))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _kind_of(node: LexborNode, tag: str) -> Kind | None:
    if tag in _KINDS:
        parent = node.parent
        quoted = tag == "footer" and parent is not None and parent.tag == "blockquote"  # who said it
        return None if quoted else _KINDS[tag]
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".lower()
    return "boilerplate" if tag in ("div", "section", "ul", "p") and _FURNITURE_CLASS.search(names) else None


def _title(root: LexborNode | None) -> str | None:
    if root is None:
        return None
    meta = root.css_first('meta[property="og:title"]')
    heading = root.css_first("h1") or root.css_first("title")
    found = (meta.attributes.get("content") if meta else None) or (heading.text() if heading else None)
    return " ".join(found.split()) or None if found else None


def _published(root: LexborNode | None) -> str | None:
    if root is None:
        return None
    for selector, attribute in (
        ('meta[property="article:published_time"]', "content"),
        ('meta[itemprop="datePublished"], meta[name="date"], meta[name="pubdate"], meta[name="dc.date"]', "content"),
        ("time[datetime]", "datetime"),
    ):
        node = root.css_first(selector)
        dated = first_date(node.attributes.get(attribute) or "") if node else None
        if dated:
            return dated[0].isoformat()
    for script in root.css('script[type="application/ld+json"]'):
        found = re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', script.text())
        dated = first_date(found.group(1)) if found else None
        if dated:
            return dated[0].isoformat()
    return None
