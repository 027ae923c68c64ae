"""`dateline eval`: the same as `python -m evals`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.steps import STEPS
from assistant.terminal import bar, harmless, one_line, print_json, system_failure
from evals.adapters import FORMATS, adapt
from evals.asking import Asked, OurAssistant, named_callable
from evals.compare import compare, read_report
from evals.gates import Gate, Verdict, held, read_gates, same_questions
from evals.gold import Item, read_gold
from evals.judge import judge_run
from evals.metadata import describe, model_sha256, with_scoring
from evals.records import Record, RunError, read_records
from evals.report import compared_as_text, report_as_text, write_page
from evals.run import PAGE, REPORT, ask_all, begin, read_questions, read_run
from evals.score import Prices, report
from evals.texts import Texts
from index.errors import DatelineError

if TYPE_CHECKING:
    from assistant.settings import Settings

DONE, ERROR, GATE_FAILED, INTERRUPTED = 0, 1, 4, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 error, 2 usage, 4 a gate failed."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character still gets the rest
    options = _parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except DatelineError as error:
        print(f"dateline: {one_line(str(error))}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("dateline: stopped; what is finished is kept: the same command goes on with it", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        return system_failure(error)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dateline eval", description="Ask the questions of a gold file, and measure the answers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run", help="ask and score", description="Ask every question, write answers.jsonl, report.json and report.html."
    )
    run.add_argument("gold", type=Path, metavar="GOLD", help="a gold file, or a file or folder of another --format")
    run.add_argument("--corpus", type=Path, default=Path("corpus"), metavar="DIR", help="the folder of articles (default: corpus)")
    run.add_argument(
        "--index", type=Path, metavar="DIR", help="where the index is kept (default: .dateline, or in OUT for another format)"
    )
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="the run's folder (default: runs/NAME); one that was interrupted is gone on with"
    )
    run.add_argument("--format", choices=("gold", *FORMATS), default="gold", help="what GOLD is (default: gold)")
    run.add_argument("--limit", type=int, metavar="N", help="only N questions, spread evenly over the file")
    run.add_argument("--retrieval-only", action="store_true", help="search, and ask no model")
    run.add_argument(
        "--without",
        action="append",
        choices=STEPS,
        default=[],
        metavar="STEP",
        help=f"leave a step out, to measure what it is worth: {', '.join(STEPS)}",
    )
    run.add_argument(
        "--reuse-replies", action="store_true", help="take the local model's kept replies to the same prompts; seconds tell nothing"
    )
    run.add_argument("--ask", metavar="MODULE:FUNCTION", help="ask this function instead of Dateline: question -> Answer")
    run.add_argument("--workers", type=int, metavar="N", help="questions at once (default: 4 for an endpoint, else 1)")
    run.add_argument("--fresh", action="store_true", help="throw away the run that is in OUT")
    _add_prices(run)
    _add_gates(run)
    run.set_defaults(run=_run)

    score = commands.add_parser(
        "score", help="score stored answers again", description="Score a run's answers again; nothing is asked."
    )
    score.add_argument("folder", type=Path, metavar="RUN")
    score.add_argument("--corpus", type=Path, metavar="DIR", help="the folder of articles (default: the run's)")
    _add_prices(score)
    _add_gates(score)
    score.set_defaults(run=_score)

    pair = commands.add_parser(
        "compare", help="compare two runs", description="What moved from RUN_A to RUN_B, how surely, and what flipped."
    )
    pair.add_argument("a", type=Path, metavar="RUN_A")
    pair.add_argument("b", type=Path, metavar="RUN_B")
    pair.add_argument("--json", action="store_true", help="print one JSON object")
    _add_gates(pair)
    pair.set_defaults(run=_compare)

    judge = commands.add_parser(
        "judge", help="let a model judge support", description="Ask a judge model whether each cited text supports its sentence."
    )
    judge.add_argument("folder", type=Path, metavar="RUN")
    judge.add_argument("--model", required=True, help="the judge's name at its endpoint; not the model under test")
    judge.add_argument("--base-url", metavar="URL", help="the judge's OpenAI-compatible endpoint (default: OPENAI_BASE_URL)")
    judge.add_argument("--labels", type=Path, metavar="FILE", help="human labels to measure the judge's agreement with")
    judge.set_defaults(run=_judge)
    return parser


def _add_prices(command: argparse.ArgumentParser) -> None:
    command.add_argument("--price-prompt", type=float, metavar="USD", help="dollars for a million tokens read")
    command.add_argument("--price-completion", type=float, metavar="USD", help="dollars for a million tokens written")


def _add_gates(command: argparse.ArgumentParser) -> None:
    command.add_argument("--gates", type=Path, metavar="FILE", help="a TOML file of what must be reached; exit 4 when it is not")


def _run(options: argparse.Namespace) -> int:
    from assistant.settings import read_settings

    settings = read_settings()
    gates = read_gates(options.gates)  # a fault in them shows before hours of asking
    _check_options(options)
    if options.reuse_replies and settings.mode != "local":
        raise DatelineError(f"--reuse-replies is for the local model, whose replies are kept; it is {settings.mode}; leave it out")
    out = options.out or Path("runs") / options.gold.stem
    gold, corpus, index = options.gold, options.corpus, options.index or Path(".dateline")
    if options.format != "gold":
        made = adapt(options.format, options.gold, out.absolute().parent / f"{out.absolute().name}-data")
        gold, corpus, index = made.gold, made.corpus, options.index or made.index
    texts = Texts(corpus)
    items = _some(read_gold(gold, texts), options.limit)
    sha256 = None if options.ask else model_sha256(settings)  # a model that is not there shows before hours of indexing
    with _asked(options, corpus, index, items[0].folder, settings) as (asked, embedder):
        metadata = describe(settings, embedder=embedder, corpus=corpus, gold=gold, model_sha256=sha256)
        metadata |= {"ask": options.ask, "retrieval_only": options.retrieval_only, "limit": options.limit}
        metadata |= {"without": sorted(set(options.without)), "reuse_replies": options.reuse_replies}
        if options.ask:
            metadata |= {"model": options.ask}
        kept = begin(out, items, metadata, corpus, fresh=options.fresh)
        with bar("asking", "question") as progress:
            workers = options.workers or (4 if settings.mode == "openai" else 1)
            records = ask_all(items, asked, out, kept, workers=workers, progress=progress)
    return _reported(out, items, records, texts, options, gates)


def _check_options(options: argparse.Namespace) -> None:
    for name, least in (("limit", 1), ("workers", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            raise DatelineError(f"--{name} is {getattr(options, name)}; expected at least {least}")
    if options.ask and options.retrieval_only:
        raise DatelineError(
            "--ask and --retrieval-only exclude each other: a function gives answers and no passages; leave one out"
        )
    if options.retrieval_only and (set(options.without) - {"words", "vectors", "reranker"} or options.reuse_replies):
        raise DatelineError("--retrieval-only asks no model; of the steps it has only words, vectors and reranker to leave out")
    if options.ask and (options.without or options.reuse_replies):
        raise DatelineError("--ask asks a function, which has none of our steps; leave out --without and --reuse-replies")


@contextmanager
def _asked(
    options: argparse.Namespace, corpus: Path, index: Path, folder: str, settings: Settings
) -> Iterator[tuple[Asked, str | None]]:
    """Whom to ask, and the embedder's name; our own assistant has its first folder synced, and is closed in the end."""
    if options.ask:
        yield named_callable(options.ask), None
        return
    ours = OurAssistant(
        corpus, index, settings, retrieval_only=options.retrieval_only, without=frozenset(options.without),
        reuse_replies=options.reuse_replies,
    )  # fmt: skip
    try:
        with bar("indexing", "file") as progress:
            embedder = ours.within(folder, progress).store.stats().embedder
        yield ours, embedder
    finally:
        ours.close()


