"""A citation is a fact: its characters stand in the file, as the file is now."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from assistant.attribute import Support
from assistant.cite import Citations
from assistant.evidence import is_copy_of
from assistant.types import Citation
from index.decode import decode
from index.load import load
from tests.assistant.fakes import BRIDGE, Newsroom, ScriptedModel, Shelf, evidence_of, markers

LONG = "The port and the town have agreed after many long nights of talk that the old ferry and its crew will go on sailing"
QUESTION = "When will the Heron Point bridge open and what did it cost?"
REPLY = "The bridge at Heron Point will open on 3 June 2021 [1]. It cost 84.5 million yuan [1]."
CHINESE = (
    "鹭嘴大桥提前三周通车\n\n2021年5月12日\n\n"
    "牧衡市市长沈若兰周三在会议上表示，鹭嘴大桥将于2021年6月3日通车。工程耗资8450万元，1204名工人历时三年建成。\n\n"
    "旧渡船将一直运行到通车当天，船长骆之遥说大家都很怀念它。\n"
)


def assert_true(citation: Citation, corpus: Path, encoding: str) -> str:
    """The quote stands in the file, decoded here without the program's help; returns the decoded file."""
    data = (corpus / citation.source).read_bytes()
    text = data.decode(encoding)
    assert text[citation.start : citation.end] == citation.quote
    assert citation.sha256 == hashlib.sha256(data).hexdigest()
    before = text[: citation.start].replace("\r\n", "\n").replace("\r", "\n")
    assert citation.line == before.count("\n") + 1
    return text


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (BRIDGE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + BRIDGE.encode(), "utf-8-sig"),
        (BRIDGE.replace("\n", "\r\n").encode(), "utf-8"),
        (BRIDGE.replace("\n", "\r").encode(), "utf-8"),
        (BRIDGE.replace("Mayor", "Maire élu à la café").encode("cp1252"), "cp1252"),
        (BRIDGE.encode("utf-16"), "utf-16"),
        (BRIDGE.replace("opens three", "🌉 opens three").encode(), "utf-8"),
        ("\u2028\x0c\x85 Heron\n".encode() + BRIDGE.encode(), "utf-8"),
    ],
    ids=["utf-8", "byte-order-mark", "crlf", "cr", "cp1252", "utf-16", "beyond-bmp", "other-newlines"],
)
def test_a_quote_is_the_files_own_characters_in_any_encoding(newsroom: Newsroom, data: bytes, encoding: str) -> None:
    newsroom.write("bridge.txt", data)
    assert decode(data)[0] == encoding
    answer = newsroom.say(REPLY)
    assert len(answer.citations) == 2
    for citation in answer.citations:
        assert_true(citation, newsroom.corpus, encoding)
    assert answer.citations[1].quote.startswith("It cost 84.5 million")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_chinese_quote_is_the_files_own_characters(newsroom: Newsroom, encoding: str) -> None:
    newsroom.write("zh/bridge.txt", CHINESE.encode(encoding))
    model = ScriptedModel("鹭嘴大桥将于2021年6月3日通车[1]。工程耗资8450万元【1】。")
    answer = newsroom.ask("鹭嘴大桥何时通车，耗资多少？", model)
    assert [assert_true(citation, newsroom.corpus, encoding) for citation in answer.citations] == [CHINESE, CHINESE]
    assert markers(answer.text) == [1, 2]
    assert "工程耗资8450万元" in answer.citations[1].quote


def test_a_quote_of_a_page_is_of_its_extracted_text_and_its_hash_of_its_bytes(newsroom: Newsroom) -> None:
    paragraphs = "".join(f"<p>{line}</p>\n" for line in BRIDGE.split("\n\n")[1:]).replace("84.5 million", "84.5&nbsp;million")
    page = f"<html><head><script>x=1</script></head><body><h1>Heron Point bridge</h1>\n\n\n{paragraphs}</body></html>"
    newsroom.write("bridge.txt", "Nothing much of interest\n\nThe town was quiet all week long, people said.\n")
    newsroom.write("bridge.html", page)
    answer = newsroom.say(REPLY)
    text = load(newsroom.corpus / "bridge.html", "bridge.html").text
    assert [citation.source for citation in answer.citations] == ["bridge.html"] * 2
    for citation in answer.citations:
        assert text[citation.start : citation.end] == citation.quote
        assert citation.line == text[: citation.start].count("\n") + 1
        assert citation.sha256 == hashlib.sha256(page.encode()).hexdigest()


