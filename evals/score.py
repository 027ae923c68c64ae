"""Stored answers and a gold file become one report: a dictionary that is written as report.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.citing import is_valid
from evals.gold import Item, plain
from evals.metrics import BY_NAME, METRICS, Scores, given, scores
from evals.records import Record
from evals.statistics import Interval, area_under_risk, mean, percentile, wilson
from evals.texts import Texts

SCHEMA = 2
SHOWN_BY_TYPE = ("correct", "facts", "refusal_recall", "false_refusal", "gold_overlap", "cited_f1")
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for a million tokens read and written; None where no price is known."""

    prompt: float | None = None
    completion: float | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One question with its outcome and its measures."""

    item: Item
    record: Record
    scores: Scores

    def cluster(self) -> str:
        """What it succeeds or fails together with: the first article that it is about, else itself."""
        return self.item.sources[0] if self.item.sources else f"\x00{self.item.id}"

    def confidence(self) -> float | None:
        """The similarity of question and best passage, where it was kept."""
        cosines = [span.cosine for span in self.record.retrieved or () if span.cosine is not None]
        return max(cosines, default=None)


def report(
    items: Sequence[Item],
    records: Mapping[str, Record],
    texts: Texts | None,
    metadata: Mapping[str, Any],
    prices: Prices | None = None,
) -> dict[str, Any]:
    """The whole report as JSON-ready values. An item without a record is left out and counted as `unfinished`."""
    gold = given(items)
    done = [Scored(item, records[item.id], scores(item, records[item.id], texts, gold)) for item in items if item.id in records]
    types = sorted({one.item.type for one in done})
    curve = risk_coverage(done)
    return {
        "schema": SCHEMA,
        "metadata": dict(metadata),
        "n": len(done),
        "unfinished": len(items) - len(done),
        "answered_by": dict(
            sorted(Counter(name for one in done if one.record.answer and (name := one.record.answer.model)).items())
        ),
        "metrics": _metrics(done, prices or Prices()),
        "by_type": {name: _by_type([one for one in done if one.item.type == name]) for name in types},
        "risk_coverage": curve,
        "items": [_shown(one, texts) for one in done],
    }


def _metrics(done: Sequence[Scored], prices: Prices) -> dict[str, Any]:
    made: dict[str, Any] = {}
    special: dict[str, Callable[[], Interval | None]] = {
        "refusal_f1": lambda: _refusal_f1(done),
        "aurc": lambda: _aurc(done),
        "latency_p50": lambda: _at(_values(done, "seconds"), 0.5),
        "latency_p95": lambda: _at(_values(done, "seconds"), 0.95),
        "first_token_p50": lambda: _at(_first_tokens(done), 0.5),
        "cost": lambda: _cost(done, prices),
    }
    for metric in METRICS:
        interval = special[metric.name]() if metric.name in special else _of(done, metric.name)
        made[metric.name] = _plain(interval)
    return made


def _by_type(done: Sequence[Scored]) -> dict[str, Any]:
    return {"n": len(done)} | {name: _plain(_of(done, name)) for name in SHOWN_BY_TYPE}


def _of(done: Sequence[Scored], name: str) -> Interval | None:
    measured = [(value, one.cluster()) for one in done if (value := one.scores.get(name)) is not None]
    if not measured:
        return None
    values, clusters = zip(*measured, strict=True)
    if BY_NAME[name].kind == "rate":
        return wilson(round(sum(values)), len(values))
    return _share(values, clusters) if BY_NAME[name].kind == "share" else mean(values, clusters)


def _share(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """A mean of shares. Resampling all ones gives ones, which is too sure: there Wilson's interval is taken."""
    return wilson(round(sum(values)), len(values)) if set(values) in ({0.0}, {1.0}) else mean(values, clusters, share=True)


def _at(values: Sequence[float], share: float) -> Interval | None:
    return percentile(values, share) if values else None


