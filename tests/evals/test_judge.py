"""The judge: what it is shown, how its verdict is read, and how far people agree with it."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pytest

from assistant.model import Message
from assistant.types import Usage
from evals.cli import main
from evals.judge import MAX_TOKENS, SUMMARY, VERDICTS, Label, agreement, read_labels, verdict
from evals.records import ANSWERS, Cited, Record, RunError, Said, as_line
from evals.run import RUN
from prompts import render
from tests.assistant.servers import DONE, Behaviour, HostileServer, chunk

CLAIM, CITED = "It has 35 piles.", "The pier has 35 piles of oak."


class Scripted:
    """A judge that says one thing in several pieces, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.asked: list[tuple[list[Message], int]] = []

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        self.asked.append((list(messages), max_tokens))
        yield from self.reply  # letter by letter
        yield Usage(1, 1)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("SUPPORTED", "supported"), ("UNSUPPORTED", "unsupported"), ("supported.", "supported"), ("**Unsupported**", "unsupported"),
        ("Verdict: SUPPORTED", "supported"), ("**Final verdict:** unsupported.", "unsupported"),
        ("Answer - `SUPPORTED`", "supported"),
        ("__SUPPORTED__", "supported"), ("> _Verdict_: **UNSUPPORTED**!", "unsupported"),
        ("It is.\r\nSUPPORTED\r\n\r\n", "supported"),
        ("It is not.\n\n  “UNSUPPORTED”  \n", "unsupported"),
        ("Is it UNSUPPORTED? The text says 35 of oak, as the claim does.\n\nSUPPORTED", "supported"),
        ("At first sight SUPPORTED, but the figure differs.\n\nUNSUPPORTED", "unsupported"),
        ("The text gives 35 piles, so the claim is SUPPORTED.", None), ("SUPPORTED or UNSUPPORTED: UNSUPPORTED", None),
        ("The claim is not supported.", None), ("It is **not** SUPPORTED", None), ("Not fully supported", None),
        ("NOT SUPPORTED", None), ("SUPPORTED. UNSUPPORTED would be wrong; SUPPORTED it is", None), ("SUPPORTED\nI think.", None),
        ("Verdict:\nSUPPORTED in part", None), ("UN SUPPORTED", None), ("Verdict: Answer: SUPPORTED", None),
        ("", None), ("yes", None), ("I cannot tell.", None), ("SUPPORT", None), ("UNSUPPORTEDLY", None), ("支持", None),
    ],
)  # fmt: skip
def test_the_last_line_of_a_reply_is_the_verdict_when_it_says_nothing_else(reply: str, expected: str | None) -> None:
    assert verdict(Scripted(reply), CLAIM, CITED) == expected


def test_the_judge_is_shown_the_claim_and_the_quoted_text_and_nothing_else() -> None:
    judge = Scripted("SUPPORTED")
    claim, quoted = "It has {{cited}} 35 piles.", "A text with {{claim}} in it.\nTwo lines."
    verdict(judge, claim, quoted)
    ((messages, max_tokens),) = judge.asked
    assert messages == [{"role": "user", "content": render("judge", claim=claim, cited=quoted)}]
    assert max_tokens == MAX_TOKENS
    prompt = messages[0]["content"]
    assert (prompt.count(claim), prompt.count(quoted)) == (1, 1)


def test_agreement_worked_by_hand() -> None:
    # 8 read, 6 alike: .75. People: 5 supported of 8; judge: 5 of 8. Chance (5*5 + 3*3)/64 = .53125, kappa .21875/.46875 = .4667
    s, u = "supported", "unsupported"
    pairs: list[tuple[str, str | None]] = [(s, s)] * 4 + [(u, u)] * 2 + [(s, u), (u, s)] + [(s, None), (u, None)]
    # Wilson for 6 of 8: (.75 + 3.8415/16 ± 1.96 * √(.75 * .25/8 + 3.8415/256)) / (1 + 3.8415/8) = .6689 ± .2598
    assert agreement(pairs) == "agreement with people: 0.750 [0.409, 0.929] of 8 labels, kappa 0.47; 2 unreadable, not counted"
    assert agreement([(s, s)]).endswith("kappa undefined, all labels are alike; 0 unreadable, not counted")
    assert agreement([(s, None)] * 3) == "agreement with people: not measured; 3 unreadable verdicts"


