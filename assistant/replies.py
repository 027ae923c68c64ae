"""The local model's own replies, kept: at temperature 0 the same prompt to the same file gives the same words again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from assistant.model import Message

log = logging.getLogger("dateline")

KEPT = 10_000
"""Replies; the oldest go first. One is at most about a kilobyte."""


class Replies:
    """Finished replies in one SQLite file, found by the exact prompt; safe for several threads and processes.

    A file that cannot be read or written is as good as an empty one: it is said once in the log, and the model is asked.

    >>> import tempfile
    >>> kept = Replies(Path(tempfile.mkdtemp()) / "replies.sqlite")
    >>> prompt: list[Message] = [{"role": "user", "content": "Who?"}]
    >>> kept.put("a.gguf", prompt, 300, "Li."); kept.get("a.gguf", prompt, 300), kept.get("b.gguf", prompt, 300)
    ('Li.', None)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = False

    def get(self, model: str, messages: Sequence[Message], max_tokens: int) -> str | None:
        """The reply that this model file gave to these messages, or None."""
        if not self._path.is_file():
            return None
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=5)) as opened:
                row = opened.execute("SELECT reply FROM replies WHERE prompt = ?", (_key(model, messages, max_tokens),)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return row[0] if row and isinstance(row[0], str) else None

    def put(self, model: str, messages: Sequence[Message], max_tokens: int, reply: str) -> None:
        """Keep a finished reply."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=5)) as opened, opened:
                opened.execute("CREATE TABLE IF NOT EXISTS replies (n INTEGER PRIMARY KEY, prompt TEXT UNIQUE, reply TEXT)")
                opened.execute(
                    "INSERT OR REPLACE INTO replies (prompt, reply) VALUES (?, ?)", (_key(model, messages, max_tokens), reply)
                )
                opened.execute("DELETE FROM replies WHERE n <= (SELECT max(n) FROM replies) - ?", (KEPT,))
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        if not self._told:
            log.warning("replies are not kept in %s: %s; delete that file to mend it", self._path, error)
        self._told = True


def _key(model: str, messages: Sequence[Message], max_tokens: int) -> str:
    return hashlib.sha256(json.dumps([model, list(messages), max_tokens], ensure_ascii=True).encode()).hexdigest()
