"""Nearness is on one scale for every embedder."""

from __future__ import annotations

import pytest

from assistant.meaning import MEASURED, Meaning, measure_unrelated
from index.embed import BundledEmbedder
from tests.fakes import NearAs


def test_the_bundled_embedder_is_what_was_measured() -> None:
    bundled = BundledEmbedder()
    assert measure_unrelated(bundled) == pytest.approx(MEASURED[bundled.name], abs=0.005)


def test_unrelated_texts_are_at_nothing_and_the_same_text_at_one() -> None:
    meaning = Meaning(NearAs(0.6), 0.6)
    assert meaning.nearness(0.6) == 0.0
    assert meaning.nearness(1.0) == 1.0
    assert meaning.nearness(0.8) == pytest.approx(0.5)
    assert meaning.to_question("any", ["one", "two"]) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert meaning.to_question("any", []) == []


def test_another_embedder_is_measured_once_when_it_is_needed() -> None:
    embedder = NearAs(0.3)
    meaning = Meaning(embedder)
    assert meaning.nearness(0.3) == pytest.approx(0.0, abs=1e-6)
    embedder.near = 0.9
    assert meaning.nearness(0.3) == pytest.approx(0.0, abs=1e-6)


def test_an_embedder_to_which_all_is_one_does_not_divide_by_nothing() -> None:
    assert Meaning(NearAs(1.0)).nearness(1.0) == pytest.approx(1.0)