def test_the_range_is_the_shortest_sentence_that_says_it(newsroom: Newsroom) -> None:
    answer = newsroom.say("It cost 84.5 million yuan [1].")
    assert [c.quote for c in answer.citations] == ["It cost 84.5 million yuan, and 1,204 workers built it in three years."]


def test_the_same_range_cited_twice_has_one_number(newsroom: Newsroom) -> None:
    answer = newsroom.say("It cost 84.5 million yuan [1]. The 1,204 workers built it in three years [1].")
    assert markers(answer.text) == [1, 1]
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    "form",
    [
        "[1].",
        "[1][2].",
        "[1, 2].",
        "[1,2].",
        "[Source 1].",
        "[source 1].",
        "【1】.",
        "[^1].",
        "【来源1】.",
        ".[1]",
        ". [1]",
        ". 【1】",
        ".",
    ],
)
def test_every_form_of_marker_becomes_the_answers_own(newsroom: Newsroom, form: str) -> None:
    answer = newsroom.say(f"It cost 84.5 million yuan {form}".replace(" .", "."))
    assert answer.text == "It cost 84.5 million yuan [1]."
    assert "1,204 workers" in answer.citations[0].quote


@pytest.mark.parametrize("form", ["(Source 1)", "[1-2]", "[Sources 1 and 2]", "[source: 1]", "[1; 2]", "[1] [2]", "［1］"])
def test_a_rarer_form_of_marker_leaves_no_second_numbering_in_the_text(newsroom: Newsroom, form: str) -> None:
    answer = newsroom.say(f"It cost 84.5 million yuan {form}.")
    assert answer.text == "It cost 84.5 million yuan [1]."


@pytest.mark.parametrize("marker", ["[9]", "[0]", "[99999999999999999999]", "[Source 12]"])
def test_a_marker_that_cites_nothing_is_removed_and_reported(newsroom: Newsroom, marker: str) -> None:
    answer = newsroom.say(f"It cost 84.5 million yuan {marker}.")
    number = "".join(filter(str.isdigit, marker))
    assert answer.text == "It cost 84.5 million yuan [1]."
    assert answer.warnings == (f"removed the marker [{number}], which cites nothing",)


def test_a_wrong_marker_is_corrected_to_the_right_file(newsroom: Newsroom) -> None:
    """The model points at another piece of evidence; the range that says it is in the ferry's article."""
    model = ScriptedModel("The port wants to move all 62 ferry sailors to its tram depot [1].")
    answer = newsroom.ask("Which bridge will open, and where do the ferry sailors of Muheng move?", model)
    assert "[1]" in model.prompt
    assert "62 ferry sailors" in answer.citations[0].quote
    assert answer.citations[0].source == "port/ferry.txt"


@pytest.mark.parametrize(
    ("sentence", "lacks"),
    [
        ("It cost 85.4 million yuan [1].", "85400000"),
        ("About 61 percent of the money came from the Kestrel Bank [1].", "61%"),
        ("The bridge at Heron Point will open on 4 June 2021 [1].", "4"),
        ("The bridge at Heron Point will open on 3 July 2021 [1].", "July"),
        ("The bridge at Heron Point will open, Mayor Gu Yanting told the assembly [1].", "Gu, Yanting"),
        ('"Nobody died on it since the great flood," said Captain Luo Zhiyao [1].', "nobody died on it since the great flood"),
    ],
    ids=["figure", "percentage", "day", "month", "name", "quotation"],
)  # fmt: skip
def test_a_sentence_whose_fact_is_not_in_the_source_is_dropped_and_reported(newsroom: Newsroom, sentence: str, lacks: str) -> None:
    answer = newsroom.say(f"{sentence} It cost 84.5 million yuan [1].")
    assert answer.text == "It cost 84.5 million yuan [1]."
    (warning,) = answer.warnings
    assert warning == f"dropped, the sources lack {lacks}: {sentence.replace(' [1]', '')}"


