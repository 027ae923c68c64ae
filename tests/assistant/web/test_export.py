"""What leaves the page: Markdown that shows the words and nothing else, and gold that the evals read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.web.conversations import Conversation, Feedback, Turn
from assistant.web.export import gold_draft, markdown
from evals.gold import read_gold
from tests.assistant.web.test_conversations import ANSWER, CITED, REFUSED

EVIL = "![beacon](http://198.51.100.7/x.png) <script>alert(1)</script> [x](javascript:alert(1))\n# A heading\n- a list `code`"


def test_a_conversation_reads_as_it_stood_on_the_page() -> None:
    text = markdown(Conversation("c", "Did it?", (Turn("t", ANSWER), Turn("u", REFUSED))))
    assert "# Did it?" in text
    assert "It did [1]." in text
    assert "1. a.txt, line 1" in text
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


@given(st.lists(st.text(min_size=1, max_size=80).filter(lambda text: not text.isspace()), min_size=2, max_size=2))
def test_any_feedback_is_gold_that_loads(texts: list[str]) -> None:
    from tempfile import TemporaryDirectory

    question, told = (text.encode("utf-8", "replace").decode("utf-8") for text in texts)
    answer = replace(ANSWER, question=question, text=f"{told} [1].")
    refused = replace(REFUSED, question=question)
    book = [
        Feedback("a", "good", "", [("Before?", "Yes.")], answer),
        Feedback("b", "bad", told, [], answer),
        Feedback("c", "good", "", [], refused),
        Feedback("d", "bad", "", [], refused),
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.jsonl"
        path.write_text(gold_draft(book), "utf-8")
        items = read_gold(path)
    assert [item.answerable for item in items] == [True, False, False, False]
    assert items[0].history == [["Before?", "Yes."]]
    assert items[0].quotes[0].text == CITED.quote


def test_the_figures_of_a_good_answer_are_its_facts() -> None:
    answer = replace(ANSWER, text="It cost $84.5 million [1] and took three years [1].")
    item = json.loads(gold_draft([Feedback("a", "good", "", [], answer)]))
    assert item["facts"] == [["84500000"], ["3"]]
    assert item["also"] == ["b.txt"]
