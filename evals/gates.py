"""Gates: what a run must reach, in a TOML file. A measure that is missing or misspelt is an error, never a pass.

[at_least]
correct = 0.75
[at_most]
false_refusal = 0.15
[may_drop]            # against another run, on the same questions
correct = 0.05
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.metrics import BY_NAME
from index.errors import DatelineError

TABLES = ("at_least", "at_most", "may_drop")


class GateError(DatelineError):
    """A gate file cannot be read, or asks for what was not measured."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand: `table` says how `bound` is meant."""

    table: str
    metric: str
    bound: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate, the value it was held against, and whether it passed."""

    gate: Gate
    value: float
    passed: bool

    def __str__(self) -> str:
        how = {"at_least": "at least", "at_most": "at most", "may_drop": "worse by at most"}[self.gate.table]
        return f"{'pass' if self.passed else 'FAIL'}  {self.gate.metric} {self.value:.3f}, {how} {self.gate.bound:.3f}"

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-ready values."""
        gate = self.gate
        return {"table": gate.table, "metric": gate.metric, "bound": gate.bound, "value": self.value, "passed": self.passed}


def read_gates(path: Path | None, *, paired: bool = False) -> list[Gate]:
    """The gates of a file, none without one.

    `paired` tells that there is a second run, which a [may_drop] needs. Raises GateError for a fault in it, and
    for a file that demands nothing.
    """
    if path is None:
        return []
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GateError(f"the gate file {path} cannot be read: {error.strerror}; expected a TOML file") from error
    except (ValueError, RecursionError) as error:
        raise GateError(f"the gate file {path} is not TOML ({error})") from error
    gates: list[Gate] = []
    for table, demands in found.items():
        if table not in TABLES or not isinstance(demands, dict):
            raise GateError(f"{path}: [{table}] is no table of gates; expected [{'], ['.join(TABLES)}]")
        for name, bound in demands.items():
            if name not in BY_NAME:
                near = difflib.get_close_matches(name, BY_NAME, n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(BY_NAME)}"
                raise GateError(f"{path}: {name} in [{table}] is not a measure; {hint}")
            if isinstance(bound, bool) or not isinstance(bound, int | float):
                raise GateError(f"{path}: {name} in [{table}] is {bound!r}; expected a number")
            if table == "may_drop" and not paired:
                raise GateError(f"{path}: [may_drop] {name} needs a run to compare with; try: dateline eval compare RUN_A RUN_B")
            gates.append(Gate(table, name, float(bound)))
    if not gates:
        raise GateError(f"{path} demands nothing; expected for example: [at_least] and under it correct = 0.75")
    return gates


def same_questions(gates: list[Gate], apart: list[str], where: Path) -> None:
    """Raises GateError when a drop is to be measured though some questions, `apart`, are not the same in both runs."""
    for gate in gates:
        if gate.table == "may_drop":
            raise GateError(
                f"{where}: [may_drop] {gate.metric} needs two runs over the same questions; {len(apart)} are not in both or have "
                f"another gold, the first is {apart[0]}; run both with the same gold file"
            )


def held(gates: list[Gate], metrics: Mapping[str, Any], differences: Mapping[str, Any] | None, where: Path) -> list[Verdict]:
    """Hold a report's metrics against gates; a drop is the paired difference that a comparison found.

    Raises GateError for a measure that was not taken, and for a drop of one that is not compared question by question.
    """
    return [_held(gate, metrics, differences or {}, where) for gate in gates]


def _held(gate: Gate, metrics: Mapping[str, Any], differences: Mapping[str, Any], where: Path) -> Verdict:
    if gate.table == "may_drop":
        change = _value(differences, gate, where, "compared question by question")
        worse = change if BY_NAME[gate.metric].higher_is_better is False else -change
        return Verdict(gate, worse, worse <= gate.bound)
    value = _value(metrics, gate, where, "measured in this run")
    return Verdict(gate, value, value >= gate.bound if gate.table == "at_least" else value <= gate.bound)


def _value(metrics: Mapping[str, Any], gate: Gate, where: Path, how: str) -> float:
    found = metrics.get(gate.metric)
    value = found.get("value") if isinstance(found, dict) else None
    if not isinstance(value, int | float):
        raise GateError(f"{where}: {gate.metric} in [{gate.table}] was not {how}; a gate cannot pass on nothing")
    return float(value)
