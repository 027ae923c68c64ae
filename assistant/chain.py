"""The order of the steps from a question to a proven answer: search → evidence → render → model → attribute → cite."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from assistant.attribute import Support, answers, attribute, claims, marked
from assistant.cite import Citations
from assistant.evidence import Evidence, on_one_line, orders_in, relevance, select_evidence, unmarked
from assistant.extract import MIN_SHARE, SURE_SHARE, best_sentences
from assistant.followup import points_back, search_text
from assistant.model import ChatModel, Message, ModelUnavailable, counted
from assistant.types import Answer, History, Nearest, Reason, Timings, Usage
from assistant.untrusted import defused, is_order
from assistant.verify import script
from index.errors import DatelineError
from index.sentences import sentences
from index.store import Store
from index.tokens import first_tokens
from index.types import Hit
from prompts import render

PASSAGES = 8
"""Passages that evidence is chosen from."""
NEAREST = 3
"""Passages shown with a refusal."""
MAX_QUESTION = 4_000
"""Characters; a longer text is no question."""
QUESTION_TOKENS, HISTORY_TOKENS, TITLE_TOKENS = 1_000, 300, 12
"""What the model is shown of them at most, so that a small context holds the evidence too."""
MAX_ANSWER_TOKENS = 300
MAX_SENTENCES = 3
"""Asked for in the prompt, and kept by the program: a small model goes on to retell its sources."""
MIN_RELEVANCE = 0.35
"""Below this share of the question's telling terms, found in any one passage, nothing relevant was found ..."""
MIN_COSINE = 0.80
"""... unless the passage's meaning is this near: unrelated texts score below .80 with the bundled e5."""

SHOWN_ORDER = 160
"""Characters of a sentence that was left out, in the warning that says so."""

NO_ANSWER = "NOT IN THE SOURCES"
"""What the model is asked to reply when the sources do not answer."""
EXTRACTIVE = "extractive"

_ABOUT_SOURCES = re.compile(
    r"^(the |these |none of the )?(provided |given |numbered )?(sources?|articles?|passages?|texts?|documents?|information)"
    r"( provided| given| above)?"
    r" (do(es)? not|don.t|doesn.t|did not)\b|^(来源|文章|资料|原文)中?(没有|未|并未)",
    re.IGNORECASE,
)
"""The model speaks of its sources instead of answering."""
_DANGLING = re.compile(r"\b(in|by|from|of|see|sources?|and)(\s*,?\s*and)?\s*[.。]?$", re.IGNORECASE)
"""... as in "it is mentioned in [1]", once the marker is taken out."""
_TEXTS: dict[Reason, tuple[str, str]] = {
    "empty_index": ("There are no articles to answer from.", "没有可供回答的文章。"),
    "nothing_relevant": ("Nothing in these articles is about that.", "这些文章中没有相关内容。"),
    "not_supported": ("The articles do not state an answer to that.", "这些文章没有给出答案。"),
    "model_unavailable": (
        "The model is not available, and no sentence of the articles answers that by itself.",
        "模型不可用，文章中也没有可直接引用的答案。",
    ),
}


class QuestionError(DatelineError):
    """The question is empty or too long."""


