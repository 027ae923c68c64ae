"""Readers of the web UI who ask at once: python -m benchmarks.readers [READERS] [SECONDS BETWEEN QUESTIONS]

Starts `dateline chat` on a copy of the sample corpus with a scripted endpoint that answers at once, so that all there is to
measure is what happens outside the model. Every reader is a session of its own over HTTP, as a browser makes it, and asks
three questions, first in words of their own and then all in the same words. Prints how long the server took to start, the
first paint in a browser, and the wall clock of an answer: one reader alone, then all at once. An answer that is lost, or that
is another reader's, makes the exit code 1.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assistant.api import open_assistant
from assistant.settings import Settings
from tests.assistant.web.conftest import KNOWN
from tests.assistant.web.desk import Caller, KnowingModel, Site
from tests.browser import CHROMIUM, chromium

CORPUS = Path(__file__).parent.parent / "corpus"
QUESTIONS = (
    ("How much will Tencent invest?", "five years"),
    ("Who is the chief executive of Digital China Holdings?", "Maria Kwok"),
    ("What will Lanqu's second plant cost?", "billion yuan"),
)
"""What is asked, and what the answer to it says."""

POLITE = tuple(
    f"{one} {other}:" for one in ("Please", "Kindly", "Now", "Then", "Well") for other in ("say", "answer", "tell", "show")
)
"""Each reader puts it in words of their own at first, so that nothing is answered from what is kept."""


def _paint(url: str) -> None:
    """Print the first contentful paint of the page, and when it could be used; nothing where there is no browser."""
    if CHROMIUM is None:
        return
    with chromium() as browser:
        page = browser.new_page()
        begun = time.perf_counter()
        page.goto(url)
        page.locator("#log .welcome").wait_for()
        usable = time.perf_counter() - begun
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        print(f"first paint after {painted:.0f} ms, usable after {usable * 1000:.0f} ms")


def main() -> int:
    """Serve, ask, print."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        shutil.copytree(CORPUS, base / "corpus")
        open_assistant(base / "corpus", base / "index", Settings(llm="extractive")).sync()
        begun = time.perf_counter()
        with KnowingModel(dict(KNOWN)) as model, Site(base / "corpus", base / "index", model, DATELINE_RATE="1000") as site:
            sessions = [Caller(site.url, f"reader{n}") for n in range(readers)]
            print(f"started in {time.perf_counter() - begun:.1f} s with an index that is there")
            _paint(site.url)
            time.sleep(10)  # what is done in the background at first is no part of an answer
            alone = [sessions[0].ask(question)[0] for question, _ in QUESTIONS * 3][3:]
            print(f"one reader:      median {statistics.median(alone) * 1000:5.0f} ms")

            def talk(n: int, polite: str) -> list[tuple[float, bool]]:
                time.sleep(pause * n / readers)
                found: list[tuple[float, bool]] = []
                for turn in range(len(QUESTIONS)):
                    question, says = QUESTIONS[(n + turn) % len(QUESTIONS)]
                    seconds, log = sessions[n].ask(f"{polite} {question}".strip())
                    found.append((seconds, says in log.rpartition('<h2 class="question"')[2]))
                    time.sleep(pause)
                return found

            lost = 0
            own = [POLITE[n % len(POLITE)] for n in range(readers)]
            for name, words in {"in words of their own": own, "in the same words, asked before": [""] * readers}.items():
                with ThreadPoolExecutor(readers) as pool:
                    answers = [one for found in pool.map(talk, range(readers), words) for one in found]
                times = sorted(seconds for seconds, _ in answers)
                p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
                print(f"{readers} readers, {pause:g} s between their questions, {name}:", end=" ")
                print(f"median {statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms of {len(answers)}")
                lost += sum(not right for _, right in answers)
    print(f"{lost} answers lost or another's")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
