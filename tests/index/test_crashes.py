"""An indexer killed at any instant leaves nothing that the next sync does not put right."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_whatever_the_instant_of_a_kill_nothing_is_lost_left_over_or_done_twice() -> None:
    command = [sys.executable, "-m", "benchmarks.crashes", "15", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    found = re.search(r"(\d+) kills in 15 rounds, (\d+) indexers ended before; up to (\d+) articles", done.stdout)
    assert found is not None
    killed, _, articles = map(int, found.groups())
    assert killed > 5
    assert articles > 20
