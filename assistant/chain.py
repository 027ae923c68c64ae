"""The order of the steps from a question to a proven answer: search → evidence → render → model → attribute → cite."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.attribute import quotation
from assistant.cite import Citations
from assistant.conflict import conflicting
from assistant.evidence import EVIDENCE_TOKENS, Evidence, coverage, orders_in, select_evidence
from assistant.extract import FOUND_NOTHING, NO_MODEL, UNSUPPORTED, Bar, best_sentences
from assistant.followup import focus, points_back, search_text
from assistant.meaning import Meaning
from assistant.model import ChatModel, ModelUnavailable
from assistant.relevance import Relevance
from assistant.retrieve import CANDIDATES, PASSAGES, Found, retrieve
from assistant.spelling import respelled
from assistant.steps import NOTHING, Step
from assistant.translate import language_of, translated
from assistant.turn import Turn
from assistant.types import Answer, History, Reason, Usage
from assistant.writing import written
from index.characters import whole
from index.errors import DatelineError
from index.store import Store
from index.types import Hit

MAX_QUESTION = 4_000
"""Characters; a longer text is no question."""
MIN_RELEVANCE = 0.35
"""Below this share of the question's telling terms, found in any one passage, nothing relevant was found ..."""
MIN_NEARNESS = 0.28
"""... unless the passage's meaning is this near (assistant/meaning.py; a cosine of .80 with the bundled e5)."""

SHOWN_ORDER = 160
"""Characters of a sentence that was left out, in the warning that says so."""

EXTRACTIVE = "extractive"
QUOTED = "quoted by program"
"""How the warning begins that says so, where a model was to write the answer."""


class QuestionError(DatelineError):
    """The question is empty or too long."""


def checked_question(question: str) -> str:
    """The question without white space around it and half characters in it; QuestionError when there is none."""
    question = whole(question).strip()
    if not re.search(r"\w", question):
        raise QuestionError('the question is empty; expected a question in words; try: dateline ask "What was announced?"')
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters; expected at most {MAX_QUESTION:,}; ask one thing at a time"
        )
    return question


@dataclass(frozen=True, slots=True)
class Setup:
    """What answers are made with.

    `model` None quotes by program. `evidence_tokens` is how much evidence the model is shown; `without` leaves steps out.
    """

    corpus: Path
    store: Store
    meaning: Meaning
    model: ChatModel | None
    evidence_tokens: int = EVIDENCE_TOKENS
    without: frozenset[Step] = NOTHING


def run(question: str, history: History, setup: Setup, started: float | None = None) -> Iterator[str | Answer]:
    """Answer one question: yield the verified sentences as they come, and at last the Answer.

    The sentences joined are the text of an answered Answer. A model that fails degrades to quoting. `started` is when the
    clock began (time.perf_counter). Raises QuestionError, and what the model raises when only its user can mend it.
    """
    begun = time.perf_counter() if started is None else started
    meaning, model = setup.meaning, setup.model
    question = checked_question(question)
    history = [(whole(asked), whole(answered)) for asked, answered in history]
    searched = _searched(question, history, setup)
    asked, hits, history = searched.asked, searched.found.hits(PASSAGES), searched.history
    turn = Turn(
        question, asked, model.name if model else EXTRACTIVE, Citations(setup.corpus, hits), begun,
        hits=hits, found=searched.found.hits(CANDIDATES), without=setup.without, usage=searched.usage,
        spelled=searched.spelled, translation=searched.translation,
    )  # fmt: skip
    turn.retrieve_ms = turn.elapsed() - searched.model_ms
    if turn.spelled != question:
        turn.warnings.append(f"read as: {turn.spelled}")
    if turn.translation:
        turn.warnings.append(f"searched for in the articles' language: {turn.translation}")
    if not hits:
        yield turn.refused("nothing_relevant" if setup.store.stats().articles else "empty_index")
        return
    share, cosine = coverage(asked, hits)
    evidence: list[Evidence] = []
    if share >= MIN_RELEVANCE or meaning.nearness(cosine) >= MIN_NEARNESS:
        evidence = select_evidence(asked, hits, meaning)
        turn.warnings.extend(_left_out(asked, hits))
    if not evidence:
        yield turn.refused("nothing_relevant")
        return
    relevance = Relevance(turn.translation or focus(turn.spelled, history), hits, evidence, meaning)
    reason = yield from _answered(turn, evidence, relevance, history, setup)
    if relevance.fault:
        turn.warnings.append(f"judged by words alone: {relevance.fault}")
    if "conflicts" not in setup.without:
        yield from _differing(turn)
    yield turn.answered() if turn.text else turn.refused(reason)


