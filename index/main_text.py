"""Which blocks of a page are its story, and whose: the judgement of trafilatura, a library made for news pages, on what we read."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

MAX_PAGE = 1024 * 1024
"""Characters; what is longer than any news page is not judged."""
MAX_LOOKED_AT = 50_000_000
"""Characters that are looked through for where the page's blocks stand in its story; a page of so many long ones is not judged."""
LEAST_PAGE = 400
"""Letters; a shorter page is no news page with furniture, and is taken as it is."""
LEAST_KEPT = 0.25
"""The share of a page's text that has to be story for the judgement to be believed: a list of short notes is taken for furniture
otherwise. Measured with benchmarks/cleaning.py."""


def around_story(page: str, title: str | None, blocks: Sequence[str]) -> frozenset[str]:
    """Those of a page's blocks of text that stand around its story; none when that cannot be told.

    The headline is the story's, and who a quotation is of (a dash before a name). Any other block is when its words stand in
    what trafilatura takes for the main text, however that is cut into lines.
    """
    plain = {block: _letters(block) for block in blocks}
    total = sum(map(len, plain.values()))
    if len(page) > MAX_PAGE or total < LEAST_PAGE:
        return frozenset()
    main, headline = _letters(_main_text(page)), _letters(title or "")
    if len(main) * len(plain) > MAX_LOOKED_AT:
        return frozenset()
    around = frozenset(
        block for block, letters in plain.items() if letters not in main and letters != headline and block[0] not in "—–"
    )
    kept = total - sum(len(plain[block]) for block in around)
    return around if kept >= LEAST_KEPT * total else frozenset()


def author_of(page: str) -> str | None:
    """Who wrote a page, several names with semicolons between them, as trafilatura finds it in its marks and bylines."""
    from trafilatura import extract_metadata

    if len(page) > MAX_PAGE:
        return None
    _quiet()
    try:
        return extract_metadata(page, extensive=False).author
    except _TRIPS:
        return None


def _main_text(page: str) -> str:
    from trafilatura import extract

    _quiet()
    try:
        return extract(page, include_comments=False) or ""
    except _TRIPS:
        return ""  # a page that it trips over is judged by its tags and words alone


_TRIPS = (ValueError, TypeError, AttributeError, LookupError, RecursionError, MemoryError, AssertionError)


def _quiet() -> None:
    """It reports pages that it can make nothing of."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text)).casefold()
