"""A sentence of the answer is traced to the ranges of the files that support it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from assistant.claims import Claim
from assistant.contrary import another_quantity, clauses_with_figures
from assistant.evidence import Evidence, Range, unmarked
from assistant.figures import figures
from assistant.introduced import introduction, without_names
from assistant.names import NAMES_SHARE, about_same, bare, missing_names, names
from assistant.rival_names import replaced, runs
from assistant.roles import of_another_holder
from assistant.untrusted import is_order, orders
from assistant.verify import Verdict, is_curt, stands_by_what_is_counted, verify
from assistant.years import dated, of_another_year
from index.sentences import sentences
from index.terms import terms
from index.types import Hit

LEAST_TERMS = 2
"""A sentence of fewer terms states nothing by itself: it names something."""
MAX_RANGES = 3
"""A sentence that needs more sources than this says more than one thing."""
MAX_WIDENING = 2
"""A range may take in this many sentences before it, for the name that a pronoun in it stands for ..."""
MAX_ITEMS = 8
"""... and this many besides that go on in the next: the items of a list, and what leads to it."""

JOINED_SHARE = 0.75
"""Sentences of several sources support a claim together only when they hold nearly all of it: what each lacks may be
the very thing that is claimed of them."""
MEMBER_SHARE = 0.4
"""... and each of them holds this much of the claim or of the question, so that a stray word proves nothing."""
CLEARLY = 0.2
"""How much more of a claim's terms another source holds when the model's number is taken for a slip."""
_GOES_ON = (";", ":", "；", "：")
_WITHIN = str.maketrans("“”", "‘’")
NOTHING_HELD = Verdict((), (), (), (), 0.0)
"""Nothing was found, and nothing can be named that was looked for."""


@dataclass(frozen=True, slots=True)
class Support:
    """A range of one source that supports a claim, alone or with others."""

    evidence: Evidence
    at: Range


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a claim was found, and what was looked for in vain when it was not (`supports` is empty then).

    `verbatim` when only the words of the first range prove something: whom it is about is said elsewhere, and others are named too.
    """

    supports: tuple[Support, ...]
    verdict: Verdict
    verbatim: bool = False


def quotation(support: Support) -> str:
    """What a range says, on one line and in quotation marks; those within become single ones."""
    said = unmarked(" ".join(support.evidence.text_of(support.at).split()))
    bare = said.strip("“”")
    return f"“{said.translate(_WITHIN) if re.search('[“”]', bare) else bare}”"


def attribute(claim: Claim, evidence: Sequence[Evidence], question: str = "", hits: Sequence[Hit] = ()) -> Attribution:
    """Find the range, or the few ranges together, that support a claim in answer to a question.

    The model's numbers are tried first and confirmed; when they do not hold, or what they name holds clearly less of the claim
    than another source does, all the evidence is searched. The range is a sentence of a passage, widened backwards where the
    claim's names stand in the sentences before it. What stands in passages that know nothing of the names in the question
    supports no answer to it.
    """
    named = _found(claim, [one for one in evidence if one.number in claim.numbers], question, hits)
    if not named.supports:
        other = _found(claim, evidence, question, hits)
        return other if other.supports or other.verdict.share >= named.verdict.share else named
    if named.verdict.share > 1 - CLEARLY:
        return named
    rival = _best_single(claim.text, question, [one for one in evidence if one.number not in claim.numbers])
    clearly = rival.supports and rival.verdict.share >= named.verdict.share + CLEARLY
    return rival if clearly and answers(question, claim.text, rival.supports, hits) else named


def _found(claim: Claim, pool: Sequence[Evidence], question: str, hits: Sequence[Hit]) -> Attribution:
    """The range of one source that supports a claim, else the few ranges that do together."""
    lacking = NOTHING_HELD
    for find in (_best_single, _joined, partial(_introduced, hits=hits)):
        found = find(claim.text, question, pool)
        if not found.supports:
            lacking = max(lacking, found.verdict, key=lambda verdict: verdict.share)
        elif answers(question, claim.text, found.supports, hits):
            return found
        else:
            lacking = Verdict((), _unknown(question, found.supports, hits), (), (), 0.0)
    return Attribution((), lacking)


