"""Whether a collection in a folder can be searched, tried in a process of its own: python -m index.probe FOLDER

A damaged graph ends the process that reads it, and nothing in that process can keep it from doing so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WAIT = 600
"""Seconds; the graph of a million vectors is read in three."""


def is_searchable(folder: Path) -> bool:
    """Whether a search in the collection of a folder comes back. One that has no vectors is none that does harm."""
    command = [sys.executable, "-m", "index.probe", str(folder.absolute())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=WAIT, check=False, cwd=Path(__file__).parent.parent)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _main() -> None:
    from index.vectors import read_folder

    read_folder(Path(sys.argv[1]))
    os._exit(0)  # nothing is left to do, and nobody is to wait for the end of Chroma's threads


if __name__ == "__main__":
    _main()
