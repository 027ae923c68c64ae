"""Retrieval and citations: measures against slow twins, and every way in which a citation can be false."""

from __future__ import annotations

import hashlib
from math import log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.citing import Support, cited_files, cited_sentences, is_valid, overlaps_gold, support
from evals.gold import Item, Quote
from evals.records import Cited, Said
from evals.retrieval import (
    as_ranges,
    average_precision,
    characters,
    hit,
    ndcg,
    overlap,
    ranking,
    recall,
    reciprocal_rank,
    size,
)
from evals.texts import Texts

RANKED = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)
RIGHT = st.sets(st.sampled_from("abcdefgh"), min_size=1)
K = st.integers(1, 9)


@given(RANKED, RIGHT, K)
def test_hit_recall_and_reciprocal_rank_are_those_of_the_slow_twins(ranked: list[str], right: set[str], k: int) -> None:
    ranks = [rank for rank in range(1, len(ranked) + 1) if rank <= k and ranked[rank - 1] in right]
    assert hit(ranked, right, k) == (1.0 if ranks else 0.0)
    assert recall(ranked, right, k) == pytest.approx(len(ranks) / len(right))
    assert reciprocal_rank(ranked, right, k) == (1 / ranks[0] if ranks else 0.0)


@given(RANKED, RIGHT, K)
def test_ndcg_is_the_gain_over_that_of_the_best_order(ranked: list[str], right: set[str], k: int) -> None:
    def gain(order: list[str]) -> float:
        return sum((1.0 if order[at] in right else 0.0) / log2(at + 2) for at in range(min(k, len(order))))

    best = [*sorted(right), *sorted(set("abcdefgh") - right)]
    assert ndcg(ranked, right, k) == pytest.approx(gain(ranked) / gain(best))


@given(RANKED, RIGHT, K)
def test_average_precision_is_the_mean_of_the_precisions(ranked: list[str], right: set[str], k: int) -> None:
    top = ranked[:k]
    precisions = [sum(one in right for one in top[: at + 1]) / (at + 1) for at, source in enumerate(top) if source in right]
    assert average_precision(ranked, right, k) == pytest.approx(sum(precisions) / min(k, len(right)))


def test_rankings_worked_by_hand() -> None:
    # a and b are right, at ranks 1 and 4 of five
    ranked, right = ["a", "x", "y", "b", "z"], {"a", "b"}
    assert (hit(ranked, right, 5), recall(ranked, right, 5), recall(ranked, right, 3)) == (1.0, 1.0, 0.5)
    assert reciprocal_rank(ranked, right, 5) == 1.0
    # (1 + 1/log2 5) / (1 + 1/log2 3) = (1 + .4307) / (1 + .6309) = .8772
    assert ndcg(ranked, right, 5) == pytest.approx(0.8772, abs=1e-4)
    # (1/1 + 2/4) / 2
    assert average_precision(ranked, right, 5) == 0.75
    # Three right and one place: the best that can be had there is 1
    assert (ndcg(["a"], {"a", "b", "c"}, 1), average_precision(["a"], {"a", "b", "c"}, 1)) == (1.0, 1.0)


def test_a_file_is_ranked_by_its_first_passage_and_what_is_neither_right_nor_wrong_is_left_out() -> None:
    assert ranking(["b", "b", "a", "c", "a"]) == ["b", "a", "c"]
    assert ranking(["b", "b", "a", "c", "a"], ignored={"b", "z"}) == ["a", "c"]


SPANS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.integers(0, 12)).map(lambda one: (one[0], one[1], one[1] + one[2])),
    max_size=6,
)


def places(spans: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
    return {(source, at) for source, start, end in spans for at in range(start, end)}


@given(SPANS, SPANS)
def test_ranges_are_sets_of_characters(found: list[tuple[str, int, int]], gold: list[tuple[str, int, int]]) -> None:
    theirs, ours = places(found), places(gold)
    assert size(as_ranges(found)) == len(theirs)
    assert overlap(as_ranges(found), as_ranges(gold)) == len(theirs & ours)
    if ours:
        both = len(theirs & ours)
        assert characters(as_ranges(found), as_ranges(gold)) == pytest.approx(
            (both / len(ours), both / len(theirs) if theirs else 0.0, both / len(theirs | ours))
        )


# Citations

STORY = "The pier is shut. It has 35 piles, of oak.\n"
START = STORY.index("It has")
QUOTE = "It has 35 piles, of oak."


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "corpus" / "port").mkdir(parents=True)
    (tmp_path / "corpus" / "port" / "pier.txt").write_text(STORY, "utf-8", newline="")
    (tmp_path / "corpus" / "copy.txt").write_text(f"WIRE\n\n{STORY}", "utf-8", newline="")
    (tmp_path / "secret.txt").write_text(STORY, "utf-8", newline="")
    return Texts(tmp_path / "corpus")


