"""Kill the indexer at random instants: python -m benchmarks.crashes [TIMES] [SEED]

While files are added, changed, renamed and deleted, an indexer with a fake embedder is killed (SIGKILL) at a random instant
within the first 0.6 seconds of its sync. After each time every article is there, in its old form or its new one; then the
index is opened and synced and has to be exactly what a new one would be:
every article whole, no other, words and vectors with them, and nothing embedded that was finished before. Ends with a
traceback at the first difference.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.index.crashes import crash


def main() -> None:
    """Crash, and print how often."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts = crash(Path(folder), times, seed)
    print(f"{counts.killed} kills in {times} rounds, {counts.ended} indexers ended before; up to {max(counts.articles)} articles")
    print(f"no article lost, left over or embedded twice ({time.perf_counter() - begun:.0f} s)")


if __name__ == "__main__":
    main()
