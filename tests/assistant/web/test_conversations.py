"""Conversations and feedback in their files."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.types import Answer, Citation, Conflict, ConflictValue, Nearest, Timings, Usage
from assistant.web.conversations import OF_ONE, Conversations, FeedbackBook, RecordsError, Turn

CITED = Citation(1, "a.txt", 3, 9, "quoté ", 1, "0" * 64, None, "2021-01-01", ("b.txt",))
ANSWER = Answer(
    "Did it?", "It did [1].", "answered", None, (CITED,), (Conflict("it", (ConflictValue("1", 1),)),), (), ("a note",), "m",
    Usage(1, 2), Timings(1.0, None, 2.0),
)  # fmt: skip
REFUSED = replace(
    ANSWER, question="And 50%_\\?", text="No.", status="refused", reason="not_supported", citations=(), conflicts=(),
    nearest=(Nearest("a.txt", 0, 3, 0.5),),
)  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "index" / "conversations.db")


def test_an_answer_comes_back_as_it_was_given_in_another_process(book: Conversations, tmp_path: Path) -> None:
    first = book.add("me", None, ANSWER)
    second = book.add("me", first.id, REFUSED)
    again = Conversations(tmp_path / "index" / "conversations.db").get("me", first.id)
    assert again == second
    assert [turn.answer for turn in second.turns] == [ANSWER, REFUSED]
    assert second.history == [("Did it?", "It did [1].")]  # a refusal is nothing to follow up


def test_only_the_owner_of_the_files_may_read_them(book: Conversations, tmp_path: Path) -> None:
    mode = (tmp_path / "index" / "conversations.db").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_reader_sees_and_changes_only_their_own(book: Conversations) -> None:
    mine = book.add("me", None, ANSWER)
    assert book.get("you", mine.id) is None
    assert book.all_of("you") == []
    book.rename("you", mine.id, "Yours")
    book.delete("you", mine.id)
    yours = book.add("you", mine.id, ANSWER)
    assert yours.id != mine.id
    assert [one.title for one in book.all_of("me")] == ["Did it?"]


def test_a_turn_asked_again_is_replaced_unless_another_followed_it(book: Conversations) -> None:
    talk = book.add("me", None, ANSWER)
    once = book.add("me", talk.id, REFUSED)
    stale = book.add("me", talk.id, ANSWER, in_place_of=talk.turns[0].id)  # from a tab that has not seen the second turn
    assert [turn.answer for turn in stale.turns] == [ANSWER, REFUSED, ANSWER]
    assert stale.turns[:2] == once.turns
    first = book.add("me", None, ANSWER)
    second = book.add("me", first.id, REFUSED)
    changed = book.add("me", first.id, REFUSED, in_place_of=second.turns[1].id)
    assert [turn.answer for turn in changed.turns] == [ANSWER, REFUSED]
    assert changed.turns[1].id != second.turns[1].id
    other = book.add("me", None, ANSWER)
    kept = book.add("me", first.id, ANSWER, in_place_of=other.turns[0].id)  # another conversation's turn replaces nothing
    assert len(kept.turns) == 3
    assert len((book.get("me", other.id) or other).turns) == 1


@pytest.mark.parametrize(
    ("search", "found"), [("DID", 1), ("it did", 1), ("50%_\\?", 1), ("%", 1), ("zebra", 0), ("", 1), ("5_%", 0)]
)
def test_a_search_looks_into_titles_questions_and_answers(book: Conversations, search: str, found: int) -> None:
    one = book.add("me", None, ANSWER)
    book.add("me", one.id, REFUSED)
    assert len(book.all_of("me", search)) == found


@pytest.mark.parametrize("search", ["über", "ÜBER", "МОСКВА", "straße"])
def test_a_search_minds_no_capitals_of_any_alphabet(book: Conversations, search: str) -> None:
    book.add("me", None, replace(ANSWER, question="Was kam Über die Москва und die Strasse?", text="STRASSE"))
    assert len(book.all_of("me", search)) == 1
    assert book.all_of("me", "Unter") == []


def test_one_reader_does_not_push_out_another_s_conversation_from_memory() -> None:
    book = Conversations(None)
    mine = book.add("me", None, ANSWER)
    theirs = [book.add("you", None, replace(ANSWER, question=f"{n}?")) for n in range(OF_ONE + 3)]
    assert book.get("me", mine.id) is not None
    assert [book.get("you", one.id) is not None for one in theirs[:4]] == [False, False, False, True]


def test_feedback_of_a_file_that_knows_no_conversations_is_kept(book: Conversations, tmp_path: Path) -> None:
    turn = book.add("me", None, ANSWER).turns[0]
    FeedbackBook(tmp_path / "feedback.db").give("me", "c", turn, "good", [])
    with sqlite3.connect(tmp_path / "feedback.db") as db:
        db.execute("ALTER TABLE feedback DROP COLUMN conversation")
    again = FeedbackBook(tmp_path / "feedback.db")
    assert again.on((turn,)) == {turn.id: ("good", "")}
    again.withdraw("me", [turn.id], "c")
    assert again.all_of() == []


def test_the_last_changed_comes_first(book: Conversations) -> None:
    names = [book.add("me", None, replace(ANSWER, question=f"Question {n}?")).title for n in range(3)]
    assert [one.title for one in book.all_of("me")] == names[::-1]


def test_a_title_is_one_line_of_bounded_length(book: Conversations) -> None:
    one = book.add("me", None, replace(ANSWER, question="a\nb " + "c" * 500))
    assert one.title.startswith("a b c")
    assert len(one.title) == 120
    book.rename("me", one.id, "  ")
    assert book.all_of("me")[0].title == one.title


def test_feedback_keeps_the_answer_after_its_conversation_is_deleted(book: Conversations, tmp_path: Path) -> None:
    feedback = FeedbackBook(tmp_path / "feedback.db")
    conversation = book.add("me", None, ANSWER)
    turn = conversation.turns[0]
    feedback.give("me", conversation.id, turn, "good", [("Before?", "Yes.")], None)
    feedback.give("me", conversation.id, turn, "bad", [], "it is wrong")
    feedback.give("me", conversation.id, turn, "bad", [], None)
    book.delete("me", conversation.id)
    assert feedback.on((turn, Turn("other", ANSWER))) == {turn.id: ("bad", "it is wrong")}
    kept = feedback.all_of()
    assert [(one.verdict, one.comment, one.answer) for one in kept] == [("bad", "it is wrong", ANSWER)]
    assert feedback.all_of("you") == []


def test_a_file_that_is_none_of_ours_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "conversations.db").write_bytes(b"not a database" * 100)
    with pytest.raises(RecordsError, match=r"cannot be used.*move it away"):
        Conversations(tmp_path / "conversations.db")


def test_a_kept_answer_of_another_shape_is_an_error_of_a_line(book: Conversations, tmp_path: Path) -> None:
    one = book.add("me", None, ANSWER)
    with sqlite3.connect(tmp_path / "index" / "conversations.db") as db:
        db.execute("UPDATE turns SET answer = '{}'")
    with pytest.raises(RecordsError, match="cannot be read"):
        book.get("me", one.id)


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    book = Conversations(None)
    one = book.add("me", None, ANSWER)
    assert book.get("me", one.id) == one
    assert list(tmp_path.iterdir()) == []