def test_a_sentence_about_another_firm_is_dropped_even_when_the_name_begins_it(newsroom: Newsroom) -> None:
    newsroom.write("deal.txt", "Firms plan data centres\n\nTencent will invest $70bn over five years, it said on Tuesday.\n")
    question = "How much will Tencent and Alibaba invest over five years?"
    answer = newsroom.say("Tencent will invest $70bn over five years [1]. Alibaba will invest $70bn over five years [1].", question)
    assert answer.text == "Tencent will invest $70bn over five years [1]."
    assert "Alibaba" in answer.warnings[0]


def test_a_sentence_that_only_shares_words_is_dropped(newsroom: Newsroom) -> None:
    answer = newsroom.say("The bridge is feared for its haunted towers and clockwork gargoyles [1]. It cost 84.5 million yuan [1].")
    assert answer.text == "It cost 84.5 million yuan [1]."
    assert "haunted" in answer.warnings[0]


# The file as it is now


def ask_after(newsroom: Newsroom, reply: str = REPLY) -> tuple[Shelf, ScriptedModel]:
    """A shelf that read the folder before what the test does to it."""
    return Shelf(newsroom.corpus), ScriptedModel(reply)


def test_a_file_deleted_since_the_sync_is_not_cited(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    (newsroom.corpus / "bridge.txt").unlink()
    answer = newsroom.ask(QUESTION, model, shelf=shelf)
    assert "bridge.txt" not in {citation.source for citation in answer.citations}
    assert "dropped, its source has changed: It cost 84.5 million yuan." in answer.warnings


def test_a_file_changed_since_the_sync_is_not_cited_for_what_it_no_longer_says(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    newsroom.write("bridge.txt", BRIDGE.replace("84.5 million", "91.0 million"))
    answer = newsroom.ask(QUESTION, model, shelf=shelf)
    assert answer.text == "The bridge at Heron Point will open on 3 June 2021 [1]."
    assert answer.warnings == ("dropped, its source has changed: It cost 84.5 million yuan.",)
    assert_true(answer.citations[0], newsroom.corpus, "utf-8")


def test_a_file_whose_text_moved_since_the_sync_is_not_cited_at_the_old_place(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    newsroom.write("bridge.txt", "Correction.\n" + BRIDGE)
    answer = newsroom.ask(QUESTION, model, shelf=shelf)
    assert answer.status == "refused"
    assert len(answer.warnings) >= 2


def test_a_file_that_only_grew_since_the_sync_is_cited_with_its_new_hash(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    newsroom.write("bridge.txt", BRIDGE + "\nThe story was updated on Friday.\n")
    answer = newsroom.ask(QUESTION, model, shelf=shelf)
    assert len(answer.citations) == 2
    assert_true(answer.citations[0], newsroom.corpus, "utf-8")


def test_a_file_that_became_a_folder_or_unreadable_is_not_cited(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    (newsroom.corpus / "bridge.txt").unlink()
    (newsroom.corpus / "bridge.txt").mkdir()
    assert newsroom.ask(QUESTION, model, shelf=shelf).status == "refused"


def test_a_folder_that_vanished_in_mid_question_is_a_refusal(newsroom: Newsroom) -> None:
    shelf, model = ask_after(newsroom)
    shutil.rmtree(newsroom.corpus)
    assert newsroom.ask(QUESTION, model, shelf=shelf).status == "refused"


def test_a_claim_of_two_files_of_which_one_is_gone_leaves_no_citation_without_a_marker(empty_newsroom: Newsroom) -> None:
    """The sentence needs both files; when one is gone it is dropped whole, and the next sentence is number 1."""
    newsroom = empty_newsroom
    newsroom.write("cost.txt", "The Heron Point bridge cost 84.5 million yuan. The Heron Point bridge has nine stone arches.\n")
    newsroom.write("guests.txt", "The Heron Point bridge opened with 1,204 guests.\n")
    joint = "The Heron Point bridge cost 84.5 million yuan and opened with 1,204 guests [1][2]."
    shelf = Shelf(newsroom.corpus)
    question = "What did the Heron Point bridge cost and with how many guests was it opened?"
    joined = newsroom.ask(question, ScriptedModel(joint), shelf=shelf)
    assert {citation.source for citation in joined.citations} == {"cost.txt", "guests.txt"}
    (newsroom.corpus / "guests.txt").unlink()
    answer = newsroom.ask(question, ScriptedModel(f"{joint} The Heron Point bridge has nine stone arches [1]."), shelf=shelf)
    assert answer.text == "The Heron Point bridge has nine stone arches [1]."


# Copies


def test_a_wire_copy_is_named_beside_the_citation_and_not_cited_twice(newsroom: Newsroom) -> None:
    newsroom.write(
        "outlets/courier.txt", BRIDGE.replace("Heron Point bridge opens three weeks early", "Bridge ready ahead of time")
    )
    answer = newsroom.say(REPLY)
    assert [len(answer.citations), *{c.source for c in answer.citations}] == [2, "bridge.txt"]
    assert [citation.also_in for citation in answer.citations] == [("outlets/courier.txt",)] * 2


def test_a_copy_with_another_figure_is_not_a_copy(newsroom: Newsroom) -> None:
    newsroom.write("outlets/courier.txt", BRIDGE.replace("84.5", "91.5"))
    answer = newsroom.say("It cost 84.5 million yuan [1].")
    assert [(c.source, c.also_in) for c in answer.citations] == [("bridge.txt", ()), ("outlets/courier.txt", ())]
    assert [value.value for value in answer.conflicts[0].values] == ["84.5 million yuan", "91.5 million yuan"]


def test_a_copy_that_was_deleted_since_the_sync_is_not_named(newsroom: Newsroom) -> None:
    copy = newsroom.write("outlets/courier.txt", BRIDGE)
    shelf, model = ask_after(newsroom)
    copy.unlink()
    answer = newsroom.ask(QUESTION, model, shelf=shelf)
    assert [citation.also_in for citation in answer.citations] == [(), ()]


def test_a_copy_without_the_quoted_sentence_is_not_named_for_it(newsroom: Newsroom) -> None:
    more = "The lamps on the bridge were given by the widow of a tram driver who loved the river and its herons very much. " * 3
    newsroom.write("bridge.txt", BRIDGE.replace("About 16", f"{more}About 16"))
    newsroom.write("zz.txt", BRIDGE.replace("About 16", f"{more}About 16").replace("It cost 84.5 million yuan, and", "Some"))
    answer = newsroom.say("It cost 84.5 million yuan [1].")
    assert [(c.source, c.also_in) for c in answer.citations] == [("bridge.txt", ())]


@pytest.mark.parametrize(
    ("text", "other", "copy"),
    [
        ("Tencent will invest $70bn over five years.", "It said: Tencent will invest $70bn over five years. Others wait.", True),
        ("Tencent will invest $70bn over five years.", "Tencent will invest $80bn over five years.", False),
        (
            "It cost US$1.4 trillion in all, said the five banks.",
            "It cost US$1.4 trillion in all, said the five banks of Muheng",
            True,
        ),
        ("腾讯将在五年内投资700亿美元。", "消息称腾讯将在五年内投资700亿美元。", True),
        ("腾讯将在五年内投资700亿美元。", "消息称腾讯将在五年内投资800亿美元。", False),
        (f"{LONG} in 2021.", f"{LONG} in 2021. Others wait.", True),
        (f"{LONG} in 2021.", f"{LONG} in 2022.", False),
        ("Short one.", "Short one.", True),
        ("Short one.", "Another short one that is not the same at all.", False),
    ],
)
def test_what_counts_as_a_copy(text: str, other: str, copy: bool) -> None:
    assert is_copy_of(text, other) is copy


def test_a_range_that_the_file_does_not_hold_gets_no_number(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It opened in May. It closed in June.", "utf-8")
    (evidence,) = evidence_of("It opened in May. It closed in July.")
    made = Citations(tmp_path, [evidence.hit])
    assert [made.holds(Support(evidence, at)) for at in evidence.sentences] == [True, False]
    assert made.marker(Support(evidence, evidence.sentences[0])) == 1
    assert [citation.quote for citation in made.found] == ["It opened in May."]
