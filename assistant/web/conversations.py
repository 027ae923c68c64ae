"""Conversations and what readers thought of the answers, kept in SQLite files of this machine."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from assistant.types import Answer
from index.errors import DatelineError

Verdict = Literal["good", "bad"]
MAX_TITLE, MAX_COMMENT = 120, 2_000
LISTED = 200
"""Conversations of one list; a search finds the others."""
FEEDBACK_FILE, CONVERSATIONS_FILE = "feedback.db", "conversations.db"
IN_MEMORY, OF_ONE = 2_000, 50
"""Conversations kept when they are not written to a file, in all and of one reader; the oldest go."""
_ANSWER = TypeAdapter(Answer)
_HISTORY = TypeAdapter(list[tuple[str, str]])

log = logging.getLogger("dateline")

_CONVERSATIONS = """
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, changed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS turns (
  id TEXT PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  question TEXT NOT NULL, answer TEXT NOT NULL, asked TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_reader ON conversations(reader, changed);
CREATE INDEX IF NOT EXISTS of_conversation ON turns(conversation)
"""
_FEEDBACK = """
CREATE TABLE IF NOT EXISTS feedback (
  turn TEXT PRIMARY KEY, reader TEXT NOT NULL, verdict TEXT NOT NULL, comment TEXT NOT NULL, history TEXT NOT NULL,
  answer TEXT NOT NULL, given TEXT NOT NULL)
"""
_OF_CONVERSATION = "ALTER TABLE feedback ADD COLUMN conversation TEXT NOT NULL DEFAULT ''"
_OLDEST = (
    "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations {} ORDER BY changed DESC, rowid DESC LIMIT -1 OFFSET ?)"
)


class RecordsError(DatelineError):
    """A file of conversations or feedback cannot be used."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and the answer it was given, with the citations of that day."""

    id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of one reader, its turns oldest first."""

    id: str
    title: str
    turns: tuple[Turn, ...] = ()

    @property
    def history(self) -> list[tuple[str, str]]:
        """The answered turns as (question, answer) pairs, for follow-up questions."""
        return [(one.answer.question, one.answer.text) for one in self.turns if one.answer.status == "answered"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in the list of a reader; `changed` is an ISO time."""

    id: str
    title: str
    changed: str
    turns: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of one answer, and the questions before it."""

    turn: str
    verdict: Verdict
    comment: str
    history: list[tuple[str, str]]
    answer: Answer


def new_id() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(12)


class Conversations:
    """The conversations of all readers; each sees only their own. Safe to share between threads.

    `path` is a file, or None to keep the newest in memory until the process ends.
    """

    def __init__(self, path: Path | None) -> None:
        self._file, self._bounded = _File(path, _CONVERSATIONS), path is None

    def all_of(self, reader: str, search: str = "") -> list[Listed]:
        """A reader's last LISTED conversations, the last changed first; with `search`, those that hold it in a question or an
        answer, however it is capitalised."""
        wanted = search.strip().casefold()
        with self._file.db() as db:
            rows = db.execute(
                "SELECT id, title, changed, (SELECT count(*) FROM turns WHERE conversation = c.id) FROM conversations c"
                " WHERE reader = ?1 AND (?2 = '' OR instr(casefold(title), ?2) OR EXISTS ("
                "SELECT 1 FROM turns WHERE conversation = c.id AND (instr(casefold(question), ?2)"
                " OR instr(casefold(json_extract(answer, '$.text')), ?2))))"
                " ORDER BY changed DESC, rowid DESC LIMIT ?3",
                (reader, wanted, LISTED),
            ).fetchall()
        return [Listed(*row) for row in rows]

    def get(self, reader: str, conversation: str) -> Conversation | None:
        """A conversation of a reader, None when they have none of that name."""
        with self._file.db() as db:
            row = db.execute("SELECT id, title FROM conversations WHERE id = ? AND reader = ?", (conversation, reader)).fetchone()
            turns = db.execute("SELECT id, answer FROM turns WHERE conversation = ? ORDER BY rowid", (conversation,)).fetchall()
        return Conversation(row[0], row[1], tuple(Turn(key, _read(answer)) for key, answer in turns)) if row else None

    def add(self, reader: str, conversation: str | None, answer: Answer, *, in_place_of: str | None = None) -> Conversation:
        """Add a turn, to a new conversation when the reader has none of that name; returns the conversation.

        `in_place_of` is the turn that was asked again: it goes while it is the last one. What followed it, asked from another
        tab, stays, and so does it.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._file.db(write=True) as db:
            known = db.execute("SELECT 1 FROM conversations WHERE id = ? AND reader = ?", (conversation, reader)).fetchone()
            name = conversation if known and conversation else new_id()
            if not known:
                db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (name, reader, _title(answer.question), now))
            if in_place_of:
                last = "(SELECT max(rowid) FROM turns WHERE conversation = ?)"
                db.execute(f"DELETE FROM turns WHERE id = ? AND rowid = {last}", (in_place_of, name))
            text = _ANSWER.dump_json(answer).decode()
            db.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", (new_id(), name, answer.question, text, now))
            db.execute("UPDATE conversations SET changed = ? WHERE id = ?", (now, name))
            if self._bounded:
                db.execute(_OLDEST.format("WHERE reader = ?"), (reader, OF_ONE))
                db.execute(_OLDEST.format(""), (IN_MEMORY,))
        found = self.get(reader, name)
        if found is None:
            raise RecordsError(f"the conversation {name} was deleted while it was answered; ask again")
        return found

    def rename(self, reader: str, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        with self._file.db(write=True) as db:
            if title.strip():
                db.execute("UPDATE conversations SET title = ? WHERE id = ? AND reader = ?", (_title(title), conversation, reader))

    def delete(self, reader: str, conversation: str) -> None:
        """Delete a conversation and its turns."""
        with self._file.db(write=True) as db:
            db.execute("DELETE FROM conversations WHERE id = ? AND reader = ?", (conversation, reader))


class FeedbackBook:
    """What readers thought of answers; the last word on a turn counts. Safe to share between threads."""

    def __init__(self, path: Path | None) -> None:
        self._file = _File(path, _FEEDBACK)
        with self._file.db(write=True) as db:
            if "conversation" not in {row[1] for row in db.execute("PRAGMA table_info(feedback)")}:
                db.execute(_OF_CONVERSATION)  # files of before know none

    def give(
        self,
        reader: str,
        conversation: str,
        turn: Turn,
        verdict: Verdict,
        history: list[tuple[str, str]],
        comment: str | None = None,
    ) -> None:
        """Keep a verdict with the whole answer and its citations; without `comment`, one that was given before stays."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        text = _ANSWER.dump_json(turn.answer).decode()
        earlier = _HISTORY.dump_json(history).decode()
        with self._file.db(write=True) as db:
            db.execute(
                "INSERT INTO feedback (turn, reader, conversation, verdict, comment, history, answer, given)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (turn) DO UPDATE SET verdict = excluded.verdict,"
                " given = excluded.given, comment = CASE WHEN ? THEN excluded.comment ELSE comment END",
                (turn.id, reader, conversation, verdict, (comment or "").strip()[:MAX_COMMENT], earlier, text, now,
                 comment is not None),
            )  # fmt: skip

    def withdraw(self, reader: str, turns: Sequence[str], conversation: str | None = None) -> None:
        """Forget what a reader thought of some turns, and of all that a conversation had, those too that were asked again."""
        with self._file.db(write=True) as db:
            wanted = json.dumps(list(turns))
            db.execute(
                "DELETE FROM feedback WHERE reader = ? AND (turn IN (SELECT value FROM json_each(?)) OR conversation = ?)",
                (reader, wanted, conversation),
            )

    def on(self, turns: tuple[Turn, ...]) -> dict[str, tuple[Verdict, str]]:
        """The verdict and the comment on each of some turns that has one."""
        wanted = json.dumps([one.id for one in turns])
        with self._file.db() as db:
            query = "SELECT turn, verdict, comment FROM feedback WHERE turn IN (SELECT value FROM json_each(?))"
            rows = db.execute(query, (wanted,)).fetchall()
        return {turn: (verdict, comment) for turn, verdict, comment in rows}

    def all_of(self, reader: str | None = None) -> list[Feedback]:
        """All feedback, or one reader's, oldest first."""
        with self._file.db() as db:
            rows = db.execute(
                "SELECT turn, verdict, comment, history, answer FROM feedback WHERE ? IS NULL OR reader = ? ORDER BY rowid",
                (reader, reader),
            ).fetchall()
        found: list[Feedback] = []
        for turn, verdict, comment, history, answer in rows:
            try:
                found.append(Feedback(turn, verdict, comment, _HISTORY.validate_json(history), _read(answer)))
            except (RecordsError, ValidationError) as error:
                log.warning("the feedback on turn %s is left out: %s", turn, error)
        return found


def feedback_file(index: Path) -> FeedbackBook:
    """The feedback kept beside an index; RecordsError when there is none."""
    path = index / FEEDBACK_FILE
    if not path.exists():
        raise RecordsError(f"no feedback in {index}; expected {FEEDBACK_FILE}, which the web UI writes; try: dateline chat")
    return FeedbackBook(path)


class _File:
    """One SQLite file that only its owner may read."""

    def __init__(self, path: Path | None, schema: str) -> None:
        self._path, self._lock = path, threading.RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False, isolation_level=None)
            self._db.create_function("casefold", 1, str.casefold, deterministic=True)
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA secure_delete = ON")  # what is deleted for good is overwritten
            for statement in schema.strip().split(";\n"):
                self._db.execute(statement)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    @contextmanager
    def db(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """The database within one transaction; one that does not `write` waits for nobody who does."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._unusable(error) from error
                raise

    def _unusable(self, error: Exception) -> RecordsError:
        return RecordsError(
            f"the file {self._path} cannot be used: {error}; expected conversations of this program and room to write; "
            "move it away, or: DATELINE_HISTORY=off"
        )


def _title(text: str) -> str:
    return " ".join(text.split())[:MAX_TITLE]


def _read(answer: str) -> Answer:
    try:
        return _ANSWER.validate_json(answer)
    except ValidationError as error:
        raise RecordsError(f"a kept answer cannot be read ({error.error_count()} faults); delete its conversation") from error
