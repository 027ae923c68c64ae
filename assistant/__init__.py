"""Dateline: answers questions over a folder of news articles, and proves every sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.api import aanswer, answer, stream
    from assistant.types import Answer, Citation
    from index.errors import DatelineError

__all__ = ["Answer", "Citation", "DatelineError", "aanswer", "answer", "stream"]

_HOME = {
    "answer": "assistant.api", "aanswer": "assistant.api", "stream": "assistant.api",
    "Answer": "assistant.types", "Citation": "assistant.types", "DatelineError": "index.errors",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: `import assistant` alone loads no library."""
    if name not in _HOME:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}; its names are {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