def _unknown(question: str, supports: Sequence[Support], hits: Sequence[Hit]) -> tuple[str, ...]:
    """The names of a question that are not around what supports a claim, where too many are not."""
    around = _around(supports, hits)
    return () if about_same(question, around) else tuple(name for name in names(question) if missing_names(name, around))


def answers(
    question: str, text: str, supports: Sequence[Support], hits: Sequence[Hit] = (), names_share: float = NAMES_SHARE
) -> bool:
    """Whether what supports a claim is about what was asked: its names, and what was to be counted."""
    said = "\n".join(one.evidence.text_of(one.at) for one in supports)
    if all(_of_another_year(question, text, one) for one in supports) or another_quantity(question, said):
        return False
    if of_another_holder(text, _articles(supports, hits), question):
        return False
    return about_same(question, _around(supports, hits), names_share) and stands_by_what_is_counted(question, text, said)


def _around(supports: Sequence[Support], hits: Sequence[Hit]) -> str:
    """The passages of some ranges, and those found of their articles before them.

    Whom a sentence is about is said before it: a firm that is named further down is another one.
    """
    ends = {one.evidence.passage.source: one.at[1] for one in supports}
    before = [hit.passage for hit in hits if hit.passage.start < ends.get(hit.passage.source, 0)]
    passages = [*(one.evidence.passage for one in supports), *before]
    return "\n".join(f"{one.title or ''}\n{one.text}" for one in passages)


def _articles(supports: Sequence[Support], hits: Sequence[Hit]) -> str:
    """The passages of some ranges, and all that were found of their articles."""
    of = {one.evidence.passage.source for one in supports}
    passages = [*(one.evidence.passage for one in supports), *(hit.passage for hit in hits if hit.passage.source in of)]
    return "\n".join(dict.fromkeys(one.text for one in passages))


def _of_another_year(question: str, text: str, support: Support) -> bool:
    said = support.evidence.text_of(support.at)
    return of_another_year(question, said, clauses_with_figures(text, said), support.evidence.passage.published)


def _introduced(text: str, question: str, pool: Sequence[Evidence], hits: Sequence[Hit]) -> Attribution:
    """A range that supports a claim but for names of the question, with the sentence of its article that says them."""
    asked = {bare(word) for word in [*re.findall(r"\w+", question), *names(question)]}
    best = Attribution((), NOTHING_HELD)
    for support in [Support(one, at) for one in pool for at in _ranges(one, MAX_WIDENING)]:
        one, said = support.evidence, support.evidence.text_of(support.at)
        absent = _judged(text, question, [support]).names
        if not absent or not all(any(bare(name) in asked for name in run.split()) for run in runs(text, absent)):
            continue
        verdict = _judged(without_names(text, absent), question, [support])
        if not verdict.supported or replaced(text, absent, said):
            continue
        before = introduction(absent, one, support.at, hits, f"{text} {question} {one.passage.title or ''}")
        if before is None or _holds(before.evidence.shown(), question):
            continue
        if not best.supports or _rank(verdict) > _rank(best.verdict):
            supports = (support, Support(before.evidence, before.evidence.sentences[0]))
            best = Attribution(supports, verdict, verbatim=not before.alone)
    return best


def _holds(text: str, question: str) -> bool:
    """Whether a text says nearly all that a question does: then it answers by itself, and no other is taken in its place."""
    asked = set(terms(question))
    return len(asked & set(terms(text))) >= JOINED_SHARE * len(asked)


def _best_single(text: str, question: str, pool: Sequence[Evidence]) -> Attribution:
    """The one range that supports a claim best; its verdict says what the nearest one lacks when none does."""
    # A claim of one word is in any range that holds the word: the sentence with the word has to say something itself.
    widening = MAX_WIDENING if len(terms(text)) >= LEAST_TERMS or figures(text) else 0
    tried = [(Support(one, at), _judged(text, question, [Support(one, at)])) for one in pool for at in _ranges(one, widening)]
    if not tried:
        return Attribution((), NOTHING_HELD)
    asked = names(question) if is_curt(text) else []  # "83." names nobody: of equal ranges the one that does is easier to check

    def rank(pair: tuple[Support, Verdict]) -> tuple[tuple[bool, int, float, float], int, int]:
        (support, verdict), said = pair, pair[0].evidence.text_of(pair[0].at)
        # The shortest range among equals: a reader should have little to read.
        return _rank(verdict), sum(name in said for name in asked), support.at[0] - support.at[1]

    support, verdict = max(tried, key=rank)
    return Attribution((support,) if verdict.supported else (), verdict)


