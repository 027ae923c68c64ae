"""The command `dateline`."""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from index.errors import DatelineError

if TYPE_CHECKING:
    from assistant.types import Answer
    from index.types import SyncReport

DONE, ERROR, REFUSED, INTERRUPTED = 0, 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done or answered, 1 error, 2 usage, 3 refused."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character still gets the rest
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["eval"]:
        return _evals(words[1:])
    options = _parser().parse_args(words)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except DatelineError as error:
        print(f"dateline: {_one_line(str(error))}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("dateline: stopped", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            print(
                f"dateline: {_one_line(str(error.filename))}: {error.strerror}; check the name and its permissions", file=sys.stderr
            )
            return ERROR
        # The reader left, or the disk is full: nothing more can be said there, not even while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return DONE
        print(f"dateline: the output cannot be written: {error.strerror}; expected room for it", file=sys.stderr)
        return ERROR
    return code


def _evals(words: list[str]) -> int:
    """`dateline eval ...` is `python -m evals ...`: run as a module, because nothing here may depend on the evals."""
    sys.argv[1:] = words
    try:
        runpy.run_module("evals", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ERROR
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dateline",
        description="Answers questions over a folder of news articles and proves every sentence.",
        epilog="Settings are environment variables: DATELINE_LLM, OPENAI_API_KEY and others; see docs/settings.md.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    index = commands.add_parser(
        "index", help="make the index reflect a folder", description="Make the index reflect a folder exactly."
    )
    index.add_argument("corpus", nargs="?", default="corpus", metavar="CORPUS", help="the folder of articles (default: corpus)")
    index.add_argument("--rebuild", action="store_true", help="throw the index away first and make it anew")
    index.set_defaults(run=_index)

    ask = commands.add_parser("ask", help="answer a question", description="Answer a question, then list the sources.")
    ask.add_argument("question", metavar="QUESTION", help="the question, in quotation marks")
    ask.add_argument("--history", metavar="FILE", help="a JSON file of earlier [question, answer] pairs, oldest first")
    ask.set_defaults(run=_ask)

    chat = commands.add_parser(
        "chat", help="ask in the browser", description="Serve the web UI: ask, read and check answers in the browser."
    )
    chat.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="the address to serve (default: 127.0.0.1, this machine only)"
    )
    chat.add_argument("--port", type=_port, metavar="P", help="the port (default: the first free one from 7860)")
    chat.add_argument("--no-password", action="store_true", help="serve other machines too though DATELINE_AUTH is not set")
    chat.set_defaults(run=_chat)

    feedback = commands.add_parser(
        "feedback", help="print what readers thought of answers", description="Print readers' feedback as a draft of a gold file."
    )
    feedback.set_defaults(run=_feedback)

    status = commands.add_parser(
        "status", help="tell what is indexed", description="Tell what is indexed, by what, and what is stale."
    )
    status.add_argument("--corpus", metavar="DIR", help="the folder of articles (default: the one that was indexed)")
    status.set_defaults(run=_status)

    commands.add_parser(
        "eval", help="measure answers against gold questions", description="Measure answers; see `dateline eval --help`."
    )

    for command in (ask, chat, feedback):
        command.add_argument("--corpus", default="corpus", metavar="DIR", help="the folder of articles (default: corpus)")
    for command in (index, ask, chat, feedback, status):
        command.add_argument("--index", default=".dateline", metavar="DIR", help="where the index is kept (default: .dateline)")
    for command in (index, ask, status):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _index(options: argparse.Namespace) -> int:
    from assistant.api import make_embedder
    from assistant.settings import read_settings
    from index.build import checked_corpus, sync_folder
    from index.folder import discard_index
    from index.store import EmbeddedStore

    embedder = make_embedder(read_settings())
    checked_corpus(Path(options.corpus))  # before anything is thrown away for it
    if options.rebuild:
        embedder.query("ready?")  # an embedder that fails must not cost the index that is there
        discard_index(Path(options.index))
    store = EmbeddedStore(Path(options.index), embedder, Path(options.corpus))
    with _bar("indexing", "file") as progress:
        report = sync_folder(Path(options.corpus), store, lambda at: progress(at.done, at.total))
    if options.json:
        _print_json(report.to_dict())
    else:
        _print_report(report)
        if not report.added and not report.changed and not report.unchanged:
            print(f"dateline: no articles in {_one_line(options.corpus)}; expected .txt, .md or .html files", file=sys.stderr)
    return DONE


def _print_report(report: SyncReport) -> None:
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "removed", "unchanged", "skipped")}
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + f"; {report.embedded} passages embedded")
    for source, reason in report.skipped:
        print(f"  skipped {_one_line(source)}: {_one_line(reason)}")
    for source, note in report.notes:
        print(f"  note {_one_line(source)}: {_one_line(note)}")


