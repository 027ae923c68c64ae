"""Whether an answer says what the gold says: figures by value, words as words, and SQuAD's own measures."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching import exact_match, f1, facts_said, normalised, says, unmarked

SAID = [
    # figures by value, whatever their scale or script
    ("It is US$1.4 trillion.", "1.4tn"), ("It is $1.4tn.", "US$1.4 trillion"), ("1,400 billion yuan", "1.4 trillion"),
    ("1.4万亿美元", "$1.4 trillion"), ("US$1.4 trillion", "1.4万亿美元"), ("投资一万四千亿元", "1.4 trillion"),
    ("1.4 trillion yuan", "一万四千亿元"), ("9.5m people", "9.5 million"), ("35,000", "35 thousand"), ("35.0", "35"),
    ("500,000 homes", "half a million homes"), ("half a million homes", "500,000"), ("7.98万元", "79,800"),
    ("79,800 yuan", "7.98万"), ("seven labs", "7 labs"), ("7 labs", "seven labs"), ("twenty-five towns", "25"),
    ("25 towns", "twenty-five towns"), ("a dozen", "12"), ("60000", "60,000"), ("３５家", "35"), ("一百二十家", "120家"),
    ("35家工厂", "三十五家"), ("三十五家工厂", "35家"),
    # percentages; a plain figure is also said by one
    ("It fell 13 percent.", "13%"), ("It fell 13%.", "13 per cent"), ("It fell 13 per cent.", "13 percent"), ("13%", "13"),
    ("13 percentage points", "13%"), ("13%", "13 percentage points"), ("百分之三十五", "35%"), ("35%", "百分之三十五"),
    # dates in either order
    ("on 22 May 2020", "May 22, 2020"), ("on May 22, 2020", "22 May 2020"), ("the 22nd of May", "22 May"), ("3 June", "June 3rd"),
    ("In May 2020, on the 22nd", "May 22"), ("在2020年5月22日", "2020年5月22日"), ("2022年10月投产", "2022年10月"),
    # the other words in any order, as stems
    ("Of its servers, 60,000 were bought.", "60,000 server"), ("a contract of three years", "three-year"),
    # whole words, quotes and dashes of any shape, white space
    ("The Dutch left.", "Dutch"), ("DUTCH", "dutch"), ("It is the Dutch's.", "Dutch"), ("They said “no”.", '"no"'),
    ('They said "no".', "“no”"), ("it’s fine", "it's fine"), ("it's fine", "it’s fine"), ("Xi\u00a0Jinping\n spoke", "Xi Jinping"),
    ("state–owned", "state-owned"), ("(Dutch)", "Dutch"), ("5G networks", "5G"), ("Straße", "STRASSE"),
    ("腾讯控股计划投资", "腾讯"), ("由Bao Linzhi负责", "Bao Linzhi"),
    # beside markers
    ("35 labs [1][2].", "35 labs"), ("Li[3] leads", "Li leads"),
]  # fmt: skip
UNSAID = [
    ("350", "35"), ("1,035", "35"), ("3.5", "35"), ("0.35", "35"), ("35,000", "35"), ("35 million", "35"), ("35", "35 million"),
    ("35", "350"), ("135", "35"), ("5G and G35", "35"), ("COVID-35", "35"), ("1.4万", "1.4亿"), ("2万亿", "1.4万亿"),
    ("It has 13.", "13%"), ("13%", "14%"), ("百分之十三", "35%"),
    ("In 2016 [16].", "16"), ("It grew [35].", "35"), ("[1] [2] [12]", "12"),
    ("22 June 2020", "22 May 2020"), ("23 May 2020", "22 May 2020"), ("22 May 2021", "22 May 2020"), ("May 2020", "22 May 2020"),
    ("5月23日", "5月22日"), ("2022年11月", "2022年10月"), ("35家医院", "35家工厂"), ("三十五", "35家"),
    ("35", "thirty-five labs"), ("35 hospitals", "35 labs"), ("labs", "35 labs"),
    ("The Dutchman left.", "Dutch"), ("Likely", "Li"), ("Double-Dutchy", "Dutch"), ("Kong", "Kong Shaoyi"),
    ("Shaoyi Kong", "Kong Shaoyi"),
    ("Xiang Lumei", "Xi"), ("Hongkong", "Kong"), ("腾讯", "阿里"), ("", "Dutch"), ("", "35"), ("not", "no"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "alternative"), SAID)
def test_it_is_said(text: str, alternative: str) -> None:
    assert says(text, alternative)
    assert says(f"Well, {text} And so on [1].", alternative)


@pytest.mark.parametrize(("text", "alternative"), UNSAID)
def test_it_is_not_said(text: str, alternative: str) -> None:
    assert not says(text, alternative)


@given(st.integers(2, 10**7), st.integers(2, 10**7))
def test_a_whole_number_says_itself_and_no_other(one: int, other: int) -> None:
    for text in (f"It was {one}.", f"It was {one:,} [7].", f"共{one}家"):
        assert says(text, str(one))
        assert says(text, f"{one:,}")
        assert says(text, str(other)) == (one == other)


@given(st.text(max_size=30), st.lists(st.integers(0, 99), max_size=3))
def test_markers_are_no_part_of_what_is_said(text: str, markers: list[int]) -> None:
    marked = text + "".join(f" [{marker}]" for marker in markers)
    assert unmarked(marked) == unmarked(text)


def test_every_group_needs_one_of_its_alternatives() -> None:
    facts = [["1.4tn", "563 billion"], ["Huawei"], ["Tencent", "腾讯"]]
    assert facts_said("腾讯 will put in $563bn [1].", facts) == [True, False, True]
    assert facts_said("", facts) == [False, False, False]
    assert facts_said("anything", []) == []


# SQuAD 2.0, letter by letter instead of by pattern

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def slow_words(text: str) -> list[str]:
    """Lower case, punctuation out; then words are runs of word characters that are no article, or what stands between."""
    bare = [letter for letter in text.lower() if letter not in PUNCTUATION]
    words, word = [], ""
    for letter in [*bare, " "]:
        if letter.isspace():
            words.append(word)
            word = ""
        else:
            word += letter
    return [word for word in words if word not in ("", "a", "an", "the")]


def slow_f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    if not said or not wanted:
        return 1.0 if list(said) == list(wanted) else 0.0
    left = list(wanted)
    common = 0
    for word in said:
        if word in left:
            left.remove(word)
            common += 1
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


TEXTS = st.lists(
    st.sampled_from(["a", "An", "the", "The", "35", "labs", "labs,", "u.s.", "plan's", "-", "(the)", "码头"]), max_size=6
).map(" ".join)


@given(TEXTS)
def test_the_words_are_those_of_the_slow_twin(text: str) -> None:
    assert normalised(text) == slow_words(text)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_exact_match_and_f1_are_those_of_the_slow_twin(text: str, answers: list[str]) -> None:
    wanted = [slow_words(one) for one in answers or [""]]
    assert exact_match(text, answers) == float(any(slow_words(text) == one for one in wanted))
    assert f1(text, answers) == pytest.approx(max(slow_f1(slow_words(text), one) for one in wanted))


@pytest.mark.parametrize(
    ("text", "answers", "em", "score"),
    [
        ("The Plan's 35 labs!", ["plans 35 labs"], 1.0, 1.0),
        ("Theatre", ["Atre"], 0.0, 0.0),  # an article inside a word is none
        ("labs labs", ["labs"], 0.0, 2 / 3),  # one common word of two said: P = 1/2, R = 1
        ("labs", ["labs labs labs"], 0.0, 0.5),  # P = 1, R = 1/3
        ("in May", ["June", "May 2020", "in the May"], 1.0, 1.0),
        ("", [], 1.0, 1.0),
        ("", ["May"], 0.0, 0.0),
        ("May", [], 0.0, 0.0),
        ("the", [""], 1.0, 1.0),
    ],
)
def test_squad_measures_worked_by_hand(text: str, answers: list[str], em: float, score: float) -> None:
    assert exact_match(text, answers) == em
    assert f1(text, answers) == pytest.approx(score)
