"""What a page puts around its story is marked as such; the story is not, whatever words it uses."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import prepare
from index.clean import clean
from index.furniture import furniture, is_bio, is_related_heading
from index.types import Kind, Segment
from tests.conftest import ROOT
from tests.fakes import an_article

FIRST = "The pier at Kettle Sound will close on Monday for eleven weeks, the harbour office said after a vote."
SECOND = "Divers found cracks in nine of its forty oak piles, and the repair will cost 4.2 million crowns in all."
TEASER = (
    "A baker on Tin Street who sold loaves by weight has been told to sell them by the piece, after a neighbour who"
    " keeps scales complained twice to the market office about what she called"
)
SAMPLES = sorted(
    path for path in (ROOT / "corpus").rglob("*") if path.suffix in (".txt", ".md", ".html") and path.name != "README.md"
)


def _kinds(text: str, *hints: Segment) -> list[tuple[Kind, str]]:
    return [(segment.kind, text[segment.start : segment.end]) for segment in clean(an_article(text, hints=hints))]


def _between(*lines: str) -> list[tuple[Kind, str]]:
    """The segments of a page that holds lines between two paragraphs of its story."""
    return _kinds("\n".join([FIRST, *lines, SECOND]))


COOKIES = [
    "We use cookies to remember where you stopped reading.",
    "This website stores cookies on your computer.",
    "Kettle Mirror and our 31 partners use cookies. Accept all cookies or choose.",
    "Manage cookies",
    "We value your privacy",
    "Accept all   Reject all   Manage settings",
    "本网站使用Cookie以改善您的体验。",
    "接受所有Cookie",
]
SHARE_BARS = [
    "Share this article",
    "Share on Facebook",
    "Facebook  Twitter  WhatsApp  Copy link",
    "Telegram | Reddit | Email | Print",
    "Share this story: Facebook, LinkedIn",
    "Follow us on Telegram",
    "Tweet",
    "Print this article",
    "Comments 14",
    "分享到：微信 微博",
    "点赞 12",
]
NOTICES = [
    "Skip to main content",
    "© 2022 Kettle Mirror Ltd.",
    "Copyright 2022 Kettle Mirror",
    "All rights reserved. No part of this page may be copied.",
    "Sign up for our free daily newsletter",
    "Never miss a story: the Mirror in your inbox every morning",
    "Advertisement",
    "Home > Harbour > Ferries",
    "News | Opinion | Weather",
    "Additional reporting by Pim Aldous in Tin Street",
    "Log in to comment",
]
CHINESE_FURNITURE = [
    "首页 > 城事 > 港口",
    "版权所有 铜壶湾晚报 未经授权不得转载",
    "扫一扫关注我们",
    "微信公众号：铜壶湾晚报",
    "返回顶部",
    "分享到微信",
    "责任编辑：某某",
    "相关阅读：渡口改道",
    "作者简介：某某，本报记者。",
]
BIOS = [
    "About the author",
    "Author profile: Orla Quent",
    "I am a freelance reporter on the coast.",
    "Contact the writer at orla@kettle.example",
    "Follow her on Telegram",
]
CAPTIONS = [
    "The pier at low tide [Photo/Kettle Mirror]",
    "A diver comes up with a piece of oak (Picture: Pim Aldous)",
    "Photo: Pim Aldous / Kettle Mirror",
    "Photograph by Orla Quent",
    "https://static.kettle.example/2022/pier.jpg",
    "The old ferry leaves the coal quay at noon/Reuters/Jonna Brask",
    "© Pim Aldous",
    "图：潜水员查看木桩。",
    "码头全景（摄影：某某）",
    "铜壶湾码头全景，港务处供图",
]


@pytest.mark.parametrize("line", COOKIES + SHARE_BARS + NOTICES + CHINESE_FURNITURE + BIOS)
def test_page_furniture_is_a_segment_of_its_own(line: str) -> None:
    assert _between(line) == [("body", FIRST), ("boilerplate", line), ("body", SECOND)]


@pytest.mark.parametrize("line", CAPTIONS)
def test_a_caption_is_a_segment_of_its_own(line: str) -> None:
    assert _between(line) == [("body", FIRST), ("caption", line), ("body", SECOND)]


@pytest.mark.parametrize("line", ["**Share this article**", "> Related stories", "# Most read", "_Photo: Pim Aldous_"])
def test_marks_of_emphasis_do_not_hide_furniture(line: str) -> None:
    assert furniture(line) is not None


@pytest.mark.parametrize(
    "heading",
    ["Related stories", "Most read", "You may also like", "More from Kettle Sound", "Popular in Harbour", "推荐阅读", "猜你喜欢"],
)
def test_the_headlines_below_a_related_heading_are_furniture_too(heading: str) -> None:
    below = "Ferry tolls up by four per cent\nThe lift that would not stop"
    assert _kinds(f"{FIRST}\n{heading}\n{below}\n{SECOND}") == [
        ("body", FIRST),
        ("boilerplate", f"{heading}\n{below}"),
        ("body", SECOND),
    ]


def test_a_related_list_ends_at_the_next_sentence() -> None:
    assert is_related_heading("Related stories")
    found = _kinds(f"{FIRST}\nRelated stories\nFerry tolls up by four per cent\n{SECOND}\nWhat the divers saw")
    assert found[-1] == ("body", f"{SECOND}\nWhat the divers saw")


@pytest.mark.parametrize(
    "line", ["Orla Quent covers harbours from Kettle Sound.", "Pim Aldous is a senior correspondent of the Mirror."]
)
def test_a_note_about_the_author_at_the_end_is_furniture(line: str) -> None:
    assert is_bio(line)
    assert _kinds(f"{FIRST}\n{line}") == [("body", FIRST), ("boilerplate", line)]


def test_a_note_about_the_author_beside_furniture_is_furniture() -> None:
    assert _between("Orla Quent covers harbours.", "Share this article")[1] == (
        "boilerplate",
        "Orla Quent covers harbours.\nShare this article",
    )


def test_a_sentence_like_a_bio_within_the_story_is_the_storys() -> None:
    line = "Pim Aldous is a reporter whom the harbour office has sued twice."
    assert is_bio(line)
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


# Teasers


def test_each_cut_off_lead_of_another_story_is_a_teaser_of_its_own() -> None:
    other = TEASER.replace("baker", "cooper").replace("loaves", "barrels")
    assert _kinds(f"{FIRST}\n{SECOND}\n{TEASER}\n{other}") == [
        ("body", f"{FIRST}\n{SECOND}"),
        ("teaser", TEASER),
        ("teaser", other),
    ]


def test_two_short_chinese_leads_are_two_teasers() -> None:
    story = "铜壶湾码头星期一起停业，港务处星期五表示，维修费用为四百二十万元，工期十一周。"
    bakery = "锡街一名面包师因按重量出售面包，被市场管理处要求改为按个出售，此前一位备有天平的邻居曾两次向管理处投诉，称"
    cooper = "煤码头一名箍桶匠因按个出售木桶，被市场管理处要求改为按重量出售，此前一位没有天平的邻居曾三次向管理处投诉，说"
    assert _kinds(f"{story}\n{bakery}\n{cooper}") == [("body", story), ("teaser", bakery), ("teaser", cooper)]


def test_a_lead_cut_off_by_dots_is_a_teaser() -> None:
    for end in ("...", "…", "… Read more", "[…]"):
        assert _kinds(f"{FIRST}\n{TEASER}{end}")[-1] == ("teaser", TEASER + end)


def test_a_chinese_lead_cut_off_in_mid_sentence_is_a_teaser() -> None:
    story = "铜壶湾码头星期一起停业，港务处星期五表示，维修费用为四百二十万元，工期十一周。"
    lead = "锡街一名面包师因按重量出售面包，被市场管理处要求改为按个出售，此前一位备有天平的邻居曾两次向管理处投诉，称"
    assert _kinds(f"{story}\n{lead}") == [("body", story), ("teaser", lead)]


def test_the_headline_above_a_teaser_belongs_to_it() -> None:
    found = _kinds(f"{FIRST}\n{SECOND}\nBaker told to sell by piece\n{TEASER}")
    assert found == [("body", f"{FIRST}\n{SECOND}"), ("teaser", f"Baker told to sell by piece\n{TEASER}")]


def test_a_teaser_with_a_kicker_of_its_own_takes_no_line_above_it() -> None:
    found = _kinds(f"{FIRST}\n{SECOND}\nWhat the divers saw there\nTIN STREET: {TEASER}")
    assert found == [("body", f"{FIRST}\n{SECOND}\nWhat the divers saw there"), ("teaser", f"TIN STREET: {TEASER}")]


def test_a_standfirst_above_the_story_is_no_teaser() -> None:
    standfirst = TEASER
    assert _kinds(f"{standfirst}\n{FIRST}\n{SECOND}") == [("body", f"{standfirst}\n{FIRST}\n{SECOND}")]


@pytest.mark.parametrize(
    "line",
    [
        TEASER[0].lower() + TEASER[1:],
        f"32. {TEASER}",
        "Net sales of the pier company in millions of crowns and as a share of all that was sold in the year to May | 2011 | $9.4",
        f"{TEASER} — I —",
    ],
    ids=["begins in mid-sentence", "a numbered reference", "a row of a table", "a speaker interrupted"],
)
def test_an_unfinished_paragraph_that_is_no_lead_is_body(line: str) -> None:
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


def test_a_paragraph_that_goes_on_in_the_next_line_is_body() -> None:
    assert _between(TEASER, "the sum of the loaves.") == [("body", f"{FIRST}\n{TEASER}\nthe sum of the loaves.\n{SECOND}")]


@pytest.mark.parametrize(("leads", "kind"), [(20, "teaser"), (21, "body")])
def test_a_text_that_seldom_ends_its_paragraphs_has_no_teasers(leads: int, kind: Kind) -> None:
    page = [FIRST, *(f"{TEASER} {'n' * number}" for number in range(1, leads + 1))]
    assert _kinds("\n".join(page))[-1][0] == kind


@pytest.mark.parametrize("row", ["revenue | $366854 | $187103", "net income (loss) | $17388 | $-38957 (38957)", "tax | €4 | -2"])
def test_a_row_of_a_table_is_no_menu(row: str) -> None:
    assert furniture(row) is None


def test_a_page_that_is_only_cut_off_text_is_kept_as_body() -> None:
    assert _kinds(TEASER) == [("body", TEASER)]


@pytest.mark.parametrize("end", [".", "?", "!”", ".)", ";", ":", "。", "」", ". — Quillwire"])
def test_a_long_paragraph_that_ends_is_no_teaser(end: str) -> None:
    assert _kinds(f"{FIRST}\n{TEASER} unfair{end}") == [("body", f"{FIRST}\n{TEASER} unfair{end}")]


# Prose


@pytest.mark.parametrize(
    "line",
    [
        "Share prices of the ferry company fell by 3 percent on Friday.",
        "The captain shared this article of faith with nobody.",
        "Facebook, Twitter and WhatsApp were down for an hour, and the ferries with them.",
        "Print sales of the Mirror fell by half in ten years.",
        "Comments from the office were not to be had on Friday.",
        "The bakery sells 90 cookies a day to the passengers.",
        "The photo of the pier hangs in the office of the mayor.",
        "Most read the plan as a threat to the market.",
        "See also how the river has moved since 1950, she said.",
        "Recommended doses fell by half after the study.",
        "The privacy policy of the ferry was rewritten in May.",
        "More from the fund went to the coal quay than to the pier, the audit of last year found out.",
        "“Home” is where the ferry sleeps, she said.",
        "编辑部收到了三百封来信。",
        "她把照片分享给了码头上的每一位工人，大家都很高兴，于是当天又拍了许多。",
    ],
)
def test_prose_with_a_word_of_furniture_stays_body(line: str) -> None:
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


@pytest.mark.parametrize(
    "line",
    [
        "Investors rushed to subscribe for new shares in the ferry company on Tuesday.",
        "More than 3,000 residents had to sign up for the scheme by the end of May.",
        "Passengers must download the app before they can board the ferry.",
        "Copyright law was changed in 2020 so that libraries may scan what they own.",
        "Related-party deals of the ferry company rose by 40 percent, the auditor found.",
        "Most in the town disagree.",
        "Most on the council voted against it.",
        "Follow them home and you find the story of the harbour.",
        "This story was first published in 1911 and became a film.",
        "Sign in blue ink, the notary told the captain.",
        "The harbour sold its picture archive to Getty Images.",
        "Lions 2 - 1 Tigers",
    ],
)
def test_prose_that_opens_or_ends_like_furniture_stays_body(line: str) -> None:
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


@pytest.mark.parametrize(
    "line",
    [
        "Users who reject cookies must pay 4 euros a month, the regulator said.",
        "The retailer was fined because its website placed cookies before visitors had agreed.",
        "“We use cookies only to count visitors,” the minister told parliament.",
        "The cookie policy of the ministry was unlawful, the court ruled on Monday.",
        "Cookies are used as currency in the prison, the report found.",
    ],
)
def test_a_story_about_cookies_is_no_cookie_notice(line: str) -> None:
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


@pytest.mark.parametrize(
    "line",
    [
        "据该公司微信公众号发布的消息，二期工厂将于六月投产。",
        "市民扫码即可乘船，首日客流达到4.2万人次。",
        "截至去年年底，平台的付费订阅用户达到300万，同比增长12%。",
        "分享会上，她介绍了三项成果。",
        "记者介绍了当天的情况。",
    ],
)
def test_chinese_prose_with_a_word_of_furniture_stays_body(line: str) -> None:
    assert _between(line) == [("body", f"{FIRST}\n{line}\n{SECOND}")]


@pytest.mark.parametrize("row", ["| Coal quay | 12,100 |", "Coal quay   12,100   22.0", "Tolls\t2019\t2020"])
def test_a_row_of_a_table_with_figures_is_no_menu(row: str) -> None:
    assert _between(row) == [("body", f"{FIRST}\n{row}\n{SECOND}")]


# What the format told


def test_a_hint_decides_over_the_words() -> None:
    start = len(FIRST) + 1
    hint = Segment("caption", start, start + len("A diver at work"))
    assert _kinds(f"{FIRST}\nA diver at work\n{SECOND}", hint) == [
        ("body", FIRST),
        ("caption", "A diver at work"),
        ("body", SECOND),
    ]


# Whatever the text


def _is_a_cover(text: str, segments: tuple[Segment, ...]) -> bool:
    """Ordered, apart, and nothing but white space outside; an obvious twin that marks characters one by one."""
    covered = [0] * len(text)
    for segment in segments:
        assert segment.start < segment.end <= len(text)
        for at in range(segment.start, segment.end):
            covered[at] += 1
    in_order = all(one.end <= other.start for one, other in pairwise(segments))
    return in_order and all(count == 1 or (count == 0 and text[at].isspace()) for at, count in enumerate(covered))


LINES = st.sampled_from(
    [
        *COOKIES,
        *SHARE_BARS,
        *CHINESE_FURNITURE,
        *CAPTIONS,
        *BIOS,
        FIRST,
        SECOND,
        TEASER,
        "Related stories",
        "",
        " ",
        "Pier to close again",
    ]
)
PAGES = st.lists(LINES | st.text(max_size=30), max_size=12).flatmap(
    lambda found: st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n\u3000\u3000"]).map(lambda newline: newline.join(found))
)


@given(PAGES)
def test_segments_cover_every_visible_character_once_and_in_order(page: str) -> None:
    assert _is_a_cover(page, clean(an_article(page)))


@given(PAGES, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=4))
def test_no_hint_however_wrong_spoils_the_cover(page: str, spans: list[tuple[int, int]]) -> None:
    hints = tuple(Segment("caption", min(span), max(span)) for span in spans)
    assert _is_a_cover(page, clean(an_article(page, hints=hints)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.stem))
def test_segments_cover_every_file_of_the_sample_corpus(path: Path) -> None:
    prepared = prepare(path.parent, path.name, "stamp")
    assert _is_a_cover(prepared.article.text, prepared.segments)
    assert any(segment.kind == "body" for segment in prepared.segments)
