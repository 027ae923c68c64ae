"""One question while it is answered: what is known so far, and the Answer that comes of it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.attribute import Support, quotation
from assistant.cite import Citations
from assistant.conflict import Other
from assistant.figures import figures
from assistant.steps import NOTHING, Step
from assistant.types import Answer, Conflict, ConflictValue, Nearest, Reason, Timings, Usage
from assistant.verify import Verdict
from index.terms import terms
from index.types import Hit

NEAREST = 3
"""Passages shown with a refusal."""
_DIFFERS = ("Another source differs: {}", "另有来源说法不同：{}")
_LATER = ("A later report says: {}", "较晚的报道说：{}")
_TEXTS: dict[Reason, tuple[str, str]] = {
    "empty_index": ("There are no articles to answer from.", "没有可供回答的文章。"),
    "nothing_relevant": ("Nothing in these articles is about that.", "这些文章中没有相关内容。"),
    "not_supported": ("The articles do not state an answer to that.", "这些文章没有给出答案。"),
    "model_unavailable": (
        "The model is not available, and no sentence of the articles answers that by itself.",
        "模型不可用，文章中也没有可直接引用的答案。",
    ),
}


@dataclass
class Turn:
    """What is known so far about one question.

    `asked` is what was searched for: the question with the one before it, or its translation; `started` is
    when the clock began (time.perf_counter).
    """

    question: str
    asked: str
    model: str
    citations: Citations
    started: float
    retrieve_ms: float = 0.0
    first_token_ms: float | None = None
    usage: Usage = field(default_factory=Usage)
    warnings: list[str] = field(default_factory=list)
    hits: Sequence[Hit] = ()
    found: Sequence[Hit] = ()
    """The hits, and behind them what else was found: it may say whom a hit speaks of."""
    without: frozenset[Step] = NOTHING
    """Steps that are left out."""
    text: str = ""
    sentences: int = 0
    said: list[tuple[str, Sequence[Support]]] = field(default_factory=list)
    """The sentences of the answer so far, each with what supports it."""
    conflicts: list[Conflict] = field(default_factory=list)
    spelled: str = ""
    """The question without slips of the keyboard; "" where nobody looked for any."""
    translation: str | None = None
    """The question in the articles' language, when it is in another script."""
    pointed_at: set[int] = field(default_factory=set)
    """Sources that the model gave without a word: one of their sentences may be what it meant."""
    lacking: list[Verdict] = field(default_factory=list)
    """Of each of the model's sentences that the sources do not support, what the nearest of them lacks."""

    @property
    def understood(self) -> str:
        """The question in the articles' language and spelling."""
        return self.translation or self.spelled or self.question

    @property
    def lacks_its_subject(self) -> bool:
        """Whether a sentence of the model has a name of the question that its nearest source does not: it is about another."""
        asked = set(terms(self.understood))
        lacked = [set(terms(name)) for verdict in self.lacking for name in verdict.names]
        return any(name and name <= asked for name in lacked)

    def elapsed(self) -> float:
        """Milliseconds since the question came."""
        return (time.perf_counter() - self.started) * 1000

    def add(self, sentence: str, supports: Sequence[Support]) -> str | None:
        """Put a sentence with its markers into the answer; returns what was added, None when a file no longer says it."""
        if not all(self.citations.holds(support) for support in supports):
            self.warnings.append(f"dropped, its source has changed: {sentence}")
            return None
        shown = "".join(f"[{number}]" for number in sorted({self.citations.marker(support) for support in supports}))
        ending = re.search(r"[.!?。！？]+$", sentence)
        body, stop = (sentence[: ending.start()], ending.group()[0]) if ending else (sentence, "")
        piece = f"{' ' if self.text else ''}{body}{f' {shown}' if shown else ''}{stop}"
        self.text += piece
        self.sentences += 1
        self.said.append((sentence, supports))
        return piece

    def differ(self, other: Other, supports: Sequence[Support]) -> str | None:
        """Say that another source gives another value; returns what was added, None when the answer gave both already."""
        states = [one for one in supports if set(figures(other.stated)) <= set(figures(one.evidence.text_of(one.at)))]
        marker = self.citations.marker((states or supports)[0])
        source = other.support.evidence.passage.source
        both = [
            one
            for one in self.citations.found
            if source in (one.source, *one.also_in) and set(figures(other.given)) <= set(figures(one.quote))
        ]
        piece = None
        if not both:
            quote = quotation(other.support)
            piece = self.add((_LATER if other.up_to_date else _DIFFERS)[self.chinese()].format(quote), [other.support])
            if piece is None:
                return None
            both = [self.citations.found[-1]]
        values = (ConflictValue(other.stated, marker), ConflictValue(other.given, both[0].marker))
        if not any({value.marker for value in known.values} == {marker, both[0].marker} for known in self.conflicts):
            self.conflicts.append(Conflict(self.question, values))
        return piece

    def chinese(self) -> bool:
        """Whether the question is in Chinese."""
        return len(re.findall(r"[\u4e00-\u9fff]", self.question)) > len(self.question) / 4

    def answered(self) -> Answer:
        """The Answer made of the sentences so far."""
        return self._answer(self.text, None)

    def refused(self, reason: Reason) -> Answer:
        """A refusal with its reason and the nearest passages."""
        return self._answer(_TEXTS[reason][self.chinese()], reason)

    def _answer(self, text: str, reason: Reason | None) -> Answer:
        refused = reason is not None
        nearest = [
            Nearest(hit.passage.source, hit.passage.start, hit.passage.end, round(hit.cosine, 4)) for hit in self.hits[:NEAREST]
        ]
        return Answer(
            question=self.question,
            text=text,
            status="refused" if refused else "answered",
            reason=reason,
            citations=() if refused else tuple(self.citations.found),
            conflicts=() if refused else tuple(self.conflicts),
            nearest=tuple(nearest) if refused else (),
            warnings=tuple(self.warnings),
            model=self.model,
            usage=self.usage,
            timings=Timings(
                round(self.retrieve_ms, 1), round(self.first_token_ms, 1) if self.first_token_ms else None, round(self.elapsed(), 1)
            ),
        )
