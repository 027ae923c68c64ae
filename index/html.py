"""HTML becomes text: a line a block, what a browser would show, with what the tags tell about each block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.about_page import language_of, published_of, title_of
from index.main_text import around_story, author_of
from index.text import Read
from index.types import Kind, Segment

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_UNSEEN = frozenset("script style noscript template head iframe object svg canvas select textarea audio video".split())
_FURNITURE_CLASS = re.compile(
    r"\b(cookies?|consent|share|sharing|social|related|newsletter|subscribe|promo|author-bio|bio|breadcrumbs?|most-read)\b"
)
_NONE = re.compile(r"(?:0+(?:\.0*)?|\.0+)(?:%|[a-z]{1,4})?")
_SIZE = re.compile(r"[\d.]{1,9}(?:px|pt|rem|vw|vh|cm|mm|in|pc)|(?:x{1,3}-)?(?:small|large)|medium")
"""A size of its own; one in em or percent is a share of what is around it."""
_FAR_OUT = re.compile(r"-\d{4,}(?:\.\d+)?(?:px|%)|-9\d(?:\.\d+)?v[wh]|-\d{3,}(?:\.\d+)?r?em")
_SIDES = ("left", "right", "top", "bottom")
_NO_COLOUR = frozenset({"", "inherit", "currentcolor", "initial", "unset", "none"})
_WHITE = frozenset({"#fff", "#ffffff", "white", "rgb(255,255,255)"})


MAX_TAGS, MAX_COPIES = 8_000, 500_000
"""Tags that open in a page, and those times its tags of style, up to which it is read at once. A parser looks through all tags that
are open at each one more, and says every open style again in each block: a page of ten kilobytes may become a million nodes."""
MAX_ATTRIBUTES = 5_000
"""Words between one > and the next, which may be the attributes of one tag, or attributes with a > in them; a parser looks for
each attribute among all before it."""
MAX_WRAPPERS = 50
"""Elements within one another that are looked through for whether they are the page's furniture."""
_OPENS = re.compile(r"<[a-z]", re.I)
_STYLES = re.compile(r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.I)
_QUOTED = re.compile(r"""=\s*(?:"[^">]*>|'[^'>]*>)""")


def read_html(text: str) -> Read:
    """Read a page, in a process of its own when its tags are so many that a parser may take long or much memory over them.

    Raises SkipFile when it does take too much.
    """
    if _may_take_long(text):
        from index.documents import read_apart

        return read_apart(text.encode(), "html")
    return read_page(text)


def _may_take_long(text: str) -> bool:
    if text.count("<") > 2 * MAX_TAGS:
        return True
    tags = len(_OPENS.findall(text))
    if tags > MAX_TAGS or tags * len(_STYLES.findall(text)) > MAX_COPIES:
        return True
    if len(_QUOTED.findall(text)) > MAX_ATTRIBUTES:
        return True
    return any(len(one) > MAX_ATTRIBUTES and len(one.split()) > MAX_ATTRIBUTES for one in text.split(">"))


def read_page(text: str) -> Read:
    """Extract a page's visible text with its title, date and the ranges whose tags tell their kind.

    >>> read = read_page("<title>T</title><h1>Plant &amp; town</h1><p>It   opened.</p><figcaption>A gate</figcaption>")
    >>> read.text, read.title, read.hints
    ('Plant & town\\n\\nIt opened.\\n\\nA gate', 'Plant & town', (Segment(kind='caption', start=26, end=32),))
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    blocks = _blocks_of(tree.body) if tree.body is not None else []
    title = title_of(tree.root)
    if around := around_story(text, title, [block for block, kind in blocks if kind is None]):
        blocks = [(block, "boilerplate" if kind is None and block in around else kind) for block, kind in blocks]
    kept: list[str] = []
    hints: list[Segment] = []
    at = 0
    for block, kind in blocks:
        if kind is not None:
            hints.append(Segment(kind, at, at + len(block)))
        kept.append(block)
        at += len(block) + 2
    return Read(
        text="\n\n".join(kept), title=title, published=published_of(tree.root), hints=tuple(hints), author=author_of(text),
        language=language_of(tree.root),
    )  # fmt: skip


_Step = tuple["LexborNode | None", Kind | None, bool, int]
"""A node to enter within a stretch of some kind, or None: the stretch ends here; whether its letters have no size; and within how
many that might have been furniture it stands."""


def _blocks_of(body: LexborNode) -> list[tuple[str, Kind | None]]:
    """The blocks of a page in document order, with the kind that a tag told; text between two block tags is one block.

    The walk keeps its own stack: pages are nested deeper than Python's calls may be.
    """
    blocks: list[tuple[str, Kind | None]] = []
    pending: list[str] = []

    def flush(kind: Kind | None) -> None:
        text = " ".join("".join(pending).split())
        pending.clear()
        if text:
            blocks.append((text, kind))

    half = len(body.text(deep=True)) / 2
    steps: list[_Step] = _steps_into(body, None, False, 0)
    while steps:
        node, kind, no_size, within = steps.pop()
        if node is None:
            flush(kind)
            continue
        tag = node.tag or ""
        if tag == "-text":
            pending.append("" if no_size else node.text(deep=False))
            continue
        style = _declared(node.attributes.get("style") or "")
        if tag not in _UNSEEN and "hidden" not in node.attributes and not _hides(style):
            size = style.get("font-size", "")
            no_size = bool(_NONE.fullmatch(size)) or (no_size and not _SIZE.fullmatch(size))
            inner = kind
            if kind is None and _may_be_furniture(node, tag):
                inner = _kind_of(node, tag, half) if within < MAX_WRAPPERS else None
                within += 1
            if tag in _BLOCKS or inner != kind:
                flush(kind)
                steps.append((None, inner, no_size, within))
            elif tag in ("td", "th"):
                pending.append(" ")
            steps.extend(_steps_into(node, inner, no_size, within))
    flush(None)
    return blocks


def _steps_into(node: LexborNode, kind: Kind | None, no_size: bool, within: int) -> list[_Step]:
    """A node's children, last first, as a stack wants them."""
    return [(child, kind, no_size, within) for child in reversed(list(node.iter(include_text=True)))]


