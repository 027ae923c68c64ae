"""Characters that no text may hold, whatever it came from."""

from __future__ import annotations


def whole(text: str) -> str:
    """A text of as many characters, without those that have no bytes (halves of a surrogate pair) and those that end a C string.

    >>> whole("a\\ud800b\\x00c")
    'a?b c'
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
