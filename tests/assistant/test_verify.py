"""Does a source say what a claim says?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.names import about_same, missing_names, names
from assistant.verify import missing_quotes, stands_by_what_is_counted, verify

SOURCE = "Tencent will invest US$70 billion over five years, Tong Taosang said in Shenzhen."


@pytest.mark.parametrize(
    ("claim", "figures", "names_", "quotes"),
    [
        ("Tencent will invest $70bn over five years.", (), (), ()),
        ("Tencent will invest $80bn over five years.", ("80000000000",), (), ()),
        ("In Shenzhen, Tong said that Tencent will invest.", (), (), ()),
        ("In Beijing, Tong said that Tencent will invest.", (), ("Beijing",), ()),
        ("Alibaba will invest $70bn over five years.", (), ("Alibaba",), ()),
        ("He said Tencent “will invest billions at once”.", (), (), ("will invest billions at once",)),
        ("He said Tencent “will invest US$70 billion”.", (), (), ()),
    ],
)
def test_what_is_missing(claim: str, figures: tuple[str, ...], names_: tuple[str, ...], quotes: tuple[str, ...]) -> None:
    verdict = verify(claim, SOURCE)
    assert (verdict.figures, verdict.names, verdict.quotes) == (figures, names_, quotes)
    assert verdict.supported == (verdict.missing == ())


def test_too_little_of_the_content_is_no_support() -> None:
    verdict = verify("Tencent employs shepherds, jugglers, bakers and sailors.", SOURCE)
    assert (verdict.missing, verdict.supported) == ((), False)
    assert verdict.share == pytest.approx(1 / 6)  # tencent of tencent, employ, shepherd, juggler, baker, sailor


@pytest.mark.parametrize(
    ("question", "claim", "source", "supported"),
    [
        ("Will the mill close in May?", "Yes, the mill will close in May.", "The mill will close in May, its owner said.", True),
        ("大桥会在五月关闭吗？", "是的，大桥将在五月关闭。", "大桥将在五月关闭。", True),
        ("How many people does it employ?", "It employs 12 people.", "The firm employs twelve people.", True),
        ("How much will it invest?", "It will invest 1.4tn yuan.", "They will invest 1,400bn yuan.", True),
        ("总额是多少？", "总额为1.4万亿元。", "总额为14000亿元。", True),
        ("How many will it hire?", "64.", "The mill will hire 64 people.", True),
        ("Who will build it?", "Tencent.", "Tencent will build it.", True),
        ("Will the mill close?", "The mill will close.", "The mill will hire 64 people.", False),
        ("Will the mill close?", "Yes, the mill will close.", "The mill will hire 64 people.", False),
        ("Will the mill close?", "Yes.", "The mill will hire 64 people.", False),
        (
            "Will Li Wei resign as mayor of Oxlip?",
            "Yes, Li Wei will resign as mayor of Oxlip.",
            "Li Wei denied that he will resign as mayor of Oxlip.",
            False,
        ),
        (
            "Will Li Wei resign as mayor of Oxlip?",
            "Yes, Li Wei will resign as mayor of Oxlip.",
            "It is false that Li Wei will resign as mayor of Oxlip.",
            False,
        ),
        ("Will the mill close?", "Yes, the mill will hire 64 people.", "The mill will hire 64 people.", False),
        (
            "How many people died in the Oxlip fire?",
            "No people died in the Oxlip fire on Monday.",
            "Five people died in the Oxlip fire on Monday.",
            False,
        ),
        ("How much debt does the firm have?", "The firm has no debt.", "The firm has a debt of 5 million yuan.", False),
        ("Will the mill close?", "There are no plans to close the mill.", "Plans to close the mill were drawn up.", False),
        ("", "Li said that nobody died.", "Li said that five people died.", False),
        ("", "The mill will hardly close.", "The mill will close.", False),
        ("What gear does it sell?", "It sells 4G, 5G and 6G.", "It sells 4G, 5G and 6G gear to 3 firms.", True),
        ("Which bomber?", "The B-52.", "300 men built the B-52.", True),
        ("What did the minister say?", "The minister refused to comment.", "The minister refused to comment on the deal.", True),
        ("What did it cost?", "It cost 5m yuan.", "It cost 5 million yuan.", True),
        ("多少人死亡？", "没有人死亡。", "没有人在火灾中死亡。", True),
        ("Why will the mill close?", "The mill will close for lack of wool.", "The mill will close in May.", False),
    ],
)
def test_what_a_claim_adds_to_the_question_has_to_be_in_the_source(question: str, claim: str, source: str, supported: bool) -> None:
    assert verify(claim, source, question=question).supported is supported


def test_a_claim_of_no_content_is_no_support() -> None:
    assert not verify("It is.", SOURCE).supported


def test_names_may_stand_in_the_title_but_figures_may_not() -> None:
    assert verify("Tencent will invest $70bn in data centres.", "It will invest $70bn in data centres.", "Tencent plans").supported
    assert not verify("It will invest $70bn in data centres.", "It will invest in data centres.", "A plan of $70bn").supported


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It will not invest in servers this year.", "It will invest in servers this year."),
        ("It will invest in servers this year.", "It will not invest in servers this year."),
        ("The firm never sold its plant in Muheng.", "The firm sold its plant in Muheng."),
        ("腾讯不会投资这家工厂。", "腾讯将会投资这家工厂。"),
    ],
)
def test_a_claim_that_says_the_opposite_is_not_supported(claim: str, source: str) -> None:
    assert not verify(claim, source).supported


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Construction of the 5G network by Huawei began. Tong Taosang said so.", ["5G", "Huawei", "Tong", "Taosang"]),
        ("The plant in Ninglu opened.", ["Ninglu"]),
        ("It said: Nothing. “Nobody came,” he said.", []),
        ("the iPhone and eBay", ["iPhone", "eBay"]),
        ("Jean-Luc O’Brien of McDonald’s", ["Jean-Luc", "O’Brien", "McDonald’s"]),
        ("TSMC and ASML grew.", ["TSMC", "ASML"]),
        ("Élodie Ångström met Öz", ["Élodie", "Ångström", "Öz"]),
        ("腾讯投资", []),
        ("", []),
    ],
)
def test_names_are_the_capitalised_words_that_do_not_only_begin_a_sentence(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("In May Tong Taosang met Xi.", "Tong met Xi Jinping in May", ["Taosang"]),
        ("the plans of Muheng", "Muheng’s plans", []),
        ("Muheng’s plans", "plans in MUHENG", []),
        ("a café in Zürich", "a cafe in Zurich", []),
        ("built for Siemens", "Siemen built it", []),
        ("built by Huawei", "built by Huaweis rival", []),
        ("built by Hua", "built by Huawei", ["Hua"]),
    ],
)
def test_missing_names(claim: str, source: str, missing: list[str]) -> None:
    assert missing_names(claim, source) == missing


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ('It is a "whole nation strategy".', "the “whole nation strategy” of Li", []),
        ('It is a "half nation strategy".', "the “whole nation strategy” of Li", ["half nation strategy"]),
        ('"Somebody, will; stack them"', "Somebody will have to stack them", ["somebody will stack them"]),
        ('"two words"', "nothing", ["two words"]),
        ("a ‘sure sign’", "signs of it, for sure", []),
        ("„zwei Wörter“", "nichts", ["zwei wörter"]),
        ("“It cost us dear, all of us.” “We never applied to it.”", "It cost us dear, all of us", ["we never applied to it"]),
        ("“我们从未申请”", "“我们从未申请过”", []),
        ("“我们从未同意”", "“我们从未申请过”", ["我 们 从 未 同 意"]),
        ('an "unclosed quotation of words', "nothing", []),
    ],
)
def test_missing_quotes(claim: str, source: str, missing: list[str]) -> None:
    assert missing_quotes(claim, source) == missing


@pytest.mark.parametrize(
    ("question", "passages", "same"),
    [
        ("What does Alibaba plan?", "Tencent plans a centre.", False),
        ("Which Chinese plans exist?", "China plans.", True),
        ("What does Tencnet plan?", "Tencent plans a centre.", True),
        ("what is planned?", "anything", True),
        ("What do Tencent and Alibaba plan?", "Tencent plans.", True),
        ("How many people work for Tessenaar Optiek?", "Lanqu employs 300.", False),
    ],
)
def test_about_same(question: str, passages: str, same: bool) -> None:
    assert about_same(question, passages) is same


@given(st.text(max_size=80))
def test_a_text_lacks_nothing_of_itself(text: str) -> None:
    assert missing_names(text, text) == []
    assert missing_quotes(text, text) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(claim: str, source: str) -> None:
    assert 0 <= verify(claim, source).share <= 1


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("The mayor is Kong Shaoyi.", "Deputy mayor Kong Shaoyi opened the fair.", ("Deputy mayor",)),
        ("The chairman of the club is Pell.", "Its vice-chairman, Pell, spoke.", ("vice-chairman",)),
        ("Ann Voss is president.", "Ann Voss, the former president, left.", ("former president",)),
        ("Deputy mayor Kong Shaoyi opened the fair.", "Deputy mayor Kong Shaoyi opened the fair.", ()),
        ("The mayor is Li.", "The mayor, Li, and deputy mayor Kong opened it.", ()),
        ("The former mill is a hotel.", "The former mill is a hotel.", ()),
    ],
)
def test_a_deputy_is_not_the_thing_itself(claim: str, source: str, missing: tuple[str, ...]) -> None:
    assert verify(claim, source).missing == missing


@pytest.mark.parametrize(
    ("question", "claim", "source", "stands"),
    [
        ("2022年准备再建多少座5G基站？", "公交站往北挪60米。", "把公交站往北挪60米。", False),
        ("2022年准备再建多少座5G基站？", "1800座。", "全年新建5G基站1800座。", True),
        ("一号机房能放多少台服务器？", "60,000 servers.", "the first hall holds 60,000 servers", True),
        ("产值有多少？", "310亿元", "去年实现产值310亿元。", True),
    ],
)
def test_what_is_counted_in_chinese(question: str, claim: str, source: str, stands: bool) -> None:
    assert stands_by_what_is_counted(question, claim, source) is stands


@pytest.mark.parametrize(
    ("text", "found"),
    [("驿鸾汽车的Wren 3卖多少钱？", ["Wren"]), ("准备再建多少座5G基站？", ["5G"]), ("Lanqu的工厂", ["Lanqu"])],
)
def test_chinese_around_a_name_is_no_part_of_it(text: str, found: list[str]) -> None:
    assert names(text, first_words=True) == found


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Two people died.", "2 people died in the fire"),
        ("Since January, the port has spent 86 million.", "The port spent 86 million from January on."),
        ("Despite the rain, 400 people came to the fair.", "400 people came to the fair in spite of the rain."),
        ("Two Chinese firms were fined.", "2 Chinese firms were fined."),
    ],
)
def test_a_sentence_may_begin_with_a_word_that_its_source_lacks(claim: str, source: str) -> None:
    assert verify(claim, source).supported


@pytest.mark.parametrize(
    ("question", "claim", "source", "stands"),
    [
        (
            "How many people died in the floods?",
            "31",
            "the number of people known to have died has risen to 31, officials said",
            True,
        ),
        ("How many people died in the floods?", "31", "the toll stands at 31, officials said", True),
        ("How many people died in the floods?", "31", "the number of buses has risen to 31, officials said", False),
        ("How many people died in the floods?", "31", "the number of people hurt is not known, but 31 buses were lost", False),
        ("How many people died in the collapse?", "14", "the toll plaza of the bridge has 14 lanes", False),
        ("How many workers does it employ?", "12", "A number of workers walked out over the 12 unsafe machines", False),
        ("How many buses were lost in the floods?", "31", "the toll stands at 31, officials said", False),
    ],
)
def test_a_number_of_them_is_what_is_counted(question: str, claim: str, source: str, *, stands: bool) -> None:
    assert stands_by_what_is_counted(question, claim, source) is stands


@pytest.mark.parametrize(
    ("claim", "question", "ages"),
    [
        ("Paul Tench is 19 years old.", "How old is Paul Tench?", ("19",)),
        ("19 years old", "How old is Paul Tench?", ("19",)),
        ("Luka Cole is 19 years old.", "How old is Luka Cole?", ()),
        ("The goalkeeper is 19 years old.", "How old is the goalkeeper?", ()),
    ],
)
def test_an_age_is_that_of_whom_it_is_given(claim: str, question: str, ages: tuple[str, ...]) -> None:
    for mayor in ("Maria Gomez, the mayor of Porto, 52,", "Maria Gomez, 52,", "The 52-year-old Maria Gomez"):
        assert verify("Maria Gomez is 52 years old.", f"{mayor} left.").figures == ()
    source = "He shot past Luka Cole, the 19-year-old in goal for Paul Tench, the goalkeeper, who broke a finger."
    assert verify(claim, source, question=question).figures == ages


def test_a_name_that_begins_a_sentence_is_looked_for_all_the_same() -> None:
    assert verify("Kestrel spent 86 million on the port.", "Lanqu spent 86 million on the port.").missing == ("Kestrel",)
    assert verify("Two Rivers was fined.", "A firm by the lake was fined.").missing[-1:] == ("Rivers",)
    assert verify("First Republic failed in May.", "Second Republic failed in May.").missing == ("First",)
    assert verify("Near East Bank failed in May.", "Far East Bank failed in May.").missing == ("Near",)
