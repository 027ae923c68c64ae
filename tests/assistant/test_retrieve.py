"""Which passages a question is answered from: those of an article that crowds the candidates are read again, and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.meaning import Meaning
from assistant.retrieve import CANDIDATES, GAP, PASSAGES, Found, read_again, retrieve
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


class Unreading(ScriptedReranker):
    """It does not read the language of one text."""

    def __init__(self, foreign: str) -> None:
        super().__init__()
        self.foreign = foreign

    def reads(self, question: str, text: str) -> bool:
        return self.foreign not in text


class Deaf(ScriptedReranker):
    """It cannot be used."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float | None]:
        raise RerankerError("the reranking model fails")


def article(source: str, *texts: str, first: float = 10.0) -> list[Hit]:
    """Hits of one article, each a little worse than the one before."""
    return [Hit(a_passage(text, source=source), first - n, 0.9) for n, text in enumerate(texts)]


def texts_of(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def book(*starts: int, length: int = 100) -> list[Hit]:
    """Hits of one long article, "0. Passage." first, each passage `length` characters long; where each starts."""
    hits = article("long.txt", *(f"{n}. Passage." for n in range(len(starts))))
    return [replace(hit, passage=replace(hit.passage, start=at, end=at + length)) for hit, at in zip(hits, starts, strict=True)]


def test_the_passage_that_answers_comes_to_the_front_of_a_long_article() -> None:
    hits = article("mill.txt", *FILLER, STATES)
    assert texts_of(read_again(QUESTION, hits, CrossEncoder()).near)[0] == STATES


def test_an_article_keeps_its_places_and_the_places_keep_their_scores() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(PASSAGES + 1)), first=30.0)
    short = article("short.txt", "Something short.", "Something else.", first=40.0)
    hits = [long[0], short[0], *long[1:5], short[1], *long[5:]]
    reranker = ScriptedReranker({f"{PASSAGES}. ": 9.0, "0. ": 6.0, "1. ": 5.0})
    found = read_again("What is it?", hits, reranker, far=99.0).near
    assert found[0].passage.text.startswith(f"{PASSAGES}. ")
    assert [hit.passage.source for hit in found] == [hit.passage.source for hit in hits]
    assert [hit.score for hit in found] == [hit.score for hit in hits]
    assert sorted(texts_of(found)) == sorted(texts_of(hits))
    assert [found[1], found[6]] == short


def test_where_the_reranker_sees_no_difference_the_order_of_the_search_stays() -> None:
    hits = article("long.txt", *(f"{n}. Passage." for n in range(PASSAGES + 2)))
    assert read_again("What is it?", hits, ScriptedReranker()).near == tuple(hits)


def test_articles_that_do_not_crowd_are_not_read() -> None:
    hits = [hit for n in range(3) for hit in article(f"{n}.txt", *(f"{n}{m}. Passage." for m in range(PASSAGES)))][:CANDIDATES]
    reranker = ScriptedReranker({"27.": 9.0})
    assert read_again("What is it?", hits, reranker).near == tuple(hits)
    assert reranker.asked == []


def test_a_passage_that_cannot_be_read_is_last() -> None:
    hits = article("long.txt", "不开通。", *(f"{n}. Passage." for n in range(PASSAGES)))
    odds = {f"{n}.": n - 9.0 for n in range(PASSAGES)}
    assert texts_of(read_again("What is it?", hits, ScriptedReranker(odds), far=99.0).near)[-1] == "不开通。"


def test_without_a_reranker_or_its_language_or_when_it_fails_the_order_of_the_search_stays(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join([*(f"{text} {'Word ' * 150}" for text in FILLER), f"{STATES} {'Word ' * 150}"]))
    shelf = Shelf(newsroom.corpus)
    plain = shelf.search(QUESTION, CANDIDATES)
    assert len(shelf.passages) > PASSAGES
    assert STATES not in plain[0].passage.text
    best = retrieve(QUESTION, shelf, meaning(ScriptedReranker({STATES: 9.0})))
    assert STATES in best.hits(1)[0].passage.text
    for cannot in (Meaning(NearAs(0.5), 0.0), meaning(ScriptedReranker({STATES: 9.0}, reads=False)), meaning(Deaf())):
        assert retrieve(QUESTION, shelf, cannot) == Found(tuple(plain))


