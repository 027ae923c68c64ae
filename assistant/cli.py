"""The command `dateline`."""

from __future__ import annotations

import argparse
import json
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import indexing
from assistant.terminal import bar, one_line, print_json, system_failure
from index.errors import DatelineError

if TYPE_CHECKING:
    from assistant.types import Answer

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
        print(f"dateline: {one_line(str(error))}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("dateline: stopped", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        return system_failure(error)
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
    index.add_argument("--watch", action="store_true", help="go on and follow the folder until Ctrl+C")
    index.set_defaults(run=indexing.index)

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
    status.add_argument("--check", action="store_true", help="compare files, catalog and vectors with one another, all of them")
    status.add_argument("--repair", action="store_true", help="the same, and mend what is found")
    status.set_defaults(run=indexing.status)

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


def _ask(options: argparse.Namespace) -> int:
    from assistant.api import checked_history, open_assistant

    history = checked_history(_read_json(options.history)) if options.history else ()
    with bar("preparing the model", "B") as joined:
        assistant = open_assistant(options.corpus, options.index, on_join=joined)
        with bar("indexing", "file") as progress:
            answer = _streamed(
                assistant.stream(options.question, history, lambda at: progress(at.done, at.total)), quiet=options.json
            )
    if options.json:
        print_json(answer.to_dict())
    else:
        _print_sources(answer)
    return DONE if answer.status == "answered" else REFUSED


def _chat(options: argparse.Namespace) -> int:
    from assistant.api import open_assistant
    from assistant.settings import read_settings
    from assistant.web.app import listen, serve
    from index.scan import checked_corpus

    settings = read_settings()
    checked_corpus(Path(options.corpus))
    listening = listen(options.host, options.port, has_password=settings.auth is not None, open_door=options.no_password)
    # Ctrl+C is how it is meant to end: no error.
    with listening, bar("preparing the model", "B") as joined, suppress(KeyboardInterrupt):
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
            print(one_line(event), end="", flush=True)
    raise AssertionError("the chain ended without an Answer")


def _print_sources(answer: Answer) -> None:
    if answer.citations:
        print()
    for citation in answer.citations:
        copies = f"  (also in {one_line(', '.join(citation.also_in))})" if citation.also_in else ""
        print(f'[{citation.marker}] {one_line(citation.source)}:{citation.line}  "{one_line(citation.quote)}"{copies}')
    if answer.nearest:
        print("\nNearest articles, not an answer:")
        for source in dict.fromkeys(near.source for near in answer.nearest):
            print(f"  {one_line(source)}")
    sys.stdout.flush()  # what follows goes to stderr, after the sources
    reason = f", reason: {answer.reason}" if answer.reason else ""
    print(f"\n({one_line(answer.model)}, {answer.timings.total_ms / 1000:.1f} s{reason})", file=sys.stderr)
    for warning in answer.warnings:
        print(f"warning: {one_line(warning)}", file=sys.stderr)


def _read_json(name: str) -> Any:
    try:
        return json.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise DatelineError(f"the history file {name} cannot be read: {error.strerror}; expected a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise DatelineError(
            f'the history file {name} is not JSON ({error}); expected for example: [["question", "answer"]]'
        ) from error
