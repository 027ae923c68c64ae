"""The gate that CI holds the bundled model to: true answers pass it, and each way of spoiling them is stopped by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.cli import GATE_FAILED, _some, main
from evals.gates import read_gates
from evals.gold import Item, read_gold, span_of
from evals.records import Cited, Record, Said, Span
from evals.texts import Texts
from tests.conftest import ROOT
from tests.evals.makers import write_run

CORPUS = ROOT / "corpus"
GATE = ROOT / "evals" / "gates" / "sample.toml"
QUESTIONS = 12
"""As many as `make eval` asks."""


def true_record(item: Item, texts: Texts) -> Record:
    """The gold quotes as the answer, each cited; the facts beside them, where a quote says a fact in other words."""
    cited = [
        Cited(marker=n, source=quote.source, start=span[0], end=span[1], quote=quote.text, sha256=texts.sha256(quote.source))
        for n, quote in enumerate(item.quotes, start=1)
        if (span := span_of(quote, texts.of(quote.source)))
    ]
    text = " ".join(f"“{' '.join(one.quote.split())}” [{one.marker}]" for one in cited)
    said = Said(text=text or "Nothing says so.", status="answered" if cited else "refused", citations=cited)
    retrieved = [Span(source=source, start=0, end=100, cosine=0.9) for source in item.sources]
    return Record(id=item.id, answer=said, retrieved=retrieved)


def shifted(record: Record) -> Record:
    assert record.answer is not None
    moved = [one.model_copy(update={"start": one.start + 1, "end": one.end + 1}) for one in record.answer.citations]
    return record.model_copy(update={"answer": record.answer.model_copy(update={"citations": moved})})


def miscounted(record: Record) -> Record:
    assert record.answer is not None
    text = record.answer.text.translate(str.maketrans("0123456789", "1234567890"))
    for number in range(9, 0, -1):  # the markers as they were
        text = text.replace(f"[{number + 1}]", f"[{number}]")
    return record.model_copy(update={"answer": record.answer.model_copy(update={"text": text})})


def bare(record: Record) -> Record:
    assert record.answer is not None
    return record.model_copy(update={"answer": record.answer.model_copy(update={"text": "The sources tell."})})


def guessed(record: Record) -> Record:
    assert record.answer is not None
    if record.answer.status == "answered":
        return record
    return record.model_copy(update={"answer": record.answer.model_copy(update={"status": "answered", "text": "It did."})})


def failed(record: Record) -> Record:
    """Every second one of those that have an answer; were all that must be refused among them, no refusal was measured."""
    if int(record.id[-3:]) % 4 == 1 or (record.answer is not None and record.answer.status == "refused"):
        return record
    return Record(id=record.id, error="RuntimeError: out of memory", retrieved=record.retrieved)


def lost(record: Record) -> Record:
    return record.model_copy(update={"retrieved": [Span(source="another.txt", start=0, end=100, cosine=0.9)]})


def score(folder: Path, spoil: Callable[[Record], Record] | None) -> int:
    """The exit code of scoring the true records, or those that were spoiled, through the gate."""
    texts = Texts(CORPUS)
    asked = _some(read_gold(ROOT / "evals" / "gold" / "dev.jsonl", texts), QUESTIONS)
    records = [true_record(item, texts) for item in asked]
    run = write_run(folder / "run", CORPUS, asked, [spoil(record) for record in records] if spoil else records)
    return main(["score", str(run), "--gates", str(GATE)])


def test_true_answers_pass(tmp_path: Path) -> None:
    assert score(tmp_path, None) == 0


@pytest.mark.parametrize(
    ("spoil", "caught_by"),
    [
        (shifted, "citation_valid"), (miscounted, "figures_supported"), (bare, "correct"), (bare, "sentences_cited"),
        (failed, "error"), (lost, "hit@5"), (guessed, "refusal_recall"),
    ],
)  # fmt: skip
def test_spoiled_answers_are_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Record], Record], caught_by: str
) -> None:
    assert score(tmp_path, spoil) == GATE_FAILED
    assert f"FAIL  {caught_by} " in capsys.readouterr().out


def test_every_demand_of_the_gate_is_tried_above() -> None:
    tried = {"citation_valid", "figures_supported", "correct", "sentences_cited", "error", "hit@5", "refusal_recall"}
    assert {gate.metric for gate in read_gates(GATE)} == tried