def cited(source: str = "port/pier.txt", start: int = START, quote: str = QUOTE, **more: object) -> Cited:
    sha256 = hashlib.sha256(STORY.encode()).hexdigest()
    return Cited.model_validate(
        {"marker": 1, "source": source, "start": start, "end": start + len(quote), "quote": quote, "sha256": sha256} | more
    )


def test_a_true_citation_is_valid(texts: Texts) -> None:
    assert is_valid(cited(), texts)
    assert is_valid(cited(start=0, quote=STORY), texts)


@pytest.mark.parametrize(
    "citation",
    [
        cited("port/gone.txt"), cited("port"), cited("gone/pier.txt"), cited("../secret.txt"), cited("port/../port/pier.txt"),
        cited("pier\x00.txt"), cited("n" * 300 + ".txt"), cited("port/pier.pdf"), cited(sha256="0" * 64), cited(sha256=""),
        cited(start=START - 1), cited(start=START + 1), cited(end=START + len(QUOTE) - 1), cited(end=START + len(QUOTE) + 1),
        cited(quote=QUOTE.upper()), cited(quote=QUOTE.replace("35", "36")), cited(quote=""), cited(start=10_000, quote=""),
        cited(start=10_000), cited(quote=f"{QUOTE}\n", end=10_000), cited(quote=f"{QUOTE}\n", end=len(STORY) + 1),
        cited(end=START),
    ],
)  # fmt: skip
def test_any_other_citation_is_not(texts: Texts, citation: Cited) -> None:
    assert not is_valid(citation, texts)


def test_an_absolute_source_is_not_valid(texts: Texts, tmp_path: Path) -> None:
    assert not is_valid(cited(str(tmp_path / "secret.txt")), texts)
    assert not is_valid(cited(str(tmp_path / "corpus" / "port" / "pier.txt")), texts)


def test_a_link_that_leaves_the_corpus_is_not_valid(texts: Texts, tmp_path: Path) -> None:
    (tmp_path / "corpus" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert not is_valid(cited("link.txt"), texts)


def test_a_file_that_was_changed_or_deleted_makes_its_citations_invalid(texts: Texts) -> None:
    path = texts.corpus / "port" / "pier.txt"
    path.write_text(STORY + "And more.\n", "utf-8")
    assert not is_valid(cited(), Texts(texts.corpus))
    path.unlink()
    assert not is_valid(cited(), Texts(texts.corpus))


def item(**more: object) -> Item:
    return Item.model_validate({"id": "q", "question": "?", "answerable": True} | more)


def files(*sources: str, **also_in: list[str]) -> list[Cited]:
    return [cited(source, also_in=also_in.get(source, [])) for source in sources]


@pytest.mark.parametrize(
    ("citations", "wanted", "expected"),
    [
        (files("a"), item(sources=["a"]), (1.0, 1.0, 1.0)),
        (files("a", "a", "a"), item(sources=["a"]), (1.0, 1.0, 1.0)),  # a file counts once
        (files("a", "x", "y"), item(sources=["a", "b"]), (1 / 3, 1 / 2, 2 / 5)),  # 2 * 1/6 / (5/6)
        (files("x"), item(sources=["a"]), (0.0, 0.0, 0.0)),
        ([], item(sources=["a"]), (0.0, 0.0, 0.0)),
        (files("x", x=["a"]), item(sources=["a"]), (1.0, 1.0, 1.0)),  # x says of itself that it is a copy of a
        ([*files("x", x=["a"]), *files("x")], item(sources=["a"]), (1.0, 1.0, 1.0)),  # one of its passages is
        (files("c"), item(sources=["a"], also=["c"]), (1.0, 1.0, 1.0)),  # c stands for a source
        (files("c"), item(sources=["a", "b"], also=["c"]), (1.0, 0.5, 2 / 3)),  # ... for one of them
        (files("a", "c"), item(sources=["a", "b"], also=["c"]), (1.0, 0.5, 2 / 3)),
        (files("a", "b", "x"), item(sources=["a", "b"], also=["c"]), (2 / 3, 1.0, 4 / 5)),
    ],
)  # fmt: skip
def test_cited_files_worked_by_hand(citations: list[Cited], wanted: Item, expected: tuple[float, float, float]) -> None:
    assert cited_files(citations, wanted) == pytest.approx(expected)


SOURCES = st.lists(st.sampled_from("abcd"), max_size=5)


@given(SOURCES, st.sets(st.sampled_from("abcd"), min_size=1))
def test_cited_files_without_copies_are_sets(sources: list[str], right: set[str]) -> None:
    told = set(sources)
    precision = len(told & right) / len(told) if told else 0.0
    recalled = len(told & right) / len(right)
    f = 2 * precision * recalled / (precision + recalled) if told & right else 0.0
    assert cited_files(files(*sources), item(sources=sorted(right))) == pytest.approx((precision, recalled, f))


GOLD = item(sources=["port/pier.txt"], quotes=[{"source": "port/pier.txt", "text": "35 piles"}], also=["wire.txt"])


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        (cited(), True),
        (cited(start=START + 7, quote="35"), True),
        (cited(start=0, quote="The pier is shut."), False),
        (cited(start=START, quote="It has "), False),  # it ends where the gold begins
        (cited(start=START, quote="It has 3"), True),
        (cited("other.txt"), False),  # the same offsets of another file
        (cited("other.txt", also_in=["port/pier.txt"]), True),  # a copy of it
        (cited("other.txt", quote="It is shut.", also_in=["port/pier.txt"]), False),  # another sentence of the copy
        (cited("wire.txt", start=3, quote="It  HAS 35\npiles, of oak."), True),  # a file that would be right to cite
        (cited("wire.txt", start=3, quote="piles"), True),
        (cited("wire.txt", quote="It has 36 piles."), False),
        (cited("wire.txt", quote=""), False),
        (cited("wire.txt", quote=" "), False),
    ],
)  # fmt: skip
def test_overlap_with_the_gold_quote(texts: Texts, citation: Cited, expected: bool) -> None:
    assert overlaps_gold([citation], GOLD, texts) is expected
    assert overlaps_gold([cited(start=0, quote="The"), citation], GOLD, texts) is expected


