"""A sentence is traced to the characters that say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.attribute import Support, attribute, quotation
from assistant.claims import Claim, claims
from tests.assistant.fakes import evidence_of, quoted, supports

PLANT = "The plant opened in June."
COST = "It cost 84.5 million yuan."
JOBS = "It gives work to 300 people."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It rose [1]. It fell. [2][3] Both [Source 1, 4].", [("It rose.", (1,)), ("It fell.", (2, 3)), ("Both.", (1, 4))]),
        ("It rose.[1] It fell.[2]", [("It rose.", (1,)), ("It fell.", (2,))]),
        ("It rose【1】. It fell. 【2】", [("It rose.", (1,)), ("It fell.", (2,))]),
        ("增长了[1]。下降了。[2]", [("增长了。", (1,)), ("下降了。", (2,))]),
        ("增长了【来源1】。", [("增长了。", (1,))]),
        ("It rose [1][1, 1].", [("It rose.", (1,))]),
        ("It [1] rose [2].", [("It rose.", (1, 2))]),
        ("- It rose [1].\n- It fell [2].", [("It rose.", (1,)), ("It fell.", (2,))]),
        ("• It rose[^3]", [("It rose", (3,))]),
        ("“It rose.” [1] It fell.", [("“It rose.”", (1,)), ("It fell.", ())]),
        ("It rose 3.5 percent, said Dr. Li [1].", [("It rose 3.5 percent, said Dr. Li.", (1,))]),
        ("No marker at all", [("No marker at all", ())]),
        ("[1] [2]", []),
        (" \n ... ", []),
        ("", []),
    ],
)
def test_claims_are_sentences_and_the_numbers_that_stood_in_them(text: str, found: list[tuple[str, tuple[int, ...]]]) -> None:
    assert claims(text) == [Claim(*one) for one in found]


@given(st.text(alphabet="ab .!?[]【】12,。\n“”-", max_size=80))
def test_no_marker_is_left_in_a_claim(text: str) -> None:
    for claim in claims(text):
        assert not any(f"[{n}]" in claim.text or f"【{n}】" in claim.text for n in (1, 2, 12))


def test_a_claim_is_traced_to_the_one_sentence_that_says_it() -> None:
    assert supports("It cost 84.5 million yuan.", f"{PLANT} {COST} {JOBS}", "Other things.") == [COST]


def test_the_models_number_is_confirmed_before_others_are_looked_at() -> None:
    same = "The plant opened in June, and others followed."
    (claim,) = claims("The plant opened in June [2].")
    found = attribute(claim, evidence_of(PLANT, same))
    assert [one.evidence.number for one in found.supports] == [2]


def test_the_models_number_gives_way_to_a_source_that_holds_clearly_more_of_the_claim() -> None:
    (claim,) = claims("Skagen Flow makes the pumps [1].")
    found = attribute(
        claim, evidence_of("Skagen Flow denied it.", "The maker of the pumps is Skagen Flow."), "Who makes the pumps?"
    )
    assert [one.evidence.number for one in found.supports] == [2]


def test_a_range_is_widened_backwards_for_the_name_that_a_pronoun_stands_for() -> None:
    text = f"Lanqu runs a plant in Muheng. {COST} {JOBS}"
    assert supports("Lanqu gives work to 300 people.", text) == [text]
    assert supports("Lanqu spent a cost of 84.5 million yuan.", text) == [f"Lanqu runs a plant in Muheng. {COST}"]


def test_a_range_is_not_widened_further_than_two_sentences() -> None:
    text = f"Lanqu runs a plant. {PLANT} {COST} {JOBS}"
    assert supports("Work is what Lanqu gives to 300 people.", text) == []
    assert supports("Work is what Lanqu gives to 300 people.", text.replace(PLANT, "")) == [text.replace(PLANT, "")]


@pytest.mark.parametrize("stop", [";", "；"])
def test_the_items_of_a_list_are_one_range_with_what_leads_to_it(stop: str) -> None:
    items = f"- wrong doors (643){stop}\n\n- wrong bells (78){stop}\n\n- wrong streets (12){stop}\n\n- all else (405)"
    text = f"There were four kinds of complaint:\n\n{items}"
    claim = "Complaints were of wrong doors (643), wrong bells (78), wrong streets (12) and all else (405)."
    assert supports(claim, f"{PLANT}\n\n{text}") == [text]


def test_a_long_list_is_not_one_range() -> None:
    sold = "ale beer cider gin ice juice kvass mead milk port rum tea water wine"
    text = "They sold:" + "; ".join(f"\n\n- {word} ({n})" for n, word in enumerate(sold.split(), 20))
    assert supports("They sold ale (20), tea (31) and wine (33).", text) == []
    assert supports("They sold mead (27), tea (31) and wine (33).", text) != []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("It rose.", "“It rose.”"), ("“It rose.”", "“It rose.”"), ("“It rose.", "“It rose.”"),
        ("“It rose.” Li paid.", "“‘It rose.’ Li paid.”"), ("He calls it “a crime”", "“He calls it ‘a crime’”"),
        ("It rose [3].", "“It rose (3).”"),
    ],
)  # fmt: skip
def test_a_quotation_within_a_quotation_has_single_marks(said: str, shown: str) -> None:
    (one,) = evidence_of(said)
    assert quotation(Support(one, (0, len(said)))) == shown


def test_two_files_support_a_claim_together() -> None:
    first, second = "The Lanqu plant cost 84.5 million yuan.", "The Lanqu plant gives work to 300 people."
    assert supports("The Lanqu plant cost 84.5 million yuan and gives work to 300 people.", first, second) == [first, second]


def test_two_files_do_not_support_a_claim_that_neither_makes() -> None:
    """Each holds a figure of the claim, of other things."""
    assert supports("Lanqu paid 300 people 84.5 million yuan in bonuses last winter.", f"Oxlip: {COST}", f"Goose: {JOBS}") == []


def test_two_files_that_hold_only_most_of_a_claim_do_not_support_it_together() -> None:
    """Seven of its ten terms: what neither has may be the very thing that is claimed."""
    claim = "The Lanqu plant in Muheng cost 84 yuan and hired 300 jugglers and bakers."
    assert supports(claim, "The Lanqu plant in Muheng cost 84 yuan.", "The Lanqu plant in Muheng feeds 300 cats.") == []


@pytest.mark.parametrize(
    "claim",
    [
        "The plant cost 85.4 million yuan.", "The plant in Ninglu cost 84.5 million yuan.",
        "The plant “was a gift to us all”.", "The plant opened in July.", "Whales sing at night.",
    ],
)  # fmt: skip
def test_a_claim_that_no_source_makes_is_traced_to_nothing(claim: str) -> None:
    assert supports(claim, f"{PLANT} {COST} {JOBS}") == []


def test_the_verdict_of_a_failed_claim_says_what_was_lacking() -> None:
    (claim,) = claims("The plant cost 85.4 million yuan [1].")
    found = attribute(claim, evidence_of(f"{PLANT} {COST}"))
    assert (found.supports, found.verdict.missing) == ((), ("85400000",))


def test_a_passage_about_another_firm_answers_no_question_about_this_one() -> None:
    text = "Oxlip employs 300 people."
    assert supports("It employs 300 people.", text, question="How many people does Oxlip employ?") == [text]
    assert supports("It employs 300 people.", text, question="How many people does Tessenaar employ?") == []


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("What did Orrin and Larch pay Kestrel for the mill?", ("Larch", "Kestrel")),
        ("What was the revenue of the Chinese mill of Orrin?", ()),
    ],
)
def test_what_answers_something_else_lacks_the_names_that_it_lacks_and_no_other(question: str, lacking: tuple[str, ...]) -> None:
    (claim,) = claims("Orrin made a profit of 300 million euros with the mill in China [1].")
    found = attribute(claim, evidence_of("Orrin made a profit of 300 million euros with the mill in China."), question)
    assert (found.supports, found.verdict.names) == ((), lacking)


def test_without_evidence_nothing_is_supported() -> None:
    assert attribute(Claim("It rose.", (1,)), []).supports == ()


@given(st.text(max_size=60), st.text(min_size=1, max_size=120))
def test_whatever_is_traced_stands_in_the_source(text: str, source: str) -> None:
    for claim in claims(text):
        for one in attribute(claim, evidence_of(source)).supports:
            assert quoted(one) in source
            assert source[one.at[0] : one.at[1]] == quoted(one)


@given(
    st.lists(
        st.sampled_from([PLANT, COST, JOBS, "腾讯投资700亿美元。", "He said: “Nobody has drowned on it.”"]), min_size=1, unique=True
    )
)
def test_a_sentence_of_the_source_is_always_supported(chosen: list[str]) -> None:
    for sentence in chosen:
        assert sentence in "".join(supports(sentence, " ".join(chosen)))