@dataclass
class _Turn:
    """What is known so far about one question."""

    question: str
    model: str
    citations: Citations
    started: float
    retrieve_ms: float = 0.0
    first_token_ms: float | None = None
    usage: Usage = field(default_factory=Usage)
    warnings: list[str] = field(default_factory=list)
    hits: Sequence[Hit] = ()
    text: str = ""
    sentences: int = 0
    pointed_at: set[int] = field(default_factory=set)
    """Sources that the model gave for what was not said or not supported: one of their sentences may be what it meant."""

    def elapsed(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def add(self, sentence: str, supports: Sequence[Support]) -> str | None:
        """Put a sentence with its markers into the answer; returns what was added, None when a file no longer says it."""
        if not all(self.citations.holds(support) for support in supports):
            self.warnings.append(f"dropped, its source has changed: {sentence}")
            return None
        shown = "".join(f"[{number}]" for number in sorted({self.citations.marker(support) for support in supports}))
        ending = re.search(r"[.!?。！？]+$", sentence)
        body, stop = (sentence[: ending.start()], ending.group()[0]) if ending else (sentence, "")
        piece = f"{' ' if self.text else ''}{body} {shown}{stop}"
        self.text += piece
        self.sentences += 1
        return piece

    def answered(self) -> Answer:
        return self._answer(self.text, None)

    def refused(self, reason: Reason) -> Answer:
        chinese = len(re.findall(r"[\u4e00-\u9fff]", self.question)) > len(self.question) / 4
        return self._answer(_TEXTS[reason][chinese], reason)

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
            conflicts=(),
            nearest=tuple(nearest) if refused else (),
            warnings=tuple(self.warnings),
            model=self.model,
            usage=self.usage,
            timings=Timings(
                round(self.retrieve_ms, 1), round(self.first_token_ms, 1) if self.first_token_ms else None, round(self.elapsed(), 1)
            ),
        )


def clean_text(text: str) -> str:
    """A text that every tokenizer can take: no NUL, no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


def checked_question(question: str) -> str:
    """The question without white space around it and half characters in it; QuestionError when there is none."""
    question = clean_text(question).strip()
    if not re.search(r"\w", question):
        raise QuestionError('the question is empty; expected a question in words; try: dateline ask "What was announced?"')
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters; expected at most {MAX_QUESTION:,}; ask one thing at a time"
        )
    return question


def run(
    question: str, history: History, *, corpus: Path, store: Store, model: ChatModel | None, started: float | None = None
) -> Iterator[str | Answer]:
    """Answer one question: yield the verified sentences as they come, and at last the Answer.

    The sentences joined are the text of an answered Answer. A model that fails degrades to quoting; `model` None quotes
    from the start. `started` is when the clock began (time.perf_counter). Raises QuestionError, and what the model
    raises when only its user can mend it.
    """
    question = checked_question(question)
    history = [(clean_text(asked), clean_text(answered)) for asked, answered in history]
    started = time.perf_counter() if started is None else started
    hits = store.search(search_text(question, history), PASSAGES)
    turn = _Turn(question, model.name if model else EXTRACTIVE, Citations(corpus, hits), started, hits=hits)
    turn.retrieve_ms = turn.elapsed()
    if not hits:
        yield turn.refused("nothing_relevant" if store.stats().articles else "empty_index")
        return
    share, cosine = relevance(search_text(question, history), hits)
    if share < MIN_RELEVANCE and cosine < MIN_COSINE:
        yield turn.refused("nothing_relevant")
        return
    evidence = select_evidence(search_text(question, history), hits)
    turn.warnings.extend(
        f"left out, it addresses a program and not its readers: {source}: {text[:SHOWN_ORDER]}"
        for source, text in orders_in(evidence)
    )
    reason: Reason = "not_supported"
    least = MIN_SHARE
    if model is not None:
        least = SURE_SHARE  # a model has seen the evidence and found nothing: only a sentence that holds nearly all counts
        try:
            yield from _written(turn, evidence, history, model)
        except ModelUnavailable as error:
            turn.warnings.append(str(error))
            reason, least = "model_unavailable", MIN_SHARE
        turn.model = model.name  # an endpoint's own name for it is known only now
    if not turn.text:
        yield from _quoted(turn, [one for one in evidence if one.number in turn.pointed_at], history, MIN_SHARE)
        if not turn.text:
            yield from _quoted(turn, evidence, history, least)
        if turn.text and model is not None:
            turn.model = EXTRACTIVE
            turn.warnings.append("quoted by program: the model gave no answer that the sources support")
    elif reason == "model_unavailable":
        turn.warnings.append("the model broke off: the answer may lack what it had yet to write")
    yield turn.answered() if turn.text else turn.refused(reason)


def _written(turn: _Turn, evidence: Sequence[Evidence], history: History, model: ChatModel) -> Iterator[str]:
    """The model's sentences, each as soon as it is complete and found to be supported."""
    waiting = ""
    written: list[str] = []
    messages = _messages(turn.question, evidence, history)
    with closing(model.stream(messages, MAX_ANSWER_TOKENS)) as pieces:
        for piece in pieces:
            if isinstance(piece, Usage):
                turn.usage = piece
                continue
            if turn.first_token_ms is None:
                turn.first_token_ms = turn.elapsed()
            written.append(piece)
            done, waiting = _complete(waiting + piece)
            yield from _verified(turn, done, evidence)
            if turn.sentences >= MAX_SENTENCES:
                turn.usage = counted(messages, "".join(written))  # the rest is not waited for, nor its usage
                return
    yield from _verified(turn, waiting, evidence)