def test_the_occurrence_that_is_meant_is_the_gold(texts: Texts) -> None:
    second = STORY.rindex("i")
    wanted = item(quotes=[Quote(source="port/pier.txt", text="i", start=second)])
    assert overlaps_gold([cited(start=second - 1, quote=STORY[second - 1 : second + 1])], wanted, texts)
    assert not overlaps_gold([cited(start=4, quote="pier is")], wanted, texts)


def said(text: str, *quotes: str) -> Said:
    return Said(text=text, status="answered", citations=[cited(quote=quote, marker=n) for n, quote in enumerate(quotes, 1)])


def quotes_of(answer: Said) -> list[list[str]]:
    return [[one.quote for one in cited] for _, cited in cited_sentences(answer)]


def test_a_sentence_has_the_quotes_of_its_markers() -> None:
    answer = said("The pier is shut [1]. It has 35 piles [2][1]. Oak, they say. [2] Nobody knows [7].", "shut", "piles")
    assert quotes_of(answer) == [["shut"], ["piles", "shut"], ["piles"], []]
    assert quotes_of(said(f"It is shut [{'1' * 5000}]. So [1].", "shut")) == [[], ["shut"]]


def test_a_year_that_is_counted_from_the_citations_date_stands_in_it() -> None:
    quote = cited(quote="It has 35 piles this year, after 30 last year.", marker=1)
    for published, share in (("2022-06-18", 1.0), ("2023-06-18", 0.0), (None, 0.0), ("summer of 2022", 0.0)):
        dated = quote.model_copy(update={"published": published})
        measured = support(Said(text="It had 30 piles in 2021 and 35 in 2022 [1].", status="answered", citations=[dated]))
        assert measured is not None
        assert measured.figures == share


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said("It has 35 piles [1].", QUOTE), Support(1.0, 1.0, 1.0)),
        (said("It has 36 piles [1].", QUOTE), Support(1.0, 0.0, 0.5)),  # of "36" and "pile" one is there
        (said("It has 35 piles.", QUOTE), Support(0.0, 0.0, 0.0)),  # no marker: nothing stands behind it
        (said("It has 35 piles [2].", QUOTE), Support(0.0, 0.0, 0.0)),  # a marker without a citation
        (said("Piles were oak [1]. A duck sang [1].", QUOTE), Support(1.0, 1.0, 0.5)),
        (said("It has 35 oak piles [1]. The ferry sank.", QUOTE), Support(0.5, 1.0, 0.5)),
        (said("It is so [1].", QUOTE), Support(1.0, 1.0, 1.0)),  # no telling words
        (said(""), None),
        (said("[1]", QUOTE), None),
    ],
)  # fmt: skip
def test_support_worked_by_hand(answer: Said, expected: Support | None) -> None:
    assert support(answer) == expected
