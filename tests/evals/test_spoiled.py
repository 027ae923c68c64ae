"""Good answers spoiled in every way, each of which the measure that should catch it must catch, and surely.

Each test has two controls: the good run, where all is perfect, and the measures that this way of spoiling must leave alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.gold import Item
from evals.records import Record, Said
from tests.evals.makers import (
    TOWNS,
    Bench,
    answered,
    cite,
    good_records,
    items,
    known,
    read_json,
    said,
    sentence,
    source,
    write_run,
)  # fmt: skip

PERFECT = {
    "correct": 1.0, "facts": 1.0, "error": 0.0, "refusal_precision": 1.0, "refusal_recall": 1.0, "refusal_f1": 1.0,
    "false_refusal": 0.0, "citation_valid": 1.0, "cited_precision": 1.0, "cited_recall": 1.0, "cited_f1": 1.0, "gold_overlap": 1.0,
    "sentences_cited": 1.0, "figures_supported": 1.0, "lexical_support": 1.0,
}  # fmt: skip
Spoil = Callable[[Item, Said], Said]


def measured(run: Path) -> dict[str, float | None]:
    metrics = read_json(run / "report.json")["metrics"]
    return {name: metrics[name]["value"] for name in PERFECT}


class Spoiler:
    """The good run, and what a spoiled one comes to beside it."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.gold = bench, items()
        self.good = good_records(bench.corpus, self.gold)
        write_run(Path("good"), bench.corpus, self.gold, self.good)
        assert bench.eval("score", "good").code == 0
        assert measured(Path("good")) == PERFECT

    def spoil(self, change: Spoil) -> None:
        self.put(
            Record(id=item.id, answer=change(item, record.answer))
            for item, record in zip(self.gold, self.good, strict=True)
            if record.answer is not None
        )

    def put(self, records: Any) -> None:
        write_run(Path("bad"), self.bench.corpus, self.gold, list(records))
        assert self.bench.eval("score", "bad").code == 0

    def caught_by(self, *, worse: Sequence[str], untouched: Sequence[str], good_is_kept: bool = True) -> dict[str, Any]:
        """These measures fell, surely after Holm's correction, and a gate on the first fails; those did not move."""
        now = measured(Path("bad"))
        ran = self.bench.eval("compare", "good", "bad", "--json")
        assert ran.code == 0
        found: dict[str, Any] = json.loads(ran.out)
        for name in worse:
            sign = -1 if PERFECT[name] else 1
            value = now[name]
            assert value is not None
            assert sign * (value - PERFECT[name]) > 0.3, name
            assert sign * found["metrics"][name]["value"] > 0.3, name
            assert found["metrics"][name]["p_holm"] < 0.05, name
        for name in worse[:1]:
            Path("gates.toml").write_text(f"[{'at_least' if PERFECT[name] else 'at_most'}]\n{name} = {PERFECT[name]}", "utf-8")
            if good_is_kept:  # scored again, it would be as bad as the other
                assert self.bench.eval("score", "good", "--gates", "gates.toml").code == 0
            assert self.bench.eval("score", "bad", "--gates", "gates.toml").code == 4
        for name in untouched:
            assert now[name] == PERFECT[name], name
        text = self.bench.eval("compare", "good", "bad").out
        assert {line.split()[0] for line in text.splitlines() if line.endswith(" WORSE")} >= {*worse}
        better = {line.split()[0] for line in text.splitlines() if line.endswith(" better")}
        assert better <= {"seconds"}  # a refusal is sooner said
        return found


@pytest.fixture
def spoiler(bench: Bench) -> Spoiler:
    return Spoiler(bench)


def test_the_same_answers_again_are_caught_by_nothing(spoiler: Spoiler) -> None:
    """The control of the controls: no difference where there is none."""
    spoiler.spoil(lambda item, answer: answer)
    found = spoiler.caught_by(worse=[], untouched=[*PERFECT])
    assert {one["p_holm"] for one in found["metrics"].values()} == {1.0}
    assert found["flips"] == []


def test_answers_shuffled_among_questions(spoiler: Spoiler) -> None:
    answers = [record.answer for record in spoiler.good[: len(TOWNS)]]
    moved = [*answers[7:], *answers[:7], *(record.answer for record in spoiler.good[len(TOWNS) :])]
    spoiler.put(Record(id=item.id, answer=answer) for item, answer in zip(spoiler.gold, moved, strict=True))
    found = spoiler.caught_by(
        worse=["correct", "facts", "cited_precision", "cited_recall", "cited_f1", "gold_overlap"],
        untouched=["citation_valid", "sentences_cited", "figures_supported", "refusal_recall", "false_refusal"],
    )
    assert {flip["id"] for flip in found["flips"]} == {known(number).id for number in range(len(TOWNS))}


