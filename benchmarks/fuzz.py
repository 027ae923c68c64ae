"""Read malformed files of every format: python -m benchmarks.fuzz [FILES] [SEED] (default: 2000 1)

A valid file of each format, as it is and packed with gzip, in several encodings, is damaged (bits, runs of bytes, lengths, tags,
nesting, boundaries, charsets, parts of another format, the wrong ending) and read by the steps of a sync: load, clean, chunk,
every record of a file that holds many. Whatever a file is, it becomes articles whose passages stand where they say, or is skipped
with a reason of one line, within CPU_SECONDS and MEMORY of a process that reads them all; PDF and Word files, which are read by
processes of their own, are one in twelve. Prints a line a format, the slowest files and how many reasons there were; files that
failed are kept and named, and the exit is 1. The same numbers make the same files (but for the times in a Word file).
"""

from __future__ import annotations

import json
import re
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.build import _prepare_all
from index.fields import fields_of
from index.load import MAX_TITLE
from index.scan import Scan
from index.types import Prepared, Skipped
from tests.index.damaged import ENGLISH, damaged_file

CPU_SECONDS, HANGS = 10, 120
"""Of a processor's time that one file may take in the reading process, and seconds altogether after which it hangs."""
MEMORY = 512 * 1024 * 1024
"""Bytes by which the reading process may grow over what it has after one plain file."""
ADDRESSES = 4 * 1024 * 1024 * 1024
"""Bytes that it may ask for at all: what blows up fails in it, and not the machine."""


def faults(one: Prepared | Skipped) -> Iterator[str]:
    """What is wrong with what a file became."""
    said = [one.reason] if isinstance(one, Skipped) else [one.article.text, one.article.title or "", one.article.note]
    if any("\x00" in text or text.encode("utf-8", "replace").decode() != text for text in said):
        yield "a text that cannot be kept"
    if isinstance(one, Skipped):
        if not one.reason.strip() or len(one.reason.splitlines()) != 1 or len(one.reason) > 500:
            yield f"a reason that is no line: {one.reason[:200]!r}"
        return
    text, title = one.article.text, one.article.title
    if not text.strip():
        yield "an article without a text"
    if title is not None and (not title or len(title) > MAX_TITLE or len(title.splitlines()) != 1):
        yield f"a title that is no line: {title[:200]!r}"
    if one.article.published is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", one.article.published):
        yield f"a date that is none: {one.article.published!r}"
    for kind, ranges in (("segment", one.segments), ("passage", one.passages)):
        ends = [0, *(end for each in ranges for end in (each.start, each.end)), len(text)]
        if ends != sorted(ends):
            yield f"a {kind} out of order"
    if any(text[each.start : each.end] != each.text or not each.text.strip() for each in one.passages):
        yield "a passage that is not where it says"


def _read_all() -> None:
    """The reading process: a path a line on standard input, what became of it a line on standard output."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    least = 0
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        wrong: list[str] = []
        became: list[str] = []
        began, wall = time.process_time(), time.perf_counter()
        try:
            for one in _prepare_all(path.parent, Scan({path.name: "stamp"}, {}, []), [path.name], fields_of(path.parent)):
                wrong.extend(faults(one))
                became.append(one.reason if isinstance(one, Skipped) else "")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            wrong.append(f"raised {type(error).__name__}: {str(error)[:300]}")
        took, wall = time.process_time() - began, time.perf_counter() - wall
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - least
        least = least or grown  # the first file is a plain one
        wrong += [f"took {took:.1f} s"] if took > CPU_SECONDS else []
        wrong += [f"grew by {grown / 2**20:.0f} MB"] if least != grown > MEMORY else []
        wrong += [] if became or wrong else ["became nothing"]
        print(json.dumps([wrong[:5], "" in became, sorted({one for one in became if one}), wall]), file=answers, flush=True)


class Reader:
    """The reading process, begun anew after it died, hung or grew."""

    def __init__(self, folder: Path) -> None:
        self._plain = folder / "plain.txt"
        self._plain.write_text(ENGLISH)
        self._begin()

    def _begin(self) -> None:
        command = [sys.executable, "-m", "benchmarks.fuzz", "--read"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
        self._ask(self._plain)

    def _ask(self, path: Path) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() if select.select([self._process.stdout], [], [], HANGS)[0] else "hangs"

    def read(self, path: Path) -> tuple[list[str], bool, list[str], float]:
        """What is wrong, whether it gave an article, the reasons for what gave none, and seconds."""
        said = self._ask(path)
        if said in ("", "hangs"):
            self.end()
            answer: Any = [[said or f"died with {self._process.wait()}"], False, [], float(HANGS)]
        else:
            answer = json.loads(said)
        if answer[0]:
            self.end()
            self._begin()
        return answer[0], answer[1], answer[2], answer[3]

    def end(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.communicate()


def run(files: int, seed: int) -> int:
    """Make, read and count them; print the tables. How many failed."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    rows: dict[str, list[float]] = {}
    slowest: list[tuple[float, str]] = []
    reasons: set[str] = set()
    failed = 0
    reader = Reader(folder)
    for number in range(files):
        ending, data = damaged_file(seed, number)
        path = folder / f"{number:06}{ending}"
        path.write_bytes(data)
        wrong, indexed, why, seconds = reader.read(path)
        rows.setdefault(ending, []).append(seconds if indexed else -seconds)
        slowest = sorted([*slowest, (seconds, path.name)], reverse=True)[:5]
        reasons.update(re.sub(r"\d+", "N", one)[:60] for one in why)
        if wrong:
            failed += 1
            print(f"FAILED {path} ({len(data):,} bytes, seed {seed}, number {number}): {'; '.join(wrong)}", flush=True)
        else:
            path.unlink()
    reader.end()
    (folder / "plain.txt").unlink()
    if not failed:
        folder.rmdir()
    print(f"{'format':12}{'files':>8}{'indexed':>9}{'skipped':>9}{'slowest, ms':>13}")
    for ending, times in [*sorted(rows.items()), ("all", [one for each in rows.values() for one in each])]:
        good = sum(one > 0 for one in times)
        print(f"{ending:12}{len(times):8,}{good:9,}{len(times) - good:9,}{max(map(abs, times), default=0) * 1000:13,.0f}")
    print("slowest:", ", ".join(f"{name} {seconds * 1000:,.0f} ms" for seconds, name in slowest))
    print(f"{len(reasons)} reasons; {failed} failed (seed {seed})")
    return failed


def main() -> None:
    """Read what is asked for; the exit is 1 when anything failed."""
    if sys.argv[1:2] == ["--read"]:
        _read_all()
    else:
        files, seed = [*map(int, sys.argv[1:]), *(2_000, 1)[len(sys.argv) - 1 :]]
        sys.exit(1 if run(files, seed) else 0)


if __name__ == "__main__":
    main()
