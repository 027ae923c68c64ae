"""report.html in a real browser, without a display: Debian's Chromium through Playwright. Skipped where there is none."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evals.gold import Item, Quote
from evals.records import Cited, Record, Said, Span, Times
from evals.report import TEMPLATE, write_page
from evals.run import PAGE
from evals.score import report
from evals.texts import Texts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

ARTICLE = "Tencent will invest $70 billion over five years. The plan names 35 laboratories, and 2025 as its end."
GOLD = "$70 billion over five years"
METADATA = {"gold": "small.jsonl", "model": "a-model", "versions": {"python": "3.11"}, "model_sha256": None}


@dataclass
class Window:
    """An open page, with what it asked the network for and what it complained of."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The verdicts of the rows that are shown."""
        verdicts: list[str] = self.page.locator("#items details").evaluate_all("all => all.map(one => one.dataset.verdict)")
        return verdicts

    def open(self, id_: str) -> str:
        """Open a row with the keyboard, as a reader without a mouse does, and return what it says."""
        row = self.page.locator(f'#items details[data-id="{id_}"]')
        row.locator("summary").focus()
        self.page.keyboard.press("Enter")
        row.locator(".body").wait_for()
        return row.inner_text()

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


Opener = Callable[..., Window]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Writes a report's page and opens it; afterwards, that it asked for nothing and complained of nothing."""
    windows: list[Window] = []

    def go(made: dict[str, Any], width: int = 1200, fragment: str = "") -> Window:
        write_page(tmp_path, made)
        page = browser.new_page(viewport={"width": width, "height": 900})
        window = Window(page, (tmp_path / PAGE).as_uri())
        windows.append(window)

        def asked(request: Request) -> None:
            window.requests.append(request.url.partition("#")[0])

        page.on("request", asked)
        page.on("console", lambda message: window.complaints.append(message.text))
        page.on("pageerror", lambda error: window.complaints.append(str(error)))
        page.goto(window.url + fragment)
        return window

    yield go
    for window in windows:
        assert set(window.requests) == {window.url}
        assert window.complaints == []
        window.page.close()


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(ARTICLE, "utf-8")
    return Texts(tmp_path / "corpus")


def item(id_: str, type_: str = "number", **given: Any) -> Item:
    question = given.pop("question", f"What is asked by {id_}?")
    return Item(id=id_, question=question, type=type_, answerable=given.pop("answerable", True), **given)


def cited(quote: str, marker: int = 1, sha256: str = hashlib.sha256(ARTICLE.encode()).hexdigest()) -> Cited:
    start = max(ARTICLE.find(quote), 0)
    return Cited(
        marker=marker, source="a.txt", start=start, end=start + len(quote), quote=quote, line=1, sha256=sha256, title="A plan"
    )


def said(id_: str, text: str, citations: Sequence[Cited] = (), **given: Any) -> Record:
    times = Times(total_ms=given.pop("ms", 900.0))
    answer = Said(text=text, status=given.pop("status", "answered"), citations=list(citations), timings=times, **given)
    return Record(id=id_, answer=answer, retrieved=[Span(source="a.txt", start=0, end=48, cosine=0.9)])


def refused(id_: str) -> Record:
    return said(id_, "The articles do not state an answer to that.", status="refused", reason="not_supported", ms=100.0)


@pytest.fixture
def small(texts: Texts) -> dict[str, Any]:
    """One question of every outcome."""
    gold: dict[str, Any] = {
        "facts": [["70 billion"], ["five years"]],
        "sources": ["a.txt"],
        "quotes": [Quote(source="a.txt", text=GOLD)],
    }
    items = [
        item("right", history=[["Who invests?", "Tencent does."]], note="Asked in May.", **gold),
        item("wrong", "list", facts=[["35"], ["2030"]], sources=["a.txt"]),
        item("refused-wrongly", **gold),
        item("refused-rightly", "unanswerable", answerable=False),
        item("answered-in-vain", "unanswerable", answerable=False),
        item("failed", "list", facts=[["35"]], sources=["a.txt"]),
    ]
    first = said(
        "right", "It will invest $70 billion [1] over five years [1]. So it says [7].", [cited("Tencent will invest " + GOLD + ".")]
    )
    records = [
        first,
        said(
            "wrong", "It names 35 laboratories [1].", [cited("The plan names 35", sha256="")], warnings=["A sentence was dropped."]
        ),
        refused("refused-wrongly"),
        refused("refused-rightly"),
        said("answered-in-vain", "It is Paris."),
        Record(id="failed", error="the model did not answer within 120 s"),
    ]
    return report(items, {record.id: record for record in records}, texts, METADATA)


