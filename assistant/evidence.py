"""Passages become evidence: the sentences worth reading, numbered, within a budget of tokens."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from assistant.figures import figures
from assistant.meaning import Meaning
from assistant.untrusted import defused, is_order, of_programs, orders
from index.fuse import word_runs
from index.sentences import sentences
from index.terms import terms, without_asking
from index.tokens import count_tokens
from index.types import Hit, Passage

EVIDENCE_TOKENS = 300
"""What a small model on two cores reads in a few seconds; with more of it, the bundled one says more often that it finds
no answer."""
ENDPOINT_TOKENS = 1_200
"""What a larger model is shown: nearly all that the passages hold (python -m benchmarks.evidence)."""
PASSAGE_SHARE = 0.5
"""The most of it that one passage may fill: the best passage is not always the one that answers."""
PASSAGE_WEIGHT = 0.6
"""How much a sentence gains from standing in the best passage, against 1 for holding all of the question's terms."""
NEIGHBOUR_WEIGHT = 0.4
WORDS_TELL = 0.2
"""When no sentence holds this much of the question's terms, its words lead nowhere."""
MAX_MEANT = 24
"""Sentences whose meaning is looked at then, in the order of the passages."""
LEAST_TERMS = 2
"""A piece of fewer terms ("2.", "by", a lone heading) is evidence only when it or what stands beside it has a word of the
question."""
COPY_OVERLAP = 0.8

_NUMBERS = r"\^?\d+(?:\s*(?:[,，、;；&–-]|and|和)\s*\d+)*"
MARKER = re.compile(
    rf"\s*(?:[\[【［](?:(?:sources?|来源)\s*[:：]?\s*)?({_NUMBERS})\s*[\]】］]|\((?:sources?|来源)\s*[:：]?\s*({_NUMBERS})\))",
    re.IGNORECASE,
)
"""A source number in any of the forms that models give it."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run of sentences of one passage that the model reads as source `number`; ranges are of the file."""

    number: int
    hit: Hit
    sentences: tuple[Range, ...]
    programs_wanted: bool = False
    """Whether the question is about programs: what is reported of them is evidence then (`untrusted.is_order`)."""

    @property
    def passage(self) -> Passage:
        """The passage that the sentences stand in."""
        return self.hit.passage

    def text_of(self, at: Range) -> str:
        """The characters of a range of the passage's file."""
        return self.passage.text[at[0] - self.passage.start : at[1] - self.passage.start]

    def shown(self) -> str:
        """The evidence as one line for the model, without anything that could pass for a source number or end a turn."""
        return on_one_line(self.text_of((self.sentences[0][0], self.sentences[-1][1])))


def on_one_line(text: str) -> str:
    """A text of the corpus as the model may read it: one line, nothing in it that looks like the prompt around it."""
    return unmarked(" ".join(defused(text).split()))


def unmarked(text: str) -> str:
    """A text of ours without anything that could pass for a marker of an answer.

    >>> unmarked("It rose [3], the study says [Source 1].")
    'It rose (3), the study says (1).'
    """
    return MARKER.sub(lambda match: f" ({match.group(1) or match.group(2)})", text)


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    at: Range
    text: str
    score: float


def select_evidence(question: str, hits: Sequence[Hit], meaning: Meaning, budget: int = EVIDENCE_TOKENS) -> list[Evidence]:
    """Choose the sentences that matter most to a question, in runs numbered from 1, best passage first.

    A sentence scores by the share of the question's terms it holds (weighted by how rare each is among the
    candidates), by its neighbours' and by its passage's rank; by its meaning where no sentence holds enough of the
    question's terms, as when it is asked in another language than the articles'. A near-identical sentence of another
    file is left out.
    """
    candidates = _scored(question, hits, meaning)  # none when all that was found addresses a program
    chosen: set[Range | tuple[str, int, int]] = set()
    kept: list[_Candidate] = []
    left = budget
    filled: Counter[Passage] = Counter()
    runs_of = cache(word_runs)
    for candidate in sorted(candidates, key=lambda one: -one.score):
        cost = count_tokens(candidate.text)
        passage = candidate.hit.passage
        if kept and (cost > left or filled[passage] + cost > max(cost, PASSAGE_SHARE * budget)):
            continue
        others = (other.text for other in kept if other.hit.passage.source != passage.source)
        if any(is_copy_of(candidate.text, other, runs_of) for other in others):
            continue
        kept.append(candidate)
        chosen.add((passage.source, *candidate.at))
        filled[passage] += cost
        left -= cost
        if left <= 0:
            break
    return _in_runs([one for one in candidates if (one.hit.passage.source, *one.at) in chosen], of_programs(question))