def _joined(text: str, question: str, pool: Sequence[Evidence]) -> Attribution:
    """A few single sentences that support a claim together, taken greedily by what they add."""
    chosen: list[Support] = []
    verdict = NOTHING_HELD
    options = [Support(one, at) for one in pool for at in one.sentences if _says_something(one.text_of(at))]
    while options and len(chosen) < MAX_RANGES and not _joined_enough(verdict):
        judged = [(one, _judged(text, question, [*chosen, one])) for one in options if _belongs(one, chosen, text, question)]
        if not judged:
            break
        option, better = max(judged, key=lambda pair: _rank(pair[1]))
        if chosen and _rank(better) <= _rank(verdict):
            break
        chosen.append(option)
        options.remove(option)
        verdict = better
    in_order = sorted(chosen, key=lambda one: (one.evidence.number, one.at))
    return Attribution(tuple(in_order) if _joined_enough(verdict) else (), verdict)


def _belongs(option: Support, chosen: Sequence[Support], text: str, question: str) -> bool:
    """Whether a sentence may join others: it is about the claim or the question, or stands right beside one of them."""
    said = set(terms(option.evidence.text_of(option.at)))
    for about in (set(terms(text)), set(terms(question))):
        if about and len(about & said) >= MEMBER_SHARE * len(about):
            return True
    order = option.evidence.sentences.index(option.at)
    beside = option.evidence.sentences[max(0, order - 1) : order + 2]
    return any(one.evidence is option.evidence and one.at in beside for one in chosen)


def _joined_enough(verdict: Verdict) -> bool:
    return verdict.supported and verdict.share >= JOINED_SHARE


def _rank(verdict: Verdict) -> tuple[bool, int, float, float]:
    return verdict.supported, -len(verdict.missing), verdict.share, verdict.added


def _judged(text: str, question: str, supports: Sequence[Support]) -> Verdict:
    in_order = sorted(supports, key=lambda one: (one.evidence.number, one.at))
    source = "\n".join(dated(one.evidence.text_of(one.at), one.evidence.passage.published) for one in in_order)
    titles = dict.fromkeys(one.evidence.passage.title or "" for one in supports if one.evidence.passage.kind == "body")
    context = "\n".join(title for title in titles if not is_order(title, supports[0].evidence.programs_wanted))
    return verify(text, source, context, question)


def _says_something(text: str) -> bool:
    """A lone word or name states nothing that could be cited, unless there is a figure with it; nor does a question."""
    return (len(terms(text)) >= LEAST_TERMS or bool(figures(text))) and not is_question(text)


_AND_ASKS = re.compile(r"[,;:—–] ?(?:but|and|so|yet) ", re.IGNORECASE)
"""A question that follows a statement in one sentence."""


def is_question(text: str) -> bool:
    """Whether a text ends with a question: it states nothing by itself.

    >>> is_question("“Will the mill close?”"), is_question("“Will it close?” asked Mr Li.")
    (True, False)
    >>> is_question("The strike cost 3m euros, but who will pay?"), is_question("Her new book is “Who Owns the Rain?”")
    (False, False)
    """
    text = text.strip("*_ \n")
    asked = text.rstrip("”\"’'»)")
    quoted_last = asked != text and text[0] not in '“"‘«('
    return asked.endswith(("?", "？")) and not quoted_last and not _AND_ASKS.search(text)


def _ranges(evidence: Evidence, widening: int) -> list[Range]:
    """The sentences shown, alone and widened backwards within their passage, but not over what is no evidence."""
    passage = evidence.passage
    every = [(passage.start + a, passage.start + b) for a, b in sentences(passage.text)]
    left_out = {(passage.start + a, passage.start + b) for a, b in orders(passage.text, evidence.programs_wanted)}
    found: list[Range] = []
    for at in evidence.sentences:
        n = every.index(at)
        taken_in = 0
        for m in range(n, max(-1, n - widening - (MAX_ITEMS if widening else 0) - 1), -1):
            taken_in += m < n and not evidence.text_of(every[m]).endswith(_GOES_ON)
            if every[m] in left_out or taken_in > widening:
                break
            if _says_something(evidence.text_of((every[m][0], at[1]))):
                found.append((every[m][0], at[1]))
    return found
