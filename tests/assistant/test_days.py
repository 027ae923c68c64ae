"""Days are compared as days: a number, a month and a year of a source that belong to other days say nothing of this one."""

from __future__ import annotations

import time

import pytest

from assistant.days import wrong_days
from assistant.verify import verify

BRIDGE = "The bridge, inspected on 3 March, opened on 12 May 2021, the ministry said."
TALKS = "The talks begin on 4 June and end on 7 July; they were announced in May."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The bridge opened on 3 May 2021.", BRIDGE),
        ("The bridge opened on May 3.", BRIDGE),
        ("The bridge opened on 12 March.", BRIDGE),
        ("The talks begin on 7 May.", TALKS),
        ("The talks begin on 7 June.", TALKS),
        ("The talks begin on 4 July.", TALKS),
        ("The mill shut on 12 May 2020.", "The mill, hit by a fire in 2020, shut on 12 May 2021."),
        ("The mill shut in May 2020.", "The mill shut in May 2021; talks about it began in June 2020."),
        ("The mill shut on 3 May.", "The mill shut on 12 May. It had 3 owners."),
        ("工厂于5月3日关闭。", "工厂3月5日宣布计划，5月12日关闭，共有3名业主。"),
        ("The mill shut on 3 May.", "工厂2021年5月12日关闭，3名员工。"),
        ("The bridge opened on 12 May.", "On May 3, 12 ministers opened the bridge."),
        ("The mill shut on 2021-05-03.", "The mill shut on 2021-05-12 and its 3 owners left on 2021-03-03."),
    ],
)
def test_another_day_is_wrong(claim: str, source: str) -> None:
    assert wrong_days(claim, source)


@pytest.mark.parametrize("claim", ["The bridge opened on 3 May 2021.", "The bridge, inspected on 12 March, opened on 12 May 2021."])
def test_a_sentence_with_another_day_is_not_supported(claim: str) -> None:
    assert not verify(claim, BRIDGE).supported


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The bridge opened on 12 May 2021.", BRIDGE),
        ("The bridge opened on May 12th.", BRIDGE),
        ("The bridge opened on the 12th of May.", BRIDGE),
        ("The bridge opened on 12 May 2021.", "The bridge opened on 12 May. It had been closed since 2019."),
        ("The talks begin on 4 June.", TALKS),
        ("It shut on 13 May.", "It was to shut on 12 May, and did on the 13th."),
        ("It shut on 15 May.", "It was sold in May. It shut on the 15th."),
        ("It shut on 7 May.", "It shut between 3 and 7 May."),
        ("It shut on 7 May.", "It shut from May 3 to 7."),
        ("It shut on 3 May.", "It shut on 3, 5 and 12 May."),
        ("It shut on 3 May.", "It shut on 3/5/2021."),
        ("It shut on 3 Sept.", "It shut on September 3rd."),
        ("It shut on 2 September 2019.", "工厂2019年9月2日关闭。"),
        ("It shut in May.", "It shut on 12 May 2021."),
        ("It shut in May 2021.", "It shut on 12 May, its owners said in 2021."),
        ("On May 3, 12 people died.", "A bus overturned on May 3, killing 12 people."),
        ("On March 14, 1,200 workers left.", "Some 1,200 workers left on March 14."),
        ("On May 3, 19-year-old Luka Cole left.", "Luka Cole, a 19-year-old, left on May 3."),
        ("It began on May 3 and 12 schools were shut.", "It began on May 3. It shut 12 schools."),
        ("The concert is on May 3, 7:30 p.m.", "The concert starts at 7:30 p.m. on May 3."),
        ("Leeds won on May 3, 2-1.", "Leeds won 2-1 on May 3."),
        ("Between May 3 and 5 June it was shut.", "It was shut between 3 May and 5 June."),
        ("It runs on May 3, 4 and 5.", "It runs on May 3, 4, and 5."),
        ("It plays on 3 and 4 May.", "It plays on 3 & 4 May."),
        ("It is shut on 7 and 8 May.", "It is shut on Friday 7 and Saturday 8 May."),
        ("It ran from May 3 to May 5.", "It ran from May 3 (Monday) to 5 (Wednesday)."),
        ("Sales at March 31, 2020 were 5m.", "Sales at March 31, 2021 and 2020 were 6m and 5m."),
        ("Sales in May 2021 were 5% up on May 2020.", "Sales rose 5% in May 2021 from the same month of 2020."),
        ("It opened on 3 May 2021.", "Published May 5, 2021. It opened on 03/05/2021."),
        ("The G20 November summit is in Bali.", "The G20 summit is in Bali on November 15 and 16."),
        ("The Covid-19 March lockdown shut schools.", "The lockdown of 23 March, to halt Covid-19, shut schools."),
        ("It may hire 3 people.", "It may hire 3 people by 12 May."),
        ("工厂于5月7日关闭。", "工厂于5月3日至7日关闭。"),
    ],
)
def test_a_day_that_is_there_or_may_be_is_not_wrong(claim: str, source: str) -> None:
    assert wrong_days(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The deal was signed on Sept. 3, 2021.", "The deal was signed on September 3, 2021, in Oslo."),
        ("The bridge opened on 3 May 2021.", "大桥于2021年5月3日通车。"),
        ("大桥于2021年5月3日通车。", "The bridge opened on May 3, 2021."),
    ],
)
def test_a_month_is_the_same_however_it_is_written(claim: str, source: str) -> None:
    assert verify(claim, source).supported


def test_a_month_that_its_source_does_not_name_is_missing() -> None:
    assert not verify("The bridge opened in June.", "The bridge opened in May.").supported
    assert not verify("大桥于2021年6月3日通车。", "The bridge opened on May 3, 2021.").supported


@pytest.mark.parametrize("run", ["1 and ", "1 or the ", "1 & "])
def test_a_long_list_of_numbers_takes_no_time(run: str) -> None:
    begun = time.process_time()
    wrong_days("The mill shut on 3 May 2021.", f"Lots {run * 21}x.")  # no month behind it: each way to read its spaces was tried
    assert time.process_time() - begun < 1  # it took 6 s, and twice as much for every number more


def test_a_list_of_days_is_read_to_its_end() -> None:
    days = ", ".join(str(day) for day in range(1, 30))
    assert wrong_days("The mill was shut on 3 May.", f"The mill was shut on {days} and 30 May, not on 12 June.") == []
    assert wrong_days("The mill was shut on 3 June.", f"The mill was shut on {days} and 30 May, not on 12 June.") == ["3 June"]
