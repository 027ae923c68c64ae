"""The command: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO

import pytest

from assistant.cli import main
from index.formats import unread
from index.load import MAX_BYTES
from tests.assistant.fakes import BRIDGE, Newsroom, ScriptedModel
from tests.assistant.servers import HostileServer
from tests.assistant.test_contract import check_shape
from tests.conftest import ROOT, forget_chroma

QUESTION = "How many workers built the bridge, and in how many years?"
QUOTE = "It cost 84.5 million yuan, and 1,204 workers built it in three years."

Run = Callable[..., "Ran"]


class Ran:
    """What one command left: its exit code and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in err
        assert_harmless(out + err)

    def error(self) -> str:
        """The one line of an error."""
        assert self.code == 1
        assert self.out == ""
        assert self.err.startswith("dateline: ")
        assert self.err.count("\n") == 1
        return self.err


def assert_harmless(text: str) -> None:
    """No character that could steer a terminal."""
    assert {character for character in text if not character.isprintable()} <= {"\n"}


@pytest.fixture
def cli(
    newsroom: Newsroom, tmp_path: Path, fake_embedder: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command in a folder whose `corpus` is the newsroom."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_LLM", "extractive")

    def run(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


# ask


def test_ask_prints_the_answer_and_its_sources_with_file_and_line(cli: Run) -> None:
    ran = cli("ask", QUESTION)
    assert ran.code == 0
    assert ran.out == f'“{QUOTE}” [1]\n\n[1] bridge.txt:5  "{QUOTE}"\n'
    assert "(extractive, " in ran.err


def test_ask_json_is_the_contract(cli: Run) -> None:
    ran = cli("ask", QUESTION, "--json")
    assert (ran.code, ran.err) == (0, "")
    made = json.loads(ran.out)
    check_shape(made)
    assert (made["status"], made["citations"][0]["quote"], made["model"]) == ("answered", QUOTE, "extractive")


def test_a_refusal_exits_with_3_and_names_the_nearest_articles(cli: Run) -> None:
    ran = cli("ask", "Which crocodile hunters disliked the violins of Captain Zanzibar?")
    assert ran.code == 3
    assert ran.out.startswith("Nothing in these articles is about that.\n\nNearest articles, not an answer:\n  ")
    assert "[1]" not in ran.out
    assert "reason: nothing_relevant" in ran.err


def test_a_refusal_as_json_exits_with_3(cli: Run) -> None:
    ran = cli("ask", "Which crocodile hunters disliked the violins of Captain Zanzibar?", "--json")
    made = json.loads(ran.out)
    check_shape(made)
    assert (ran.code, made["status"], made["reason"], made["citations"]) == (3, "refused", "nothing_relevant", [])


def test_an_empty_folder_is_a_refusal(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = cli("ask", QUESTION, "--corpus", "empty", "--json")
    assert (ran.code, json.loads(ran.out)["reason"]) == (3, "empty_index")


def test_ask_takes_the_folders_from_its_options(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "corpus").rename(tmp_path / "news")
    assert cli("ask", QUESTION, "--corpus", "news", "--index", "deep/er/index").code == 0
    assert (tmp_path / "deep/er/index/catalog.db").is_file()
    assert not (tmp_path / ".dateline").exists()


def test_a_copy_is_named_beside_the_source(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("outlets/courier.txt", BRIDGE)
    assert '"  (also in outlets/courier.txt)\n' in cli("ask", QUESTION).out


def test_history_is_read_from_a_file(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel("It cost 84.5 million yuan [1].")
    monkeypatch.setattr("assistant.api.make_model", lambda settings, on_join=None, **_: model)
    (tmp_path / "h.json").write_text('[["When will the Heron Point bridge open?", "On 3 June."]]', "utf-8")
    assert cli("ask", "And what did it cost?", "--history", "h.json").out.startswith("It cost 84.5 million yuan [1].\n")
    assert "Earlier answer: On 3 June." in model.prompt


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"{not json", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a": 1}', "not a list of [question, answer] pairs"),
        (b'[["a"]]', "not a list of [question, answer] pairs"),
        (b'[["a", null]]', "not a list of [question, answer] pairs"),
    ],
    ids=["missing", "not-json", "not-utf8", "empty", "too-deep", "object", "single", "null"],
)
def test_a_history_file_that_is_none_is_a_one_line_error(cli: Run, tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "h.json").write_bytes(content)
    message = cli("ask", QUESTION, "--history", "h.json").error()
    assert says in message
    assert "expected" in message


@pytest.mark.parametrize("question", ["", "  ", "?!", "x" * 100_000])
def test_a_question_that_is_none_is_a_one_line_error(cli: Run, question: str) -> None:
    assert "the question" in cli("ask", question).error()


def test_a_warning_is_printed(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel("It cost 99.9 million yuan [1]. It cost 84.5 million yuan [1].")
    monkeypatch.setattr("assistant.api.make_model", lambda settings, on_join=None, **_: model)
    ran = cli("ask", "What did the bridge cost?")
    assert ran.out.startswith("It cost 84.5 million yuan [1].\n")
    assert "warning: dropped, the sources lack 99900000: It cost 99.9 million yuan." in ran.err


def test_a_model_that_is_set_up_wrongly_is_an_error(cli: Run, server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_LLM", "openai")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    server.script = [(401, {}, "{}")]
    assert "refused the key (401); expected a valid one; try: export OPENAI_API_KEY=" in cli("ask", QUESTION).error()


def test_a_wrong_setting_is_an_error(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_TIMEUOT", "3")
    for command in (["ask", QUESTION], ["index"], ["status"]):
        assert "DATELINE_TIMEUOT is not a setting; did you mean DATELINE_TIMEOUT?" in cli(*command).error()


# index


def test_index_tells_what_it_did(cli: Run, newsroom: Newsroom) -> None:
    assert cli("index").out == "3 added, 0 changed, 0 removed, 0 unchanged, 0 skipped; 3 passages embedded\n"
    newsroom.write("bridge.txt", BRIDGE.replace("84.5", "91.5"))
    (newsroom.corpus / "library.txt").unlink()
    newsroom.write("photo.jpg", b"\xff\xd8")
    ran = cli("index")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "0 added, 1 changed, 1 removed, 1 unchanged, 1 skipped; 1 passages embedded",
        f"  skipped photo.jpg: {unread('photo.jpg')}",
    ]


def test_a_long_list_of_what_was_skipped_is_cut(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("wire.jsonl", "{}\n" * 60)
    lines = cli("index").out.splitlines()
    assert len(lines) == 52
    assert lines[-1] == "  ... and 10 more; --json lists all"
    assert len(json.loads(cli("status", "--json").out)["skipped"]) == 60


def test_index_json_lists_every_file(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("empty.txt", "")
    newsroom.write("huge.txt", b"a" * (MAX_BYTES + 1))
    ran = cli("index", "corpus", "--json")
    assert (ran.code, ran.err) == (0, "")
    made = json.loads(ran.out)
    assert list(made) == ["added", "changed", "removed", "unchanged", "skipped", "notes", "embedded"]
    assert made["added"] == ["bridge.txt", "library.txt", "port/ferry.txt"]
    assert [item["source"] for item in made["skipped"]] == ["empty.txt", "huge.txt"]
    assert made["embedded"] == 3


def test_rebuild_throws_a_foreign_index_away_and_nothing_else(cli: Run, tmp_path: Path) -> None:
    (tmp_path / ".dateline").mkdir()
    (tmp_path / ".dateline" / "catalog.db").write_bytes(b"not a database" * 100)
    (tmp_path / ".dateline" / "my-notes.txt").write_text("mine", "utf-8")
    assert "--rebuild" in cli("ask", QUESTION).error()
    assert "--rebuild" in cli("index").error()
    assert "--rebuild" in cli("status").error()
    assert cli("index", "--rebuild").out.startswith("3 added")
    assert cli("ask", QUESTION).code == 0
    assert (tmp_path / ".dateline" / "my-notes.txt").read_text("utf-8") == "mine"


def test_rebuild_with_a_folder_that_is_not_there_keeps_the_old_index(cli: Run) -> None:
    assert cli("index").code == 0
    assert "nothing at nowhere" in cli("index", "nowhere", "--rebuild").error()
    assert "3 articles" in cli("status").out


def test_a_folder_without_articles_is_told(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = cli("index", "empty")
    assert ran.code == 0
    assert ran.err == "dateline: no articles in empty; expected .txt, .html, .pdf or others\n"


@pytest.mark.parametrize("command", [["index", "nowhere"], ["ask", QUESTION, "--corpus", "nowhere"]])
def test_no_such_folder_is_a_one_line_error(cli: Run, command: list[str]) -> None:
    error = cli(*command).error()
    assert error.startswith("dateline: nothing at ")
    assert "nowhere; expected a folder of articles; try: dateline index FOLDER" in error


def test_an_index_folder_that_cannot_be_made_is_a_one_line_error(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for command in (["index"], ["ask", QUESTION]):
        assert "try: --index DIR" in cli(*command, "--index", "file/index").error()


# status


def test_status_tells_what_is_indexed_by_what_and_what_is_stale(cli: Run, newsroom: Newsroom, old_files: None) -> None:
    cli("index")
    newsroom.write("bridge.txt", BRIDGE + "\nMore was said on Friday by the assembly.\n")
    newsroom.write("new.txt", BRIDGE)
    (newsroom.corpus / "library.txt").unlink()
    ran = cli("status")
    assert ran.code == 0
    assert f"3 articles, 3 passages of {newsroom.corpus} in .dateline\n" in ran.out
    assert "published 2021-04-02 to 2021-05-20\n" in ran.out
    assert "embedder fake/word-lengths (12 dimensions); model extractive\n" in ran.out
    assert ran.out.endswith("  stale bridge.txt: changed\n  stale library.txt: deleted\n  stale new.txt: new\n")


def test_status_json_holds_the_encoding_of_each_file(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("zh.txt", "牧衡大桥提前三周通车\n\n市长周三表示，大桥将于六月通车，耗资巨大，人人满意。\n".encode("gb18030"))
    newsroom.write("photo.txt", b"\x00\x01\x02" * 50)
    cli("index")
    ran = cli("status", "--json")
    made = json.loads(ran.out)
    assert {file["source"]: file["encoding"] for file in made["files"]} == {
        "bridge.txt": "utf-8", "library.txt": "utf-8", "port/ferry.txt": "utf-8", "zh.txt": "gb18030"
    }  # fmt: skip
    assert [item["source"] for item in made["skipped"]] == ["photo.txt"]
    assert (made["articles"], made["embedder"], made["dim"], made["model"]) == (4, "fake/word-lengths", 12, "extractive")


def test_status_of_no_index_makes_none(cli: Run, tmp_path: Path) -> None:
    assert "no index in .dateline; expected one made by: dateline index CORPUS --index .dateline" in cli("status").error()
    assert not (tmp_path / ".dateline").exists()


# usage


@pytest.mark.parametrize(
    "arguments", [[], ["frobnicate"], ["ask"], ["ask", "a", "b"], ["ask", "a", "--bogus"], ["index", "a", "b"], ["--json"]]
)
def test_a_wrong_command_line_exits_with_2_and_shows_the_usage(cli: Run, arguments: list[str]) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("usage: dateline")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["index", "--help"], ["status", "--help"]])
def test_help_exits_with_0(cli: Run, arguments: list[str]) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("usage: dateline")


def test_ctrl_c_is_one_line(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assistant.api.sync_folder", interrupted)
    ran = cli("ask", QUESTION)
    assert (ran.code, ran.out, ran.err) == (130, "", "dateline: stopped\n")


# A terminal is not steered by what an article, a file name or an endpoint says

ESCAPE = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202e"


def test_escape_sequences_of_an_article_do_not_reach_the_terminal(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("bridge.txt", BRIDGE.replace("1,204 workers", f"1,204 {ESCAPE} workers"))
    ran = cli("ask", QUESTION)
    assert "1,204" in ran.out


@pytest.mark.parametrize("command", [["ask", QUESTION], ["index"], ["status"]], ids=lambda command: command[0])
@pytest.mark.parametrize(
    "name", [f"br{ESCAPE}idge.txt", f"note.{ESCAPE}", "two\nlines.txt", "two\nlines"], ids=["name", "ending", "newline", "bare"]
)
def test_escape_sequences_of_a_file_name_do_not_reach_the_terminal(
    cli: Run, newsroom: Newsroom, name: str, command: list[str]
) -> None:
    (newsroom.corpus / "bridge.txt").unlink()
    newsroom.write(name, BRIDGE)
    if command == ["status"]:
        cli("index")
    assert cli(*command).code in (0, 3)


@pytest.mark.parametrize("command", [["ask", QUESTION], ["index"], ["status"]], ids=lambda command: command[0])
def test_escape_sequences_of_a_copys_name_do_not_reach_the_terminal(cli: Run, newsroom: Newsroom, command: list[str]) -> None:
    newsroom.write(f"z{ESCAPE}.txt", BRIDGE)
    if command == ["status"]:
        cli("index")
    assert cli(*command).code == 0


def test_escape_sequences_of_an_endpoint_do_not_reach_the_terminal(
    cli: Run, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_LLM", "openai")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    server.models = [f"tiny{ESCAPE}"]
    assert cli("ask", QUESTION).code == 0
    server.script = [(400, {}, json.dumps({"error": {"message": f"bad {ESCAPE}"}}))]
    cli("ask", QUESTION).error()
    server.script = [(500, {}, json.dumps({"error": {"message": f"bad {ESCAPE}"}}))]
    assert "warning: " in cli("ask", QUESTION).err


def test_escape_sequences_in_json_are_escaped(cli: Run, newsroom: Newsroom) -> None:
    newsroom.write("bridge.txt", BRIDGE.replace("1,204 workers", f"1,204 {ESCAPE} workers"))
    ran = cli("ask", QUESTION, "--json")
    assert ESCAPE in json.loads(ran.out)["citations"][0]["quote"]


def test_a_folder_or_option_with_a_newline_in_its_name_still_makes_one_line(cli: Run) -> None:
    cli("index", "no\nwhere\x1b[31m").error()


# As a process of its own


def run(
    *arguments: str | bytes,
    folder: Path,
    extra: Mapping[str, str] = MappingProxyType({}),
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.CompletedProcess[bytes]:
    """One command as a process of its own, which never shows a traceback."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATELINE_LLM": "extractive", "PYTHONUTF8": "1", **extra}
    command = [sys.executable, "-m", "assistant", *arguments]
    done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, stdout=stdout, stderr=subprocess.PIPE, timeout=60, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture
def indexed(cli: Run, tmp_path: Path) -> Path:
    """A folder with an index, made with the FakeEmbedder; `status` needs no embedder."""
    cli("index")
    forget_chroma()
    return tmp_path


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = run("status", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"dateline: no index in .dateline; expected one made by: dateline index")


def test_status_of_a_process_of_its_own(indexed: Path) -> None:
    done = run("status", "--json", folder=indexed)
    assert done.returncode == 0
    assert json.loads(done.stdout)["articles"] == 3


def test_a_terminal_that_shows_ascii_only_gets_the_rest(indexed: Path, newsroom: Newsroom) -> None:
    newsroom.write("zürich—“牧衡”.txt", BRIDGE)
    done = run("status", folder=indexed, extra={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0, done.stderr
    assert b"z\\xfcrich" in done.stdout


def test_a_reader_that_leaves_early_is_no_error(indexed: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = run("status", "--json", folder=indexed, stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_to_a_full_disk_is_one_line(indexed: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run("status", folder=indexed, stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith(b"dateline: ")
    assert done.stderr.count(b"\n") == 1


def test_a_folder_whose_name_is_not_utf8_is_an_error_or_is_read(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    done = run("index", b"caf\xe9", folder=tmp_path)
    assert done.returncode in (0, 1)
    asked = run("ask", b"caf\xe9?", "--corpus", b"caf\xe9", folder=tmp_path)
    assert asked.returncode in (1, 3)


def test_a_check_tells_what_is_wrong_and_a_repair_mends_it(cli: Run, newsroom: Newsroom) -> None:
    cli("index", "corpus")
    whole = cli("status", "--check")
    assert (whole.code, whole.out) == (0, "the index is what the folder says\n")
    newsroom.write("new.txt", "The mill at Sorrelgate closes in May.")
    wrong = cli("status", "--check")
    assert (wrong.code, wrong.out) == (1, "  fault new.txt: new\n1 faults, 1 left\n")
    assert "to mend it: dateline status --repair" in wrong.err
    mended = cli("status", "--repair", "--json")
    assert (mended.code, json.loads(mended.out)) == (0, {"faults": [{"where": "new.txt", "what": "new"}], "left": []})
    assert cli("status", "--check").code == 0


def test_a_folder_that_is_followed_is_synced_as_it_changes(newsroom: Newsroom, tmp_path: Path) -> None:
    corpus = newsroom.corpus
    command = [sys.executable, "-m", "assistant", "index", str(corpus), "--index", str(tmp_path / "own"), "--watch"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=_heed_interrupts
    ) as following:
        try:
            assert following.stdout is not None
            assert following.stderr is not None
            assert "following" in following.stderr.readline()
            (corpus / "mill.txt").write_text("The mill at Sorrelgate closes in May.")
            reports = [line for line in (following.stdout.readline() for _ in range(2)) if "unchanged" in line]
            assert reports[-1].startswith("1 added, 0 changed, 0 removed")
            following.send_signal(signal.SIGINT)
            assert following.wait(30) == 0
            assert following.stderr.read() == ""
        finally:
            following.kill()


def _heed_interrupts() -> None:
    """A shell that runs the tests in the background has it ignored, and whoever it starts inherits that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