def test_the_chain_answers_from_what_was_read_again(newsroom: Newsroom) -> None:
    rest = [f"{text} {text} {'Word ' * 140}" for text in (*FILLER, *FILLER)]
    newsroom.write("mill.txt", "\n\n".join([*rest, f"{STATES} {'Word ' * 150}"]))
    shown = []
    for reranker in (ScriptedReranker({STATES: 9.0}), ScriptedReranker()):
        model = ScriptedModel("It has 212 workers on its payroll [1].")
        newsroom.ask(QUESTION, model, meaning=meaning(reranker))
        shown.append(STATES in model.prompt)
    assert shown == [True, False], "it is among the eight passages of an answer because it was read"


def test_no_more_is_returned_than_is_wanted(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join(f"{text} {'Word ' * 150}" for text in FILLER))
    shelf = Shelf(newsroom.corpus)
    for known in (Meaning(NearAs(0.5), 0.0), meaning(ScriptedReranker({"river": 9.0}, other=-9.0))):
        found = retrieve(QUESTION, shelf, known)
        assert [len(found.hits(limit)) for limit in (1, 5, 99)] == [1, 5, len(shelf.passages)]


def starts_of(found: Found) -> list[list[int]]:
    return [[hit.passage.start for hit in stretch] for stretch in found.stretches()]


def test_passages_of_a_long_article_that_follow_one_another_are_one_stretch_where_the_best_of_them_stands() -> None:
    hits = book(5000, 200, 7000, 99, 9000, 401 + GAP, 11_000, 13_000, 300)
    odds = {f"{n}.": 9.0 - n for n in range(9)}
    found = read_again("What is it?", hits, ScriptedReranker(odds), far=99.0)
    assert starts_of(found) == [[5000], [200, 99, 300], [7000], [9000], [401 + GAP], [11_000], [13_000]], "best first"
    assert [hit.score for hit in found.near] == [hit.score for hit in hits]
    assert found.far == ()


def test_a_passage_between_two_stretches_makes_one_of_them_best_first() -> None:
    hits = book(0, 200, 5000, 300, 100, 6000, 7000, 8000, 9000, 400)
    odds = {f"{n}.": 4.0 - n / 10 for n in range(10)}
    found = starts_of(read_again("What is it?", hits, ScriptedReranker(odds)))
    assert found == [[0, 200, 300, 100, 400], [5000], [6000], [7000], [8000], [9000]]
    hits = book(0, 100, 500, 700, 300, 200, 5000, 600, 400)
    odds = {f"{n}.": 4.0 - n / 10 for n in range(9)}
    assert starts_of(read_again("What is it?", hits, ScriptedReranker(odds))) == [[0, 100, 500, 700, 300, 200, 600, 400], [5000]]


def test_a_short_article_that_answers_is_not_driven_out_by_what_follows_the_best_of_a_long_one() -> None:
    long = book(*range(0, 1000, 100))
    short = replace(long[0], passage=replace(long[0].passage, source="short.txt", text="212 workers."), score=1.5)
    found = read_again("What is it?", [*long[:5], short, *long[5:]], ScriptedReranker({"212": 9.0}, other=4.0))
    assert "212 workers." in texts_of(found.hits(8))


def test_odds_that_are_alike_are_told_apart_by_the_search() -> None:
    hits = book(*range(0, 20_000, 1000))
    odds = {"0.": 4.0, "19.": 4.001, "1.": -1.0}
    found = read_again("What is it?", hits, ScriptedReranker(odds), far=99.0).near
    assert found[0].passage.start == 0


@pytest.mark.parametrize("unread", [Unreading("0. Passage"), ScriptedReranker({"Passage": None})])
def test_where_the_article_that_crowds_was_not_judged_nothing_is_left_out(unread: ScriptedReranker) -> None:
    unread.known |= {"good": 9.0, "bad": -9.0}
    hits = [*article("short.txt", "good", "bad", first=40.0), *book(*range(0, 9000, 1000))]
    assert read_again("What is it?", hits, unread) == Found(tuple(hits))
    assert not (isinstance(unread, Unreading) and unread.asked), "it is not read for nothing"


def test_a_search_for_more_reads_no_more_again(newsroom: Newsroom) -> None:
    newsroom.write("mill.txt", "\n\n".join(f"{n}. {FILLER[n % 9]} {'Word ' * 150}" for n in range(60)))
    shelf = Shelf(newsroom.corpus)
    wide, usual = (retrieve(QUESTION, shelf, meaning(ScriptedReranker({"12. ": 9.0}, other=-9.0)), n) for n in (50, 1))
    assert [len(found.near) + len(found.far) for found in (usual, wide)] == [CANDIDATES, 50]
    assert wide.near[: len(usual.near)] == usual.near
    assert wide.far == usual.far