def _ask(options: argparse.Namespace) -> int:
    from assistant.api import checked_history, open_assistant

    history = checked_history(_read_json(options.history)) if options.history else ()
    with _bar("preparing the model", "B") as joined:
        assistant = open_assistant(options.corpus, options.index, on_join=joined)
        with _bar("indexing", "file") as progress:
            answer = _streamed(
                assistant.stream(options.question, history, lambda at: progress(at.done, at.total)), quiet=options.json
            )
    if options.json:
        _print_json(answer.to_dict())
    else:
        _print_sources(answer)
    return DONE if answer.status == "answered" else REFUSED


def _chat(options: argparse.Namespace) -> int:
    from assistant.api import open_assistant
    from assistant.settings import read_settings
    from assistant.web.app import listen, serve
    from index.build import checked_corpus

    settings = read_settings()
    checked_corpus(Path(options.corpus))
    listening = listen(options.host, options.port, has_password=settings.auth is not None, open_door=options.no_password)
    # Ctrl+C is how it is meant to end: no error.
    with listening, _bar("preparing the model", "B") as joined, suppress(KeyboardInterrupt):
        assistant = open_assistant(options.corpus, options.index, settings, joined)
        host = f"[{options.host}]" if ":" in options.host else options.host
        print(f"Dateline is at http://{host}:{listening.getsockname()[1]} (stop it with Ctrl+C)", file=sys.stderr, flush=True)
        serve(assistant, Path(options.index), settings, options.host, listening)
    return DONE


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 0 to 65535")
    return int(text)


def _feedback(options: argparse.Namespace) -> int:
    from assistant.web.conversations import feedback_file
    from assistant.web.export import gold_draft

    given = feedback_file(Path(options.index)).all_of()
    sys.stdout.write(gold_draft(Path(options.corpus), given))
    silent = sum(one.verdict == "bad" and not one.comment.strip() for one in given)
    print(f"{len(given) - silent} items; {silent} found wrong without a word of what is right are left out", file=sys.stderr)
    return DONE


def _streamed(events: Iterator[str | Answer], *, quiet: bool) -> Answer:
    """Print the text as it comes and return the Answer."""
    from assistant.types import Answer

    for event in events:
        if isinstance(event, Answer):
            if not quiet:
                print("" if event.status == "answered" else event.text, flush=True)
            return event
        if not quiet:
            print(_one_line(event), end="", flush=True)
    raise AssertionError("the chain ended without an Answer")


def _print_sources(answer: Answer) -> None:
    if answer.citations:
        print()
    for citation in answer.citations:
        copies = f"  (also in {_one_line(', '.join(citation.also_in))})" if citation.also_in else ""
        print(f'[{citation.marker}] {_one_line(citation.source)}:{citation.line}  "{_one_line(citation.quote)}"{copies}')
    if answer.nearest:
        print("\nNearest articles, not an answer:")
        for source in dict.fromkeys(near.source for near in answer.nearest):
            print(f"  {_one_line(source)}")
    sys.stdout.flush()  # what follows goes to stderr, after the sources
    reason = f", reason: {answer.reason}" if answer.reason else ""
    print(f"\n({_one_line(answer.model)}, {answer.timings.total_ms / 1000:.1f} s{reason})", file=sys.stderr)
    for warning in answer.warnings:
        print(f"warning: {_one_line(warning)}", file=sys.stderr)


def _status(options: argparse.Namespace) -> int:
    from assistant.api import index_status

    status = index_status(Path(options.index), Path(options.corpus) if options.corpus else None)
    if options.json:
        _print_json(status)
        return DONE
    where = f"{_one_line(status['corpus'])} in {_one_line(options.index)}"
    print(f"{status['articles']} articles, {status['passages']} passages of {where}")
    print(f"last synced {status['synced_at']}")
    print(f"published {status['first_published'] or '?'} to {status['last_published'] or '?'}")
    print(_one_line(f"embedder {status['embedder']} ({status['dim']} dimensions); model {status['model']}"))
    for name in ("stale", "skipped"):
        for item in status[name]:
            print(f"  {name} {_one_line(item['source'])}: {_one_line(item['reason'])}")
    return DONE


def _read_json(name: str) -> Any:
    try:
        return json.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise DatelineError(f"the history file {name} cannot be read: {error.strerror}; expected a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise DatelineError(
            f'the history file {name} is not JSON ({error}); expected for example: [["question", "answer"]]'
        ) from error


def _print_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))  # a terminal may be reading


def _one_line(text: str) -> str:
    """Untrusted text on a terminal: white space folded, and no control character that could steer the terminal."""
    folded = " ".join(text.split()) if text.strip() else text
    lead = " " if text[:1] == " " else ""
    return lead + "".join(character if character.isprintable() else "\ufffd" for character in folded)


@contextmanager
def _bar(label: str, unit: str, out: TextIO | None = None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that appears when something is worth waiting for; on a terminal only."""
    from tqdm import tqdm

    bars: list[Any] = []

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(
                tqdm(total=total, desc=label, unit=unit, unit_scale=unit == "B", file=out or sys.stderr, leave=False, disable=None)
            )
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars[0].close()

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()