def shifted(answer: Said, by: int) -> Said:
    moved = [one.model_copy(update={"start": one.start + by, "end": one.end + by}) for one in answer.citations]
    return answer.model_copy(update={"citations": moved})


@pytest.mark.parametrize("by", [-1, 1])
def test_citations_shifted_by_one_character(spoiler: Spoiler, by: int) -> None:
    spoiler.spoil(lambda item, answer: shifted(answer, by))
    spoiler.caught_by(worse=["citation_valid"], untouched=["correct", "cited_f1", "sentences_cited", "figures_supported"])


def test_quotes_with_one_character_changed(spoiler: Spoiler) -> None:
    def change(item: Item, answer: Said) -> Said:
        changed = [one.model_copy(update={"quote": one.quote.replace("ministry", "Ministry")}) for one in answer.citations]
        return answer.model_copy(update={"citations": changed})

    spoiler.spoil(change)
    spoiler.caught_by(worse=["citation_valid"], untouched=["correct", "cited_f1", "sentences_cited", "gold_overlap"])


def test_files_changed_after_the_answers(spoiler: Spoiler) -> None:
    for number in range(len(TOWNS)):
        with (spoiler.bench.corpus / source(number)).open("a", encoding="utf-8") as file:
            file.write("\nOne more line.\n")
    spoiler.put(spoiler.good)
    spoiler.caught_by(
        worse=["citation_valid"], untouched=["correct", "cited_f1", "gold_overlap", "sentences_cited"], good_is_kept=False
    )


def test_refusals_turned_into_guesses(spoiler: Spoiler) -> None:
    guess = said(answered("?", f"{sentence(3)[:-1]} [1].", cite(spoiler.bench.corpus, source(3), sentence(3))))
    spoiler.spoil(lambda item, answer: answer if item.answerable else guess)
    found = spoiler.caught_by(worse=["refusal_recall"], untouched=["citation_valid", "facts", "false_refusal", "cited_f1"])
    assert measured(Path("bad"))["refusal_f1"] == 0.0
    assert found["metrics"]["correct"]["value"] < -0.3


def test_answers_turned_into_refusals(spoiler: Spoiler) -> None:
    no = next(record.answer for item, record in zip(spoiler.gold, spoiler.good, strict=True) if not item.answerable)
    assert no is not None
    spoiler.spoil(lambda item, answer: no)
    spoiler.caught_by(worse=["false_refusal", "correct", "facts"], untouched=["refusal_recall", "error"])
    assert measured(Path("bad"))["refusal_precision"] == pytest.approx(1 / 3, abs=1e-6)  # 10 of 30


def test_one_figure_changed_in_each_answer(spoiler: Spoiler) -> None:
    def change(item: Item, answer: Said) -> Said:
        figure = answer.text.split(" cost ")[-1].split(" ")[0]
        return (
            answer.model_copy(update={"text": answer.text.replace(f"cost {figure}", f"cost {figure[:-1]}{9 - int(figure[-1])}")})
            if item.answerable
            else answer
        )

    spoiler.spoil(change)
    spoiler.caught_by(
        worse=["correct", "facts", "figures_supported"], untouched=["citation_valid", "cited_f1", "gold_overlap", "sentences_cited"]
    )


def test_markers_removed(spoiler: Spoiler) -> None:
    spoiler.spoil(lambda item, answer: answer.model_copy(update={"text": answer.text.replace(" [1]", "")}))
    spoiler.caught_by(worse=["sentences_cited", "figures_supported"], untouched=["correct", "citation_valid", "cited_f1"])


def test_citations_removed(spoiler: Spoiler) -> None:
    spoiler.spoil(lambda item, answer: answer.model_copy(update={"citations": []}))
    spoiler.caught_by(worse=["sentences_cited", "cited_f1", "gold_overlap"], untouched=["correct", "false_refusal"])


def test_other_passages_of_the_right_file_cited(spoiler: Spoiler) -> None:
    def change(item: Item, answer: Said) -> Said:
        number = next((n for n in range(len(TOWNS)) if known(n).id == item.id), None)
        if number is None:
            return answer
        quote = f"People in {TOWNS[number]} danced all night."
        return answer.model_copy(
            update={"citations": said(answered("?", "", cite(spoiler.bench.corpus, source(number), quote))).citations}
        )

    spoiler.spoil(change)
    spoiler.caught_by(
        worse=["gold_overlap", "figures_supported", "lexical_support"],
        untouched=["correct", "citation_valid", "cited_f1", "sentences_cited"],
    )


def test_answers_turned_into_errors(spoiler: Spoiler) -> None:
    spoiler.put(Record(id=item.id, error="TimeoutError: too late") for item in spoiler.gold)
    found = spoiler.caught_by(worse=["correct", "error", "facts"], untouched=[])
    assert {flip["b"] for flip in found["flips"]} == {"(error: TimeoutError: too late)"}
