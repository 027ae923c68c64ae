"""CPU seconds of a cold start, best of three: python -m benchmarks.cold_start

Prints a table: a bare interpreter, `import assistant`, `dateline --help`, a sync of the unchanged sample corpus and an
answer without a model (everything that a first `ask` does outside the model).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

ASK = ["-m", "assistant", "ask", "How much will Tencent invest?"]
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "import assistant": ["-c", "import assistant"],
    "dateline --help": ["-m", "assistant", "--help"],
    "dateline index, nothing changed": ["-m", "assistant", "index"],
    "dateline ask, no model": ASK,
}


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """User and system seconds of one run, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run each command four times; the first one warms the file cache and is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATELINE_LLM": "extractive"}
        for name, arguments in COMMANDS.items():
            where = ["--index", folder] if name.startswith("dateline i") or arguments is ASK else []
            runs = [cpu_seconds([*arguments, *where], environment) for _ in range(4)]
            print(f"{name:34} {min(runs[1:]):6.2f} s")


if __name__ == "__main__":
    main()
