"""The project's own questions: every quote is in its file, every fact in a quote, and no question gives its answer away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from evals.gold import Item, read_gold
from evals.matching import says
from evals.texts import Texts
from index.build import differences
from tests.conftest import ROOT

TYPES = {
    "fact", "number", "date", "name", "list", "several", "comparison", "conflict", "teaser", "follow-up", "typo", "chinese",
    "boilerplate", "unanswerable",
}  # fmt: skip
SPLITS = ("dev", "test")


def gold_of(split: str) -> list[Item]:
    return read_gold(ROOT / "evals" / "gold" / f"{split}.jsonl", Texts(ROOT / "corpus"))


@pytest.fixture(scope="module")
def gold() -> dict[str, list[Item]]:
    """Reading it with the corpus is a test already: a quote that is not in its file is an error."""
    return {split: gold_of(split) for split in SPLITS}


def everything(gold: dict[str, list[Item]]) -> Iterator[Item]:
    for split in SPLITS:
        yield from gold[split]


def folded(question: str) -> str:
    return " ".join(question.casefold().split())


def test_ids_and_questions_are_those_of_one_item(gold: dict[str, list[Item]]) -> None:
    assert [id_ for id_, n in Counter(item.id for item in everything(gold)).items() if n > 1] == []
    asked = Counter((folded(item.question), str(item.history)) for item in everything(gold))
    assert [question for question, n in asked.items() if n > 1] == []


def test_no_question_is_in_both_files(gold: dict[str, list[Item]]) -> None:
    dev, test = ({folded(item.question) for item in gold[split] if not item.history} for split in SPLITS)
    assert dev & test == set()


def test_there_are_enough_questions_and_enough_that_the_corpus_does_not_answer(gold: dict[str, list[Item]]) -> None:
    items = list(everything(gold))
    unanswerable = [item for item in items if not item.answerable]
    assert len(items) >= 120
    assert len(unanswerable) >= 35
    assert sum((item.note or "").startswith("near miss") for item in unanswerable) >= 25


@pytest.mark.parametrize("split", SPLITS)
def test_every_type_is_in_both_files(gold: dict[str, list[Item]], split: str) -> None:
    assert {item.type for item in gold[split]} == TYPES


def test_the_type_says_what_the_item_is(gold: dict[str, list[Item]]) -> None:
    for item in everything(gold):
        assert item.answerable == (item.type != "unanswerable"), item.id
        assert item.type != "follow-up" or item.history, item.id
        assert item.type not in ("several", "conflict") or len(item.sources) > 1, item.id


def test_what_can_be_answered_has_facts_sources_and_quotes_of_every_source(gold: dict[str, list[Item]]) -> None:
    for item in everything(gold):
        if item.answerable:
            assert item.facts, item.id
            assert {quote.source for quote in item.quotes} == set(item.sources) != set(), item.id
        assert not set(item.sources) & set(item.also), item.id


def test_every_article_is_the_source_of_a_question_or_a_copy_of_one(gold: dict[str, list[Item]]) -> None:
    articles = {source for source, _ in differences(ROOT / "corpus", {})}
    assert len(articles) >= 18
    sources = {source for item in everything(gold) for source in item.sources}
    copies = {source for item in everything(gold) for source in item.also}
    assert articles - sources - copies == set()
    assert len(articles - sources) <= 1


def test_every_fact_is_said_by_a_quote(gold: dict[str, list[Item]]) -> None:
    unsaid = [
        (item.id, group)
        for item in everything(gold)
        for group in item.facts
        if not any(says(quote.text, alternative) for quote in item.quotes for alternative in group)
    ]
    assert unsaid == []


def test_no_question_gives_its_answer_away(gold: dict[str, list[Item]]) -> None:
    given_away = [
        (item.id, alternative)
        for item in everything(gold)
        for group in item.facts
        for alternative in group
        if says(item.question, alternative)
    ]
    assert given_away == []
