"""Which passages a question is answered from: those of an article that crowds the candidates are read again, and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.meaning import Meaning
from assistant.retrieve import CANDIDATES, CROWDED, GAP, Stretch, read_again, retrieve
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


def flat(stretches: Sequence[Stretch]) -> list[Hit]:
    return [hit for stretch in stretches for hit in stretch]


def book(*starts: int, length: int = 100) -> list[Hit]:
    """Hits of one long article, "0. Passage." first, each passage `length` characters long; where each starts."""
    hits = article("long.txt", *(f"{n}. Passage." for n in range(len(starts))))
    return [replace(hit, passage=replace(hit.passage, start=at, end=at + length)) for hit, at in zip(hits, starts, strict=True)]


def test_the_passage_that_answers_comes_to_the_front_of_a_long_article() -> None:
    hits = article("mill.txt", *FILLER, STATES)
    assert texts_of(flat(read_again(QUESTION, hits, CrossEncoder())))[0] == STATES


def test_an_article_keeps_its_places_and_the_places_keep_their_scores() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(CROWDED + 1)), first=30.0)
    short = article("short.txt", "Something short.", "Something else.", first=40.0)
    hits = [long[0], short[0], *long[1:5], short[1], *long[5:]]
    reranker = ScriptedReranker({f"{CROWDED}. ": 9.0, "0. ": 6.0, "1. ": 5.0})
    found = flat(read_again("What is it?", hits, reranker))
    assert found[0].passage.text.startswith(f"{CROWDED}. ")
    assert [hit.passage.source for hit in found] == [hit.passage.source for hit in hits]
    assert [hit.score for hit in found] == [hit.score for hit in hits]
    assert sorted(texts_of(found)) == sorted(texts_of(hits))
    assert [found[1], found[6]] == short


def test_where_the_reranker_sees_no_difference_the_order_of_the_search_stays() -> None:
    hits = article("long.txt", *(f"{n}. Passage." for n in range(CROWDED + 2)))
    assert flat(read_again("What is it?", hits, ScriptedReranker())) == hits


def test_articles_that_do_not_crowd_are_not_read() -> None:
    hits = [hit for n in range(3) for hit in article(f"{n}.txt", *(f"{n}{m}. Passage." for m in range(CROWDED)))][:CANDIDATES]
    reranker = ScriptedReranker({"27.": 9.0})
    assert flat(read_again("What is it?", hits, reranker)) == hits
    assert reranker.asked == []


def test_a_passage_that_cannot_be_read_is_last() -> None:
    hits = article("long.txt", "不开通。", *(f"{n}. Passage." for n in range(CROWDED)))
    assert (
        texts_of(flat(read_again("What is it?", hits, ScriptedReranker({f"{n}.": n - 9.0 for n in range(CROWDED)}))))[-1]
        == "不开通。"
    )


def test_without_a_reranker_or_its_language_or_when_it_fails_the_order_of_the_search_stays(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join([*(f"{text} {'Word ' * 150}" for text in FILLER), f"{STATES} {'Word ' * 150}"]))
    shelf = Shelf(newsroom.corpus)
    plain = shelf.search(QUESTION, CROWDED)
    assert len(shelf.passages) > CROWDED
    best = ScriptedReranker({STATES: 9.0})
    assert STATES in " ".join(texts_of(flat(retrieve(QUESTION, shelf, meaning(best), 1))))
    for cannot in (Meaning(NearAs(0.5), 0.0), meaning(ScriptedReranker({STATES: 9.0}, reads=False)), meaning(Deaf())):
        assert retrieve(QUESTION, shelf, cannot, CROWDED) == [(hit,) for hit in plain]


def test_the_chain_answers_from_what_was_read_again(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join([*(f"{text} {'Word ' * 150}" for text in FILLER), f"{STATES} {'Word ' * 150}"]))
    model = ScriptedModel("It has 212 workers on its payroll [1].")
    newsroom.ask(QUESTION, model, meaning=meaning(ScriptedReranker({STATES: 9.0})))
    assert STATES in model.prompt


def test_no_more_is_returned_than_is_wanted(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join(f"{text} {'Word ' * 150}" for text in FILLER))
    shelf, plain = Shelf(newsroom.corpus), Meaning(NearAs(0.5), 0.0)
    assert [len(retrieve(QUESTION, shelf, plain, limit)) for limit in (1, 5, 99)] == [1, 5, len(shelf.passages)]


def starts_of(stretches: Sequence[Stretch]) -> list[list[int]]:
    return [[hit.passage.start for hit in stretch] for stretch in stretches]


def test_passages_of_a_long_article_that_follow_one_another_are_one_stretch_where_the_best_of_them_stands() -> None:
    hits = book(5000, 200, 7000, 99, 9000, 401 + GAP, 11_000, 13_000, 300)
    odds = {f"{n}.": 9.0 - n for n in range(9)}
    found = read_again("What is it?", hits, ScriptedReranker(odds), worst=99.0)
    assert starts_of(found) == [[5000], [99, 200, 300], [7000], [9000], [401 + GAP], [11_000], [13_000]]
    assert [stretch[0].score for stretch in found] == [hit.score for hit in hits[:7]]
    assert len({hit.score for hit in found[1]}) == 1


def test_a_passage_between_two_stretches_makes_one_of_them() -> None:
    hits = book(0, 200, 5000, 100, 6000, 7000, 8000, 9000, 10_000)
    odds = {f"{n}.": 4.0 - n / 10 for n in range(9)}
    assert starts_of(read_again("What is it?", hits, ScriptedReranker(odds), worst=99.0))[:2] == [[0, 100, 200], [5000]]


def test_passages_further_apart_than_white_space_are_not_joined() -> None:
    hits = book(0, 100 + GAP, 208 + GAP + 1 + GAP, *range(1000, 7000, 1000))
    assert starts_of(read_again("What is it?", hits, ScriptedReranker()))[:2] == [[0, 100 + GAP], [208 + 2 * GAP + 1]]


def test_beside_a_long_article_what_falls_far_behind_is_left_out_whosever_it_is() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(12)), first=30.0)
    short = article("short.txt", "Something short.", "不开通。", first=40.0)
    reranker = ScriptedReranker({"3. ": 9.0, "4. ": 8.9}, other=-11.0)
    read = flat(read_again("What is it?", [*short, *long], reranker, worst=2.0))
    assert texts_of(read) == ["不开通。", "3. Passage of the long one.", "4. Passage of the long one."], "what it cannot read stays"
    assert len(flat(read_again("What is it?", [*short, *long], reranker, worst=99.0))) == 14


def test_other_articles_keep_their_order_and_their_places_beside_a_long_one() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(9)), first=30.0)
    short = article("short.txt", "Something short.", "Something else.", first=40.0)
    reranker = ScriptedReranker({"else": 9.0, "8. ": 9.0, "7. ": 8.0, "6. ": 7.0, "5. ": 6.0, "4. ": 5.0})
    read = flat(read_again("What is it?", [short[0], *long, short[1]], reranker))
    assert texts_of(read)[:2] == ["Something short.", "8. Passage of the long one."]
    assert texts_of(read)[-1] == "Something else."


def test_stretches_are_counted_and_not_their_passages(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", " ".join(f"{text} {'Word ' * 150}." for text in FILLER))
    shelf = Shelf(newsroom.corpus)
    (stretch,) = retrieve(QUESTION, shelf, meaning(ScriptedReranker()), 1)
    passages = sorted(passage.start for passage in shelf.passages if passage.source == "mill.txt")
    assert [hit.passage.start for hit in stretch] == passages
    assert len(passages) > CROWDED
