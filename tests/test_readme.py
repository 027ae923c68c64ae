"""The README's blocks are run, so that they cannot go stale."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from filelock import FileLock

from assistant.figures import Figure, figures

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Path:
    """A folder like a clone that was asked before, whose .venv is the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("Makefile", "README.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("scripts", "corpus", "evals/gold"):
        shutil.copytree(ROOT / name, folder / name)
    gold = folder / "evals" / "gold" / "dev.jsonl"  # some of the questions: it is the command that is tried
    gold.write_text("".join(gold.read_text("utf-8").splitlines(keepends=True)[::6]), "utf-8")
    with FileLock(sample_index.parent / "lock"):  # another worker may be opening it
        shutil.copytree(sample_index, folder / ".dateline")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the clone with this code and nothing of the network."""
    dead = "http://127.0.0.1:9"
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "http_proxy": dead, "https_proxy": dead, "no_proxy": "127.0.0.1,localhost",
        "PATH": f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}",
        **more,
    }  # fmt: skip
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603


SOURCE = re.compile(r'^\[1\] (\S+):(\d+)  "(.+?)"', re.M)


def test_the_first_command_gives_a_cited_answer_like_the_one_shown(clone: Path) -> None:
    command, shown = blocks("console")[0].split("\n", 1)
    question = re.fullmatch(r'\$ make ask Q="(.*)"', command)
    assert question
    # The environment is there already: -o tells make so. Everything else is the recipe as it stands.
    done = run(["make", "--no-print-directory", "-o", ".venv/.installed", "ask", f"Q={question.group(1)}"], clone)
    assert done.returncode == 0, done.stderr
    for output in (done.stdout, shown):  # the model may word it differently; what is shown must be true all the same
        answer = output.split("\n\n")[0]
        assert Figure(Decimal(70_000_000_000)) in figures(answer), output
        assert "[1]" in answer
        cited = SOURCE.search(output)
        assert cited, output
        text = (clone / "corpus" / cited.group(1)).read_text("utf-8")
        assert cited.group(3) in text
        assert text[: text.index(cited.group(3))].count("\n") + 1 == int(cited.group(2))


def test_the_readme_shows_its_first_answer_in_its_first_25_lines() -> None:
    head = "\n".join(README.splitlines()[:25])
    assert "make ask Q=" in head
    assert "[1] outlets/kestrel-bay/2021-11-10-ninglu-servers.txt:31" in head
    assert "make test" in head


def test_the_commands_for_a_folder_run(clone: Path) -> None:
    (block,) = [block for block in blocks("sh") if "dateline ask" in block]
    done = run(["sh", "-e", "-c", block], clone)
    assert done.returncode == 0, done.stderr


def test_the_eval_command_runs(clone: Path) -> None:
    """Without a model, which makes the same run in seconds instead of half an hour."""
    (block,) = [block for block in blocks("sh") if "dateline eval" in block]
    done = run(["sh", "-e", "-c", block], clone, DATELINE_LLM="extractive")
    assert done.returncode == 0, done.stderr
    report = (clone / "runs" / "dev" / "report.html").read_text("utf-8")
    asked = [json.loads(line)["id"] for line in (clone / "evals/gold/dev.jsonl").read_text("utf-8").splitlines()]
    assert [name for name in asked if name not in report] == []


@pytest.mark.parametrize("block", blocks("python"))
def test_the_python_blocks_run(block: str, clone: Path) -> None:
    done = run([sys.executable, "-c", block], clone)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("answered")


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
