"""What a model writes becomes sentences of the answer: each is verified as soon as it is complete, or dropped."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress

from assistant.answertype import has_what_is_asked
from assistant.attribute import NOTHING_HELD, Support, attribute, quotation
from assistant.claims import Claim, claims, marked
from assistant.evidence import MARKER, Evidence, on_one_line
from assistant.figures import figures
from assistant.followup import points_back
from assistant.model import ChatModel, ContextTooLong, Message, counted
from assistant.relevance import Relevance, readings
from assistant.turn import Turn
from assistant.types import History, Usage
from assistant.untrusted import defused, is_order
from assistant.verify import scripts
from index.sentences import sentences
from index.tokens import first_tokens
from prompts import render

QUESTION_TOKENS, HISTORY_TOKENS, TITLE_TOKENS = 1_000, 300, 12
"""What the model is shown of them at most, so that a small context holds the evidence too."""
MAX_ANSWER_TOKENS, LACKING_TOKENS = 300, 60
MAX_SENTENCES = 3
"""Asked for in the prompt, and kept by the program: a small model goes on to retell its sources."""
LEAST_ODDS = -4.0
"""Log-odds (assistant/relevance.py) that what a sentence cites, as a reader meets it, answers the question; below, it is left
out."""
LEAST_NEARNESS = 0.28
"""The same where the reranker does not read the language: nearness in meaning (assistant/meaning.py); besides, what was
asked for has to be there, a number or a time."""
NO_ANSWER = "NOT IN THE SOURCES"
"""What the model is asked to reply when the sources do not answer."""
_ITEM = re.compile(r"^[ \t]*[1-9][.)](?:[ \t]+|$)", re.MULTILINE)
_ABOUT_SOURCES = re.compile(
    r"^(the |these |none of the )?(provided |given |numbered )?(sources?|articles?|passages?|texts?|documents?|information)"
    r"( provided| given| above)?"
    r" (do(es)? not|don.t|doesn.t|did not)\b|^(来源|文章|资料|原文)中?(没有|未|并未)",
    re.IGNORECASE,
)
"""The model speaks of its sources instead of answering."""
_DANGLING = re.compile(r"\b(in|by|from|of|see|sources?|and)(\s*,?\s*and)?\s*[.。]?$", re.IGNORECASE)
"""... as in "it is mentioned in [1]", once the marker is taken out."""
_LETTER = re.compile(r"[^\W\d_]")


def written(turn: Turn, evidence: Sequence[Evidence], relevance: Relevance, history: History, model: ChatModel) -> Iterator[str]:
    """The model's sentences, each as soon as it is complete and found to be supported.

    A model whose context is too small is shown the better half of the evidence. When nothing that it wrote is supported, or
    it gave a number alone, it is told so and asked once more. Raises what `model.stream` raises.
    """
    shown = evidence
    while True:
        messages = _messages(turn, shown, history)
        try:
            reply = yield from _streamed(turn, shown, relevance, messages, model)
            break
        except ContextTooLong:
            half = len(shown) // 2
            if not half or turn.text:
                raise
            turn.warnings.append(f"the model's context is small: it was shown {half} of {len(evidence)} pieces of evidence")
            shown = shown[:half]
    if (turn.lacking or turn.pointed_at) and not turn.text and "repair" not in turn.without:
        said = first_tokens(defused(reply), MAX_ANSWER_TOKENS)
        again = render("repair", problem=_problem(turn), refusal=NO_ANSWER)
        more: list[Message] = [{"role": "assistant", "content": said}, {"role": "user", "content": again}]
        with suppress(ContextTooLong):  # there is no room to ask again
            yield from _streamed(turn, shown, relevance, [*messages, *more], model)


def _problem(turn: Turn) -> str:
    """What is wrong with a reply of which nothing is left."""
    if not turn.lacking:
        return "That is a number without a sentence."
    lacking = ", ".join(dict.fromkeys(one for some in turn.lacking for one in (*some.figures, *some.names, *some.quotes)))
    return f"The sources do not state that{f': they lack {first_tokens(defused(lacking), LACKING_TOKENS)}' if lacking else ''}."


def _streamed(
    turn: Turn, evidence: Sequence[Evidence], relevance: Relevance, messages: Sequence[Message], model: ChatModel
) -> Generator[str, None, str]:
    """One reply's supported sentences; returns the reply as it was written."""
    allowed = scripts(turn.question).union(*(scripts(one.shown()) for one in evidence))
    waiting, reply = "", ""
    before = turn.usage
    with closing(model.stream(messages, MAX_ANSWER_TOKENS)) as pieces:
        for piece in pieces:
            if isinstance(piece, Usage):
                turn.usage = before + piece
                continue
            if turn.first_token_ms is None:
                turn.first_token_ms = turn.elapsed()
            reply += piece
            done, waiting = _complete(waiting + piece)
            yield from _verified(turn, _unnumbered(done, reply), evidence, relevance, allowed)
            if turn.sentences >= MAX_SENTENCES:
                turn.usage = before + counted(messages, reply)  # the rest is not waited for, nor its usage
                return reply
    yield from _verified(turn, _unnumbered(waiting, reply), evidence, relevance, allowed)
    return reply