def test_the_script_is_the_one_that_the_policy_allows() -> None:
    template = files("evals").joinpath(TEMPLATE).read_text("utf-8")
    found = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    assert found
    assert f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'" in template
    assert template.count("{{data}}") == 1
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://(?!www\.w3\.org/2000/svg)", template
    )


def test_headlines_say_value_interval_and_n(opened: Opener, small: dict[str, Any]) -> None:
    window = opened(small)
    card = window.page.locator("[data-metric=correct]").inner_text().replace("\u00a0", " ")
    found = small["metrics"]["correct"]
    assert f"{found['value'] * 100:.1f} %" in card
    assert f"{found['low'] * 100:.1f}–{found['high'] * 100:.1f} %, n = 6" in card
    assert window.page.title() == "6 questions of small.jsonl, answered by a-model · Dateline eval report"
    assert window.page.locator("#legend").inner_text().split("\n") == [
        "1 right", "2 wrong", "1 refused rightly", "1 refused wrongly", "1 error",
    ]  # fmt: skip
    assert window.page.locator("#measures tbody tr").count() == len(small["metrics"]) + 5  # five groups
    assert window.page.locator("#types-list li:not(.head) a").all_inner_texts() == list(small["by_type"])


def test_what_was_not_measured_is_said_in_words(opened: Opener) -> None:
    window = opened(report([item("q")], {"q": said("q", "Yes.")}, None, {}))
    assert window.page.locator("[data-metric=correct] .value").inner_text() == "not measured"
    row = window.page.locator("#measures tr", has=window.page.get_by_role("rowheader", name="cost", exact=True))
    assert row.locator("td").first.inner_text() == "not measured"
    window.page.get_by_label("Measure", exact=True).select_option("facts")
    assert window.page.locator("#types-list .none").all_inner_texts() == ["not measured"]
    assert window.shown() == ["unscored"]
    assert "not scored" in window.open("q")


def test_failed_leaves_only_what_failed_and_stays_in_the_address(opened: Opener, small: dict[str, Any]) -> None:
    from playwright.sync_api import expect

    window = opened(small)
    assert window.page.locator("#count").inner_text() == "6 questions"
    window.page.get_by_label("Verdict", exact=True).select_option("failed")
    assert window.shown() == ["wrong", "refused-wrongly", "wrong", "error"]
    assert window.page.locator("#count").inner_text() == "4 of 6 questions"
    window.page.get_by_label("Type", exact=True).select_option("list")
    window.page.get_by_label("Search").fill("35 LABORATORIES")
    assert window.shown() == ["wrong"]
    window.page.reload()
    assert window.shown() == ["wrong"]
    assert window.page.get_by_label("Search").input_value() == "35 LABORATORIES"
    window.page.locator("#types-list a", has_text="unanswerable").click()
    expect(window.page.locator("#count")).to_have_text("2 of 6 questions")  # the address changes after the click
    assert window.shown() == ["refused-rightly", "wrong"]


@pytest.mark.parametrize("fragment", ["#verdict=constructor&type=toString", "#%", "#questions", "#q=" + "%20" * 10])
def test_an_address_that_means_nothing_shows_everything(opened: Opener, small: dict[str, Any], fragment: str) -> None:
    assert len(opened(small, fragment=fragment).shown()) == 6


