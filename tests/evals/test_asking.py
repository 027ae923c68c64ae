"""What is kept of a retrieval."""

from __future__ import annotations

from dataclasses import replace

from evals.asking import span_of_stretch
from index.types import Hit
from tests.fakes import a_passage


def test_a_stretch_is_kept_from_where_it_begins_to_where_it_ends() -> None:
    first = Hit(replace(a_passage("It opened.", source="dam.txt"), start=40, end=50), 2.0, 0.81234567, ("copy.txt",))
    second = Hit(replace(a_passage("It closed.", source="dam.txt"), start=51, end=61), 2.0, 0.9, ("also.txt", "copy.txt"))
    for stretch in ((second, first), (first, second)):
        span = span_of_stretch(stretch, "news/")
        assert (span.source, span.start, span.end, span.cosine) == ("news/dam.txt", 40, 61, 0.9)
        assert span.also_in == ["news/also.txt", "news/copy.txt"]
    assert span_of_stretch((first,)).cosine == 0.81235
