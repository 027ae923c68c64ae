"""Numbers in any spelling are compared by value."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.figures import Figure, figures, missing_figures

TRILLION = Decimal(10) ** 12


@pytest.mark.parametrize(
    ("value", "percent", "spellings"),
    [
        ("1400000000000", False, ["$1.4tn", "US$1.4 trillion", "1,400 billion", "1,400bn", "1.4万亿", "1.4 万亿美元",
                                  "$1.4-trillion",                                  "1,400,000,000,000", "1400000m",
                                  "１．４万亿", "$1.4 TRILLION"]),
        ("16", True, ["16%", "16 percent", "16 per cent", "16-percent", "16 %", "sixteen percent", "16 percentage points",
                      "百分之十六",                      "百分之16", "16个百分点", "16pct", "１６％"]),
        ("25", False, ["25", "twenty-five", "twenty five", "25.0", "25th", "Twenty-Five towns", "二十五"]),
        ("2500000", False, ["two and a half million", "2½ million", "2.5m"]),
        ("250000", False, ["a quarter of a million", "¼ million"]),
        ("750000", False, ["three quarters of a million", "three-quarters of a million"]),
        ("642", False, ["six hundred and forty-two", "642"]),
        ("112", False, ["a hundred and twelve", "one hundred and twelve"]),
        ("150000", False, ["a hundred and fifty thousand", "150,000"]),
        ("500000", False, ["half a million", "500,000", "0.5 million", "500 thousand", "500k", "50万", "五十万"]),
        ("70000000000", False, ["$70bn", "US$70 billion", "70 bln", "700亿", "七百亿", "RMB70bn", "HK$70bn", "seventy billion"]),
        ("0.001", True, ["0.001 per cent", "0.001%", "0.0010 percent"]),
        ("2400000", False, ["2.4 million", "2,4 Millionen", "2,4 Mio. Euro", "2,4 millions d’euros", "2,4 millones", "2.400.000",
                            "2.400.000,00 Euro", "2'400'000", "2’400’000"]),
        ("3500000000", False, ["3.5bn", "3,5 Milliarden", "3,5 Mrd. Euro", "3,5 milliards", "3,5 mil millones", "3,5 miliardi"]),
        ("3.5", True, ["3.5%", "3,5 %", "3,5 Prozent", "3,5 Prozentpunkte", "3,5 pour cent", "3,5 por ciento",
                        "3,5 per cento"]),
        ("1234.56", False, ["1,234.56", "1.234,56"]),
        ("12", False, ["12", "twelve", "a dozen", "12s", "十二"]),
        ("1000000", False, ["a million", "one million", "1m", "1 million", "100万", "1,000,000"]),
        ("2023", False, ["2023", "二〇二三", "二零二三"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_all_spellings_of_a_figure_are_one(value: str, percent: bool, spellings: list[str]) -> None:
    assert {text: figures(text) for text in spellings} == {text: [Figure(Decimal(value), percent)] for text in spellings}


@pytest.mark.parametrize(
    "text",
    [
        "5G networks",
        "COVID-19",
        "the G20",
        "Made in China",
        "a site",
        "one of them",
        "zero",
        "A4",
        "x86 chips",
        "第一",
        "一个",
        "千万别",
        "H20s",
        "",
    ],
)
def test_names_and_articles_are_no_figures(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5 m wide", ["5"]),
        ("3 June 2021", ["3", "2021"]),
        ("1,204 and 7,5", ["1204", "7", "5"]),
        ("won 6-4,6-3", ["6", "4", "6", "3"]),
        ("won 6-4,7-5", ["6", "4", "7", "5"]),
        ("In 2019,20 million people", ["2019", "20000000"]),
        ("In 2019,20 people; the 2020,21 season", ["2019", "20", "2020", "21"]),
        ("chapters 3,4 and 7", ["3", "4", "7"]),
        ("12\u00a0345 people in 2020\u00a0300", ["12345", "2020", "300"]),
        ("12\u202f500 and 1\u2009234\u2009567", ["12500", "1234567"]),
        ("12 345 people", ["12", "345"]),
        ("1,5 bis 2,5 Millionen Euro", ["1", "5", "2500000"]),
        ("chapters 1,2,3 and 1,23,456", ["1", "2", "3", "1", "23456"]),
        ("4,50 €, 2,4 Euro", ["4.5", "2.4"]),
        ("-2,5 Millionen, 1,5-3,5 Millionen", ["2500000", "1", "5", "3500000"]),
        ("10–12 sites", ["10", "12"]),
        ("2020-05-27", ["2020", "5", "27"]),
        ("1.4.2", ["1.4"]),
        ("16 percent of 700 labs", ["16", "700"]),
        ("25 a day", ["25"]),
        ("between 3 and 4bn", ["3", "4000000000"]),
        ("8450万元，1204名工人", ["84500000", "1204"]),
        ("2021年6月3日", ["2021", "6", "3"]),
    ],
)
def test_several_figures_of_a_text(text: str, values: list[str]) -> None:
    assert sorted(str(figure.value) for figure in figures(text)) == sorted(values)


@pytest.mark.parametrize(
    ("text", "value"), [("3亿5000万", "350000000"), ("一万四千亿", "1400000000000"), ("三亿五千万", "350000000")]
)
def test_a_chinese_number_of_two_scales_is_one_number(text: str, value: str) -> None:
    assert figures(f"{text}元") == [Figure(Decimal(value))]


def test_a_power_is_not_a_larger_number() -> None:
    assert Figure(Decimal(102)) not in figures("an area of 10² metres")


@given(st.integers(0, 10**15))
def test_a_whole_number_is_itself_with_or_without_commas(number: int) -> None:
    assert figures(f"{number}") == figures(f"{number:,}") == [Figure(Decimal(number))]


@given(
    st.integers(1, 99_999), st.sampled_from([("thousand", 3), ("million", 6), ("bn", 9), ("trillion", 12), ("万", 4), ("亿", 8)])
)
def test_a_scale_multiplies(number: int, scale: tuple[str, int]) -> None:
    word, power = scale
    assert figures(f"{Decimal(number) / 100} {word}") == figures(f"{number * 10 ** (power - 2)}")


@given(st.decimals(0, 1000, places=3))
def test_a_percentage_is_never_a_plain_number(number: Decimal) -> None:
    assert figures(f"{number}%") == figures(f"{number} percent") != figures(f"{number}")


@given(st.integers(20, 99))
def test_a_number_in_words_is_the_number_in_digits(number: int) -> None:
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()[number // 10 - 2]
    ones = ["", "-one", "-two", "-three", "-four", "-five", "-six", "-seven", "-eight", "-nine"][number % 10]
    assert figures(f"{tens}{ones} towns") == figures(f"{number} towns")


@given(st.integers(11, 9_999))
def test_a_number_in_chinese_is_the_number_in_digits(number: int) -> None:
    digits, units = "零一二三四五六七八九", ["", "十", "百", "千"]
    written, gap = "", False
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            written += ("零" if gap else "") + digits[digit] + units[place]
        gap = bool(written) and not digit
    assert figures(f"{written}人") == figures(f"{number}人")


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="0123456789.,%$ bmtk万亿百千十一二〇 million-", max_size=80)))
def test_any_text_has_figures_and_lacks_none_of_its_own(text: str) -> None:
    assert missing_figures(text, text) == []


@pytest.mark.parametrize(
    "text",
    ["1" * 40, "0." + "1" * 60, "9 trillion trillion trillion", "1" * 5_000, "0" * 40, "1" + "亿" * 30, "千" * 300],
    ids=["integer", "fraction", "scales", "long", "zeros", "chinese-scales", "chinese-digits"],
)
def test_numbers_without_measure_are_read_and_compared(text: str) -> None:
    assert missing_figures(text, text) == []
    assert missing_figures(f"{text} 7", text) == ["7"]


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("It rose 35 percent to 1.5bn.", "up 35% to $1.4 billion", ["1500000000"]),
        ("It rose 35.", "up 35%", ["35"]),
        ("It rose 35%.", "up 35", ["35%"]),
        ("It rose.", "up 35", []),
        ("7, 7 and 7", "8", ["7"]),
        ("0.5%", "0.50 percent", []),
        ("二〇二三年增长百分之五", "In 2023 it grew 5 percent", []),
        ("8,450万元", "84.5 million yuan", []),
    ],
)
def test_what_a_source_lacks_of_a_claim(claim: str, source: str, missing: list[str]) -> None:
    assert missing_figures(claim, source) == missing


@pytest.mark.parametrize("text", ["1.234,5," * 20_000, "12.345," * 20_000, "1'234" * 30_000, "1,2" * 50_000, "3,4 Mio" * 20_000])
def test_digits_without_end_take_no_time_by_their_square(text: str) -> None:
    begun = time.process_time()
    figures(text)
    assert time.process_time() - begun < 2