def coverage(question: str, hits: Sequence[Hit]) -> tuple[float, float]:
    """How near the hits come to a question: the greatest weighted share of its terms in one hit, and the best cosine."""
    question = without_asking(question)
    weights = term_weights([question, *(hit.passage.text for hit in hits)])
    wanted = set(terms(question))
    whole = sum(weights[term] for term in wanted)
    shares = [sum(weights[term] for term in wanted & set(terms(f"{hit.passage.title or ''} {hit.passage.text}"))) for hit in hits]
    return max(shares, default=0.0) / whole if whole else 0.0, max((hit.cosine for hit in hits), default=0.0)


def term_weights(texts: Sequence[str]) -> dict[str, float]:
    """How telling each term is among some texts: log(1 + texts / texts with it)."""
    frequency = Counter(term for text in texts for term in set(terms(text)))
    return {term: math.log(1 + len(texts) / count) for term, count in frequency.items()}


def is_copy_of(text: str, other: str, runs_of: Callable[[str], frozenset[str]] = word_runs) -> bool:
    """Whether nearly all of a text stands word for word in another one, with every figure it has.

    Whoever compares many texts with each other gives a `runs_of` that keeps what it found.
    """
    if not set(figures(text)) <= set(figures(other)):  # known already for most texts, and quicker than comparing words
        return False
    runs = runs_of(text)
    return len(runs & runs_of(other)) >= COPY_OVERLAP * len(runs)


def _scored(question: str, hits: Sequence[Hit], meaning: Meaning) -> list[_Candidate]:
    wanted = of_programs(question)
    split = [(hit, at) for hit in hits for at in sentences_of(hit.passage, wanted)]
    texts = [_text_at(hit, at) for hit, at in split]
    telling = without_asking(question)
    weights = term_weights([*texts, telling])
    asked = set(terms(telling))
    whole = sum(weights[term] for term in asked) or 1.0
    lexical = [sum(weights[term] for term in asked & set(terms(text))) / whole for text in texts]
    if split and max(lexical) < WORDS_TELL:
        near = meaning.to_question(question, texts[:MAX_MEANT])
        lexical = [max(0.0, one) for one in near] + [0.0] * (len(texts) - len(near))
    best = max((hit.score for hit in hits), default=0.0)
    spread = best - min((hit.score for hit in hits), default=0.0) or 1.0
    found: list[_Candidate] = []
    for n, ((hit, at), text) in enumerate(zip(split, texts, strict=True)):
        beside = [lexical[m] for m in (n - 1, n + 1) if 0 <= m < len(split) and split[m][0] is hit]
        about = lexical[n] + NEIGHBOUR_WEIGHT * max(beside, default=0.0)
        if not about and len(terms(text)) < LEAST_TERMS:
            continue
        rank = 1 - (best - hit.score) / spread
        found.append(_Candidate(hit, at, text, about + PASSAGE_WEIGHT * rank))
    return found


def _text_at(hit: Hit, at: Range) -> str:
    return hit.passage.text[at[0] - hit.passage.start : at[1] - hit.passage.start]


def orders_in(question: str, hits: Sequence[Hit]) -> list[tuple[str, str]]:
    """What the hits hold that is no evidence because it addresses a program: (source, text), a headline too."""
    wanted = of_programs(question)
    found = [
        (passage.source, text)
        for passage in (hit.passage for hit in hits)
        for text in (
            *([passage.title] if passage.title and is_order(passage.title, wanted) else []),
            *(passage.text[a:b] for a, b in orders(passage.text, wanted)),
        )
    ]
    return list(dict.fromkeys((source, " ".join(defused(text).split())) for source, text in found))


def sentences_of(passage: Passage, programs_wanted: bool) -> list[Range]:
    """A passage's sentences without orders to a program, and without the headline, which the model is shown once anyway.

    A passage that holds only its headline keeps it.
    """
    title = passage.title or ""
    left_out = orders(passage.text, programs_wanted)
    split = [(passage.start + a, passage.start + b) for a, b in sentences(passage.text) if (a, b) not in left_out]
    kept = [(a, b) for a, b in split if " ".join(passage.text[a - passage.start : b - passage.start].split()) not in title]
    return kept if kept or left_out else split


def _in_runs(chosen: Sequence[_Candidate], programs_wanted: bool) -> list[Evidence]:
    """Sentences that follow one another become one piece of evidence; the order is that of the hits and of the text."""
    runs: list[tuple[Hit, list[Range]]] = []
    for one in chosen:
        last = runs[-1] if runs else None
        if (
            last
            and last[0] is one.hit
            and not one.hit.passage.text[last[1][-1][1] - one.hit.passage.start : one.at[0] - one.hit.passage.start].strip()
        ):
            last[1].append(one.at)
        else:
            runs.append((one.hit, [one.at]))
    return [Evidence(number, hit, tuple(ranges), programs_wanted) for number, (hit, ranges) in enumerate(runs, start=1)]
