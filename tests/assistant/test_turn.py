"""What is known of a question while it is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.cite import Citations
from assistant.turn import Turn
from assistant.verify import Verdict


@pytest.mark.parametrize(
    ("lacking", "its_subject"),
    [
        (((),), False),
        ((("Larch",),), False),
        ((("Heron",),), True),
        ((("heron's",),), True),
        ((("Larch", "Heron"),), True),
        ((("Larch",), ("Heron",)), True),
        ((("Heron Hall",),), False),
        ((("The",),), False),  # a name without a telling word
        ((("苍鹭",),), False),  # as the reader put it, which no source does
    ],
)
def test_what_is_lacking_is_the_questions_subject_where_the_question_names_it(
    tmp_path: Path, lacking: tuple[tuple[str, ...], ...], its_subject: bool
) -> None:
    turn = Turn(
        "苍鹭大桥何时通车？", "the Heron bridge", "m", Citations(tmp_path, ()), 0.0, translation="When will the Heron bridge open?"
    )
    turn.lacking = [Verdict(("1931",), names, (), (), 0.5) for names in lacking]
    assert turn.lacks_its_subject is its_subject
