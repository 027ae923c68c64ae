"""A page becomes what a browser would show, a line a block, with what its tags tell."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.clean import clean
from index.html import read_html
from index.types import Segment
from tests.fakes import an_article

STORY = "<h1>Ferry pier to close</h1><p>The pier will close on Monday.</p><p>The ferry will use the coal quay.</p>"


def _lines(page: str) -> list[str]:
    return read_html(page).text.split("\n\n")


def _hinted(page: str) -> list[tuple[str, str]]:
    read = read_html(page)
    return [(hint.kind, read.text[hint.start : hint.end]) for hint in read.hints]


def test_each_block_is_a_line_and_inline_tags_are_none() -> None:
    assert _lines("<div>One <b>bo<i>l</i>d</b> word</div><p>Two<br>three</p>") == ["One bold word", "Two", "three"]


def test_white_space_is_shown_as_a_browser_shows_it() -> None:
    assert _lines("<p>  The\n  pier\t closes&nbsp;on&nbsp;&nbsp;Monday </p>") == ["The pier closes on Monday"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>leak()</script>",
        "<style>p {leak: 1}</style>",
        "<noscript>leak</noscript>",
        "<template>leak</template>",
        "<!-- leak -->",
        "<iframe>leak</iframe>",
        "<svg><text>leak</text></svg>",
        "<textarea>leak</textarea>",
        "<select><option>leak</option></select>",
        "<p hidden>leak</p>",
        '<p style="color: red; DISPLAY : none">leak</p>',
        '<div style="visibility:hidden"><p>leak</p></div>',
        '<p style="opacity: 0">leak</p>',
        '<p style="opacity:0.0; color:red">leak</p>',
        '<p style="font-size:0">leak</p>',
        '<p style="color:red;font-size:0px;">leak</p>',
        '<p style="position:absolute; left:-9999px">leak</p>',
        '<p style="text-indent:-1000em">leak</p>',
        '<p style="clip: rect(0 0 0 0)">leak</p>',
        '<p style="position:fixed;left:-99vw">leak</p>',
        '<p style="opacity:0%">leak</p>',
        '<p style="opacity:1;opacity:.0">leak</p>',
        '<p style="color:#fff;background:#fff">leak</p>',
        '<div style="font-size:0"><b>leak</b> leak</div>',
        '<div style="font-size:0">leak<span style="font-size:1em">leak</span></div>',
        '<p style="display:none!important;display:block">leak</p>',
        '<p style="display:none ! important">leak</p>',
        '<p style="/* x */display:/**/none">leak</p>',
        '<p style="color:#fff;background:#ffffff">leak</p>',
        '<p style="color:transparent">leak</p>',
        '<p style="transform: scale(0, 0)">leak</p>',
        '<p style="height:0;overflow:hidden">leak</p>',
        '<p style="clip-path: inset(50%)">leak</p>',
        '<p style="margin-left:-9999px">leak</p>',
        '<p style="position:relative;left:-9999px">leak</p>',
        '<input value="leak">',
        '<img alt="leak">',
    ],
)
def test_what_a_browser_does_not_show_is_not_in_the_text(unseen: str) -> None:
    assert read_html(f"<body><p>Above</p>{unseen}<p>Below</p>").text == "Above\n\nBelow"


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0.5",
        "opacity: .05",
        "font-size:0.9em",
        "font-size:10px",
        "left:-10px",
        "margin-left:-20px",
        "margin-left:-100%",
        "position:absolute;left:-100%",
        "clip: rect(0px, 60px, 200px, 0px)",
        "fill-opacity:0",
        "color:;background:",
        "color:inherit;background:inherit",
        "position:absolute;top:-100px",
        "text-indent:-100px;padding-left:100px",
        "background:#fff;background-color:#000;color:#fff",
        "display:block!important;display:none",
        "/*" + "*" * 20_000,
        "padding-left:-1000px",
        "border-display:none",
        "opacity:0;opacity:1",
        "font-size:0;font-size:1em",
        "opacity:" + "0" * 50_000 + " seen",
        "top:0",
        "display:block",
    ],
)
def test_what_a_style_only_changes_is_read(style: str) -> None:
    assert read_html(f'<p style="{style}">seen</p>').text == "seen"


def test_letters_that_get_their_size_back_are_read() -> None:
    assert read_html('<div style="font-size:0">leak<p style="font-size:14px">seen <b>too</b></p></div>').text == "seen too"


def test_what_is_hidden_far_down_is_not_in_the_text_either() -> None:
    page = "<div>" * 500 + "<script>leak()</script><p hidden>leak</p><p>Deep</p>" + "</div>" * 500
    assert read_html(page).text == "Deep"


def test_five_thousand_nested_tags_lose_no_text_and_take_no_time() -> None:
    began = time.perf_counter()
    page = "<p>Above</p>" + "<div>" * 5_000 + "Deep" + "</div>" * 5_000 + "<p>Below</p>"
    assert _lines(page) == ["Above", "Deep", "Below"]
    assert time.perf_counter() - began < 5


def test_entities_become_their_characters() -> None:
    assert _lines("<p>Q&amp;A &lt;b&gt; caf&eacute; &#8364;5 &#x7801;&#x5934; AT&T &nosuch;</p>") == [
        "Q&A <b> café €5 码头 AT&T &nosuch;"
    ]


def test_characters_that_no_text_can_hold_are_replaced() -> None:
    assert _lines("<p>Half &#xD800; and nul &#0;</p>") == ["Half \ufffd and nul \ufffd"]


def test_a_row_of_a_table_is_a_line_with_its_cells_apart() -> None:
    page = "<table><caption>Tolls</caption><tr><th>Quay</th><th>Crowns</th></tr><tr><td>Coal</td><td>4.50</td></tr></table>"
    assert _lines(page) == ["Tolls", "Quay Crowns", "Coal 4.50"]


def test_nested_tables_and_lists_keep_every_cell_in_order() -> None:
    table = "<table><tr><td>A<table><tr><td>B</td><td>C</td></tr></table></td><td>D</td></tr></table>"
    page = table + "<ul><li>E<ol><li>F</li></ol></li><li>G</li></ul>"
    assert " ".join(_lines(page)).split() == list("ABCDEFG")


@pytest.mark.parametrize(
    "page",
    [
        "<p>One<p>Two",
        "<div><p>One</div></p>Two",
        "<b><p>One</b> Two",
        "<ul><li>One<li>Two",
        "<p>One</p><p>Two<a href='x",
        "</div>One<hr>Two",
    ],
)
def test_a_broken_page_still_gives_its_text(page: str) -> None:
    assert sorted(read_html(page).text.split()) == ["One", "Two"]


@pytest.mark.parametrize("page", ["", "<!", "<html>", "<frameset><frame></frameset>", "<!doctype html><body></body>"])
def test_a_page_without_text_gives_none(page: str) -> None:
    assert read_html(page).text == ""


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <div> </div> <td> <table> </table> <li> <b> </b> word &amp; <aside> </aside> < > <script> </script>".split()
        )
    )
)
def test_hints_are_ordered_blocks_of_the_text_whatever_the_page(parts: list[str]) -> None:
    read = read_html(" ".join(parts))
    blocks = {(start, start + len(block)) for block, start in _starts(read.text)}
    assert all((hint.start, hint.end) in blocks for hint in read.hints)
    assert list(read.hints) == sorted(read.hints, key=lambda hint: hint.start)


def _starts(text: str) -> list[tuple[str, int]]:
    found, at = [], 0
    for block in text.split("\n\n"):
        found.append((block, at))
        at += len(block) + 2
    return found


# What the tags tell


def test_a_figcaption_is_a_caption() -> None:
    assert _hinted(f"{STORY}<figure><img src=x><figcaption>The <em>pier</em> at noon</figcaption></figure>") == [
        ("caption", "The pier at noon")
    ]


@pytest.mark.parametrize("tag", ["nav", "footer", "aside", "button"])
def test_the_tags_of_page_furniture_are_boilerplate(tag: str) -> None:
    assert _hinted(f"{STORY}<{tag}>Around the story</{tag}>") == [("boilerplate", "Around the story")]


@pytest.mark.parametrize(
    "attribute",
    ['class="cookie-banner"', 'id="share"', 'class="box related"', 'class="Newsletter"', 'id="author-bio"', 'class="most-read"'],
)
def test_the_usual_class_names_of_page_furniture_are_boilerplate(attribute: str) -> None:
    assert _hinted(f"{STORY}<div {attribute}><p>Around</p><p>the story</p></div>") == [
        ("boilerplate", "Around"),
        ("boilerplate", "the story"),
    ]


def test_the_footer_of_a_quotation_says_who_said_it_and_is_body() -> None:
    assert _hinted("<blockquote><p>No pier, no ferry.</p><footer>Jonna Brask</footer></blockquote>") == []


def test_hints_reach_the_segments() -> None:
    read = read_html(f"<nav>Harbour desk</nav>{STORY}<aside>Elsewhere on the coast</aside>")
    segments = clean(an_article(read.text, hints=read.hints))
    assert [(s.kind, read.text[s.start : s.end]) for s in segments] == [
        ("boilerplate", "Harbour desk"),
        ("body", "Ferry pier to close\n\nThe pier will close on Monday.\n\nThe ferry will use the coal quay."),
        ("boilerplate", "Elsewhere on the coast"),
    ]


@pytest.mark.parametrize(
    "wrapper",
    [
        '<form id="aspnetForm" method="post">{}</form>',  # a whole page of ASP.NET is one form
        '<div class="post-77 post category-bio tag-share-prices">{}</div>',  # WordPress names the story's topics
        '<section class="social affairs">{}</section>',
        '<div id="page" class="has-cookie-notice no-related">{}</div>',
    ],
)
def test_what_wraps_the_story_itself_is_no_furniture(wrapper: str) -> None:
    assert _hinted(wrapper.format(f"<article>{STORY}</article>")) == []


# Title and date


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ('<title>C</title><meta property="og:title" content="A  &amp;\nZ"><h1>B</h1>', "A & Z"),
        ("<title>C</title><h1>B <em>b</em></h1>", "B b"),
        ("<title> C </title><p>Text</p>", "C"),
        ('<meta property="og:title" content=""><h1>B</h1>', "B"),
        ("<p>Text</p>", None),
        ("<title></title><p>Text</p>", None),
    ],
)
def test_the_title_is_the_first_that_the_page_gives(page: str, title: str | None) -> None:
    assert read_html(page).title == title


def test_a_heading_that_is_only_a_picture_does_not_hide_the_title() -> None:
    assert read_html('<title>Ferry pier to close</title><h1><img src="logo.png"></h1><p>Text</p>').title == "Ferry pier to close"


@pytest.mark.parametrize(
    "tag",
    [
        '<meta property="article:published_time" content="2022-05-14T06:30:00+01:00">',
        '<meta name="date" content="14 May 2022">',
        '<meta name="pubdate" content="2022/5/14">',
        '<meta itemprop="datePublished" content="2022-05-14">',
        '<meta name="dc.date" content="2022-05-14">',
        '<time datetime="2022-05-14">Saturday</time>',
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2022-05-14T06:30:00Z"}</script>',
    ],
)
def test_each_way_a_page_gives_its_date_is_read(tag: str) -> None:
    assert read_html(f"<html><head>{tag}</head><body>{STORY}</body>").published == "2022-05-14"


def test_the_articles_own_date_goes_before_other_times_on_the_page() -> None:
    page = '<time datetime="2020-01-01">x</time><meta property="article:published_time" content="2022-05-14">'
    assert read_html(page).published == "2022-05-14"


@pytest.mark.parametrize("tag", ["", '<meta name="date" content="soon">', '<time datetime="08:30">', "<time datetime>"])
def test_the_date_is_null_when_the_page_gives_none(tag: str) -> None:
    assert read_html(f"{tag}{STORY}").published is None


def test_a_hint_says_exactly_where_its_block_stands() -> None:
    # "Ferry pier to close" is 19 characters, then 2 newlines: the caption starts at 21 and is 8 long.
    assert read_html("<h1>Ferry pier to close</h1><figcaption>At  noon</figcaption>").hints == (Segment("caption", 21, 28),)