def test_an_open_question_shows_answer_citation_and_what_is_right(opened: Opener, small: dict[str, Any]) -> None:
    window = opened(small)
    told = window.open("right")
    for part in (
        "Who invests?",
        "Tencent does.",
        "a.txt:1",
        "characters 0–48",
        "✓ valid",
        "70 billion ✓ said",
        "Asked in May.",
        "A plan",
    ):
        assert part in told
    row = window.page.locator("details[data-id=right]")
    assert row.locator("blockquote mark").inner_text() == GOLD
    assert row.locator(".answer").inner_text() == small["items"][0]["answer"]["text"]
    assert row.locator(".answer a").all_inner_texts() == ["[1]", "[1]"]  # [7] has no citation
    row.locator(".answer a").first.press("Enter")
    assert window.page.evaluate("document.activeElement.id") == row.locator(".cites li").get_attribute("id")
    told = window.open("wrong")
    for part in ("✗ invalid", "35 ✓ said", "2030 ✗ not said", "A sentence was dropped."):
        assert part in told
    assert "the model did not answer within 120 s" in window.open("failed")
    assert "Reason: not_supported" in window.open("refused-rightly")


@pytest.mark.parametrize(
    ("quote", "gold", "marked"),
    [
        ("The plan names 35 laboratories, and 2025", "laboratories, and 2025 as its end.", "laboratories, and 2025"),
        ("laboratories, and 2025 as its end.", "names 35 laboratories, and", "laboratories, and"),
        ("names 35", "The plan names 35 laboratories", "names 35"),
    ],
)
def test_a_partial_overlap_with_a_gold_quote_is_marked(opened: Opener, texts: Texts, quote: str, gold: str, marked: str) -> None:
    one = item("q", facts=[["35"]], sources=["a.txt"], quotes=[Quote(source="a.txt", text=gold)])
    window = opened(report([one], {"q": said("q", "35 [1].", [cited(quote)])}, texts, METADATA))
    window.open("q")
    assert window.page.locator("blockquote mark").all_inner_texts() == [marked]


def test_gates_are_shown_with_their_outcome(opened: Opener, small: dict[str, Any]) -> None:
    assert not opened(small).page.locator("#gates").is_visible()
    gates = [
        {"table": "at_least", "metric": "correct", "bound": 0.75, "value": 0.4, "passed": False},
        {"table": "may_drop", "metric": "facts", "bound": 0.05, "value": -0.02, "passed": True},
        {"table": "at_most", "metric": "latency_p95", "bound": 2.0, "value": 0.9, "passed": True},
    ]
    page = opened({**small, "gates": gates}).page
    assert [" ".join(one.split()) for one in page.locator("#gates li").all_inner_texts()] == [
        "✗ fail correct at least 75.0 % demanded, 40.0 % found",
        "✓ pass facts worse by at most 5.0 % demanded, 2.0 % better found",
        "✓ pass latency_p95 at most 2 s demanded, 0.9 s found",
    ]
    assert "1 of 3 gates failed" in page.locator("#lede").inner_text()


def test_plots_are_told_in_words_too(opened: Opener, small: dict[str, Any]) -> None:
    page = opened(small).page
    assert "Of the 50.0\u00a0% of the questions that were answered and rated, 66.7\u00a0% are wrong" in str(
        page.locator("#risk svg").get_attribute("aria-label")
    )
    assert "Of 5 questions the median took 0.9\u00a0s" in str(page.locator("#latency svg").get_attribute("aria-label"))
    assert {"p50 0.9\u00a0s", "p95 0.9\u00a0s"} <= set(page.locator("#latency text").all_text_contents())


def test_nothing_to_plot_is_said(opened: Opener) -> None:
    window = opened(report([item("q")], {}, None, {}))
    assert window.page.locator("#risk svg, #latency svg").count() == 0
    assert window.page.get_by_text("Nothing to plot").count() == 2
    assert "1 question is not finished" in window.page.locator("#lede").inner_text()


HOSTILE = [
    "<img src=x onerror=\"document.title='run'\">",
    "</script><script>document.title='run'</script><!--",
    "javascript:document.title='run' {{data}} ${document.title='run'}",
    "ستستثمر تينسنت سبعين مليار دولار \u202e 腾讯将在五年内投资700亿美元。\u2028\x00",
    "m" * 5000,
]


