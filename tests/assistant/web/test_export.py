"""What leaves the page: Markdown that shows the words and nothing else, and gold that the evals read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import main
from assistant.web.conversations import Conversation, Feedback, FeedbackBook, Turn
from assistant.web.export import gold_draft, markdown
from evals.gold import read_gold
from evals.texts import Texts
from tests.assistant.web.test_conversations import ANSWER, CITED, REFUSED

EVIL = "![beacon](http://198.51.100.7/x.png) <script>alert(1)</script> [x](javascript:alert(1))\n# A heading\n- a list `code`"


def test_a_conversation_reads_as_it_stood_on_the_page() -> None:
    text = markdown(Conversation("c", "Did it?", (Turn("t", ANSWER), Turn("u", REFUSED))))
    assert "# Did it?" in text
    assert "It did [1]." in text
    assert "1. a.txt, line 1, characters 3 to 9" in text
    assert "*The sources disagree:* 1 [1]" in text
    assert "Nearest articles, not an answer: a.txt" in text
    assert "“quoté”" in text
    assert "Also in: b.txt" in text
    assert "> Note: a note" in text
    assert "*Not answered (not_supported):* No." in text


def test_an_article_cannot_put_markdown_into_an_export() -> None:
    answer = replace(ANSWER, question=EVIL, text=EVIL, citations=(replace(CITED, quote=EVIL, title=EVIL, source=EVIL),))
    text = markdown(Conversation("c", EVIL, (Turn("t", answer),)))
    assert "![" not in text
    assert "](" not in text.replace("\\](", "").replace("\\]\\(", "")
    assert "<script" not in text.replace("\\<", "")
    assert [line for line in text.splitlines() if line.startswith("# ")] == [text.splitlines()[0]]
    assert "http://" not in text


def test_a_number_or_a_dash_at_the_beginning_makes_no_list() -> None:
    for text, safe in (("2024. It rose.", "2024\\. It rose."), ("- it rose", "\\- it rose"), ("12 rose", "12 rose")):
        assert f"\n## {safe}\n" in markdown(Conversation("c", "t", (Turn("t", replace(ANSWER, question=text)),)))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("It’s quoté " + "here." * 5)
    return tmp_path


WORDS = (
    st.text(min_size=1, max_size=80)
    .map(lambda text: text.encode("utf-8", "replace").decode())
    .filter(lambda text: not text.isspace())
)


@given(question=WORDS, told=WORDS)
def test_any_feedback_is_gold_that_loads(question: str, told: str) -> None:
    answer = replace(ANSWER, question=question, text=f"{told} [1].")
    refused = replace(REFUSED, question=question)
    book = [
        Feedback("a", "good", "", [("Before?", "Yes.")], answer),
        Feedback("b", "bad", told, [], answer),
        Feedback("c", "good", "", [], refused),
        Feedback("d", "bad", told, [], refused),
        Feedback("e", "bad", "", [], answer),
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.jsonl"
        path.write_text(gold_draft(Path(folder), book), "utf-8")
        items = read_gold(path, Texts(Path(folder)))
    assert [(item.id[-1], item.answerable) for item in items] == [("a", True), ("b", True), ("c", False), ("d", True)]
    assert items[0].history == [["Before?", "Yes."]]
    assert all(item.facts for item in items if item.answerable)


def test_the_figures_and_names_that_an_answer_adds_are_its_facts(corpus: Path) -> None:
    answer = replace(
        ANSWER, question="What did Heron Point pay?", text="Heron Point paid Lanqu $84.5 million [1] in three years [1]."
    )
    item = json.loads(gold_draft(corpus, [Feedback("a", "good", "", [], answer)]))
    assert item["facts"] == [["84500000"], ["3"], ["Lanqu"]]


def test_what_a_file_no_longer_says_is_no_gold(corpus: Path) -> None:
    text = (corpus / "a.txt").read_text()
    start = text.index("quoté ")
    kept = replace(ANSWER, citations=(replace(CITED, start=start, end=start + 6), replace(CITED, source="gone.txt")))
    item = json.loads(gold_draft(corpus, [Feedback("a", "good", "", [], kept)]))
    assert item["quotes"] == [{"source": "a.txt", "text": "quoté ", "start": start}]
    assert item["sources"] == ["a.txt"]
    assert "changed since" in item["note"]


def test_what_was_found_wrong_expects_the_comment(corpus: Path) -> None:
    item = json.loads(gold_draft(corpus, [Feedback("a", "bad", "41 million", [], ANSWER)]))
    assert (item["facts"], item["wrong"]) == ([["41 million"]], ["It did."])


def test_the_command_prints_all_feedback(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = FeedbackBook(tmp_path / "index" / "feedback.db")
    book.give("me", "c", Turn("a", ANSWER), "bad", [], "41 million")
    book.give("you", "c", Turn("b", ANSWER), "bad", [])
    options = ["--corpus", str(corpus), "--index", str(tmp_path / "index")]
    assert main(["feedback", *options]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["feedback-a"]
    assert said.err == "1 items; 1 found wrong without a word of what is right are left out\n"
    assert main(["feedback", "--index", str(tmp_path / "nowhere")]) == 1
    assert "try: dateline chat" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
