"""Ask every question of a gold file, keep every answer at once, and go on where an interrupted run stopped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from evals.asking import Asked
from evals.gold import Item, read_gold, write_gold
from evals.records import ANSWERS, Record, RunError, as_line, read_records
from evals.texts import Texts

RUN = "run.json"
GOLD = "gold.jsonl"
REPORT = "report.json"
PAGE = "report.html"
OF_A_JUDGE = ("judge.jsonl", "judge.json")

OnProgress = Callable[[int, int], None]
"""Called with (questions done, questions in all)."""


def begin(out: Path, items: Sequence[Item], metadata: Mapping[str, Any], corpus: Path, *, fresh: bool = False) -> dict[str, Record]:
    """Make a run's folder ready and return what is finished in it; `corpus` is remembered for scoring again.

    A folder that holds a run of the same questions with the same metadata is gone on with: answers are kept, errors are
    asked again. A folder with another run is refused, unless `fresh` throws that run away; one with anything else always is.
    Raises RunError.
    """
    wanted = {"metadata": dict(metadata), "ids": [item.id for item in items]}
    try:
        out.mkdir(parents=True, exist_ok=True)
        there = sorted(path.name for path in out.iterdir())
        if there and RUN not in there:
            raise RunError(f"{out} holds {there[0]} and no run; expected an empty or a new folder; try another --out")
        if fresh:
            for name in (ANSWERS, GOLD, REPORT, PAGE, *OF_A_JUDGE, RUN):  # last what tells that the others are a run's
                (out / name).unlink(missing_ok=True)
        elif RUN in there:
            before = read_run(out)
            if {name: before.get(name) for name in wanted} != json.loads(json.dumps(wanted)):
                raise RunError(f"{out} holds a run with {_differs(before, wanted)}; try another --out, or --fresh to throw it away")
        remembered = {**wanted, "corpus": str(corpus.absolute())}
        (out / RUN).write_text(json.dumps(remembered, ensure_ascii=False, indent=2), "utf-8")
        write_gold(out / GOLD, items)
        kept = {id_: one for id_, one in (read_records(out) if (out / ANSWERS).exists() else {}).items() if one.error is None}
        # Without the errors, and without a last line that was cut off.
        unfinished = out / f"{ANSWERS}.part"
        unfinished.write_text("".join(as_line(record) for record in kept.values()), "utf-8")
        unfinished.replace(out / ANSWERS)
    except OSError as error:
        raise RunError(
            f"the run cannot be kept in {out}: {error.strerror}; expected a folder to write to; try --out DIR"
        ) from error
    return kept


def _differs(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if before.get("ids") != wanted["ids"]:
        return "other questions"
    theirs = before.get("metadata")
    theirs = theirs if isinstance(theirs, dict) else {}
    ours = json.loads(json.dumps(wanted["metadata"]))
    names = sorted(name for name in {*theirs, *ours} if theirs.get(name, ...) != ours.get(name, ...))
    return f"another {', '.join(names)}"


def read_run(folder: Path) -> dict[str, Any]:
    """What a run was made with: {"metadata": {...}, "ids": [...], "corpus": path}. Raises RunError when there is no run."""
    try:
        found = json.loads((folder / RUN).read_text("utf-8"))
    except OSError as error:
        raise RunError(
            f"{folder} holds no run: {RUN}: {error.strerror}; expected a folder that `dateline eval run` made"
        ) from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{folder / RUN} is not JSON ({error}); run again with --fresh") from error
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict) or not isinstance(found.get("corpus"), str):
        raise RunError(f"{folder / RUN} is not what `dateline eval run` writes; run again with --fresh")
    return found


def read_questions(folder: Path, texts: Texts) -> list[Item]:
    """The items of a run, as they were asked. Raises GoldError when the corpus does not hold their sources and quotes."""
    return read_gold(folder / GOLD, texts)


def ask_all(
    items: Sequence[Item], asked: Asked, out: Path, kept: Mapping[str, Record], *, workers: int, progress: OnProgress | None = None
) -> dict[str, Record]:
    """Ask what is not in `kept`, `workers` at a time, appending each outcome to answers.jsonl as it comes.

    An item that raises is recorded with its error and the rest goes on. Ctrl-C keeps what is finished. Raises RunError
    when an answer cannot be written.
    """
    done = dict(kept)
    waiting = [item for item in items if item.id not in done]
    lock = threading.Lock()
    try:
        with (out / ANSWERS).open("a", encoding="utf-8") as file, ThreadPoolExecutor(workers, "dateline-eval") as pool:

            def one(item: Item) -> None:
                record = _asked(item, asked)
                with lock:
                    file.write(as_line(record))
                    file.flush()
                    done[item.id] = record
                    if progress:
                        progress(len(done), len(items))

            running: set[Future[None]] = {pool.submit(one, item) for item in waiting}
            try:
                while running:
                    finished, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                    for future in finished:
                        future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except OSError as error:
        raise RunError(
            f"the answers cannot be kept in {out}: {error.strerror}; expected room there; the same command goes on with the rest"
        ) from error
    return done


def _asked(item: Item, asked: Asked) -> Record:
    started = time.perf_counter()
    try:
        outcome = asked.ask(item)
        seconds = round(time.perf_counter() - started, 4) if outcome.answer is not None else None
        record = Record(id=item.id, answer=outcome.answer, retrieved=outcome.retrieved, seconds=seconds)
        as_line(record).encode()  # what cannot be kept is no answer
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with one question is that question's result
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"[:1000]
        return Record(id=item.id, error=said.encode("utf-8", "backslashreplace").decode())
    return record
