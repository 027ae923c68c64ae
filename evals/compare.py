"""Two runs over the same questions: what moved, how surely, and every answer that flipped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.metrics import METRICS, Metric
from evals.records import RunError
from evals.run import REPORT
from evals.score import SCHEMA
from evals.statistics import Difference, compare_means, compare_rates, holm

FLIPS = ("correct", "refusal_recall", "false_refusal", "gold_overlap", "error")
"""A change of one of these makes an item worth showing, the first of them that changed as the reason."""


def read_report(folder: Path) -> dict[str, Any]:
    """The report of a run. Raises RunError when there is none."""
    path = folder / REPORT
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}; expected a finished run; try: dateline eval run") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is not JSON ({error}); try: dateline eval score {folder}") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not _is_whole(found):
        raise RunError(f"{path} is not a report; try: dateline eval score {folder}")
    return found


def _is_whole(report: Mapping[str, Any]) -> bool:
    metrics, items, needed = report.get("metrics"), report.get("items"), {"id", "type", "question", "scores", "cluster"}
    return (
        isinstance(metrics, dict)
        and all(isinstance(one, dict) for one in metrics.values())
        and isinstance(items, list)
        and all(isinstance(one, dict) and needed <= one.keys() and isinstance(one["scores"], dict) for one in items)
    )


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """B against A, as JSON-ready values: differing metadata, differences by measure, flips.

    Only questions of both runs with the same gold are compared; those of one run alone, and those whose gold differs,
    are named. Raises RunError when none is left.
    """
    left, right = ({one["id"]: one for one in report["items"]} for report in (a, b))
    shared = [name for name in left if name in right and _gold(left[name]) == _gold(right[name])]
    if not shared:
        raise RunError("the two runs have no question with the same gold in common; expected runs over the same gold file")
    pairs = [(left[name], right[name]) for name in shared]
    differences = {metric.name: found for metric in METRICS if (found := _difference(metric, pairs)) is not None}
    corrected = holm({name: one.p for name, one in differences.items()})
    return {
        "n": len(shared),
        "only_in_a": sorted(left.keys() - right.keys()),
        "only_in_b": sorted(right.keys() - left.keys()),
        "other_gold": sorted(name for name in left.keys() & right.keys() if name not in set(shared)),
        "metadata": _changed(a.get("metadata", {}), b.get("metadata", {})),
        "metrics": {name: {**_shown(one), "p_holm": corrected[name]} for name, one in differences.items()},
        "unpaired": {
            metric.name: (before, after)
            for metric in METRICS
            if metric.name not in differences
            and (before := a["metrics"].get(metric.name, {}).get("value")) is not None
            and (after := b["metrics"].get(metric.name, {}).get("value")) is not None
        },
        "flips": [flip for x, y in pairs if (flip := _flip(x, y)) is not None],
    }


def _gold(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        json.dumps(item.get(key), sort_keys=True)
        for key in ("question", "answerable", "facts", "sources", "quotes", "history", "answers", "also", "wrong", "folder")
    )


def _difference(metric: Metric, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Difference | None:
    if metric.name == "refusal_precision":
        return None  # of one question it says only whether that is unanswerable, so that no two runs can differ in it
    values: list[tuple[float, float, str]] = []
    for x, y in pairs:
        before, after = x["scores"].get(metric.name), y["scores"].get(metric.name)
        if before is not None and after is not None:
            values.append((before, after, x["cluster"]))
    if not values:
        return None
    before, after, clusters = zip(*values, strict=True)
    test = compare_rates if metric.kind == "rate" else compare_means
    return test(before, after, clusters)


def _shown(one: Difference) -> dict[str, Any]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(one).items()}


def _changed(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [a.get(name), b.get(name)] for name in sorted({*a, *b}) if a.get(name) != b.get(name)}


def _flip(x: Mapping[str, Any], y: Mapping[str, Any]) -> dict[str, Any] | None:
    for name in FLIPS:
        before, after = x["scores"].get(name), y["scores"].get(name)
        if before is not None and after is not None and before != after:
            higher_is_better = next(metric.higher_is_better for metric in METRICS if metric.name == name)
            return {
                "id": x["id"], "type": x["type"], "question": x["question"], "metric": name,
                "better": (after > before) == bool(higher_is_better), "a": _said(x), "b": _said(y),
            }  # fmt: skip
    return None


def _said(item: Mapping[str, Any]) -> str:
    answer = item.get("answer")
    if item.get("error"):
        return f"(error: {item['error']})"
    return f"{'(refused) ' if answer['status'] == 'refused' else ''}{answer['text']}" if answer else "(not asked)"
