"""Readers of the web UI who ask at once: python -m benchmarks.readers [READERS] [SECONDS BETWEEN QUESTIONS]

Starts `dateline chat` on a copy of the sample corpus with a scripted endpoint that answers at once, so that all there is to
measure is what happens outside the model. Every reader is a session of its own over HTTP, as a browser makes it, and asks
three questions. Prints how long the server took to start and the wall clock of an answer: one reader alone, then all at
once. An answer that is lost, or that is another reader's, makes the exit code 1.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

from assistant.api import open_assistant
from assistant.settings import Settings
from tests.assistant.web.conftest import KNOWN
from tests.assistant.web.desk import KnowingModel, Site

CORPUS = Path(__file__).parent.parent / "corpus"
QUESTIONS = (
    ("How much will Tencent invest?", "five years"),
    ("Who is the chief executive of Digital China Holdings?", "Maria Kwok"),
    ("What will Lanqu's second plant cost?", "billion yuan"),
)
"""What is asked, and what the answer to it says."""


class Session:
    """One reader's open page, without the page."""

    def __init__(self, url: str, name: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=120)
        self._name = name
        self._http.get("/").raise_for_status()  # the cookie
        config = self._http.get("/config").json()
        field = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "question")
        self._ask = next(one for one in config["dependencies"] if [field, "submit"] in one["targets"])

    def ask(self, question: str) -> tuple[float, str]:
        """Seconds until the answer stood in the conversation, and that conversation's HTML."""
        begun = time.perf_counter()
        body = {"data": [question, None], "fn_index": self._ask["id"], "session_hash": self._name, "trigger_id": None}
        event = self._http.post("/gradio_api/queue/join", json=body).raise_for_status().json()["event_id"]
        log = ""
        with self._http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._name}) as events:
            for line in events.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("event_id") == event and message["msg"] in ("process_generating", "process_completed"):
                    log = _changed(log, message["output"]["data"][1]) if message["output"].get("data") else log
                    if message["msg"] == "process_completed":
                        break
        return time.perf_counter() - begun, log


def _changed(before: str, sent: Any) -> str:
    """A value as the queue sends it: whole at first, then only how it differs."""
    if isinstance(sent, str):
        return sent
    for kind, path, value in sent if isinstance(sent, list) else ():
        if kind == "append" and not path:
            before += value
        elif kind == "replace" and not path:
            before = value
    return before


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
            sessions = [Session(site.url, f"reader{n}") for n in range(readers)]
            print(f"started in {time.perf_counter() - begun:.1f} s with an index that is there")
            time.sleep(10)  # what is done in the background at first is no part of an answer
            alone = [sessions[0].ask(question)[0] for question, _ in QUESTIONS * 3][3:]
            print(f"one reader:      median {statistics.median(alone) * 1000:5.0f} ms")

            def talk(n: int) -> list[tuple[float, bool]]:
                time.sleep(pause * n / readers)
                found: list[tuple[float, bool]] = []
                for turn in range(len(QUESTIONS)):
                    question, says = QUESTIONS[(n + turn) % len(QUESTIONS)]
                    seconds, log = sessions[n].ask(question)
                    found.append((seconds, says in log.rpartition('<h2 class="question"')[2]))
                    time.sleep(pause)
                return found

            with ThreadPoolExecutor(readers) as pool:
                answers = [one for found in pool.map(talk, range(readers)) for one in found]
    times = sorted(seconds for seconds, _ in answers)
    lost = sum(not right for _, right in answers)
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(f"{readers} readers, {pause:g} s between their questions:", end=" ")
    print(f"median {statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    print(f"{len(answers)} answers, {lost} lost or another's")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
