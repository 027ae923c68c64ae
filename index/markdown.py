"""Markdown is cited as it is written; its front matter, headings and images tell what they are."""

from __future__ import annotations

import re

from index.dates import first_date
from index.text import Read
from index.types import Segment

MAX_FRONT = 20_000
"""Characters of a front matter that are read; a hostile one takes its reader a second for each hundred thousand."""
_BREAK = r"(?:\r\n|\r|\n)"
_FRONT = re.compile(rf"\A---[^\S\r\n]*{_BREAK}(?P<yaml>.*?){_BREAK}(?:---|\.\.\.)[^\S\r\n]*(?:{_BREAK}|\Z)", re.S)
_TITLE = re.compile(r"(?:\A|(?<=[\r\n]))#[^\S\r\n]+(?P<title>\S[^\r\n]*)")
_IMAGE = re.compile(r"(?:\A|(?<=[\r\n]))[^\S\r\n]*!\[[^\]\r\n]*\]\([^)\r\n]*\)[^\S\r\n]*(?=[\r\n]|\Z)")


def read_markdown(text: str) -> Read:
    """Read a page's front matter (`title`, `date`, `author`, `lang`), first heading and images; the text is kept whole.

    >>> read_markdown("---\\ndate: 2021-05-12\\n---\\n# Plant opens\\n\\nIn May.").published
    '2021-05-12'
    """
    front = _FRONT.match(text)
    meta = _front_matter(front.group("yaml")) if front else {}
    heading = _TITLE.search(text, front.end() if front else 0)
    hints = [Segment("caption", *match.span()) for match in _IMAGE.finditer(text)]
    if front:
        hints.insert(0, Segment("boilerplate", front.start(), front.end()))
    title = meta.get("title") or (heading.group("title").rstrip().rstrip("#").strip() if heading else None)
    published = _iso(meta.get("date") or meta.get("published"))
    return Read(text, title, published, tuple(hints), meta.get("author"), meta.get("lang") or meta.get("language"))


def _front_matter(text: str) -> dict[str, str]:
    """The one-line pairs of a front matter, and its authors with semicolons between them; what YAML cannot read tells nothing."""
    import yaml

    if len(text) > MAX_FRONT:
        text = text[: max(text.rfind(end, 0, MAX_FRONT) for end in "\r\n") + 1]
    try:
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - builds strings only, no dates that may not exist
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    told = {str(key).lower(): value for key, value in values.items()}
    if isinstance(authors := told.get("author", told.get("authors")), list):
        told["author"] = "; ".join(one for one in authors if isinstance(one, str))
    return {key: value for key, value in told.items() if isinstance(value, str)}


def _iso(value: str | None) -> str | None:
    dated = first_date(value) if value else None
    return dated[0].isoformat() if dated else None
