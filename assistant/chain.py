"""The order of the steps from a question to a proven answer: search → evidence → render → model → attribute → cite."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from assistant.attribute import answers, attribute, claims, marked
from assistant.cite import Citations
from assistant.conflict import conflicting
from assistant.evidence import Evidence, on_one_line, orders_in, relevance, select_evidence, unmarked
from assistant.extract import MIN_SCORE, SURE_SCORE, best_sentences
from assistant.followup import points_back, search_text
from assistant.meaning import Meaning
from assistant.model import ChatModel, ContextTooLong, Message, ModelUnavailable, counted
from assistant.turn import Turn
from assistant.types import Answer, History, Reason, Usage
from assistant.untrusted import defused, is_order
from assistant.verify import scripts
from index.errors import DatelineError
from index.sentences import sentences
from index.store import Store
from index.tokens import first_tokens
from index.types import Hit
from prompts import render

PASSAGES = 8
"""Passages that evidence is chosen from."""
MAX_QUESTION = 4_000
"""Characters; a longer text is no question."""
QUESTION_TOKENS, HISTORY_TOKENS, TITLE_TOKENS = 1_000, 300, 12
"""What the model is shown of them at most, so that a small context holds the evidence too."""
MAX_ANSWER_TOKENS = 300
MAX_SENTENCES = 3
"""Asked for in the prompt, and kept by the program: a small model goes on to retell its sources."""
MIN_RELEVANCE = 0.35
"""Below this share of the question's telling terms, found in any one passage, nothing relevant was found ..."""
MIN_NEARNESS = 0.28
"""... unless the passage's meaning is this near (assistant/meaning.py; a cosine of .80 with the bundled e5)."""

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


class QuestionError(DatelineError):
    """The question is empty or too long."""


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
    question: str,
    history: History,
    *,
    corpus: Path,
    store: Store,
    meaning: Meaning,
    model: ChatModel | None,
    started: float | None = None,
) -> Iterator[str | Answer]:
    """Answer one question: yield the verified sentences as they come, and at last the Answer.

    The sentences joined are the text of an answered Answer. A model that fails degrades to quoting; `model` None quotes
    from the start. `started` is when the clock began (time.perf_counter). Raises QuestionError, and what the model
    raises when only its user can mend it.
    """
    question = checked_question(question)
    history = [(clean_text(asked), clean_text(answered)) for asked, answered in history]
    started = time.perf_counter() if started is None else started
    asked = search_text(question, history)
    hits = store.search(asked, PASSAGES)
    turn = Turn(question, model.name if model else EXTRACTIVE, Citations(corpus, hits), started, hits=hits)
    turn.retrieve_ms = turn.elapsed()
    if not hits:
        yield turn.refused("nothing_relevant" if store.stats().articles else "empty_index")
        return
    share, cosine = relevance(asked, hits)
    if share < MIN_RELEVANCE and meaning.nearness(cosine) < MIN_NEARNESS:
        yield turn.refused("nothing_relevant")
        return
    evidence = select_evidence(asked, hits, meaning)
    turn.warnings.extend(_left_out(asked, hits))
    if not evidence:
        yield turn.refused("nothing_relevant")
        return
    reason: Reason = "not_supported"
    least = MIN_SCORE
    if model is not None:
        least = SURE_SCORE  # a model has seen the evidence and found nothing: only a sentence that holds nearly all counts
        try:
            yield from _written(turn, evidence, history, model)
        except ModelUnavailable as error:
            turn.warnings.append(str(error))
            reason, least = "model_unavailable", MIN_SCORE
        turn.model = model.name  # an endpoint's own name for it is known only now
    if not turn.text:
        pointed_at = [one for one in evidence if one.number in turn.pointed_at]
        for some, bar in ((pointed_at, MIN_SCORE), (evidence, least)):
            if not turn.text:
                yield from _quoted(turn, some, history, meaning, bar)
        if turn.text and model is not None:
            turn.model = EXTRACTIVE
            turn.warnings.append("quoted by program: the model gave no answer that the sources support")
    elif reason == "model_unavailable":
        turn.warnings.append("the model broke off: the answer may lack what it had yet to write")
    yield from _differing(turn)
    yield turn.answered() if turn.text else turn.refused(reason)


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
        for other in conflicting(turn.question, sentence, supports, turn.hits):
            piece = turn.differ(other, supports)
            if piece:
                yield piece


def _written(turn: Turn, evidence: Sequence[Evidence], history: History, model: ChatModel) -> Iterator[str]:
    """The model's sentences; a model whose context is too small is shown the better half of the evidence."""
    try:
        yield from _in_one_go(turn, evidence, history, model)
    except ContextTooLong:
        half = len(evidence) // 2
        if not half or turn.text:
            raise
        turn.warnings.append(f"the model's context is small: it was shown {half} of {len(evidence)} pieces of evidence")
        yield from _written(turn, evidence[:half], history, model)


def _in_one_go(turn: Turn, evidence: Sequence[Evidence], history: History, model: ChatModel) -> Iterator[str]:
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


def _verified(turn: Turn, written: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    allowed = scripts(turn.question) | scripts(" ".join(one.shown() for one in evidence))
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
        if scripts(claim.text).isdisjoint(allowed) and scripts(claim.text):
            turn.warnings.append(f"dropped, it is in neither the language of the question nor that of the sources: {claim.text}")
            continue
        attribution = attribute(claim, evidence, turn.question)
        if attribution.supports:
            piece = turn.add(claim.text, attribution.supports)
            if piece:
                yield piece
        else:
            lacks = ", ".join(attribution.verdict.missing) or "what it says"
            turn.warnings.append(f"dropped, the sources lack {lacks}: {claim.text}")


def _quoted(turn: Turn, evidence: Sequence[Evidence], history: History, meaning: Meaning, least: float) -> Iterator[str]:
    """The sentences of the evidence that answer best, in quotation marks; none that scores less than `least`."""
    asked = search_text(turn.question, history)
    for support in best_sentences(asked, evidence, meaning, least):
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
        if passage.title and passage.kind == "body" and not is_order(passage.title, one.programs_wanted):
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
