"""Every measure of a report, defined once: its name, what it means, and its value for one question.

A measure that cannot be taken of a question is None there, never zero; one that could be taken of no question is
printed as not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evals import retrieval
from evals.citing import cited_files, is_valid, overlaps_gold, support
from evals.gold import Item, span_of
from evals.matching import exact_match, f1, facts_said, says, unmarked
from evals.records import Record, Said, Span
from evals.texts import Texts

K = 5
"""Retrieved passages (or files) that are looked at."""

Kind = Literal["rate", "share", "amount"]
"""A rate is 0 or 1 of each question, a share anything between, an amount has a unit."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure: `higher_is_better` is None where neither is."""

    name: str
    group: str
    kind: Kind
    higher_is_better: bool | None
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric("correct", "answers", "rate", True, "every fact group is said (figures by value); the unanswerable refused"),
    Metric("unmixed", "answers", "rate", True, "correct, and none of the item's wrong answers said (RAMDocs' exact match)"),
    Metric("facts", "answers", "share", True, "fact groups said, of the answerable"),
    Metric("exact_match", "answers", "rate", True, "SQuAD 2.0 exact match with a reference answer"),
    Metric("f1", "answers", "share", True, "SQuAD 2.0 token F1 with the best reference answer"),
    Metric("error", "answers", "rate", False, "questions that ended in an error; each counts as wrong"),
    Metric("refusal_precision", "refusal", "rate", True, "of the refused, those that are unanswerable"),
    Metric("refusal_recall", "refusal", "rate", True, "of the unanswerable, those that were refused"),
    Metric("refusal_f1", "refusal", "share", True, "harmonic mean of the two"),
    Metric("false_refusal", "refusal", "rate", False, "of the answerable, those that were refused"),
    Metric(
        "aurc", "refusal", "share", False, "mean risk along the risk-coverage curve of the answered; read it with false_refusal"
    ),
    Metric(
        "citation_valid", "citations", "rate", True, "answers all of whose citations are valid: file unchanged, quote at that range"
    ),
    Metric("cited_precision", "citations", "share", True, "files cited that are gold sources, of the answered"),
    Metric("cited_recall", "citations", "share", True, "gold sources cited, of the answered"),
    Metric("cited_f1", "citations", "share", True, "harmonic mean of the two, question by question"),
    Metric("gold_overlap", "citations", "rate", True, "answers with a citation that shares a character with a gold quote"),
    Metric("sentences_cited", "citations", "share", True, "sentences with a marker that has its citation"),
    Metric("figures_supported", "citations", "share", True, "sentences whose every figure stands in what they cite"),
    Metric("lexical_support", "citations", "share", True, "telling words of the sentences that stand in what they cite"),
    Metric(f"hit@{K}", "retrieval", "rate", True, f"a gold file, or one of `also`, among the first {K} passages"),
    Metric(f"recall@{K}", "retrieval", "share", True, f"gold files among the first {K} passages"),
    Metric(f"mrr@{K}", "retrieval", "share", True, "1/rank of the first gold file"),
    Metric(f"ndcg@{K}", "retrieval", "share", True, "normalised discounted cumulative gain of the files"),
    Metric(f"map@{K}", "retrieval", "share", True, "mean average precision of the files"),
    Metric(f"char_recall@{K}", "retrieval", "share", True, f"characters of the gold quotes in the first {K} passages"),
    Metric(f"char_precision@{K}", "retrieval", "share", True, f"characters of the first {K} passages in a gold quote"),
    Metric(f"char_iou@{K}", "retrieval", "share", True, "intersection over union of the two"),
    Metric("latency_p50", "cost", "amount", False, "seconds to the last character, median"),
    Metric("latency_p95", "cost", "amount", False, "seconds to the last character, 95th percentile"),
    Metric("first_token_p50", "cost", "amount", False, "seconds to the model's first token, median"),
    Metric("seconds", "cost", "amount", False, "seconds to the last character, mean"),
    Metric("prompt_tokens", "cost", "amount", False, "tokens read by the model, mean"),
    Metric("completion_tokens", "cost", "amount", False, "tokens written by the model, mean"),
    Metric("cost", "cost", "amount", False, "dollars a question, mean, at the prices given"),
)
BY_NAME = {metric.name: metric for metric in METRICS}

Scores = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Given:
    """What all answerable items of a gold file have: without it, a measure is taken of none of the file's items."""

    facts: bool
    answers: bool


