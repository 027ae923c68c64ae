"""Days are compared as days: a number, a month and a year of a source that belong to other days say nothing of this one."""

from __future__ import annotations

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
        ("It may hire 3 people.", "It may hire 3 people by 12 May."),
        ("工厂于5月7日关闭。", "工厂于5月3日至7日关闭。"),
    ],
)
def test_a_day_that_is_there_or_may_be_is_not_wrong(claim: str, source: str) -> None:
    assert wrong_days(claim, source) == []