def _refusal_f1(done: Sequence[Scored]) -> Interval | None:
    """F1 = 2PR/(P+R) = 2 * right refusals / (refused + unanswerable), as the mean of a ratio over the two lists."""
    refused = [one for one in done if one.scores.get("refusal_precision") is not None]
    unanswerable = [one for one in done if one.scores.get("refusal_recall") is not None]
    values = [one.scores["refusal_precision"] or 0.0 for one in refused] + [
        one.scores["refusal_recall"] or 0.0 for one in unanswerable
    ]
    return _share(values, [one.item.id for one in (*refused, *unanswerable)]) if values else None


def _values(done: Sequence[Scored], name: str) -> list[float]:
    return [value for one in done if (value := one.scores.get(name)) is not None]


def _first_tokens(done: Sequence[Scored]) -> list[float]:
    times = [one.record.answer.timings.first_token_ms for one in done if one.record.answer is not None]
    return [time / 1000 for time in times if time is not None]


def _cost(done: Sequence[Scored], prices: Prices) -> Interval | None:
    if prices.prompt is None or prices.completion is None:
        return None
    used = [(use, one.cluster()) for one in done if one.record.answer is not None and (use := one.record.answer.usage) is not None]
    dollars = [(use.prompt_tokens * prices.prompt + use.completion_tokens * prices.completion) / 1e6 for use, _ in used]
    return mean(dollars, [cluster for _, cluster in used]) if used else None


def _rated(done: Sequence[Scored]) -> list[tuple[float, float, str]]:
    """The answered with a verdict, the surest first: confidence, wrong (0 or 1), cluster."""
    rated = [
        (confidence, 1 - right, one.cluster())
        for one in done
        if one.record.answer is not None and one.record.answer.status == "answered"
        and (right := one.scores.get("correct")) is not None and (confidence := one.confidence()) is not None
    ]  # fmt: skip
    return sorted(rated, key=lambda one: -one[0])


def _aurc(done: Sequence[Scored]) -> Interval | None:
    if not (rated := _rated(done)):
        return None
    confidence, wrong, clusters = zip(*rated, strict=True)
    return _share(wrong, clusters) if len(set(wrong)) == 1 else area_under_risk(confidence, wrong, clusters)


def risk_coverage(done: Sequence[Scored]) -> list[dict[str, float]]:
    """The share answered and the share wrong among those, as the least confidence asked for is lowered.

    El-Yaniv and Wiener (2010, JMLR 11); the area under it: Geifman et al. (2019, ICLR). Confidence is the similarity of
    the question and the best passage. Coverage counts all questions, so what was refused is never covered. Equal
    confidences are one point.
    """
    rated = _rated(done)
    points: list[dict[str, float]] = []
    wrong = 0.0
    for count, (confidence, error, _) in enumerate(rated, start=1):
        wrong += error
        if count == len(rated) or rated[count][0] != confidence:
            points.append(
                {"coverage": round(count / len(done), _DIGITS), "risk": round(wrong / count, _DIGITS), "threshold": confidence}
            )
    return points


def _plain(interval: Interval | None) -> dict[str, Any]:
    if interval is None:
        return {"value": None, "low": None, "high": None, "n": 0}
    return {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in asdict(interval).items()}


def _shown(one: Scored, texts: Texts | None) -> dict[str, Any]:
    """What the table of items and a comparison need of one question."""
    answer = one.record.answer.model_dump() if one.record.answer is not None else None
    if answer is not None and texts is not None:
        for cited, citation in zip(answer["citations"], one.record.answer.citations if one.record.answer else [], strict=True):
            cited["valid"] = is_valid(citation, texts)
    return {
        **plain(one.item),
        "cluster": one.cluster(),
        "answer": answer,
        "error": one.record.error,
        "confidence": one.confidence(),
        "scores": {name: None if value is None else round(value, _DIGITS) for name, value in one.scores.items()},
    }
