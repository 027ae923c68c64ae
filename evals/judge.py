"""An optional second opinion: a judge model says whether each cited text supports its sentence.

The judge is a model of its own, named apart from the model under test. How far it can be trusted is measured against
human labels; a verdict that cannot be read is counted, and is neither yes nor no.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.model import ChatModel, OpenAIChatModel
from assistant.settings import Settings
from evals.citing import cited_sentences
from evals.matching import unmarked
from evals.records import RunError, read_records
from evals.run import OF_A_JUDGE, read_run
from evals.statistics import kappa, wilson
from index.errors import DatelineError
from prompts import render

VERDICTS, SUMMARY = OF_A_JUDGE
MAX_TOKENS = 200
"""Room for a judge that thinks aloud; its last line counts."""
_LAST_LINE = re.compile(r"[\W_]*(?:(?:FINAL )?(?:VERDICT|ANSWER)[\W_]+)?(UN)?SUPPORTED[\W_]*")
"""All that the last line may say: "not fully supported" is left for a person to read."""


class Label(BaseModel):
    """What a person found: does the text state the claim?"""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    claim: str
    cited: str
    label: Literal["supported", "unsupported"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence of one answer and what the judge said of it; `label` None is a reply that could not be read."""

    id: str
    claim: str
    cited: str
    label: Literal["supported", "unsupported"] | None


def judge_run(folder: Path, model: str, base_url: str | None, labels: Path | None, settings: Settings) -> str:
    """Judge every cited sentence of a run, write judge.jsonl, and return a summary to print.

    Raises RunError when the judge is the model under test, when the run has no cited sentence, or the labels cannot be
    read; and what the judge's endpoint raises.
    """
    tested = read_run(folder)["metadata"].get("model")
    if model == tested:
        raise RunError(f"the judge {model} is the model under test; expected another one; name it with --model")
    chat = OpenAIChatModel(
        model, base_url=base_url or settings.openai_base_url, api_key=settings.openai_api_key, timeout=settings.timeout
    )
    human = read_labels(labels) if labels else []
    claims, uncited = _claims(folder)
    if not claims:
        raise RunError(f"{folder} has no answer with a cited sentence; expected a run with answers")
    verdicts: list[Verdict] = []
    unfinished = folder / f"{VERDICTS}.part"  # an endpoint that breaks off leaves the verdicts of the time before
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            for id_, claim, cited in claims:
                verdicts.append(Verdict(id_, claim, cited, verdict(chat, claim, cited)))
                file.write(json.dumps(asdict(verdicts[-1]), ensure_ascii=False) + "\n")
        summary = [f"judge {model} on the answers of {tested}", _share([one.label for one in verdicts])]
        if uncited:
            summary.append(f"{uncited} sentences cite nothing and were not judged")
        summary.append(agreement([(one.label, verdict(chat, one.claim, one.cited)) for one in human]))
        (folder / SUMMARY).write_text(
            json.dumps({"judge": model, "tested": tested, "summary": summary}, ensure_ascii=False), "utf-8"
        )
        unfinished.replace(folder / VERDICTS)
    except OSError as error:
        raise RunError(f"the verdicts cannot be kept in {folder}: {error.strerror}; expected room and permission there") from error
    return "\n".join(summary)


def _claims(folder: Path) -> tuple[list[tuple[str, str, str]], int]:
    """The cited sentences of a run as (id, claim, cited text), and the number of those that cite nothing."""
    found: list[tuple[str, str, str]] = []
    uncited = 0
    for id_, record in read_records(folder).items():
        if record.answer is not None and record.answer.status == "answered":
            for sentence, cited in cited_sentences(record.answer):
                if cited:
                    found.append((id_, unmarked(sentence).strip(), "\n".join(one.quote for one in cited)))
                else:
                    uncited += 1
    return found, uncited


def verdict(chat: ChatModel, claim: str, cited: str) -> Literal["supported", "unsupported"] | None:
    """What a judge says of one claim; None when its reply cannot be read."""
    prompt = render("judge", claim=claim, cited=cited)
    reply = "".join(piece for piece in chat.stream([{"role": "user", "content": prompt}], MAX_TOKENS) if isinstance(piece, str))
    found = _LAST_LINE.fullmatch(reply.strip().upper().rpartition("\n")[2])
    if found is None:
        return None
    return "unsupported" if found.group(1) else "supported"


def _share(labels: Sequence[str | None]) -> str:
    read = [label for label in labels if label is not None]
    unread = len(labels) - len(read)
    if not read:
        return f"supported: not measured; {unread} unreadable verdicts"
    share = wilson(read.count("supported"), len(read))
    return (
        f"supported: {share.value:.3f} [{share.low:.3f}, {share.high:.3f}] of {share.n} sentences; {unread} unreadable, not counted"
    )


def agreement(pairs: Sequence[tuple[str, str | None]]) -> str:
    """How far a judge agrees with people, as a line to print; pairs are (human, judge).

    >>> agreement([("supported", "supported"), ("unsupported", "supported"), ("supported", None)])
    'agreement with people: 0.500 [0.095, 0.905] of 2 labels, kappa 0.00; 1 unreadable, not counted'
    """
    if not pairs:
        return "agreement with people: not measured (no --labels)"
    read = [(human, judged) for human, judged in pairs if judged is not None]
    unread = len(pairs) - len(read)
    if not read:
        return f"agreement with people: not measured; {unread} unreadable verdicts"
    share = wilson(sum(human == judged for human, judged in read), len(read))
    beyond_chance = kappa(read)
    shown = "undefined, all labels are alike" if beyond_chance is None else f"{beyond_chance:.2f}"
    return (
        f"agreement with people: {share.value:.3f} [{share.low:.3f}, {share.high:.3f}] of {share.n} labels, kappa {shown}; "
        f"{unread} unreadable, not counted"
    )


def read_labels(path: Path) -> list[Label]:
    """Human labels, a JSON object a line. Raises RunError, naming the line."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"the labels {path} cannot be read: {error}; expected a JSONL file") from error
    labels: list[Label] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                labels.append(Label.model_validate_json(line))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise RunError(
                    f"{path}, line {number}: {first['msg']}; expected claim, cited and label (supported or unsupported)"
                ) from error
    if not labels:
        raise DatelineError(f"the labels {path} are empty; expected one JSON object a line")
    return labels