def _verified(turn: _Turn, written: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    found = claims(written)
    if not found:
        turn.pointed_at.update(marked(written))
    for claim in found:
        if turn.sentences >= MAX_SENTENCES:
            return
        if NO_ANSWER.casefold() in claim.text.casefold():
            continue
        invalid = [number for number in claim.numbers if not 0 < number <= len(evidence)]
        turn.warnings.extend(f"removed the marker [{number}], which cites nothing" for number in invalid)
        if _ABOUT_SOURCES.search(claim.text) or _DANGLING.search(claim.text):
            turn.warnings.append(f"dropped, it speaks of the sources and not of the question: {claim.text}")
            continue
        if script(claim.text) not in ("", script(turn.question), script(" ".join(one.shown() for one in evidence))):
            turn.warnings.append(f"dropped, it is in neither the language of the question nor that of the sources: {claim.text}")
            continue
        attribution = attribute(claim, evidence, turn.question)
        if attribution.supports:
            piece = turn.add(claim.text, attribution.supports)
            if piece:
                yield piece
        else:
            turn.pointed_at.update(claim.numbers)
            lacks = ", ".join(attribution.verdict.missing) or "what it says"
            turn.warnings.append(f"dropped, the sources lack {lacks}: {claim.text}")


def _quoted(turn: _Turn, evidence: Sequence[Evidence], history: History, least: float) -> Iterator[str]:
    """The sentences of the evidence that answer best, in quotation marks; none that holds less than `least`."""
    asked = search_text(turn.question, history)
    for support in best_sentences(asked, evidence, least):
        if not answers(asked, support.evidence.text_of(support.at), [support], names_share=1.0):
            continue
        quote = unmarked(" ".join(support.evidence.text_of(support.at).split()))
        piece = turn.add(f"“{quote.strip('“”')}”", [support])
        if piece:
            yield piece


def _complete(text: str) -> tuple[str, str]:
    """Cut a growing text into its complete sentences, each with the markers behind it, and the rest."""
    found = sentences(text)
    last = len(found) - 1
    while last > 0 and text[found[last][0]] in "[【":
        last -= 1
    cut = found[last][0] if last > 0 else 0
    return text[:cut], text[cut:]


def _messages(question: str, evidence: Sequence[Evidence], history: History) -> list[Message]:
    lines: list[str] = []
    for one in evidence:
        passage = one.passage
        if passage.title and passage.kind == "body" and not is_order(passage.title):
            title = first_tokens(on_one_line(passage.title), TITLE_TOKENS)
            head = f"From “{title}”" + (f", {passage.published}:" if passage.published else ":")
            if head not in lines:
                lines.append(head)
        lines.append(f"[{one.number}] {one.shown()}")
    earlier = ""
    if history and points_back(question):
        asked, answered = history[-1]
        earlier = (
            f"Earlier question: {first_tokens(defused(asked), HISTORY_TOKENS)}\n"
            f"Earlier answer: {first_tokens(defused(answered), HISTORY_TOKENS)}\n\n"
        )
    return [
        {"role": "system", "content": render("system", refusal=NO_ANSWER)},
        {
            "role": "user",
            "content": render(
                "answer", sources="\n".join(lines), history=earlier, question=first_tokens(defused(question), QUESTION_TOKENS)
            ),
        },
    ]