@pytest.mark.parametrize("evil", HOSTILE, ids=["img", "script", "template", "scripts", "long"])
def test_hostile_text_is_only_text(opened: Opener, evil: str) -> None:
    quote = Cited(marker=1, source=evil, start=0, end=9, quote=evil, sha256=evil, title=evil, published=evil, also_in=[evil])
    one = Item(
        id=evil, question=evil, type=evil, answerable=True, facts=[[evil], ["absent"]], sources=[evil], history=[[evil, evil]],
        quotes=[Quote(source=evil, text=evil)], answers=[evil], also=[evil], folder=evil, near_miss=evil, note=evil,
    )  # fmt: skip
    conflicts = [{"about": evil, "values": [{"value": evil, "marker": evil}]}, {"about": [evil], "values": evil}, {}]
    record = said(evil, f"{evil} [1]", [quote], model=evil, reason=evil, warnings=[evil], conflicts=conflicts)
    failed = Record(id="failed", error=evil)
    made = report(
        [one, item("failed", facts=[[evil]])], {evil: record, "failed": failed}, None, {"gold": evil, "model": evil, evil: evil}
    )
    window = opened(made, width=360)
    window.page.locator("#metadata summary").click()
    for row in window.page.locator("#items summary").all():
        row.click()
    window.page.locator("#items .body").nth(1).wait_for()
    shown = "".join(str(window.page.locator("details .answer").text_content()).split())
    assert shown == "".join(f"{evil}[1]".split())
    assert window.page.title() != "run"
    assert window.page.locator("main img, main script, main iframe, header img, footer img").count() == 0
    assert window.page.locator("script").count() == 2
    assert window.page.locator("a:not([href^='#'])").count() == 0
    assert not window.scrolls_sideways()


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_it_never_scrolls_sideways(opened: Opener, small: dict[str, Any], width: int) -> None:
    window = opened(small, width)
    for id_ in ("right", "wrong", "failed"):
        window.open(id_)
    assert not window.scrolls_sideways()


def test_on_paper_questions_are_printed_whole_and_controls_are_not(opened: Opener, small: dict[str, Any]) -> None:
    window = opened(small)
    window.page.emulate_media(media="print")
    window.page.locator("#items .body").nth(5).wait_for()
    assert "The articles do not state an answer" in window.page.locator("details[data-id=refused-wrongly]").inner_text()
    assert "small.jsonl" in window.page.locator("#metadata").inner_text()
    assert not window.page.locator("input, select, button, nav").filter(visible=True).count()
    window.page.emulate_media(media="screen")
    window.page.locator("#items .body").first.wait_for(state="hidden")
    assert window.page.locator("details[open]").count() == 0


def test_five_thousand_questions_stay_usable(opened: Opener, texts: Texts) -> None:
    items = [item(f"q{n}", facts=[["70 billion"]], sources=["a.txt"]) for n in range(50)]
    records = {one.id: said(one.id, "It is $70 billion [1].", [cited(GOLD)], ms=float(n)) for n, one in enumerate(items)}
    made = report(items, records, texts, METADATA)
    many = [{**made["items"][0], "id": f"q{n}", "question": f"What is asked by q{n}?"} for n in range(5000)]
    start = time.monotonic()
    window = opened({**made, "n": 5000, "items": many})
    assert len(window.shown()) == 100
    assert time.monotonic() - start < 10  # 2 s where it was written
    assert window.page.locator("#count").inner_text() == "5,000 questions, the first 100 shown"
    window.page.get_by_role("button", name="Show 100 more").press("Enter")
    assert window.page.locator("#items details").count() == 200
    assert window.page.evaluate("document.activeElement.parentElement.dataset.id") == "q100"
    window.page.get_by_label("Search").fill("q4999")
    assert window.page.locator("#count").inner_text() == "1 of 5,000 questions"
    assert not window.page.get_by_role("button").count()