def _some(items: list[Item], limit: int | None) -> list[Item]:
    """At most `limit` items, evenly spread, so that every part of the file is there."""
    if limit is None or limit >= len(items):
        return items
    return [items[at * len(items) // limit] for at in range(limit)]


def _score(options: argparse.Namespace) -> int:
    texts = Texts(options.corpus or Path(read_run(options.folder)["corpus"]))
    items, records = read_questions(options.folder, texts), read_records(options.folder)
    gates = read_gates(options.gates)
    return _reported(options.folder, items, records, texts, options, gates)


def _reported(
    out: Path, items: list[Item], records: dict[str, Record], texts: Texts, options: argparse.Namespace, gates: list[Gate]
) -> int:
    metadata = with_scoring(read_run(out)["metadata"], texts.corpus)
    made = report(items, records, texts, metadata, Prices(options.price_prompt, options.price_completion))
    made["gates"] = []
    _write(out, made)  # before the gates: one that finds nothing to hold on to must not cost the report
    _whole(out, made, gates)
    verdicts = held(gates, made["metrics"], None, options.gates)
    made["gates"] = [verdict.to_dict() for verdict in verdicts]
    if verdicts:
        _write(out, made)
    print(harmless(report_as_text(made)))
    print(f"\n{out / PAGE}")
    return _passed(verdicts)


def _whole(folder: Path, made: dict[str, Any], gates: list[Gate]) -> None:
    if gates and made.get("unfinished"):
        raise RunError(
            f"{folder} lacks {made['unfinished']} of its questions; a gate judges whole runs; try: dateline eval run again"
        )


def _write(out: Path, made: dict[str, Any]) -> None:
    try:
        (out / REPORT).write_text(json.dumps(made, ensure_ascii=False), "utf-8")
        write_page(out, made)
    except OSError as error:
        raise RunError(f"the report cannot be written in {out}: {error.strerror}; expected room and permission there") from error


def _passed(verdicts: Sequence[Verdict]) -> int:
    for verdict in verdicts:
        print(verdict)
    return DONE if all(verdict.passed for verdict in verdicts) else GATE_FAILED


def _compare(options: argparse.Namespace) -> int:
    a, b = read_report(options.a), read_report(options.b)
    found = compare(a, b)
    gates = read_gates(options.gates, paired=True)
    _whole(options.a, a, gates)
    _whole(options.b, b, gates)
    if apart := [*found["only_in_a"], *found["only_in_b"], *found["other_gold"]]:
        same_questions(gates, apart, options.gates)
    verdicts = held(gates, b["metrics"], found["metrics"], options.gates)
    if options.json:
        print_json(found | {"gates": [verdict.to_dict() for verdict in verdicts]})
        return DONE if all(verdict.passed for verdict in verdicts) else GATE_FAILED
    print(harmless(compared_as_text(found, str(options.a), str(options.b))))
    return _passed(verdicts)


def _judge(options: argparse.Namespace) -> int:
    from assistant.settings import read_settings

    print(harmless(judge_run(options.folder, options.model, options.base_url, options.labels, read_settings())))
    return DONE
