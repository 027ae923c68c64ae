"""Two rankings become one, and copies are folded."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.fuse import fuse, select, word_runs
from index.types import Passage
from tests.fakes import a_passage

WIRE = (
    "The harbour office will close the old pier at Kettle Sound on Monday and move the ferry to the coal quay for eleven"
    " weeks while carpenters replace nine of the forty oak piles that carry it"
)


def test_scores_are_added_as_weighted_z_scores() -> None:
    # dense 0.9, 0.6, 0.3: mean 0.6, deviation √((0.3² + 0 + 0.3²) / 3) = 0.245; z = 1.225, 0, -1.225
    # lexical 4, 2: mean 3, deviation 1; z = 1 for passage 3, -1 for passage 1; passage 2 was missed and has the lowest, -1
    # 1: 0.7 * 1.225 - 0.3 = 0.557    2: 0.7 * 0 - 0.3 = -0.3    3: 0.7 * -1.225 + 0.3 = -0.557
    fused = fuse([(1, 0.9), (2, 0.6), (3, 0.3)], [(3, 4.0), (1, 2.0)], 0.7)
    assert [passage for passage, _ in fused] == [1, 2, 3]
    assert [score for _, score in fused] == pytest.approx([0.557, -0.3, -0.557], abs=0.001)


def test_a_passage_that_only_the_words_found_may_win() -> None:
    # dense 0.5, 0.4: z = 1, -1; passage 9 was missed: -1.  lexical 10, 2, 2: mean 4.667, deviation 3.771; z = 1.414, -0.707, -0.707
    # 9: -0.7 + 0.424 = -0.276    1: 0.7 - 0.212 = 0.488    2: -0.7 - 0.212 = -0.912
    fused = fuse([(1, 0.5), (2, 0.4)], [(9, 10.0), (1, 2.0), (2, 2.0)], 0.7)
    assert [(passage, round(score, 3)) for passage, score in fused] == [(1, 0.488), (9, -0.276), (2, -0.912)]


def test_a_side_that_cannot_tell_its_passages_apart_has_no_say() -> None:
    # equal lexical scores have no deviation, so all their z are 0; dense z = 1, -1
    assert dict(fuse([(1, 0.9), (2, 0.8)], [(1, 5.0), (2, 5.0)], 0.7)) == pytest.approx({1: 0.7, 2: -0.7})


def test_one_empty_side_leaves_the_order_to_the_other() -> None:
    assert [passage for passage, _ in fuse([(1, 0.1), (2, 0.9)], [])] == [2, 1]
    assert [passage for passage, _ in fuse([], [(1, 0.1), (2, 0.9)])] == [2, 1]
    assert fuse([], []) == []


def test_equal_scores_are_ordered_by_passage() -> None:
    assert [passage for passage, _ in fuse([(5, 1.0), (3, 1.0), (4, 1.0)], [])] == [3, 4, 5]


RANKINGS = st.dictionaries(st.integers(1, 9), st.floats(-10, 10, width=16), max_size=6).map(lambda found: list(found.items()))


@settings(max_examples=200)
@given(RANKINGS, RANKINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    dense: list[tuple[int, float]], lexical: list[tuple[int, float]], random: object
) -> None:
    assert fuse(dense[::-1], lexical[::-1]) == fuse(dense, lexical)
    assert fuse(sorted(dense), sorted(lexical)) == fuse(dense, lexical)


@given(RANKINGS, RANKINGS)
def test_every_passage_of_either_side_comes_out_once_and_best_first(
    dense: list[tuple[int, float]], lexical: list[tuple[int, float]]
) -> None:
    fused = fuse(dense, lexical)
    assert sorted(passage for passage, _ in fused) == sorted(dict(dense) | dict(lexical))
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


# Hits


def _select(*passages: Passage, asked_for: set[int] | None = None, limit: int = 9) -> list[tuple[str, tuple[str, ...]]]:
    """The sources of the hits when the passages come in this order, each with its copies."""
    ranked = [(number, -float(number)) for number in range(len(passages))]
    hits = select(ranked, dict(enumerate(passages)), {}, asked_for or set(), limit)
    return [(hit.passage.source, hit.also_in) for hit in hits]


def test_copies_are_folded_into_the_first_and_named_in_order() -> None:
    copies = [a_passage(WIRE, source="c.txt"), a_passage(WIRE + ".", source="z.txt"), a_passage(WIRE.upper(), source="a.txt")]
    assert _select(*copies) == [("c.txt", ("a.txt", "z.txt"))]


def test_a_copy_with_a_few_words_edited_is_folded() -> None:
    # 36 words make 32 runs of five; one changed word breaks 5 of them: 27 / 32 = 0.84 are shared.
    edited = WIRE.replace("carpenters", "shipwrights")
    assert (len(word_runs(WIRE)), len(word_runs(WIRE) & word_runs(edited))) == (32, 27)
    assert _select(a_passage(WIRE), a_passage(edited, source="b.txt")) == [("a.txt", ("b.txt",))]


def test_a_copy_with_many_words_edited_is_a_source_of_its_own() -> None:
    # Two changed words far apart break 10 of 32 runs: 22 / 32 = 0.69 are shared.
    edited = WIRE.replace("carpenters", "shipwrights").replace("Monday", "Friday")
    assert len(word_runs(WIRE) & word_runs(edited)) == 22
    assert _select(a_passage(WIRE), a_passage(edited, source="b.txt")) == [("a.txt", ()), ("b.txt", ())]


@pytest.mark.parametrize(
    ("one", "other"), [("1.2 billion", "1.5 billion"), ("12 May", "13 May"), ("4,200", "4,300"), ("4.2", "42"), ("", "7")]
)
def test_passages_that_differ_in_a_figure_are_not_folded(one: str, other: str) -> None:
    assert _select(a_passage(f"{WIRE} {one}"), a_passage(f"{WIRE} {other}", source="b.txt")) == [("a.txt", ()), ("b.txt", ())]


def test_a_figure_written_with_and_without_commas_is_one_figure() -> None:
    assert _select(a_passage(f"{WIRE} 4,200"), a_passage(f"{WIRE} 4200", source="b.txt")) == [("a.txt", ("b.txt",))]


def test_chinese_copies_are_folded_too() -> None:
    text = "铜壶湾码头星期一起停业，港务处星期五表示，维修费用为四百二十万元，工期十一周。"
    assert _select(a_passage(text), a_passage(text.rstrip("。"), source="b.txt")) == [("a.txt", ("b.txt",))]


def test_a_repetition_within_one_file_is_no_second_source() -> None:
    assert _select(a_passage(WIRE), a_passage(WIRE)) == [("a.txt", ())]


def test_a_passage_that_says_more_is_not_swallowed_by_a_pull_quote_of_it() -> None:
    more = (
        f"{WIRE}. The ferry captain Jonna Brask will leave the service after the works, she said, and open a bakery on Tin Street"
    )
    assert [source for source, _ in _select(a_passage(WIRE, source="quote.txt"), a_passage(more, source="story.txt"))] == [
        "quote.txt",
        "story.txt",
    ]


def test_copies_below_the_limit_are_still_named() -> None:
    other = a_passage("Something else altogether happened on that day in the town", source="b.txt")
    assert _select(a_passage(WIRE), other, a_passage(WIRE, source="c.txt"), limit=1) == [("a.txt", ("c.txt",))]


def test_no_more_hits_than_the_limit_are_given() -> None:
    passages = [a_passage(f"Story of the ferry named {name}", source=name) for name in "abcde"]
    assert [source for source, _ in _select(*passages, limit=3)] == ["a", "b", "c"]
    assert _select(*passages, limit=0) == []


@pytest.mark.parametrize("kind", ["caption", "boilerplate"])
def test_furniture_is_left_out_unless_it_was_asked_for(kind: str) -> None:
    furniture = Passage("a.txt", 0, 4, "Menu", kind, None, None)  # type: ignore[arg-type]
    assert _select(furniture) == []
    assert _select(furniture, asked_for={0}) == [("a.txt", ())]


def test_teasers_are_worth_reading() -> None:
    assert _select(a_passage("The baker on Tin Street was told", kind="teaser")) == [("a.txt", ())]


def test_a_passage_that_is_gone_is_left_out() -> None:
    assert select([(1, 1.0), (2, 0.5)], {2: a_passage("Still here")}, {2: 0.25}, set(), 9)[0].cosine == 0.25


TEXTS = st.lists(st.sampled_from("pier ferry 12 13 oak 码 头 quay".split()), max_size=14).map(" ".join)


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_being_a_copy_is_mutual_and_every_text_is_its_own_copy(one: str, other: str) -> None:
    first, again, second = a_passage(one), a_passage(one, source="b.txt"), a_passage(other, source="b.txt")
    assert len(_select(first, again)) == 1
    assert len(_select(first, second)) == len(_select(second, first))


def test_shuffled_copies_give_the_same_set_of_sources() -> None:
    copies = [a_passage(WIRE, source=source) for source in ("a.txt", "b.txt", "c.txt")]
    for order in permutations(copies):
        ((first, others),) = _select(*order)
        assert {first, *others} == {"a.txt", "b.txt", "c.txt"}
