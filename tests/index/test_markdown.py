"""Markdown is cited as written; front matter, headings and images tell what they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.clean import clean
from index.markdown import read_markdown
from tests.fakes import an_article

PAGE = """---
title: "Ferry pier to close"
date: 2022-05-14
tags: [harbour, ferry]
---

# Another heading

![The pier at noon](pier.jpg)

The pier will close **on Monday**.
"""


def test_the_text_is_kept_as_it_is_written() -> None:
    assert read_markdown(PAGE).text == PAGE


def test_front_matter_gives_title_and_date() -> None:
    read = read_markdown(PAGE)
    assert (read.title, read.published) == ("Ferry pier to close", "2022-05-14")


def test_front_matter_and_images_are_marked_and_the_rest_is_body() -> None:
    read = read_markdown(PAGE)
    segments = clean(an_article(PAGE, hints=read.hints))
    assert [(s.kind, PAGE[s.start : s.end]) for s in segments] == [
        ("boilerplate", PAGE[: PAGE.index("\n\n#")]),
        ("body", "# Another heading"),
        ("caption", "![The pier at noon](pier.jpg)"),
        ("body", "The pier will close **on Monday**."),
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_a_page_means_the_same_whatever_ends_its_lines(newline: str) -> None:
    page = PAGE.replace("\n", newline)
    read = read_markdown(page)
    assert (read.title, read.published) == ("Ferry pier to close", "2022-05-14")
    assert [page[hint.start : hint.end].rstrip() for hint in read.hints][1:] == ["![The pier at noon](pier.jpg)"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_first_heading_is_the_title_when_no_front_matter_gives_one(newline: str) -> None:
    page = "## Harbour\n\n# Ferry pier to close #\n\nThe pier will close.\n".replace("\n", newline)
    assert read_markdown(page).title == "Ferry pier to close"


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("published: 2022-05-14", "2022-05-14"),
        ("Date: May 14, 2022", "2022-05-14"),
        ("date: 2022-05-14 06:30:00", "2022-05-14"),
        ("date: soon", None),
        ("title: x", None),
        ("date: [2022]", None),
    ],
)
def test_the_date_of_the_front_matter_is_read_in_its_usual_forms(front: str, expected: str | None) -> None:
    assert read_markdown(f"---\n{front}\n---\nText.\n").published == expected


@pytest.mark.parametrize(
    "front",
    ["a: b: c", "[unclosed", "- a\n- list", "plain words", "title: !!python/object/apply:os.system [x]", "{" * 400, "title:"],
)
def test_a_front_matter_that_yaml_cannot_read_tells_nothing(front: str) -> None:
    read = read_markdown(f"---\n{front}\n---\nText.\n")
    assert (read.title, read.published) == (None, None)


def test_an_impossible_date_does_not_cost_the_title() -> None:
    assert read_markdown("---\ntitle: Ferry pier to close\ndate: 2022-02-31\n---\nText.\n").title == "Ferry pier to close"


def test_a_rule_further_down_is_no_front_matter() -> None:
    read = read_markdown("Text.\n\n---\ntitle: x\n---\n")
    assert (read.title, read.hints) == (None, ())


def test_a_front_matter_that_never_ends_is_none() -> None:
    read = read_markdown("---\ntitle: x\n\nText.\n")
    assert (read.title, read.hints) == (None, ())


def test_an_image_within_a_sentence_is_no_caption() -> None:
    assert read_markdown("See ![the pier](x.png) at noon.\n").hints == ()


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["---", "\n", "\r\n", "title: x", "# A b", "![a](b)", "word", " ", "date: 2022-05-14"]), max_size=15
    ).map("".join)
)
def test_hints_stay_within_the_text_whatever_the_page(page: str) -> None:
    read = read_markdown(page)
    assert read.text == page
    assert all(0 <= hint.start < hint.end <= len(page) for hint in read.hints)