# Labels

GOOD = {"claim": CLAIM, "cited": CITED, "label": "supported"}


def test_labels_are_read_and_blank_lines_are_none(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(f"\n{json.dumps(GOOD)}\n\n", "utf-8")
    assert read_labels(tmp_path / "labels.jsonl") == [Label(claim=CLAIM, cited=CITED, label="supported")]


@pytest.mark.parametrize(
    "line",
    [
        "{broken", "[]", "3", '"text"', json.dumps(GOOD | {"label": "maybe"}), json.dumps(GOOD | {"extra": 1}),
        json.dumps({"claim": CLAIM, "label": "supported"}), json.dumps(GOOD | {"claim": 3}), json.dumps(GOOD | {"label": None}),
    ],
)  # fmt: skip
def test_a_fault_in_the_labels_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", "utf-8")
    with pytest.raises(RunError, match=r"labels\.jsonl, line 3: ") as caught:
        read_labels(path)
    assert "\n" not in str(caught.value)


# The command, on a stored run with a scripted endpoint


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


def reply(text: str) -> Behaviour:
    end = chunk(None, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    body = (chunk(text) + end + DONE).decode()
    return (200, {"Content-Type": "text/event-stream"}, body)


def cited(marker: int, quote: str) -> Cited:
    return Cited(marker=marker, source="pier.txt", start=0, end=len(quote), quote=quote, sha256="")


def answered(id_: str, text: str, *quotes: str, status: str = "answered") -> Record:
    citations = [cited(number, quote) for number, quote in enumerate(quotes, start=1)]
    return Record(id=id_, answer=Said.model_validate({"text": text, "status": status, "citations": citations}))


RECORDS = [
    answered("a", "The pier is shut [1]. It has 35 piles, 腾讯 says [2][1]. Nobody knows why.", "It shut.", "35 piles"),
    answered("b", "It is of oak [1].", "Oak."),
    answered("c", "It was not said [1].", "Hidden.", status="refused"),
    Record(id="d", error="ModelUnavailable: gone"),
]
CLAIMS = [
    ("a", "The pier is shut.", "It shut."),
    ("a", "It has 35 piles, 腾讯 says.", "35 piles\nIt shut."),
    ("b", "It is of oak.", "Oak."),
]


def a_run(folder: Path, records: Sequence[Record] = RECORDS, model: str = "tested-model") -> Path:
    folder.mkdir()
    (folder / RUN).write_text(json.dumps({"metadata": {"model": model}, "ids": [], "corpus": str(folder)}), "utf-8")
    (folder / ANSWERS).write_text("".join(map(as_line, records)), "utf-8")
    return folder


def judged(folder: Path, server: HostileServer, *more: str, model: str = "judge-model") -> int:
    return main(["judge", str(folder), "--model", model, "--base-url", server.base_url, *more])


def test_every_cited_sentence_is_judged_and_the_unreadable_are_counted_apart(
    tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(tmp_path / "run")
    server.script = [reply("SUPPORTED"), reply("Hm."), reply("Let me think. SUPPORTED? No.\nUNSUPPORTED")]
    assert judged(run, server) == 0
    # One of the two that can be read: .5 with Wilson's [.0945, .9055]
    assert capsys.readouterr().out.splitlines() == [
        "judge judge-model on the answers of tested-model",
        "supported: 0.500 [0.095, 0.905] of 2 sentences; 1 unreadable, not counted",
        "1 sentences cite nothing and were not judged",
        "agreement with people: not measured (no --labels)",
    ]
    told = json.loads((run / SUMMARY).read_text("utf-8"))
    assert told == {
        "judge": "judge-model",
        "tested": "tested-model",
        "summary": [
            "judge judge-model on the answers of tested-model",
            "supported: 0.500 [0.095, 0.905] of 2 sentences; 1 unreadable, not counted",
            "1 sentences cite nothing and were not judged",
            "agreement with people: not measured (no --labels)",
        ],
    }
    kept = [json.loads(line) for line in (run / VERDICTS).read_text("utf-8").splitlines()]
    assert kept == [
        {"id": id_, "claim": claim, "cited": quoted, "label": label}
        for (id_, claim, quoted), label in zip(CLAIMS, ["supported", None, "unsupported"], strict=True)
    ]
    assert [request["messages"] for request in server.requests] == [
        [{"role": "user", "content": render("judge", claim=claim, cited=quoted)}] for _, claim, quoted in CLAIMS
    ]
    assert {request["model"] for request in server.requests} == {"judge-model"}


def test_agreement_with_labels_is_printed(tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.jsonl"
    lines = [GOOD, GOOD | {"label": "unsupported"}, GOOD | {"claim": "It is of tin.", "label": "unsupported"}]
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    server.script = [*[reply("SUPPORTED")] * 4, reply("?"), reply("UNSUPPORTED")]
    assert judged(a_run(tmp_path / "run"), server, "--labels", str(labels)) == 0
    # supported/supported, unsupported/unreadable, unsupported/unsupported: 2 of 2, chance 1/2, kappa 1
    assert "of 2 labels, kappa 1.00; 1 unreadable, not counted" in capsys.readouterr().out
    assert "It is of tin." in server.requests[-1]["messages"][0]["content"]
    assert len((tmp_path / "run" / VERDICTS).read_text("utf-8").splitlines()) == len(CLAIMS)


def test_verdicts_that_are_all_unreadable_are_not_measured(
    tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [reply("Who can say?")]
    assert judged(a_run(tmp_path / "run"), server) == 0
    assert "supported: not measured; 3 unreadable verdicts" in capsys.readouterr().out


def refused(folder: Path, server: HostileServer, capsys: pytest.CaptureFixture[str], *more: str, model: str = "judge-model") -> str:
    assert judged(folder, server, *more, model=model) == 1
    assert server.requests == []
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("dateline: ")
    assert error.count("\n") == 1
    return error


def test_the_model_under_test_is_no_judge(tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]) -> None:
    run = a_run(tmp_path / "run")
    assert "is the model under test" in refused(run, server, capsys, model="tested-model")
    assert not (run / VERDICTS).exists()


def test_what_cannot_be_judged_is_an_error_before_anything_is_asked(
    tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "holds no run" in refused(tmp_path / "none", server, capsys)
    bare = a_run(tmp_path / "bare", [answered("a", "Nothing is cited."), *RECORDS[2:]])
    assert "no answer with a cited sentence" in refused(bare, server, capsys)
    run = a_run(tmp_path / "run")
    assert "cannot be read" in refused(run, server, capsys, "--labels", str(tmp_path / "missing"))
    (tmp_path / "empty").write_text("\n", "utf-8")
    assert "are empty" in refused(run, server, capsys, "--labels", str(tmp_path / "empty"))
    (tmp_path / "latin").write_bytes(b"\xff")
    assert "cannot be read" in refused(run, server, capsys, "--labels", str(tmp_path / "latin"))


def test_an_endpoint_that_refuses_is_an_error(tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script = [(401, {}, '{"error": {"message": "no"}}')]
    run = a_run(tmp_path / "run")
    assert judged(run, server) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (run / SUMMARY).exists()
    assert not (run / VERDICTS).exists()


def test_verdicts_that_cannot_be_kept_are_a_one_line_error(
    tmp_path: Path, server: HostileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(tmp_path / "run")
    (run / SUMMARY).mkdir()
    server.script = [reply("SUPPORTED")]
    assert judged(run, server) == 1
    assert "the verdicts cannot be kept in" in capsys.readouterr().err