def _unnumbered(text: str, reply: str) -> str:
    """A part of a reply without the numbers of its items, when the reply is a numbered list: they are no figures.

    >>> _unnumbered("2. 900m yuan [2]", "1. 1.5 billion yuan [1]\\n2. 900m yuan [2]"), _unnumbered("7. So it is.", "7. So it is.")
    ('900m yuan [2]', '7. So it is.')
    """
    return _ITEM.sub("", text) if re.match(r"\s*1[.)]\s", reply) else text


def _verified(turn: Turn, text: str, evidence: Sequence[Evidence], relevance: Relevance, allowed: set[str]) -> Iterator[str]:
    found = claims(text)
    if not found:
        turn.pointed_at.update(marked(text))
    for claim in found:
        if turn.sentences >= MAX_SENTENCES:
            return
        if NO_ANSWER.casefold() in claim.text.casefold() or f" {_plain(claim.text)} " in f" {_plain(turn.text)} ":
            continue  # nothing, or what was said already
        invalid = [number for number in claim.numbers if not 0 < number <= len(evidence)]
        turn.warnings.extend(f"removed the marker [{number}], which cites nothing" for number in invalid)
        if unfit := _unfit(claim.text, allowed):
            turn.warnings.append(f"dropped, {unfit}: {claim.text}")
            if not _ABOUT_SOURCES.search(claim.text):
                turn.lacking.append(NOTHING_HELD)  # it has something to say, and did not say it
            continue
        if "verification" in turn.without:
            yield from _taken(turn, claim, evidence)
            continue
        attribution = attribute(claim, evidence, turn.understood, turn.found)
        if attribution.supports and not _answers(turn, relevance, claim.text, attribution.supports):
            turn.warnings.append(f"dropped, what it cites does not answer the question: {claim.text}")
        elif attribution.supports:
            said = claim.text
            if attribution.verbatim:
                said = quotation(attribution.supports[0])
                turn.warnings.append(f"quoted instead, the source says elsewhere whom this is about: {claim.text}")
            piece = turn.add(said, attribution.supports)
            if piece:
                yield piece
        else:
            verdict = attribution.verdict
            turn.lacking.append(verdict)
            turn.warnings.append(f"dropped, the sources lack {', '.join(verdict.missing) or 'what it says'}: {claim.text}")


def _plain(text: str) -> str:
    """The words of a text, without its markers."""
    return " ".join(re.findall(r"\w+", MARKER.sub("", text).casefold()))


def _unfit(text: str, allowed: set[str]) -> str:
    """Why a sentence states nothing in answer to the question, whatever the sources say; "" when it may."""
    if len(figures(text)) > 1 and not _LETTER.search(text):
        return "it gives numbers and does not say of what"
    if _ABOUT_SOURCES.search(text) or _DANGLING.search(text):
        return "it speaks of the sources and not of the question"
    if scripts(text).isdisjoint(allowed) and scripts(text):
        return "it is in neither the language of the question nor that of the sources"
    return ""


def _taken(turn: Turn, claim: Claim, evidence: Sequence[Evidence]) -> Iterator[str]:
    """A sentence as a model wrote it, with the evidence that it says it is from."""
    named = [one for one in evidence if one.number in claim.numbers]
    piece = turn.add(claim.text, [Support(one, (one.sentences[0][0], one.sentences[-1][1])) for one in named])
    if piece:
        yield piece


def _answers(turn: Turn, relevance: Relevance, claim: str, supports: Sequence[Support]) -> bool:
    """Whether the ranges are likely enough to answer the question.

    What follows a sentence that does is taken with it, if it is near the question where nothing else is known.
    """
    if turn.text and relevance.known:
        return True
    known = [one for one in relevance.as_read([readings(claim, one.evidence, one.at) for one in supports]) if one is not None]
    if known:
        return relevance.reaches(max(known), LEAST_ODDS)
    said = [one.evidence.text_of(one.at) for one in supports]
    near = max(relevance.meaning.to_question(turn.understood, said))
    return near >= LEAST_NEARNESS and (bool(turn.text) or has_what_is_asked(turn.understood, "\n".join(said)))


def _complete(text: str) -> tuple[str, str]:
    """Cut a growing text into its complete sentences, each with the markers behind it, and the rest."""
    found = sentences(text)
    last = len(found) - 1
    while last > 0 and text[found[last][0]] in "[【":
        last -= 1
    cut = found[last][0] if last > 0 else 0
    return text[:cut], text[cut:]


def _messages(turn: Turn, evidence: Sequence[Evidence], history: History) -> list[Message]:
    question = turn.spelled or turn.question
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
    shown = first_tokens(defused(question), QUESTION_TOKENS)
    if turn.translation:
        shown = f"{shown} ({defused(turn.translation)})"
    return [
        {"role": "system", "content": render("system", refusal=NO_ANSWER)},
        {
            "role": "user",
            "content": render("answer", sources="\n".join(lines), history=earlier, question=shown),
        },
    ]