def _hides(style: Mapping[str, str]) -> bool:
    """Whether a browser is told to show nothing, in the ways that pages use: what no reader sees is not of the article."""
    placed = style.get("position") in ("absolute", "fixed", "relative")
    tight = style.get("clip", "").replace("px", "").replace(",", "").replace(" ", "")
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or bool(_NONE.fullmatch(style.get("opacity", "1")))
        or (placed and any(_FAR_OUT.fullmatch(style.get(side, "")) for side in _SIDES))
        or any(_FAR_OUT.fullmatch(style.get(name, "")) for name in ("text-indent", "margin-left"))
        or tight in ("rect(0000)", "rect(1111)")
        or style.get("clip-path", "") in ("inset(50%)", "inset(100%)")
        or style.get("transform", "").replace(" ", "") in ("scale(0)", "scale(0,0)")
        or ("hidden" in style.get("overflow", "") and any(_NONE.fullmatch(style.get(one, "1")) for one in ("height", "max-height")))
        or _is_in_its_own_colour(style)
    )


def _is_in_its_own_colour(style: Mapping[str, str]) -> bool:
    colour = style.get("color", "").replace(" ", "")
    behind = [value.replace(" ", "") for name, value in style.items() if name in ("background", "background-color")]
    if colour == "transparent":
        return True
    return bool(behind) and colour not in _NO_COLOUR and (colour == behind[-1] or {colour, behind[-1]} <= _WHITE)


def _declared(style: str) -> dict[str, str]:
    """The properties that a style gives, by name; of two for one, the last, unless the first was marked important.

    >>> _declared("COLOR: Red; color:blue !important; left : -9px")
    {'color': 'blue', 'left': '-9px'}
    """
    told: dict[str, str] = {}
    important: set[str] = set()
    for declaration in _COMMENT.sub("", style.casefold()).split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip()
        value, mark, _ = value.partition("!")
        if colon and (mark or name not in important):
            told.pop(name, None)  # the order of the dictionary is that of what counts
            told[name] = " ".join(value.split())
            important.update([name] if mark else [])
    return told


_COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")


_FURNITURE_TAGS = frozenset(("nav", "footer", "aside", "button", "figcaption", "form"))


def _may_be_furniture(node: LexborNode, tag: str) -> bool:
    """Whether an element's tag or class says that it is no part of the story."""
    if tag not in ("div", "section", "ul", "p"):
        return tag in _FURNITURE_TAGS
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".lower()
    return bool(_FURNITURE_CLASS.search(names))


def _kind_of(node: LexborNode, tag: str, half: float) -> Kind | None:
    """What an element that may be furniture is, unless it wraps the story itself; `half` is half the page's length."""
    if tag in ("nav", "footer", "aside", "button", "figcaption"):
        parent = node.parent
        quoted = tag == "footer" and parent is not None and parent.tag == "blockquote"  # who said it
        return None if quoted else ("caption" if tag == "figcaption" else "boilerplate")
    if node.css_first("h1, article, main") is not None or len(node.text(deep=True)) > half:
        return None
    return "boilerplate"
