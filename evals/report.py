"""A report as text for a terminal, and as one HTML page that needs nothing else."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Mapping
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evals.metrics import BY_NAME, METRICS
from evals.run import PAGE

TEMPLATE = "report.html"
_HEADLINES = ("correct", "refusal_recall", "false_refusal", "citation_valid", "gold_overlap")


def report_as_text(report: Mapping[str, Any]) -> str:
    """The report's measures as a table: name, value, 95 % interval, n."""
    model = report["metadata"].get("model", "?")
    lines = [f"{report['n']} questions of {report['metadata'].get('gold', '?')}, model {model}"]
    if report["metadata"].get("corpus_changed"):
        lines.append("the articles have changed since these questions were asked")
    if list(report["answered_by"]) not in ([], [model]):
        lines.append("answered by " + ", ".join(f"{name}: {count}" for name, count in report["answered_by"].items()))
    if report["unfinished"]:
        lines.append(f"{report['unfinished']} questions are not finished and not counted")
    group = ""
    for metric in METRICS:
        if metric.group != group:
            group = metric.group
            lines.append(f"\n{group}")
        lines.append(f"  {metric.name:<19} {_interval(report['metrics'][metric.name])}  {metric.meaning}")
    lines.append("\nby type                n    correct")
    for name, found in report["by_type"].items():
        lines.append(f"  {name:<19} {found['n']:>3}    {_interval(found['correct'])}")
    failed = [item for item in report["items"] if item["error"]]
    lines.extend(f"\nerror  {item['id']}: {item['error']}" for item in failed)
    return "\n".join(lines)


def _interval(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return f"{'not measured':<29}"
    return f"{found['value']:7.3f} [{found['low']:.3f}, {found['high']:.3f}] n={found['n']:<4}"


def compared_as_text(found: Mapping[str, Any], a: str, b: str) -> str:
    """A comparison as a table: difference, interval, p corrected by Holm, smallest difference likely to be seen."""
    lines = [f"{b} against {a}, {found['n']} questions"]
    for name, label in (("only_in_a", f"only in {a}"), ("only_in_b", f"only in {b}"), ("other_gold", "with another gold")):
        if found[name]:
            lines.append(
                f"left out, {label}: {len(found[name])} ({', '.join(found[name][:5])}{' ...' if len(found[name]) > 5 else ''})"
            )
    lines.extend(f"differs: {name}: {json.dumps(x)} -> {json.dumps(y)}" for name, (x, y) in found["metadata"].items())
    lines.append(f"\n  {'measure':<19} {'difference':>10}  {'95 % interval':<18} {'p (Holm)':>8}  {'n':>4}  detectable  test")
    for name, one in found["metrics"].items():
        better = BY_NAME[name].higher_is_better
        sign = "" if one["p_holm"] > 0.05 or better is None else " better" if (one["value"] > 0) == better else " WORSE"
        ends = f"[{one['low']:+.3f}, {one['high']:+.3f}]"
        least = "         -" if one["detectable"] is None else f"{one['detectable']:10.3f}"
        tested = f"{one['p_holm']:8.3f}  {one['n']:>4}  {least}  {one['test']}"
        lines.append(f"  {name:<19} {one['value']:+10.3f}  {ends:<18} {tested}{sign}")
    for name, (before, after) in found["unpaired"].items():
        lines.append(f"  {name:<19} {after - before:+10.3f}  from {before:.3f} to {after:.3f}, not compared question by question")
    lines.append("\np is corrected for the number of measures, detectable is not: it is what this many questions show of one.")
    lines.append(f"\n{len(found['flips'])} answers flipped")
    for flip in found["flips"]:
        lines.append(
            f"\n  {'better' if flip['better'] else 'WORSE'}  {flip['id']} ({flip['type']}, {flip['metric']})  {flip['question']}"
        )
        lines.extend(_side_by_side(flip["a"], flip["b"]))
    return "\n".join(lines)


def _side_by_side(a: str, b: str) -> list[str]:
    """Two texts whole, in two columns of the terminal's width."""
    width = max(30, (shutil.get_terminal_size((120, 24)).columns - 7) // 2)
    left, right = (textwrap.wrap(" ".join(text.split()), width) or [""] for text in (a, b))
    rows = zip_longest(left, right, fillvalue="")
    return [f"    {'A':<{width}} | B", *(f"    {x:<{width}} | {y}" for x, y in rows)]


def write_page(out: Path, report: Mapping[str, Any]) -> None:
    """Write report.html: the page and the report in one file."""
    template = files("evals").joinpath(TEMPLATE).read_text("utf-8")
    about = {metric.name: {"group": metric.group, "kind": metric.kind, "meaning": metric.meaning} for metric in METRICS}
    (out / PAGE).write_text(page(template, {**report, "about": about, "headlines": list(_HEADLINES)}), "utf-8")


def page(template: str, data: Mapping[str, Any]) -> str:
    """The template with the data in its place, as JSON in which nothing can end the script element.

    >>> page("<script>{{data}}</script>", {"a": "</script><b>&"})
    '<script>{"a": "\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e\\\\u0026"}</script>'
    """
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return template.replace("{{data}}", text)