def given(items: Sequence[Item]) -> Given:
    """What a gold file gives. Were `correct` taken of the unanswerable alone, whoever refuses everything would be best."""
    answerable = [item for item in items if item.answerable]
    return Given(
        facts=bool(answerable) and all(item.facts for item in answerable),
        answers=bool(answerable) and all(item.answers for item in answerable),
    )


def scores(item: Item, record: Record, texts: Texts | None, gold: Given) -> Scores:
    """The measures of one question; those that need the corpus are None without `texts`."""
    found: Scores = {}
    if record.answer is not None or record.error is not None:
        said = record.answer or Said(text="", status="answered")
        found |= _of_the_answer(item, said, gold)
        found["error"] = float(record.error is not None)
    if record.answer is not None:  # an error is neither a refusal nor an answer
        found |= _refusal(item, record.answer) | _citations(item, record.answer, texts) | _cost(record, record.answer)
    if record.retrieved is not None and item.sources:
        found |= _retrieval(item, record.retrieved, texts)
    return found


def _of_the_answer(item: Item, said: Said, gold: Given) -> Scores:
    refused = said.status == "refused"
    text = "" if refused else unmarked(said.text)
    found: Scores = {}
    if item.facts:
        groups = facts_said(text, item.facts)
        found["facts"] = sum(groups) / len(groups)
    if gold.facts:
        found["correct"] = float(found["facts"] == 1) if item.answerable else float(refused)
        if item.wrong:
            found["unmixed"] = float(found["correct"] == 1 and not any(says(text, one) for one in item.wrong))
    if gold.answers:
        # SQuAD's way: a refusal is the empty answer, which is the right one to the unanswerable.
        found["exact_match"] = exact_match(text, item.answers) if item.answerable else float(refused)
        found["f1"] = f1(text, item.answers) if item.answerable else float(refused)
    return found


def _refusal(item: Item, said: Said) -> Scores:
    refused = said.status == "refused"
    found: Scores = {"false_refusal" if item.answerable else "refusal_recall": float(refused)}
    if refused:
        found["refusal_precision"] = float(not item.answerable)
    return found


def _citations(item: Item, said: Said, texts: Texts | None) -> Scores:
    found: Scores = {}
    if said.status == "refused":
        return found
    if said.citations and texts is not None:
        found["citation_valid"] = float(all(is_valid(one, texts) for one in said.citations))
    if held := support(said):
        found["sentences_cited"], found["figures_supported"], found["lexical_support"] = held.cited, held.figures, held.words
    if item.sources:
        found["cited_precision"], found["cited_recall"], found["cited_f1"] = cited_files(said.citations, item)
    if item.quotes and texts is not None:
        found["gold_overlap"] = float(overlaps_gold(said.citations, item, texts))
    return found


def _cost(record: Record, said: Said) -> Scores:
    own = said.timings.seconds()  # the answer's own clock, where it has one: the harness searches once more for the passages
    found: Scores = {"seconds": own if own is not None else record.seconds}
    if said.usage is not None and said.usage.prompt_tokens:
        found["prompt_tokens"] = float(said.usage.prompt_tokens)
        found["completion_tokens"] = float(said.usage.completion_tokens)
    return found


def _stands_for(span: Span, item: Item) -> str:
    """The file that a passage counts as: a copy that was folded into another file's passage was found as well."""
    names = (span.source, *span.also_in)
    return next((one for known in (item.sources, item.also) for one in names if one in known), span.source)


def _retrieval(item: Item, spans: Sequence[Span], texts: Texts | None) -> Scores:
    right = set(item.sources)
    files = [_stands_for(span, item) for span in spans[:K]]
    ranked = retrieval.ranking(files, ignored=set(item.also) - right)
    found: Scores = {
        f"hit@{K}": retrieval.hit(files, right | set(item.also), K),
        f"recall@{K}": retrieval.recall(ranked, right, K),
        f"mrr@{K}": retrieval.reciprocal_rank(ranked, right, K),
        f"ndcg@{K}": retrieval.ndcg(ranked, right, K),
        f"map@{K}": retrieval.average_precision(ranked, right, K),
    }
    if item.quotes and texts is not None:
        gold = [(quote.source, *span) for quote in item.quotes if (span := span_of(quote, texts.of(quote.source)))]
        best = retrieval.as_ranges((span.source, span.start, span.end) for span in spans[:K])
        by_characters = retrieval.characters(best, retrieval.as_ranges(gold))
        found |= dict(zip((f"char_recall@{K}", f"char_precision@{K}", f"char_iou@{K}"), by_characters, strict=True))
    return found
