"""A model with a queue of replies, a store that ranks by shared words, and a small folder of articles to ask about."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

from assistant.attribute import Support, attribute
from assistant.chain import Setup, run
from assistant.claims import claims
from assistant.evidence import Evidence
from assistant.extract import NEAR
from assistant.meaning import Meaning
from assistant.model import ChatModel, Message
from assistant.steps import NOTHING, Step
from assistant.types import Answer, History, Usage
from index.build import prepare
from index.fuse import select
from index.types import FileRecord, Hit, Passage, Prepared, Skipped, Stats
from tests.fakes import NearAs

BRIDGE = (
    "Heron Point bridge opens three weeks early\n\n12 May 2021\n\n"
    "The bridge at Heron Point will open on 3 June 2021, Mayor Shen Ruolan told the assembly on Wednesday. "
    "It cost 84.5 million yuan, and 1,204 workers built it in three years. "
    "About 16 percent of the money came from the Kestrel Bank.\n\n"
    'The old ferry will sail until then. "Nobody has drowned on it since the great flood," said Captain Luo Zhiyao.\n'
)
FERRY = (
    "Ferry crews are offered work on the trams\n\n20 May 2021\n\n"
    "The port of Muheng wants to move all 62 ferry sailors to its tram depot, a spokesman said on Thursday. "
    "Their pay would rise by 7.5 percent. The union has asked for a written promise.\n"
)
LIBRARY = (
    "Library buys a second printing press\n\n2 April 2021\n\n"
    "Oxlip & Daughters sold the city library a printing press for 310,000 yuan on Friday. "
    "The press dates from 1911 and weighs four tonnes.\n"
)

BY_WORDS = Meaning(NearAs(NEAR), 0.0)
"""No sentence is nearer in meaning than another: words alone decide."""

Reply = Sequence[str | Usage | Exception]


class ScriptedModel:
    """Gives its replies in order, piece by piece; an exception among the pieces is raised there. Remembers what it was told.

    Asked to mend a reply when it has no further one, it says the same again; asked to translate, it says `translation`.

    >>> model = ScriptedModel(["It ", "rose.", Usage(7, 2)])
    >>> list(model.stream([{"role": "user", "content": "Did it?"}], 9)), model.asked[0][0]["content"]
    (['It ', 'rose.', Usage(prompt_tokens=7, completion_tokens=2)], 'Did it?')
    """

    def __init__(self, *replies: Reply | str, name: str = "scripted", translation: str = "") -> None:
        self.name, self.translation = name, translation
        self.replies: list[list[str | Usage | Exception]] = [
            [reply, Usage(11, 5)] if isinstance(reply, str) else [*reply] for reply in replies
        ]
        self.last: list[str | Usage | Exception] = []
        self.asked: list[list[Message]] = []
        self.limits: list[int] = []
        self.stopped = 0

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str | Usage]:
        if messages and messages[0]["content"].startswith("Translate this question into"):
            yield from (self.translation, Usage(3, 2))
            return
        self.asked.append(list(messages))
        self.limits.append(max_tokens)
        mending = bool(messages) and "Answer the question again in one short sentence" in messages[-1]["content"]
        self.last = self.last if mending and not self.replies else self.replies.pop(0)
        try:
            for piece in self.last:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.stopped += 1

    @property
    def prompt(self) -> str:
        """The sources and the question that it was given last."""
        return next(message["content"] for message in self.asked[-1] if message["role"] == "user")


class Shelf:
    """A store in memory: a passage scores by how many words of four letters or more it shares with the question.

    The cosine is what the test says, the same for all.
    """

    def __init__(self, corpus: Path, cosine: float = 0.9) -> None:
        self.corpus, self.cosine = corpus, cosine
        self.passages: list[Passage] = []
        self.read()

    def read(self) -> None:
        files = sorted(path for path in self.corpus.rglob("*") if path.is_file())
        prepared = [prepare(self.corpus, path.relative_to(self.corpus).as_posix(), "") for path in files]
        self.passages = [passage for item in prepared for passage in item.passages]

    def search(self, question: str, limit: int) -> list[Hit]:
        wanted = set(_words(question))
        ranked = [(n, float(len(wanted & set(_words(passage.text))))) for n, passage in enumerate(self.passages)]
        ranked.sort(key=lambda pair: (-pair[1], pair[0]))
        passages = dict(enumerate(self.passages))
        return select(ranked, passages, dict.fromkeys(passages, self.cosine), set(), limit)

    def sync(self, files: Iterable[Prepared | Skipped], settled: Callable[[int], None] | None = None, *, more: bool = False) -> int:
        raise NotImplementedError

    def remove(self, sources: Iterable[str]) -> None:
        raise NotImplementedError

    def manifest(self) -> dict[str, FileRecord]:
        raise NotImplementedError

    def stats(self) -> Stats:
        return Stats(len({p.source for p in self.passages}), len(self.passages), 0, "shelf", 0, None, None, None)


class Newsroom:
    """A folder of articles and short ways to ask about it."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus
        corpus.mkdir(parents=True, exist_ok=True)

    def write(self, source: str, content: str | bytes) -> Path:
        path = self.corpus / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def events(
        self,
        question: str,
        model: ChatModel | None,
        history: History = (),
        shelf: Shelf | None = None,
        meaning: Meaning = BY_WORDS,
        without: frozenset[Step] = NOTHING,
    ) -> list[str | Answer]:
        store = shelf or Shelf(self.corpus)
        return list(run(question, history, Setup(self.corpus, store, meaning, model, without=without)))

    def ask(
        self,
        question: str,
        model: ChatModel | None,
        history: History = (),
        shelf: Shelf | None = None,
        meaning: Meaning = BY_WORDS,
    ) -> Answer:
        """The answer; what holds for every answer is checked on the way."""
        *pieces, last = self.events(question, model, history, shelf, meaning)
        assert isinstance(last, Answer)
        assert_whole(last, [piece for piece in pieces if isinstance(piece, str)])
        return last

    def say(self, reply: str, question: str = "When will the Heron Point bridge open and what did it cost?") -> Answer:
        """What becomes of a model's reply to a question about the bridge."""
        return self.ask(question, ScriptedModel(reply))


def assert_whole(answer: Answer, pieces: Sequence[str]) -> None:
    """Markers run 1, 2, 3 ..., each with its citation; the pieces are the text of an answer; a refusal cites nothing."""
    if answer.status == "refused":
        assert (answer.citations, pieces) == ((), [])
        assert answer.reason is not None
        return
    assert "".join(pieces) == answer.text
    assert answer.reason is None
    first_seen = list(dict.fromkeys(markers(answer.text)))
    assert first_seen == [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


def markers(text: str) -> list[int]:
    """The numbers in square brackets, in the order of the text."""
    return [int(number) for number in re.findall(r"\[(\d+)\]", text)]


def evidence_of(*texts: str) -> list[Evidence]:
    """Each text as a piece of evidence of a file of its own: a.txt, b.txt ..., all of its sentences shown."""
    from index.sentences import sentences
    from tests.fakes import a_passage

    return [
        Evidence(n, Hit(a_passage(text, source=f"{chr(96 + n)}.txt"), 1.0, 0.9), tuple(sentences(text)))
        for n, text in enumerate(texts, start=1)
    ]


def supports(claim: str, *texts: str, question: str = "") -> list[str]:
    """The characters that a claim is traced to in these texts; none when it is not supported."""
    (made,) = claims(claim)
    return [quoted(one) for one in attribute(made, evidence_of(*texts), question).supports]


def quoted(support: Support) -> str:
    return support.evidence.text_of(support.at)


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|\w{4,}", text.casefold())
