"""English words: the dictionary of pyspellchecker, loaded when it is first asked."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_loading = threading.Lock()


def dictionary() -> SpellChecker:
    """The dictionary, one for all threads; it takes .15 s and 40 MB."""
    with _loading:
        return _load()


@cache
def _load() -> SpellChecker:
    from spellchecker import SpellChecker

    return SpellChecker(language="en", distance=1)
