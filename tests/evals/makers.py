"""A folder of made-up articles, questions about it, true answers to them, and runs made of stored answers."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assistant.types import Answer, Citation, Reason, Timings, Usage
from evals.cli import main
from evals.gold import Item, Quote
from evals.records import Cited, Record, Said, as_line
from evals.run import begin

TOWNS = (
    "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel Iris Juniper Kelp Larch Maple Nettle Oak Poplar Quince Rowan Sorrel Teasel"
).split()
UNKNOWN = "Umber Vetch Willow Xylem Yarrow Zinnia Bracken Clover Daisy Fennel".split()

Callee = Callable[..., Answer | Mapping[str, Any]]


def sentence(number: int) -> str:
    """What the article of a town says, with a figure of its own."""
    return f"The {TOWNS[number]} dam cost {1301 + 7 * number} million yuan, the ministry said."


def source(number: int) -> str:
    return f"{TOWNS[number].lower()}.txt"


def write_corpus(folder: Path) -> Path:
    """An article for each town."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, town in enumerate(TOWNS):
        text = f"{town} opens its dam\n\n{sentence(number)}\n\nPeople in {town} danced all night.\n"
        (folder / source(number)).write_text(text, "utf-8", newline="")
    return folder


def known(number: int) -> Item:
    """A question that the corpus answers."""
    return Item(
        id=f"known-{number:02d}", question=f"What did the {TOWNS[number]} dam cost?", answerable=True, type="figure",
        facts=[[f"{1301 + 7 * number} million"]], sources=[source(number)],
        quotes=[Quote(source=source(number), text=f"cost {1301 + 7 * number} million yuan")],
    )  # fmt: skip


def unknown(number: int) -> Item:
    """A question that it does not."""
    question = f"What did the {UNKNOWN[number]} dam cost?"
    return Item(id=f"unknown-{number:02d}", question=question, answerable=False, type="unanswerable")


def items() -> list[Item]:
    """Twenty questions with an answer and ten without."""
    return [*map(known, range(len(TOWNS))), *map(unknown, range(len(UNKNOWN)))]


def cite(corpus: Path, name: str, quote: str, marker: int = 1) -> Citation:
    """A true citation."""
    data = (corpus / name).read_bytes()
    start = data.decode().index(quote)
    line = data.decode()[:start].count("\n") + 1
    return Citation(marker, name, start, start + len(quote), quote, line, hashlib.sha256(data).hexdigest(), None, None)


def answered(question: str, text: str, *citations: Citation) -> Answer:
    return Answer(
        question, text, "answered", None, citations, (), (), (), "made up", Usage(100, 20), Timings(5.0, 50.0, 250.0)
    )  # fmt: skip


def refused(question: str, reason: Reason = "nothing_relevant") -> Answer:
    return Answer(
        question, "Nothing here says so.", "refused", reason, (), (), (), (), "made up", Usage(), Timings(5.0, None, 9.0)
    )  # fmt: skip


def good_answer(corpus: Path, question: str) -> Answer:
    """The right answer to a question of `items`, whose citation is true; a refusal to any other question."""
    for number in range(len(TOWNS)):
        if question == known(number).question:
            said = sentence(number)
            return answered(question, f"{said[:-1]} [1].", cite(corpus, source(number), said))
    return refused(question)


def said(answer: Answer) -> Said:
    return Said.model_validate(answer.to_dict())


def cited(name: str, quote: str = "q", marker: int = 1, also_in: Sequence[str] = ()) -> Cited:
    """A citation that is only looked at by its file."""
    return Cited(marker=marker, source=name, start=0, end=len(quote), quote=quote, sha256="", also_in=list(also_in))


def write_run(out: Path, corpus: Path, gold: Sequence[Item], records: Iterable[Record], **metadata: Any) -> Path:
    """The folder of a run that was asked, with these outcomes; it is not scored yet."""
    begin(out, gold, {"gold": "made-up.jsonl", "model": "made up", **metadata}, corpus)
    (out / "answers.jsonl").write_text("".join(map(as_line, records)), "utf-8")
    return out


def good_records(corpus: Path, gold: Sequence[Item]) -> list[Record]:
    return [Record(id=item.id, answer=said(good_answer(corpus, item.question))) for item in gold]


def read_json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def measured(out: str = "out") -> dict[str, Any]:
    """The values of a run's report."""
    return {name: one["value"] for name, one in read_json(Path(out) / "report.json")["metrics"].items()}


def timeless(out: str) -> dict[str, Any]:
    """A run's report without what the clock told, which is never the same twice."""
    made = read_json(Path(out) / "report.json")
    for name in ("seconds", "latency_p50", "latency_p95"):
        assert made["metrics"].pop(name)["value"] >= 0
    for one in made["items"]:
        one["scores"].pop("seconds", None)
    return made


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Friend:
    """Answers well, remembers what it was asked, and does what a test says at some questions."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus
        self.asked: list[str] = []
        self.histories: list[object] = []
        self.at: dict[str, Callable[[], object]] = {}
        self._lock = threading.Lock()

    def __call__(self, question: str, history: object = None) -> Answer | Mapping[str, Any]:
        with self._lock:
            self.asked.append(question)
            self.histories.append(history)
        if question in self.at:
            made = self.at[question]()
            if made is not None:
                return made  # type: ignore[return-value]
        return good_answer(self.corpus, question)


def raising(error: BaseException) -> Callable[[], object]:
    def raise_it() -> object:
        raise error

    return raise_it


class Bench:
    """A folder to work in, with a corpus, and the command."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.setattr(sys, "path", [*sys.path])  # the command adds the folder it is called in
        self.corpus = write_corpus(folder / "corpus")
        self.friend = Friend(self.corpus)
        self.callable(self.friend)

    def callable(self, function: object, module: str = "asked_by_a_test", name: str = "ask") -> str:
        """Make a function importable; the name to give to --ask."""
        made = ModuleType(module)
        setattr(made, name, function)
        self._monkeypatch.setitem(sys.modules, module, made)
        return f"{module}:{name}"

    def gold(self, gold: Sequence[Item] | None = None, name: str = "gold.jsonl") -> Path:
        path = self.folder / name
        lines = [json.dumps(item.model_dump(exclude_defaults=True), ensure_ascii=False) for item in gold or items()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    def eval(self, *arguments: str | Path) -> Ran:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)

    def run(self, *more: str | Path, gold: Path | None = None, ask: str = "asked_by_a_test:ask", out: str = "out") -> Ran:
        """`eval run` of all questions into a folder `out`, the friend asked."""
        return self.eval("run", gold or self.gold(), "--ask", ask, "--out", out, *more)


class Ran:
    """What one command left: its exit code and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in err
        assert {character for character in out + err if not character.isprintable()} <= {"\n"}

    def error(self) -> str:
        """The one line of an error."""
        assert (self.code, self.out) == (1, ""), self.out + self.err
        assert self.err.startswith("dateline: ")
        assert self.err.count("\n") == 1
        return self.err
