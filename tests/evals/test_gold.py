"""Gold files: every bad line is an error that names it and tells what to do; what is written is read back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.gold import MAX_LINE, GoldError, Item, Quote, read_gold, write_gold
from evals.texts import Texts
from tests.evals.makers import TOWNS, items, sentence, write_corpus

FINE: dict[str, Any] = {"id": "a", "question": "Who built it?", "answerable": True}
NO: dict[str, Any] = {"id": "a", "question": "Who built it?", "answerable": False}


def line(**values: Any) -> str:
    """A good line with some values changed."""
    return json.dumps({**FINE, **values})


def fault(folder: Path, second: str | bytes, texts: Texts | None = None) -> str:
    """What is said of a file whose second line is this one; the line is named."""
    path = folder / "gold.jsonl"
    path.write_bytes(line(id="first").encode() + b"\n" + (second.encode() if isinstance(second, str) else second) + b"\n")
    with pytest.raises(GoldError) as caught:
        read_gold(path, texts)
    said = str(caught.value)
    assert said.startswith(f"{path}, line 2: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}, line 2: ")


# Lines that are none


@pytest.mark.parametrize("broken", ['{"id": "a", ', "who?", '{"id": "a"} x', "{'id': 'a'}"])
def test_a_broken_line(tmp_path: Path, broken: str) -> None:
    said = fault(tmp_path, broken)
    assert said.startswith("not a JSON object (")
    assert said.endswith("); expected one a line")


@pytest.mark.parametrize("other", ["[1, 2]", '"text"', "3", "null"])
def test_a_line_that_is_no_object(tmp_path: Path, other: str) -> None:
    assert fault(tmp_path, other) == "Input should be a valid dictionary or instance of Item; mend that line"


def test_deep_nesting(tmp_path: Path) -> None:
    assert fault(tmp_path, "[" * 200_000).endswith("expected one a line")
    assert fault(tmp_path, '{"id":' * 100_000).endswith("expected one a line")


def test_a_very_long_line(tmp_path: Path) -> None:
    assert fault(tmp_path, line(note="x" * MAX_LINE)).endswith("characters; expected at most 1,000,000")


def test_a_long_line_within_the_bound_is_fine(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(line(note="x" * (MAX_LINE - 200)), "utf-8")
    assert len(read_gold(tmp_path / "gold.jsonl")) == 1


@pytest.mark.parametrize("key", ["id", "question", "note", "folder", "unknown"])
def test_half_of_a_surrogate_pair(tmp_path: Path, key: str) -> None:
    """Also where nobody looks: it could be read, but no report could be written with it."""
    found = {"id": "a", "question": "q", "answerable": False} | {key: "half \ud800"}
    assert "surrogates not allowed" in fault(tmp_path, json.dumps(found))
    assert "surrogates not allowed" in fault(tmp_path, line(**{key: ["\udfff"]}))


# Keys and values


def test_a_duplicate_id(tmp_path: Path) -> None:
    assert fault(tmp_path, line(id="first")) == "the id 'first' is also that of line 1; expected one line an id"


def test_an_unknown_key(tmp_path: Path) -> None:
    said = fault(tmp_path, line(fact=[["x"]]))
    assert said.startswith("fact: unknown key; expected only id, question, answerable, facts, sources, quotes, type, history")


def test_an_unknown_key_of_a_quote(tmp_path: Path) -> None:
    assert fault(tmp_path, line(quotes=[{"source": "a", "text": "b", "end": 4}])).startswith("quotes.0.end: unknown key; expected")


@pytest.mark.parametrize("missing", ["id", "question", "answerable"])
def test_a_missing_key(tmp_path: Path, missing: str) -> None:
    short = json.dumps({key: value for key, value in FINE.items() if key != missing})
    assert fault(tmp_path, short) == f"{missing}: Field required; mend that line"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"id": 7}, "id: Input should be a valid string"),
        ({"question": None}, "question: Input should be a valid string"),
        ({"answerable": "yes"}, "answerable: Input should be a valid boolean"),
        ({"answerable": 1}, "answerable: Input should be a valid boolean"),
        ({"facts": "x"}, "facts: Input should be a valid list"),
        ({"facts": ["x"]}, "facts.0: Input should be a valid list"),
        ({"facts": [["x", 35]]}, "facts.0.1: Input should be a valid string"),
        ({"sources": "a.txt"}, "sources: Input should be a valid list"),
        ({"quotes": ["x"]}, "quotes.0: Input should be"),
        ({"quotes": [{"source": "a"}]}, "quotes.0.text: Field required"),
        ({"quotes": [{"source": "a", "text": "b", "start": -1}]}, "quotes.0.start: Input should be greater than or equal to 0"),
        ({"history": [["only asked"]]}, "history.0: List should have at least 2 items"),
        ({"history": [["a", "b", "c"]]}, "history.0: List should have at most 2 items"),
        ({"answers": {"text": "x"}}, "answers: Input should be a valid list"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_wrong_type(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    said = fault(tmp_path, line(**values))
    assert said.startswith(says)
    assert said.endswith("; mend that line")


@pytest.mark.parametrize("values", [{"question": ""}, {"id": ""}, {"type": ""}, {"facts": [[""]]}, {"answers": [""]}], ids=str)
def test_an_empty_text(tmp_path: Path, values: dict[str, Any]) -> None:
    assert fault(tmp_path, line(**values)).endswith(": String should have at least 1 character; mend that line")


@pytest.mark.parametrize("values", [{"question": " \t"}, {"id": "\n"}, {"facts": [["x", "  "]]}, {"answers": [" "]}], ids=str)
def test_a_text_of_spaces(tmp_path: Path, values: dict[str, Any]) -> None:
    assert fault(tmp_path, line(**values)).endswith(": nothing but spaces; expected some text; mend that line")


def test_an_empty_fact_group(tmp_path: Path) -> None:
    said = fault(tmp_path, line(facts=[["x"], []]))
    assert said == "facts.1: List should have at least 1 item after validation, not 0; mend that line"


@pytest.mark.parametrize(
    "values",
    [{"facts": [["x"]]}, {"sources": ["a.txt"]}, {"quotes": [{"source": "a.txt", "text": "x"}]}, {"answers": ["x"]}],
    ids=lambda values: next(iter(values)),
)
def test_an_unanswerable_item_with_an_answer(tmp_path: Path, values: dict[str, Any]) -> None:
    said = fault(tmp_path, json.dumps({**NO, **values}))
    assert said == "an unanswerable item has facts, sources, quotes or answers; expected none of them; mend that line"


def test_an_unanswerable_item_may_tell_its_near_miss_and_history(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps({**NO, "near_miss": "a.txt", "history": [["a?", "b"]]}), "utf-8")
    assert read_gold(tmp_path / "gold.jsonl")[0].near_miss == "a.txt"


# Against the corpus


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    return Texts(write_corpus(tmp_path / "corpus"))


def test_a_quote_that_is_not_in_its_file(tmp_path: Path, texts: Texts) -> None:
    quote = {"source": "oak.txt", "text": sentence(0)}
    said = fault(tmp_path, line(sources=["oak.txt"], quotes=[quote]), texts)
    assert said == f"oak.txt does not say {sentence(0)!r}; expected its exact characters"


def test_a_quote_that_differs_by_one_space(tmp_path: Path, texts: Texts) -> None:
    quote = {"source": "alder.txt", "text": sentence(0).replace(" dam", "  dam")}
    assert fault(tmp_path, line(quotes=[quote]), texts).endswith("; expected its exact characters")


def test_a_quote_that_does_not_start_there(tmp_path: Path, texts: Texts) -> None:
    start = texts.of("alder.txt").index(sentence(0))
    quote = {"source": "alder.txt", "text": sentence(0), "start": start}
    assert "does not say" in fault(tmp_path, line(quotes=[{**quote, "start": start + 1}]), texts)
    assert "does not say" in fault(tmp_path, line(quotes=[{**quote, "start": 10**300}]), texts)
    (tmp_path / "good.jsonl").write_text(line(quotes=[quote]), "utf-8")
    assert read_gold(tmp_path / "good.jsonl", texts)[0].quotes[0].start == start


@pytest.mark.parametrize("where", ["sources", "also"])
def test_a_source_that_is_not_in_the_corpus(tmp_path: Path, texts: Texts, where: str) -> None:
    said = fault(tmp_path, line(**{where: ["alder.txt", "nowhere.txt"]}), texts)
    assert said.startswith(f"the source 'nowhere.txt' is not an article of {tmp_path / 'corpus'}: cannot be read")
    assert said.endswith("; check --corpus")


def test_the_source_of_a_quote_that_is_not_in_the_corpus(tmp_path: Path, texts: Texts) -> None:
    said = fault(tmp_path, line(quotes=[{"source": "nowhere.txt", "text": "x"}]), texts)
    assert said.startswith("the source 'nowhere.txt' is not an article of ")


@pytest.mark.parametrize("leaves", ["../outside.txt", "news/../../outside.txt"])
def test_a_source_that_leaves_the_corpus(tmp_path: Path, texts: Texts, leaves: str) -> None:
    (tmp_path / "outside.txt").write_text("A secret.", "utf-8")
    for name in (leaves, str(tmp_path / "outside.txt")):
        assert "it is outside the folder; check --corpus" in fault(tmp_path, line(sources=[name]), texts)


def test_a_source_that_is_a_symlink_out_of_the_corpus(tmp_path: Path, texts: Texts) -> None:
    (tmp_path / "outside.txt").write_text("A secret.", "utf-8")
    (tmp_path / "corpus" / "inside.txt").symlink_to(tmp_path / "outside.txt")
    assert "it is outside the folder; check --corpus" in fault(tmp_path, line(sources=["inside.txt"]), texts)


def test_a_source_that_is_a_loop_of_links(tmp_path: Path, texts: Texts) -> None:
    (tmp_path / "corpus" / "loop.txt").symlink_to(tmp_path / "corpus" / "loop.txt")
    assert "check --corpus" in fault(tmp_path, line(sources=["loop.txt"]), texts)


@pytest.mark.parametrize("name", ["a\x00b.txt", "x" * 5000 + ".txt", "."])
def test_a_source_that_no_file_can_have_as_its_name(tmp_path: Path, texts: Texts, name: str) -> None:
    assert "is not an article of" in fault(tmp_path, line(sources=[name]), texts)


@pytest.mark.parametrize("name", ["./alder.txt", "news/../alder.txt", ".//alder.txt"])
def test_a_source_that_no_citation_could_equal(tmp_path: Path, texts: Texts, name: str) -> None:
    (tmp_path / "corpus" / "news").mkdir()
    assert "a citation would name it alder.txt; check --corpus" in fault(tmp_path, line(sources=[name]), texts)


@pytest.mark.parametrize("folder", ["nowhere", "../corpus2", "alder.txt", "a\x00b"])
def test_a_folder_that_is_not_in_the_corpus(tmp_path: Path, texts: Texts, folder: str) -> None:
    (tmp_path / "corpus2").mkdir()
    said = fault(tmp_path, json.dumps({**NO, "folder": folder}), texts)
    assert said == f"the folder {folder!r} is not one inside {tmp_path / 'corpus'}; check --corpus"


def test_good_items_agree_with_their_corpus(tmp_path: Path, texts: Texts) -> None:
    write_gold(tmp_path / "gold.jsonl", items())
    assert read_gold(tmp_path / "gold.jsonl", texts) == items()
    assert len(items()) == len(TOWNS) + 10


# Files


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"nowhere.jsonl cannot be read: No such file or directory; expected a JSONL file"):
        read_gold(tmp_path / "nowhere.jsonl")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read: Is a directory; expected a JSONL file"):
        read_gold(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n \n\r\n", b"\xef\xbb\xbf\n"])
def test_no_items(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gold.jsonl").write_bytes(content)
    with pytest.raises(GoldError, match=r"gold.jsonl has no items; expected one JSON object a line"):
        read_gold(tmp_path / "gold.jsonl")


@pytest.mark.parametrize(("encoding", "at"), [("utf-16", 0), ("latin-1", 8)])
def test_not_utf8(tmp_path: Path, encoding: str, at: int) -> None:
    (tmp_path / "gold.jsonl").write_bytes('{"id": "é"}'.encode(encoding))
    with pytest.raises(GoldError, match=rf"gold.jsonl is not UTF-8 \(byte {at}\); save it as UTF-8"):
        read_gold(tmp_path / "gold.jsonl")


def test_a_byte_order_mark_windows_newlines_and_empty_lines_are_fine(tmp_path: Path) -> None:
    content = "\r\n".join([line(id="a"), "", line(id="b", question="多少？\u2028"), ""])
    (tmp_path / "gold.jsonl").write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert [item.id for item in read_gold(tmp_path / "gold.jsonl")] == ["a", "b"]


# There and back

_text = st.text(min_size=1, max_size=20).filter(lambda text: not text.isspace())
_texts = st.lists(_text, max_size=3)
_quotes = st.lists(st.builds(Quote, source=_text, text=_text, start=st.none() | st.integers(0, 10**9)), max_size=2)
_open: dict[str, st.SearchStrategy[Any]] = {
    "id": _text,
    "question": _text,
    "type": _text,
    "folder": st.text(max_size=9),
    "also": _texts,
}
_open |= {"history": st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=2), "note": st.none() | st.text()}
_answerable = st.builds(
    Item, answerable=st.just(True), facts=st.lists(st.lists(_text, min_size=1, max_size=3), max_size=3), sources=_texts,
    quotes=_quotes, answers=_texts, **_open,
)  # fmt: skip
_unanswerable = st.builds(Item, answerable=st.just(False), near_miss=st.none() | st.text(), **_open)


@given(st.lists(_answerable | _unanswerable, min_size=1, max_size=4, unique_by=lambda item: item.id))
def test_what_is_written_is_read_back_the_same(tmp_path_factory: pytest.TempPathFactory, written: list[Item]) -> None:
    path = tmp_path_factory.getbasetemp() / "there" / "and" / "back.jsonl"
    write_gold(path, written)
    assert read_gold(path) == written
