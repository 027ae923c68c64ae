"""The real bundled model and embedder over the sample corpus: what a user gets with no key and no network.

The wording is the model's own; what is proven is that every citation is true and that a near miss is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.api import Assistant, open_assistant
from assistant.bundled import LocalChatModel
from assistant.figures import missing_figures
from assistant.settings import Settings
from assistant.types import Answer
from index.load import load
from index.store import EmbeddedStore
from tests.assistant.conftest import CACHE
from tests.assistant.fakes import assert_whole
from tests.conftest import ROOT, forget_chroma

CORPUS = ROOT / "corpus"
BUNDLED = "qwen2.5-coder-1.5b-instruct-q4_k_m (bundled)"


@pytest.fixture(scope="module")
def real(sample_index: Path) -> Iterator[Assistant]:
    settings = Settings(llm="local", cache=Path(CACHE) if CACHE else None, timeout=300)
    opened = open_assistant(CORPUS, sample_index, settings, keep_replies=False)
    yield opened
    assert isinstance(opened.model, LocalChatModel)
    assert isinstance(opened.store, EmbeddedStore)
    opened.model.close()
    opened.store.close()
    forget_chroma()


def ask(real: Assistant, question: str, *, status: str = "answered") -> Answer:
    """The answer, with every citation checked against its file character for character."""
    *pieces, answer = real.stream(question)
    assert isinstance(answer, Answer)
    assert_whole(answer, [str(piece) for piece in pieces])
    assert answer.status == status, answer
    assert answer.model in (BUNDLED, "extractive")
    for citation in answer.citations:
        path = CORPUS / citation.source
        text = load(path, citation.source).text
        assert text[citation.start : citation.end] == citation.quote
        assert citation.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert citation.line == len(text[: citation.start].replace("\r\n", "\n").split("\n"))
    said = answer.text
    for citation in answer.citations:
        said = said.replace(f"[{citation.marker}]", "")
    if answer.citations:
        assert missing_figures(said, "\n".join(citation.quote for citation in answer.citations)) == []
    return answer


def test_a_number_is_answered_from_its_article(real: Assistant) -> None:
    answer = ask(real, "How much will Tencent invest, and over how many years?")
    assert answer.model == BUNDLED
    assert "70" in answer.text
    told_by = {
        "2020-05-27-labs-and-servers.txt",
        "wire/2021/ninglu-data-centre.txt",
        "outlets/kestrel-bay/2021-11-10-ninglu-servers.txt",
    }
    assert told_by & {citation.source for citation in answer.citations}
    assert answer.usage.prompt_tokens > 100
    assert answer.usage.completion_tokens > 3
    assert answer.timings.first_token_ms is not None


def test_a_chinese_question_is_answered_from_a_chinese_article_in_gb18030(real: Assistant) -> None:
    answer = ask(real, "牧衡市2022年的政府工作报告提出的地区生产总值增长目标是多少？")
    assert {citation.source.split("/")[0] for citation in answer.citations} == {"zh"}


def test_what_the_articles_do_not_say_is_refused(real: Assistant) -> None:
    """The article on Tessenaar Optiek gives its town and prices but no number of staff."""
    answer = ask(real, "How many people does Tessenaar Optiek employ?", status="refused")
    assert answer.reason == "not_supported"
    assert answer.nearest
    assert "outlets/maarnse-bode/2022-11-24-zuidermaarn-optiek.txt" in {near.source for near in answer.nearest}


def test_a_question_about_nothing_in_the_corpus_is_refused(real: Assistant) -> None:
    answer = ask(real, "Who won the chess olympiad in Chennai?", status="refused")
    assert answer.reason in ("nothing_relevant", "not_supported")


def test_a_follow_up_is_read_with_the_turn_before_it(real: Assistant) -> None:
    *_, answer = real.stream("And over how many years?", [("How much will Tencent invest?", "Tencent will invest $70bn [1].")])
    assert isinstance(answer, Answer)
    assert answer.status == "answered"
    assert "five" in answer.text or "5" in answer.text


def test_the_models_process_ends_when_it_is_left_in_the_middle_of_an_answer(real: Assistant) -> None:
    model = real.model
    assert isinstance(model, LocalChatModel)
    for _ in range(3):  # every other time it stayed, with two gigabytes in memory
        said = model.stream([{"role": "user", "content": "Count from one to a hundred in words."}], 300)
        assert next(said)
        server = model._server
        assert server is not None
        assert server.stdin is not None
        server.stdin.close()
        server.wait(timeout=10)
        said.close()
