"""The page as readers use it, in a real browser, on the sample corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from assistant.web.conversations import Conversations
from evals.gold import read_gold
from evals.texts import Texts
from index.load import load
from tests.assistant.web.conftest import TENCENT, Opener
from tests.assistant.web.desk import Site

LABS = "2020-05-27-labs-and-servers.txt"
HOSTILE = (
    "<script>window.pwned = 1</script> <img src=x onerror='window.pwned = 2'> [click](javascript:window.pwned=3) "
    "![beacon](http://198.51.100.7/x.png) &lt;b&gt; &amp;amp; {{constructor.constructor('window.pwned=4')()}} ${window.pwned=5} "
)


def quoted_in(site: Site, window_url: str, number: int = 1) -> tuple[str, str]:
    """What the citation quotes, and what its range of its file says."""
    conversation = window_url.rpartition("c=")[2]
    book = Conversations(site.index / "conversations.db")
    reader = book._file._db.execute("SELECT reader FROM conversations WHERE id = ?", (conversation,)).fetchone()[0]
    found = book.get(reader, conversation)
    assert found is not None
    one = found.turns[-1].answer.citations[number - 1]
    return one.quote, load(site.corpus / one.source, one.source).text[one.start : one.end]


def test_an_answer_streams_and_its_marker_shows_the_very_characters(opened: Opener, site: Site) -> None:
    window = opened()
    assert "18 articles" in window.page.locator("#facts").inner_text()
    assert site.model is not None
    site.model.held.clear()
    window.page.fill("#question textarea", "How much will Tencent invest?")
    window.page.keyboard.press("Enter")
    window.page.locator("#live .waiting").wait_for()
    site.model.held.set()
    window.page.locator("#log .turn").wait_for()
    assert TENCENT[:-1] in window.last(".text")
    marked = window.cite()
    assert (marked, marked) == quoted_in(site, window.page.url)
    assert "over five years" in marked
    panel = window.page.locator("#source").inner_text()
    assert "✓ The file says so" in panel
    assert LABS in panel
    mark, text = (window.page.locator(f"#source {one}").bounding_box() for one in ("mark", ".article"))
    assert mark is not None
    assert text is not None
    assert text["y"] <= mark["y"] < text["y"] + text["height"]  # it was scrolled to


def test_sentences_show_while_the_model_still_writes(opened: Opener, site: Site) -> None:
    model = site.model
    assert model is not None
    two = (("Lanqu is to spend 1.2 billion yuan on a second plant.", "1.2 billion yuan"), ("It is in Muheng.", "Muheng"))
    site.knows("Lanqu to spend", *two)
    window = opened()
    model.held.clear()
    window.page.fill("#question textarea", "What is Lanqu to spend on a second plant, and where?")
    assert not window.page.locator("#stop").is_visible()
    window.page.click("#ask")
    window.page.locator("#live .text").wait_for()  # the first sentence is there, and the model waits before its second
    assert "1.2 billion yuan" in window.page.locator("#live .text").inner_text()
    assert "Lanqu is to spend" in window.page.locator("#announcer").inner_text()
    assert not window.page.locator("#ask").is_visible()
    window.page.click("#stop")
    window.page.get_by_text("Stopped; nothing was kept.").wait_for()
    assert window.page.locator("#log .turn").count() == 0
    assert window.page.input_value("#question textarea") == "What is Lanqu to spend on a second plant, and where?"
    model.held.set()


def test_a_question_that_is_stopped_or_fails_does_not_take_the_place_of_the_next_one(opened: Opener, site: Site) -> None:
    model = site.model
    assert model is not None
    window = opened()
    model.held.clear()
    window.page.fill("#question textarea", "How much will Tencent invest?")
    window.page.click("#ask")
    window.page.locator("#live .waiting").wait_for()
    window.page.fill("#question textarea", "And over how many")
    window.page.click("#stop")
    window.page.get_by_text("Stopped; nothing was kept.").wait_for()
    model.held.set()
    window.page.wait_for_timeout(300)
    assert window.page.input_value("#question textarea") == "And over how many"
    window.page.fill("#question textarea", "")
    answer = window.ask("How much will Tencent invest?")
    assert TENCENT[:-1] in answer, "what was given back once is not given back again"
    assert window.page.input_value("#question textarea") == ""


def test_a_follow_up_is_asked_with_what_went_before(opened: Opener, site: Site) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    answer = window.ask("And over how many years?")
    assert "five years" in answer
    assert site.model is not None
    assert "How much will Tencent invest?" in site.model.prompts[-1]
    assert window.page.locator("#log .turn").count() == 2


def test_a_refusal_says_why_and_what_was_near(opened: Opener) -> None:
    window = opened()
    window.ask("Who won the chess olympiad in Reykjavik?")
    refusal = window.last(".refusal")
    assert "Not answered" in refusal
    assert "Nearest articles, not an answer" in refusal
    window.page.locator("#log .nearest a").first.click()
    window.page.locator("#source .standing.near").wait_for()
    assert "not an answer" in window.page.locator("#source .standing").inner_text()


def test_sources_that_disagree_stand_side_by_side(opened: Opener) -> None:
    window = opened()
    window.ask("What will Lanqu's second plant cost?")
    boxes = window.page.locator("#log .conflict li")
    said = [boxes.nth(n).inner_text() for n in range(boxes.count())]
    assert len(said) == 2
    assert any("1.2" in one and "2021-05-12" in one for one in said)
    assert any("1.5" in one and "2021-09-23" in one for one in said)


def test_an_uploaded_article_can_be_asked_about_changed_and_deleted(opened: Opener, site: Site, tmp_path: Path) -> None:
    article = tmp_path / "Gullwing quay & <img src=x>.txt"
    article.write_text(
        "Gullwing Quay gets a new wall\n\n4 March 2024\n\nThe quay at Gullwing will cost 41.7 million euros, the port said on "
        "Monday. Work starts in June.\n\nShare this article\n"
    )
    window = opened()
    window.tab("Articles")
    window.page.get_by_label("Add articles").set_input_files([article])
    window.page.get_by_text("1 added").wait_for()
    kept = list((site.corpus / "uploads").iterdir())
    assert len(kept) == 1
    assert "<" not in kept[0].name
    window.tab("Ask")
    assert "41.7 million" in window.ask("What will Gullwing Quay cost?")
    assert "41.7 million" in window.cite()
    assert window.page.locator("#source .boilerplate").inner_text().strip().endswith("Share this article")

    whole = kept[0].read_text()
    kept[0].write_text("A correction was added.\n\n" + whole)
    assert "41.7 million" in window.cite()
    window.page.get_by_text("The file still says so; it was changed since").wait_for()
    kept[0].write_text(whole.replace("41.7", "14.7"))
    window.cite()
    window.page.get_by_text("the file no longer says this").wait_for()
    kept[0].unlink()
    window.cite()
    window.page.get_by_text("Deleted: the file is no longer in the folder").wait_for()
    assert "41.7 million" in window.page.locator("#source blockquote").inner_text()
    window.tab("Articles")
    window.page.click("#sync")
    window.page.get_by_text("1 removed").wait_for()
    window.tab("Ask")
    window.cite()
    assert "41.7 million" in window.page.locator("#source blockquote").inner_text()  # the citation outlives the article


def test_a_reload_finds_the_conversation_and_the_list_renames_and_deletes_it(opened: Opener) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    window.page.wait_for_url("**/?c=*")
    window.page.reload()
    window.page.locator("#log .turn").wait_for()
    assert "five years" in window.last(".text")
    assert "five years" in window.cite()
    window.tab("Conversations")
    row = window.page.locator("#listed li")
    row.wait_for()
    row.locator("summary").click()
    row.locator("input").fill("Money in the cloud")
    row.get_by_role("button", name="Rename", exact=True).click()
    window.page.get_by_role("button", name="Money in the cloud").wait_for()
    window.page.fill("#search textarea, #search input", "zebra")
    window.page.keyboard.press("Enter")
    window.page.get_by_text("0 conversations").wait_for()
    window.page.fill("#search textarea, #search input", "Tencent")
    window.page.keyboard.press("Enter")
    window.page.get_by_text("1 conversation for").wait_for()
    row.locator("summary").click()
    row.get_by_role("button", name="Delete for good").click()
    window.page.get_by_text("0 conversations").wait_for()
    window.tab("Ask")
    window.page.locator("#log .welcome").wait_for()


def test_nobody_sees_the_conversations_of_another_reader(opened: Opener) -> None:
    mine = opened()
    mine.ask("How much will Tencent invest?")
    mine.page.wait_for_url("**/?c=*")
    other = opened(mine.page.url.removeprefix(mine.url))
    assert other.page.locator("#log .turn").count() == 0
    other.tab("Conversations")
    other.page.get_by_text("0 conversations").wait_for()


def test_the_last_question_can_be_edited_and_asked_again(opened: Opener, site: Site) -> None:
    assert site.model is not None
    window = opened()
    window.ask("How much will Tencent invest?")
    window.page.click("[data-act='edit']")
    window.page.wait_for_function("document.querySelector('#question textarea').value.includes('Tencent')")
    window.page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    window.page.fill("#question textarea", "Who is the chief executive of Digital China Holdings?")
    window.page.keyboard.press("Enter")
    window.page.locator("#log .text", has_text="Maria Kwok is chief executive").wait_for()
    assert window.page.locator("#log .turn").count() == 1
    window.page.wait_for_function("document.querySelector('#announcer').textContent.startsWith('Answer complete')")
    window.page.evaluate("document.querySelector('#announcer').textContent = ''")
    site.model.held.clear()  # or the answer, of which all but the model's words is kept, is there too soon to be waited for
    window.page.click("[data-act='again']")
    window.page.locator("#live .waiting").wait_for()
    site.model.held.set()
    window.page.locator("#live .waiting").wait_for(state="detached")
    window.page.wait_for_function("document.querySelector('#announcer').textContent.startsWith('Answer complete')")
    assert window.page.locator("#log .turn").count() == 1
    assert "Maria Kwok" in window.last(".text")


def test_going_on_to_something_else_leaves_nothing_of_the_question(opened: Opener, site: Site) -> None:
    assert site.model is not None
    window = opened()
    window.ask("How much will Tencent invest?")
    site.model.held.clear()
    window.page.fill("#question textarea", "Who is the chief executive of Digital China Holdings?")
    window.page.keyboard.press("Enter")
    window.page.locator("#live .waiting").wait_for()
    window.page.click("#new")
    window.page.locator("#log .welcome").wait_for()
    site.model.held.set()
    window.page.wait_for_timeout(1_500)  # longer than what is left of the answer would take
    assert window.page.locator("#log .welcome").count() == 1
    assert window.page.locator("#live").inner_text().strip() == ""
    assert window.page.input_value("#question textarea") == ""
    assert window.page.locator("#ask").is_visible()
    assert "five years" in window.ask("How much will Tencent invest?")


def test_a_question_being_edited_can_be_let_be(opened: Opener) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    window.page.click("[data-act='edit']")
    window.page.get_by_role("button", name="Keep the last one").click()
    window.page.locator("#live .notice").wait_for(state="detached")
    window.ask("Who is the chief executive of Digital China Holdings?")
    assert window.page.locator("#log .turn").count() == 2


def test_a_reader_who_comes_by_a_link_from_elsewhere_is_still_the_same(opened: Opener) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    window.page.wait_for_url("**/?c=*")
    window.page.goto(f"data:text/html,<a href='{window.page.url}'>back</a>")
    window.page.click("a")
    window.page.locator("#log .turn").wait_for()


def test_everything_can_be_done_with_the_keyboard(opened: Opener, site: Site) -> None:
    assert site.model is not None
    window = opened()
    page = window.page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#question') !== null"):
            break
    page.keyboard.type("How much will Tencent invest?")
    page.keyboard.press("Enter")
    page.locator("#log .turn").wait_for()
    for _ in range(40):
        if page.evaluate("document.activeElement.matches('a.marker')"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#source h2') !== null")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('a.marker')")

    def to(selector: str) -> None:
        """Go on with the tabulator until something has the focus."""
        for _ in range(80):
            if page.evaluate("one => document.activeElement.matches(one)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is out of reach")

    to("[data-act='bad']")
    page.keyboard.press("Enter")
    page.locator("form.comment").wait_for()
    to("form.comment input")
    page.keyboard.type("41 million")
    page.keyboard.press("Enter")
    page.locator(".saved").wait_for()
    page.wait_for_function("document.activeElement !== document.body")
    to("[data-act='again']")
    site.model.held.clear()
    page.keyboard.press("Enter")
    page.locator("#live .waiting").wait_for(state="attached")
    site.model.held.set()
    page.locator("#live .waiting").wait_for(state="detached")
    page.wait_for_function("document.activeElement !== document.body")
    page.locator("[role=tab]", has_text="Conversations").focus()
    page.keyboard.press("Enter")
    page.locator("#listed summary").wait_for()
    to("#listed summary")
    page.keyboard.press("Enter")
    to("#listed input")
    page.keyboard.type("Renamed ")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Renamed").wait_for()
    page.wait_for_function("document.activeElement !== document.body")
    to("#listed [data-act='open']")
    page.keyboard.press("Enter")
    page.locator("#log .turn").wait_for()
    page.locator("[role=tab]", has_text="Articles").focus()
    page.keyboard.press("Enter")
    page.locator("#articles li").first.wait_for()
    to("#upload input")
    to("#articles [data-act='read']")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#source h2') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_and_the_source_over_it(opened: Opener, scheme: str) -> None:
    window = opened(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    window.ask("How much will Tencent invest?")
    assert not window.scrolls_sideways()
    window.cite()
    panel = window.page.locator("#aside")
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    assert panel.get_attribute("role") == "dialog"
    window.page.get_by_role("button", name="Close the source").click()
    panel.wait_for(state="hidden")
    assert not window.scrolls_sideways()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(opened: Opener, scheme: str) -> None:
    window = opened(color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        for fault in Axe().run(window.page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found[f"{state}: {fault['id']}"] = [node["html"][:160] for node in fault["nodes"][:3]]

    look("welcome")
    window.ask("How much will Tencent invest?")
    window.cite()
    look("answer")
    window.ask("Who won the chess olympiad in Reykjavik?")
    look("refusal")
    window.cite_near()
    window.page.set_viewport_size({"width": 360, "height": 740})
    look("a source over the page")
    window.page.keyboard.press("Escape")
    window.page.set_viewport_size({"width": 1440, "height": 900})
    window.ask("What will Lanqu's second plant cost?")
    window.page.locator("#log [data-act='bad']").last.click()
    window.page.locator("#log form.comment").wait_for()
    look("conflict and feedback")
    window.tab("Articles")
    window.page.locator("#articles li").first.wait_for()
    look("articles")
    window.page.click("#sync")
    window.page.get_by_text("Synced:").wait_for()
    look("a report")
    window.tab("Conversations")
    window.page.locator("#listed li").first.wait_for()
    look("conversations")
    assert found == {}


def test_an_answer_is_copied_with_its_markers(opened: Opener) -> None:
    window = opened(permissions=["clipboard-read", "clipboard-write"])
    window.ask("How much will Tencent invest?")
    window.page.get_by_role("button", name="Copy").click()
    window.page.get_by_role("button", name="Copied").wait_for()
    assert window.page.evaluate("navigator.clipboard.readText()") == window.last(".text")


def test_a_conversation_is_exported_with_its_numbered_sources(opened: Opener) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    with window.page.expect_download() as got:
        window.page.get_by_text("Export this conversation as Markdown").click()
    text = Path(got.value.path()).read_text("utf-8")
    assert "## How much will Tencent invest?" in text
    assert "[1]" in text
    assert "labs-and-servers" in text.replace("\\", "")


def test_feedback_becomes_gold_that_the_evals_load(opened: Opener, site: Site, tmp_path: Path) -> None:
    window = opened()
    window.ask("How much will Tencent invest?")
    window.page.click("#log [data-act='good']")
    window.page.locator("#log form.comment input").fill("the years too")
    window.page.keyboard.press("Enter")
    window.page.locator("#log .saved").wait_for()
    window.ask("Who won the chess olympiad in Reykjavik?")
    window.page.locator("#log [data-act='good']").last.click()
    window.page.locator("#log form.comment").nth(1).wait_for()
    with window.page.expect_download() as got:
        window.page.get_by_text("Export your feedback as gold questions").click()
    draft = tmp_path / "draft.jsonl"
    draft.write_bytes(Path(got.value.path()).read_bytes())
    items = read_gold(draft, Texts(site.corpus))
    assert [item.answerable for item in items] == [True, False]
    assert LABS in items[0].sources
    assert items[0].facts == [["70000000000"], ["5"]]
    assert items[0].note is not None
    assert "the years too" in items[0].note
    assert json.loads(draft.read_text("utf-8").splitlines()[0])["quotes"][0]["text"] in (site.corpus / LABS).read_text("utf-8")


def test_an_article_does_nothing_but_show_its_characters(opened: Opener, site: Site) -> None:
    said = 'The zebra crossing at Ostrava cost 9,310 euros <img src=x onerror="window.pwned=1"> and <b>no</b> more'
    body = f"Zebra <i>crossing</i>\n\n{HOSTILE}\n\nThe crossing at Ostrava {HOSTILE}. " + "x" * 200_000
    file = site.corpus / "<img src=x onerror=alert(1)> &amp; ${1}.txt"
    file.write_text(body)
    answering = site.corpus / "crossing.txt"  # what says such things to a program answers nothing
    answering.write_text(f"The <u>crossing</u> &lt;at&gt; Ostrava\n\n{said}.\n")
    try:
        window = opened()
        window.sync()
        site.knows("zebra crossing", (f"{said}.", "9,310 euros"))
        window.ask("What did the <i>zebra crossing</i> at Ostrava cost?")
        assert said in window.page.locator("#log .answer").last.evaluate("one => one.textContent")
        assert window.cite().strip(".") == said
        assert window.page.locator("#log :is(img, i, b, u, script), #source :is(img, i, b, u, script)").count() == 0
        window.tab("Articles")
        window.page.get_by_role("textbox", name="Search the articles").fill("Zebra")
        window.page.keyboard.press("Enter")
        window.page.get_by_role("button", name="<img src=x onerror=alert(1)> &amp; ${1}.txt").click()
        window.page.locator("#source .article", has_text="x" * 99).wait_for()
        shown = window.page.locator("#source .article").evaluate("one => one.textContent")
        assert HOSTILE.strip() in shown
        assert "x" * 200_000 in shown
        assert window.page.evaluate("window.pwned === undefined")
        assert (
            window.page.locator("#source .article img, #source .article script, #source .article a, #source .article i").count()
            == 0
        )
        assert not window.scrolls_sideways()
    finally:
        file.unlink()
        answering.unlink()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_long_titles_chinese_and_right_to_left_do_not_break_the_page(opened: Opener, site: Site, width: int) -> None:
    files = {
        "long.txt": f"{'An extraordinarily long headline ' * 8}\n\nThe harbour at Brillhaven holds 4,412 boats, its keeper said.\n",
        "hebrew.txt": "הנמל החדש נפתח\n\nהנמל החדש באשדוד עלה 41 מיליון שקלים, אמרה ראש העיר ביום שני.\n",
        "word.txt": f"{'Unbroken' * 60}\n\nThe mill at Sorrelgate grinds 77 tonnes a day, its owner said. {'x' * 400}\n",
    }
    for name, text in files.items():
        (site.corpus / name).write_text(text)
    try:
        site.knows("Brillhaven", ("The harbour at Brillhaven holds 4,412 boats.", "4,412 boats"))
        site.knows("Sorrelgate", ("The mill at Sorrelgate grinds 77 tonnes a day.", "77 tonnes"))
        window = opened(viewport={"width": width, "height": 800})
        window.sync()
        for question in ("How many boats does Brillhaven hold?", "How much does the mill at Sorrelgate grind a day?"):
            window.ask(question)
            assert not window.scrolls_sideways()
            window.cite()
            assert not window.scrolls_sideways()
            window.page.keyboard.press("Escape")
        window.ask("报告说今年新建多少5G基站？")
        assert not window.scrolls_sideways()
        window.tab("Articles")
        window.page.get_by_role("button", name="hebrew.txt").click()
        article = window.page.locator("#source .article")
        article.wait_for()
        assert article.evaluate("one => getComputedStyle(one).direction") == "rtl"
        assert not window.scrolls_sideways()
        window.page.keyboard.press("Escape")
        window.tab("Conversations")
        window.page.locator("#listed li").first.wait_for()
        assert not window.scrolls_sideways()
    finally:
        for name in files:
            (site.corpus / name).unlink()
