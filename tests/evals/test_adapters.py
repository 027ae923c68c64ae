"""Sets of other people become gold: the items as computed by hand, every quote where it stands, and nothing outside."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.adapters import Adapted, AdapterError, adapt
from evals.gold import Item, Quote, read_gold
from evals.texts import Texts
from index.load import load
from tests.conftest import ROOT

SHARED = ROOT.parent / "shared" / "eval"

# SQuAD 2.0. The paragraphs of an article are joined by an empty line, so the second starts len(first) + 2 in.

QUAY = "Le café 🦆 “Zur Möwe” stands on the coal quay. It was built in 1911."
CRANE = "The crane 𝟛 lifts nine tonnes. 码头 is its name, and nine men serve it."
MILL = "Oat Mill closed in May."


def _answer(context: str, text: str, start: int | None = None) -> dict[str, Any]:
    return {"text": text, "answer_start": context.index(text) if start is None else start}


SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Coal/Quay: a history",
            "paragraphs": [
                {
                    "context": QUAY,
                    "qas": [
                        {"id": "s1", "question": "When was it built?", "is_impossible": False, "answers": [
                            _answer(QUAY, "1911"), _answer(QUAY, "in 1911"), _answer(QUAY, "1911")]},
                        {"id": "s2", "question": "Who built it?", "is_impossible": True, "answers": [],
                         "plausible_answers": [_answer(QUAY, "Möwe")]},
                    ],
                },
                {
                    "context": CRANE,
                    "qas": [
                        {"id": "s3", "question": "How many men?", "is_impossible": False, "answers": [
                            _answer(CRANE, "nine", CRANE.rindex("nine"))]},
                    ],
                },
            ],
        },
        {
            "title": "../../Oat_Mill",
            "paragraphs": [{"context": MILL, "qas": [
                {"id": "s4", "question": "When did it close?", "is_impossible": False, "answers": [_answer(MILL, "May")]},
                {"id": "s5", "question": "Which year?", "is_impossible": True, "answers": [_answer(MILL, "Oat")],
                 "plausible_answers": [_answer(MILL, "Oat")]}]}],
        },
    ],
}  # fmt: skip
FIRST, SECOND = "0000-Coal-Quay-a-history.txt", "0001-Oat_Mill.txt"
SQUAD_ITEMS = [
    Item(
        id="s1", question="When was it built?", answerable=True, type="squad", facts=[["1911", "in 1911"]], sources=[FIRST],
        answers=["1911", "in 1911"],
        quotes=[Quote(source=FIRST, text="1911", start=62), Quote(source=FIRST, text="in 1911", start=59)],
    ),
    Item(id="s2", question="Who built it?", answerable=False, type="unanswerable"),
    # 67 characters and an empty line before the second paragraph, in which the second "nine" is at 51: 69 + 51 = 120
    Item(
        id="s3", question="How many men?", answerable=True, type="squad", facts=[["nine"]], answers=["nine"], sources=[FIRST],
        quotes=[Quote(source=FIRST, text="nine", start=120)],
    ),
    Item(
        id="s4", question="When did it close?", answerable=True, type="squad", facts=[["May"]], answers=["May"], sources=[SECOND],
        quotes=[Quote(source=SECOND, text="May", start=19)],
    ),
    Item(id="s5", question="Which year?", answerable=False, type="unanswerable"),
]  # fmt: skip

# ClapNQ, as published and as a folder

OWL = "The barn owl hunts at dusk. It hears a mouse under snow. Its face is a dish."
TERN = "The tern flies far. Nobody has counted its steps."
CLAPNQ = [
    {
        "id": "4711", "input": "how does a barn owl hunt",
        "passages": [{"title": "Barn owl", "text": OWL, "sentences": OWL.split(". ")}],
        "output": [
            {"answer": "By ear, at dusk.", "selected_sentences": ["It hears a mouse under snow.", "The barn owl hunts at dusk."],
             "meta": {"round": 1}},
            {"answer": "It listens.", "selected_sentences": ["It hears a mouse under snow.", "Not in it."], "meta": {}},
        ],
    },
    {
        "id": "4712", "input": "how many steps does a tern take",
        "passages": [{"title": "Tern (bird)", "text": TERN, "sentences": [TERN]}],
        "output": [{"answer": "", "selected_sentences": [], "meta": {}}],
    },
]  # fmt: skip
CLAPNQ_ITEMS = [
    Item(
        id="4711", question="how does a barn owl hunt", answerable=True, type="clapnq", sources=["Barn-owl-4711.txt"],
        answers=["By ear, at dusk.", "It listens."],
        quotes=[
            Quote(source="Barn-owl-4711.txt", text="It hears a mouse under snow."),
            Quote(source="Barn-owl-4711.txt", text="The barn owl hunts at dusk."),
        ],
    ),
    Item(
        id="4712", question="how many steps does a tern take", answerable=False, type="unanswerable",
        near_miss="Tern-bird-4712.txt",
    ),
]  # fmt: skip
PASSAGES = [{"file": "owl-1.txt", "text": f"Owl\n\n{OWL}"}, {"file": "tern é.txt", "text": f"Tern\r\n\r\n{TERN}"}]
CLAPNQ_GOLD: list[dict[str, Any]] = [
    {"id": "c1", "question": "how?", "answerable": True, "answers": ["By ear.", ""], "sources": ["owl-1.txt"],
     "quotes": [{"source": "owl-1.txt", "text": "Its face is a dish."}]},
    {"id": "c2", "question": "how many?", "answerable": False, "near_miss": "tern é.txt"},
]  # fmt: skip

# Chunking

SPEECH = "# A speech\n\nWe built 🦆 ponds — nine of them. They are deep.\n"
CHUNKING = [{"id": "k1", "question": "How many ponds?", "source": "speech.md", "references": [{"start": 12, "end": 30}]}]
CHUNKING_CSV = [
    {
        "question": "How many ponds, “and how deep”?", "corpus_id": "speech",
        "references": json.dumps([{"content": "We built 🦆 ponds", "start_index": 12, "end_index": 28},
                                  {"content": "They are deep.", "start_index": 45, "end_index": 59}]),
    }
]  # fmt: skip

# RAMDocs

RAMDOCS: list[dict[str, Any]] = [
    {
        "question": "Where is Kettle Sound?", "disambig_entity": ["Kettle Sound (bay)", "Kettle Sound (band)"],
        "documents": [{"text": "A bay in the north.", "type": "correct", "answer": "the north"},
                      {"text": "It is on the moon.", "type": "misinfo", "answer": "the moon"},
                      {"text": "A band from Leeds. 乐队", "type": "correct", "answer": "Leeds"},
                      {"text": "Kettles boil.", "type": "noise", "answer": "unknown"}],
        "gold_answers": ["the north", "Leeds"], "wrong_answers": ["the moon"],
    },
    {
        "question": "Who wrote it?", "disambig_entity": [],
        "documents": [{"text": "Ada Quill wrote it.", "type": "correct", "answer": "Ada Quill"}],
        "gold_answers": ["Ada Quill"], "wrong_answers": [],
    },
]  # fmt: skip
RAMDOCS_ITEMS = [
    Item(
        id="set-0000", question="Where is Kettle Sound?", answerable=True, facts=[["the north"], ["Leeds"]], folder="q0000",
        sources=["q0000/0.txt", "q0000/2.txt"], type="misinformation", wrong=["the moon"],
    ),
    Item(
        id="set-0001", question="Who wrote it?", answerable=True, facts=[["Ada Quill"]], folder="q0001",
        sources=["q0001/0.txt"], type="no misinformation",
    ),
]  # fmt: skip


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8", newline="")
    return path


def jsonl(path: Path, lines: Sequence[object]) -> Path:
    return put(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def squad_set(base: Path, content: object = SQUAD) -> Path:
    return put(base / "squad.json", json.dumps(content))


def clapnq_folder(base: Path, passages: Sequence[object] = PASSAGES, gold: Sequence[object] = CLAPNQ_GOLD) -> Path:
    jsonl(base / "clap" / "passages.jsonl", passages)
    return jsonl(base / "clap" / "gold.dev.jsonl", gold).parent


def chunking_set(base: Path, questions: Sequence[object] = CHUNKING) -> Path:
    put(base / "chunks" / "corpus" / "speech.md", SPEECH)
    return jsonl(base / "chunks" / "questions.jsonl", questions).parent


def chunking_csv(base: Path, rows: Sequence[dict[str, str]] = CHUNKING_CSV) -> Path:
    path = put(base / "chunks" / "corpus" / "speech.md", SPEECH).parent.parent
    with (path / "questions_df.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["question", "references", "corpus_id"])
        table.writeheader()
        table.writerows(rows)
    return path


def the_sets(base: Path) -> dict[str, tuple[str, Path]]:
    return {
        "squad": ("squad", squad_set(base)),
        "clapnq": ("clapnq", jsonl(base / "clapnq.jsonl", CLAPNQ)),
        "clapnq folder": ("clapnq", clapnq_folder(base)),
        "chunking": ("chunking", chunking_set(base / "jsonl")),
        "chunking csv": ("chunking", chunking_csv(base / "csv")),
        "ramdocs": ("ramdocs", jsonl(base / "set.jsonl", RAMDOCS)),
    }


NAMES = ("squad", "clapnq", "clapnq folder", "chunking", "chunking csv", "ramdocs")


def accepted(made: Adapted) -> list[Item]:
    """The items, read back with the corpus; each quote that has a place stands there in the file as it is loaded."""
    items = read_gold(made.gold, Texts(made.corpus))
    texts = {source: load(made.corpus / source, source).text for source in {one.source for item in items for one in item.quotes}}
    for item in items:
        for quote in item.quotes:
            text = texts[quote.source]
            start = text.index(quote.text) if quote.start is None else quote.start
            assert text[start : start + len(quote.text)] == quote.text
    return items


def adapted(name: str, path: Path, tmp_path: Path) -> list[Item]:
    return accepted(adapt(name, path, tmp_path / "out"))


def test_squad(tmp_path: Path) -> None:
    assert adapted("squad", squad_set(tmp_path), tmp_path) == SQUAD_ITEMS
    assert (tmp_path / "out" / "corpus" / FIRST).read_text("utf-8") == f"{QUAY}\n\n{CRANE}"
    assert sorted(path.name for path in (tmp_path / "out" / "corpus").iterdir()) == [FIRST, SECOND]


def test_clapnq_as_published(tmp_path: Path) -> None:
    assert adapted("clapnq", jsonl(tmp_path / "clapnq.jsonl", CLAPNQ), tmp_path) == CLAPNQ_ITEMS
    assert (tmp_path / "out" / "corpus" / "Tern-bird-4712.txt").read_text("utf-8") == f"Tern (bird)\n\n{TERN}"


def test_clapnq_as_a_folder(tmp_path: Path) -> None:
    found = adapted("clapnq", clapnq_folder(tmp_path), tmp_path)
    quote = Quote(source="owl-1.txt", text="Its face is a dish.")
    assert found == [
        Item(
            id="c1", question="how?", answerable=True, answers=["By ear."], sources=["owl-1.txt"], quotes=[quote], type="clapnq"
        ),
        Item(id="c2", question="how many?", answerable=False, near_miss="tern é.txt", type="unanswerable"),
    ]  # fmt: skip
    assert (tmp_path / "out" / "corpus" / "tern é.txt").read_bytes() == f"Tern\r\n\r\n{TERN}".encode()


def test_chunking_as_a_folder(tmp_path: Path) -> None:
    quote = Quote(source="speech.md", text="We built 🦆 ponds —", start=12)
    assert adapted("chunking", chunking_set(tmp_path), tmp_path) == [
        Item(id="k1", question="How many ponds?", answerable=True, sources=["speech.md"], quotes=[quote], type="speech")
    ]


def test_chunking_as_published(tmp_path: Path) -> None:
    (item,) = adapted("chunking", chunking_csv(tmp_path), tmp_path)
    assert (item.id, item.question) == ("chunk-0000", "How many ponds, “and how deep”?")
    assert [(quote.text, quote.start) for quote in item.quotes] == [("We built 🦆 ponds", 12), ("They are deep.", 45)]


def test_chunking_reads_its_articles_where_they_are(tmp_path: Path) -> None:
    path = chunking_set(tmp_path)
    assert adapt("chunking", path, tmp_path / "out").corpus == path / "corpus"


def test_ramdocs(tmp_path: Path) -> None:
    assert adapted("ramdocs", jsonl(tmp_path / "set.jsonl", RAMDOCS), tmp_path) == RAMDOCS_ITEMS
    written = [(tmp_path / "out" / "corpus" / "q0000" / f"{n}.txt").read_text("utf-8") for n in range(4)]
    assert written == [document["text"] for document in RAMDOCS[0]["documents"]]


def test_ramdocs_in_several_files_share_no_folder(tmp_path: Path) -> None:
    jsonl(tmp_path / "sets" / "a.jsonl", RAMDOCS[:1])
    jsonl(tmp_path / "sets" / "b.jsonl", RAMDOCS[1:])
    items = adapted("ramdocs", tmp_path / "sets", tmp_path)
    assert [(item.id, item.folder) for item in items] == [("a-0000", "q0000"), ("b-0000", "q0001")]
    assert (tmp_path / "out" / "corpus" / "q0000" / "0.txt").read_text("utf-8") == "A bay in the north."


@pytest.mark.parametrize("name", NAMES)
def test_a_second_time_nothing_is_written(tmp_path: Path, name: str) -> None:
    format_, path = the_sets(tmp_path)[name]
    first = adapt(format_, path, tmp_path / "out")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert adapt(format_, path, tmp_path / "out") == first
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_what_an_earlier_adapt_wrote_goes_with_its_article_and_nothing_else_does(tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = put(out / "corpus" / "q0001" / "0.txt", RAMDOCS[1]["documents"][0]["text"])  # somebody's own, and alike
    adapt("ramdocs", jsonl(tmp_path / "set.jsonl", [*RAMDOCS[:1], RAMDOCS[1], RAMDOCS[1]]), out)
    mine = put(out / "corpus" / "q0000" / "mine.txt", "My own article.")
    changed = put(out / "corpus" / "q0000" / "1.txt", "Changed by hand.")
    adapt("ramdocs", jsonl(tmp_path / "set.jsonl", RAMDOCS[1:]), out)
    left = {file.relative_to(out / "corpus").as_posix() for file in (out / "corpus").rglob("*") if file.is_file()}
    assert left == {"q0000/0.txt", "q0000/1.txt", "q0000/mine.txt", "q0001/0.txt"}
    assert (mine.read_text("utf-8"), changed.read_text("utf-8")) == ("My own article.", "Changed by hand.")
    assert path.read_text("utf-8") == "Ada Quill wrote it."
    assert json.loads((out / "written.json").read_text("utf-8")).keys() == {"q0000/0.txt"}
    assert len(accepted(Adapted(out / "gold.jsonl", out / "corpus", out / "index"))) == 1


@pytest.mark.parametrize("source", ["../secret.txt", "link/secret.txt", "link.txt", "{absolute}"])
def test_a_list_of_what_was_written_never_leads_outside(tmp_path: Path, source: str) -> None:
    secret = put(tmp_path / "out" / "secret.txt", "A secret.")
    corpus = put(tmp_path / "out" / "corpus" / FIRST, "").parent
    (corpus / "link").symlink_to(tmp_path / "out")
    (corpus / "link.txt").symlink_to(secret)
    listed = {source.format(absolute=secret): hashlib.sha256(b"A secret.").hexdigest()}
    put(tmp_path / "out" / "written.json", json.dumps(listed))
    adapt("squad", squad_set(tmp_path), tmp_path / "out")
    assert secret.is_file()
    assert (corpus / "link.txt").is_symlink()


@pytest.mark.parametrize("broken", ["{", "[]", "3", '{"0001-Oat_Mill.txt": 3}', "[" * 100_000])
def test_a_list_that_is_none_removes_nothing(tmp_path: Path, broken: str) -> None:
    adapt("squad", squad_set(tmp_path), tmp_path / "out")
    put(tmp_path / "out" / "written.json", broken)
    adapt("squad", squad_set(tmp_path, {"data": SQUAD["data"][:1]}), tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out" / "corpus").iterdir()) == [FIRST, SECOND]


def test_a_set_that_cannot_be_read_leaves_the_one_before(tmp_path: Path) -> None:
    adapt("squad", squad_set(tmp_path), tmp_path / "out")
    for data in ([], [*SQUAD["data"], {}]):
        with pytest.raises(AdapterError):
            adapt("squad", squad_set(tmp_path, {"data": data}), tmp_path / "out")
    assert len(accepted(Adapted(tmp_path / "out" / "gold.jsonl", tmp_path / "out" / "corpus", tmp_path))) == len(SQUAD_ITEMS)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    format_, path = the_sets(tmp_path)[name]
    before = set(tmp_path.rglob("*"))
    adapt(format_, path, tmp_path / "out")
    assert {file for file in set(tmp_path.rglob("*")) - before if not file.is_relative_to(tmp_path / "out")} == set()


@pytest.mark.parametrize("name", ["clapnq", "chunking", "ramdocs"])
def test_the_published_sets_are_read(tmp_path: Path, name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"no {SHARED / name}")
    items = adapted(name, SHARED / name, tmp_path)
    assert len(items) >= 100
    assert all(item.facts or item.answers or item.quotes for item in items if item.answerable)


def test_a_text_that_begins_with_a_byte_order_mark_keeps_its_offsets(tmp_path: Path) -> None:
    context = "\ufeffOat Mill"
    article = {"title": "m", "paragraphs": [{"context": context, "qas": [
        {"id": "m", "question": "Which?", "answers": [{"text": "Mill", "answer_start": 5}]}]}]}  # fmt: skip
    (item,) = adapted("squad", squad_set(tmp_path, {"data": [article]}), tmp_path)
    assert item.quotes == [Quote(source="0000-m.txt", text="Mill", start=5)]


@pytest.mark.parametrize(("title", "source"), [
    ("码" * 200, f"0000-{'码' * 26}.txt"), ("...", "0000-untitled.txt"), ("C:\\x/../y\x00\ud800", "0000-C-x-..-y.txt"),
    ("𝔄" * 99, f"0000-{'𝔄' * 20}.txt"),
])  # fmt: skip
def test_any_title_makes_a_file_name(tmp_path: Path, title: str, source: str) -> None:
    article = {"title": title, "paragraphs": [{"context": MILL, "qas": SQUAD["data"][1]["paragraphs"][0]["qas"]}]}
    items = adapted("squad", squad_set(tmp_path, {"data": [article]}), tmp_path)
    assert items[0].sources == [source]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    for path in (squad_set(tmp_path), chunking_csv(tmp_path) / "questions_df.csv", jsonl(tmp_path / "set.jsonl", RAMDOCS)):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert adapted("squad", tmp_path / "squad.json", tmp_path / "a") == SQUAD_ITEMS
    assert adapted("ramdocs", tmp_path / "set.jsonl", tmp_path / "b") == RAMDOCS_ITEMS
    assert len(adapted("chunking", tmp_path / "chunks", tmp_path / "c")) == 1
