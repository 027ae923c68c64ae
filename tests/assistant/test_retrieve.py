"""Which passages a question is answered from: those of an article that crowds the candidates are read again."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.meaning import Meaning
from assistant.retrieve import CANDIDATES, CROWDED, read_again, retrieve
from index.rerank import CrossEncoder, RerankerError
from index.types import Hit
from tests.assistant.fakes import Newsroom, ScriptedModel, Shelf
from tests.assistant.test_relevance import ScriptedReranker, meaning
from tests.fakes import NearAs, a_passage

QUESTION = "How many people does the mill in Orrin employ?"
FILLER = (
    "The mill in Orrin stands beside the river.", "The mill in Orrin was built by two brothers.",
    "People in Orrin say that the mill is haunted.", "Many people have photographed the mill in Orrin.",
    "The mill in Orrin burnt down twice.", "A bus goes to the mill in Orrin.", "The mill in Orrin was sold again.",
    "How the mill in Orrin got its name is told on a plate.", "People gather at the mill in Orrin on Sundays.",
)  # fmt: skip
STATES = "The mill has 212 workers on its payroll."


class Deaf(ScriptedReranker):
    """It cannot be used."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float | None]:
        raise RerankerError("the reranking model fails")


def article(source: str, *texts: str, first: float = 10.0) -> list[Hit]:
    """Hits of one article, each a little worse than the one before."""
    return [Hit(a_passage(text, source=source), first - n, 0.9) for n, text in enumerate(texts)]


def texts_of(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def test_the_passage_that_answers_comes_to_the_front_of_a_long_article() -> None:
    hits = article("mill.txt", *FILLER, STATES)
    assert texts_of(read_again(QUESTION, hits, CrossEncoder()))[0] == STATES


def test_an_article_keeps_its_places_and_the_places_keep_their_scores() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(CROWDED + 1)), first=30.0)
    short = article("short.txt", "Something short.", "Something else.", first=40.0)
    hits = [long[0], short[0], *long[1:5], short[1], *long[5:]]
    reranker = ScriptedReranker({f"{CROWDED}. ": 9.0})
    found = read_again("What is it?", hits, reranker)
    assert found[0].passage.text.startswith(f"{CROWDED}. ")
    assert [hit.passage.source for hit in found] == [hit.passage.source for hit in hits]
    assert [hit.score for hit in found] == [hit.score for hit in hits]
    assert sorted(texts_of(found)) == sorted(texts_of(hits))
    assert [found[1], found[6]] == short
    assert not {"Something short.", "Something else."} & set(reranker.asked)


def test_where_the_reranker_sees_no_difference_the_order_of_the_search_stays() -> None:
    hits = article("long.txt", *(f"{n}. Passage." for n in range(CROWDED + 2)))
    assert read_again("What is it?", hits, ScriptedReranker()) == hits


def test_articles_that_do_not_crowd_are_not_read() -> None:
    hits = [hit for n in range(3) for hit in article(f"{n}.txt", *(f"{n}{m}. Passage." for m in range(CROWDED)))][:CANDIDATES]
    reranker = ScriptedReranker({"27.": 9.0})
    assert read_again("What is it?", hits, reranker) == hits
    assert reranker.asked == []


def test_a_passage_that_cannot_be_read_is_last() -> None:
    hits = article("long.txt", "不开通。", *(f"{n}. Passage." for n in range(CROWDED)))
    assert texts_of(read_again("What is it?", hits, ScriptedReranker()))[-1] == "不开通。"


def test_without_a_reranker_or_its_language_or_when_it_fails_the_order_of_the_search_stays(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join([*(f"{text} {'Word ' * 150}" for text in FILLER), f"{STATES} {'Word ' * 150}"]))
    shelf = Shelf(newsroom.corpus)
    plain = shelf.search(QUESTION, CROWDED)
    assert len(shelf.passages) > CROWDED
    best = ScriptedReranker({STATES: 9.0})
    assert STATES in texts_of(retrieve(QUESTION, shelf, meaning(best), 1))[0]
    for cannot in (Meaning(NearAs(0.5), 0.0), meaning(ScriptedReranker({STATES: 9.0}, reads=False)), meaning(Deaf())):
        assert retrieve(QUESTION, shelf, cannot, CROWDED) == plain


def test_the_chain_answers_from_what_was_read_again(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join([*(f"{text} {'Word ' * 150}" for text in FILLER), f"{STATES} {'Word ' * 150}"]))
    model = ScriptedModel("It has 212 workers on its payroll [1].")
    newsroom.ask(QUESTION, model, meaning=meaning(ScriptedReranker({STATES: 9.0})))
    assert STATES in model.prompt


def test_no_more_is_returned_than_is_wanted(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join(f"{text} {'Word ' * 150}" for text in FILLER))
    shelf, known = Shelf(newsroom.corpus), meaning(ScriptedReranker())
    assert [len(retrieve(QUESTION, shelf, known, limit)) for limit in (1, 5, 99)] == [1, 5, len(shelf.passages)]
