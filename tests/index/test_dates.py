"""Publication dates: every usual way to write one, only where it is the page's own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import date_in_name, date_in_text, first_date

STORY = "The pier at Kettle Sound will close on Monday, the harbour office said, and stay closed for eleven weeks."


@pytest.mark.parametrize(
    "written",
    [
        *["2022-05-14", "2022/5/14", "2022/05/14", "2022-05-14T08:30:00+01:00", "2022年5月14日", "2022 年 05 月 14 日"],
        *[
            "14 May 2022",
            "14th of May, 2022",
            "14 May, 2022",
            "May 14, 2022",
            "May 14th 2022",
            "Sat, May 14, 2022",
            "Saturday 14 May 2022",
        ],
    ],
)
def test_each_way_to_write_a_day_is_read(written: str) -> None:
    found = first_date(f"({written})")
    assert found is not None
    assert found[0] == date(2022, 5, 14)


@pytest.mark.parametrize("month", ["Sep", "Sept", "Sept.", "September"])
def test_short_and_long_names_of_a_month_are_read(month: str) -> None:
    found = first_date(f"{month} 3, 2021")
    assert found is not None
    assert found[0] == date(2021, 9, 3)


@pytest.mark.parametrize(
    "text",
    ["31 February 2021", "2021-13-01", "2021-02-29", "Room 12 Main 2021", "In May 2021", "12 May", "1821-05-12", "2021-05-123", ""],
)
def test_what_is_no_full_day_of_the_calendar_is_no_date(text: str) -> None:
    assert first_date(text) is None


def test_the_earliest_place_in_the_text_wins_whatever_the_form() -> None:
    found = first_date("On 3 May 2021, and again on 2020-01-02.")
    assert found == (date(2021, 5, 3), 3, 13)  # "On " is 3 long, "3 May 2021" 10


def test_an_impossible_date_does_not_hide_the_next_one() -> None:
    found = first_date("31 February 2021, that is 3 March 2021")
    assert found is not None
    assert found[0] == date(2021, 3, 3)


@settings(max_examples=50)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_of_two_centuries_is_read_in_every_form(day: date) -> None:
    for written in (day.isoformat(), f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}", f"{day:%Y年%m月%d日}"):
        assert first_date(written) == (day, 0, len(written))


@pytest.mark.parametrize(
    "line",
    [
        "14 May 2022",
        "Published: 14 May 2022",
        "Posted on May 14, 2022 by Kestrel desk",
        "KETTLE SOUND, May 14, 2022 (Quillwire) - The pier will close on Monday, the harbour office said, for eleven weeks.",
        "发布时间：2022年5月14日 08:30",
        "2022年5月14日　文／某某",
        "Sat, May 14, 2022 page 3",
    ],
)
def test_a_dated_line_near_the_top_dates_the_page(line: str) -> None:
    assert date_in_text(f"Ferry pier to close\n{line}\n{STORY}\n") == "2022-05-14"


def test_the_labelled_date_goes_before_a_plain_one_above_it() -> None:
    assert date_in_text(f"Sunday 15 May 2022\nFerry pier to close\nPublished: 14 May 2022\n{STORY}\n") == "2022-05-14"


@pytest.mark.parametrize(
    "sentence",
    [
        "The old pier burned down on 3 March 1997.",
        "码头于1997年3月3日烧毁。",
        STORY + " The last closure was on 3 March 1997, when it burned down.",
    ],
)
def test_a_date_within_the_story_is_not_the_pages(sentence: str) -> None:
    assert date_in_text(f"Ferry pier to close\n{sentence}\n") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "A memo dated 3 March 2019 shows that the office knew.",
        "The office published its plan on 3 March 2019.",
        "计划于2019年3月3日发布。",
    ],
)
def test_a_sentence_that_says_dated_or_published_is_still_the_storys(sentence: str) -> None:
    assert date_in_text(f"Ferry pier to close\n14 May 2022\n{sentence}\n") == "2022-05-14"


def test_a_date_below_the_head_of_the_page_is_not_its_date() -> None:
    # The head is 15 lines: the date on line 15 counts, on line 16 it does not.
    assert date_in_text("A line of the story\n" * 14 + "14 May 2022\n") == "2022-05-14"
    assert date_in_text("A line of the story\n" * 15 + "14 May 2022\n") is None


def test_blank_lines_do_not_count_as_the_head_of_the_page() -> None:
    assert date_in_text("\n" * 40 + "14 May 2022\n") == "2022-05-14"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2022-05-14.txt", "2022-05-14"),
        ("a/b/pier-2022-05-14-final.html", "2022-05-14"),
        ("2022-05-14/pier.txt", None),
        ("pier-2022.txt", None),
        ("2022-05-45.txt", None),
    ],
)
def test_the_file_name_alone_not_its_folder_carries_a_date(source: str, expected: str | None) -> None:
    assert date_in_name(source) == expected