def test_passages_further_apart_than_white_space_or_of_another_kind_are_not_joined() -> None:
    hits = book(0, 100 + GAP, 208 + GAP + 1 + GAP, 1000, 1100, *range(2000, 6000, 1000))
    hits[4] = replace(hits[4], passage=replace(hits[4].passage, kind="teaser"))
    found = starts_of(read_again("What is it?", hits, ScriptedReranker()))
    assert found[:4] == [[0, 100 + GAP], [208 + 2 * GAP + 1], [1000], [1100]]


def test_passages_of_articles_that_are_not_long_are_not_joined() -> None:
    short = [replace(hit, passage=replace(hit.passage, source="short.txt")) for hit in book(0, 100)]
    hits = [*short, *book(*range(0, 9000, 1000))]
    assert starts_of(read_again("What is it?", hits, ScriptedReranker()))[:2] == [[0], [100]]


def test_beside_a_long_article_what_is_far_from_answering_comes_last_whosever_it_is() -> None:
    long = article("long.txt", *(f"{n}. Passage of the long one." for n in range(12)), first=30.0)
    short = article("short.txt", "Something short.", "不开通。", "Something else.", first=40.0)
    reranker = ScriptedReranker({"3. ": 9.0, "4. ": 2.0, "5. ": 2.0 - 1e-6, "else": 3.0}, other=-11.0)
    found = read_again("What is it?", [*short, *long], reranker)
    near = ["不开通。", "Something else.", "3. Passage of the long one.", "4. Passage of the long one."]
    assert texts_of(found.near) == near, "more than seven behind is far, and what cannot be read stays"
    assert [hit.score for hit in found.near] == [39.0, 38.0, 30.0, 29.0]
    assert texts_of(found.far)[0] == "5. Passage of the long one."
    assert {hit.score for hit in found.far} == {long[-1].score}
    assert sorted(texts_of(found.hits(99))) == sorted(texts_of([*short, *long]))


def test_an_article_with_as_many_candidates_as_an_answer_is_made_from_keeps_its_order_beside_one_with_more() -> None:
    eight = [replace(hit, passage=replace(hit.passage, source="eight.txt")) for hit in book(*range(0, 800, 100))]
    hits = [*eight, *article("nine.txt", *(f"{n} of nine." for n in range(9)), first=1.0)]
    found = read_again("What is it?", hits, ScriptedReranker({"7. ": 3.0, "8 of nine": 2.0}))
    assert [hit.passage.start for hit in found.near[:8]] == list(range(0, 800, 100))
    assert found.near[8].passage.text == "8 of nine."
    assert found.crowding == {"nine.txt"}


def test_where_all_is_equally_far_from_answering_nothing_is_left_out() -> None:
    hits = article("long.txt", *(f"{n}. Passage." for n in range(12)))
    assert read_again("What is it?", hits, ScriptedReranker({"7. ": -10.999}, other=-11.0)).far == ()


def test_articles_in_a_language_that_the_reranker_does_not_read_stay_where_they_are() -> None:
    english = article("mill.txt", *FILLER, STATES, first=30.0)
    german = article("werk.txt", "Das Werk in Orrin beschäftigt 212 Menschen, wie die Leitung mitteilte.", first=40.0)
    chinese = article("厂.txt", *(f"奥林的工厂有{n}名工人，该公司表示。" for n in range(8)), first=20.0)
    found = read_again(QUESTION, [*german, *english, *chinese], CrossEncoder()).near
    assert texts_of(found)[:2] == [german[0].passage.text, STATES]
    assert texts_of(found)[-8:] == texts_of(chinese)


def test_whom_a_long_article_is_about_is_known_from_a_passage_that_does_not_answer(newsroom: Newsroom) -> None:
    rest = [f"Lunch number {n} was soup with bread for everybody. {'Word ' * 150}" for n in range(18)]
    begins = f"The Rijnwaal Tunnel was opened by the king. {'Word ' * 150}"
    states = "Its builders said the whole work cost 612 million euros."
    newsroom.write("book.txt", "\n\n".join([begins, f"{states} {'Word ' * 150}", *rest]))
    reranker = ScriptedReranker({states: 9.0}, other=-11.0)
    answer = newsroom.ask("What did the Rijnwaal Tunnel cost?", None, meaning=meaning(reranker))
    assert "612 million" in answer.text