@dataclass(frozen=True, slots=True)
class _Searched:
    """What a question was read as, and what was found; `model_ms` is what a translation took."""

    asked: str
    history: History
    spelled: str
    translation: str | None
    found: Found
    usage: Usage
    model_ms: float


def _searched(question: str, history: History, setup: Setup) -> _Searched:
    """Search for the question; once more without its slips of the keyboard, and once more in the articles' language."""
    asked = search_text(question, history)
    found = retrieve(asked, setup.store, setup.meaning)
    hits = found.hits(PASSAGES)
    spelled = question if "spelling" in setup.without else respelled(question, hits)
    if history and points_back(question) and "spelling" not in setup.without:
        history = [*history[:-1], (respelled(history[-1][0], hits), history[-1][1])]
    if (again := search_text(spelled, history)) != asked:
        asked = again
        found = retrieve(asked, setup.store, setup.meaning)
    begun = time.perf_counter()
    translation, usage = _in_their_language(asked, found.hits(PASSAGES), setup.model)
    model_ms = 1000 * (time.perf_counter() - begun)
    if translation:
        asked = translation
        found = retrieve(asked, setup.store, setup.meaning)
    return _Searched(asked, history, spelled, translation, found, usage, model_ms)


def _in_their_language(asked: str, hits: Sequence[Hit], model: ChatModel | None) -> tuple[str | None, Usage]:
    """The question as the articles would put it, None when it is in their script or cannot be; and what that took."""
    language = language_of(asked, hits)
    if model is None or language is None:
        return None, Usage()
    try:
        return translated(asked, language, model)
    except ModelUnavailable:
        return None, Usage()  # it is asked again for the answer, and what it says then is reported


def _answered(
    turn: Turn, evidence: Sequence[Evidence], relevance: Relevance, history: History, setup: Setup
) -> Generator[str, None, Reason]:
    """The model's sentences, or what can be quoted in their place; returns why, should there be neither."""
    model = setup.model
    if model is None:
        yield from _quoted(turn, evidence, relevance, NO_MODEL)
        return "not_supported"
    shown = evidence
    if setup.evidence_tokens != EVIDENCE_TOKENS:
        shown = select_evidence(turn.asked, turn.hits, setup.meaning, setup.evidence_tokens)
    reason: Reason = "not_supported"
    try:
        yield from written(turn, shown, relevance, history, model)
    except ModelUnavailable as error:
        turn.warnings.append(str(error))
        reason = "model_unavailable"
    turn.model = model.name  # an endpoint's own name for it is known only now
    if turn.text:
        if reason == "model_unavailable":
            turn.warnings.append("the model broke off: the answer may lack what it had yet to write")
        return reason
    if "quoting" in turn.without:
        return reason
    pointed_at = [one for one in shown if one.number in turn.pointed_at]
    for some, bar in ((evidence, _bar(turn, reason)), (pointed_at, NO_MODEL)):
        if not turn.text:
            yield from _quoted(turn, some, relevance, bar)
    if turn.text:
        turn.model = EXTRACTIVE
        turn.warnings.append(f"{QUOTED}: the model gave no answer that the sources support")
    return reason


def _bar(turn: Turn, reason: Reason) -> Bar:
    """How sure a quotation has to be, after what the model made of the same evidence."""
    if reason == "model_unavailable":
        return NO_MODEL
    return UNSUPPORTED if turn.lacking and not turn.lacks_its_subject else FOUND_NOTHING


def _left_out(question: str, hits: Sequence[Hit]) -> list[str]:
    """A warning for each source of which sentences are no evidence."""
    found: dict[str, list[str]] = {}
    for source, text in orders_in(question, hits):
        found.setdefault(source, []).append(text)
    return [
        f"left out, it addresses a program and not its readers: {source}: {texts[0][:SHOWN_ORDER]}"
        + (f" (and {len(texts) - 1} more)" if texts[1:] else "")
        for source, texts in found.items()
    ]


def _differing(turn: Turn) -> Iterator[str]:
    """Where other sources give another value, a sentence that quotes each."""
    for sentence, supports in list(turn.said):
        for other in conflicting(turn.understood, sentence, supports, turn.hits):
            piece = turn.differ(other, supports)
            if piece:
                yield piece


def _quoted(turn: Turn, evidence: Sequence[Evidence], relevance: Relevance, bar: Bar) -> Iterator[str]:
    """The sentences of the evidence that answer best, in quotation marks; none below the bar."""
    for support in best_sentences(turn.asked, evidence, relevance, bar, turn.found):
        piece = turn.add(quotation(support), [support])
        if piece:
            yield piece
