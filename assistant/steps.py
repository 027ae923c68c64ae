"""The steps of an answer that can be left out, to measure what each is worth (`dateline eval run --without STEP`)."""

from __future__ import annotations

from typing import Literal, get_args

Step = Literal["words", "vectors", "spelling", "reranker", "verification", "repair", "quoting", "conflicts"]
"""
words         lexical search; the passages found are the nearest in meaning
vectors       dense search; the passages found share the question's words
spelling      a question is read as it is typed
reranker      what answers a question is judged by words and meaning alone
verification  what a model writes is taken as it stands, citing what it says it cites
repair        a model is asked once
quoting       nothing is quoted in a model's place
conflicts     other sources are not looked through for another value
"""

STEPS: tuple[Step, ...] = get_args(Step)
NOTHING: frozenset[Step] = frozenset()
"""No step is left out."""
