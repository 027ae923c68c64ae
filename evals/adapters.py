"""Sets that others publish become a corpus and a gold file, from files that the user has."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.gold import GoldError, Item, Quote, as_line, fault
from index.errors import DatelineError

MAX_FIELD = 50_000_000
WRITTEN = "written.json"
"""Beside the gold: the articles that were written, each with its sha256, so that no other file is ever removed."""

Articles = dict[str, str]
"""The text of each article by its path in the corpus."""


class AdapterError(DatelineError):
    """Files are not what their format says."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """Where the gold file, the articles and their index are."""

    gold: Path
    corpus: Path
    index: Path


def adapt(name: str, path: Path, out: Path) -> Adapted:
    """Write the set at `path` as gold and articles into the folder `out`; what is there already is not written again.

    Articles that were written there before and are no longer in the set are removed, unless they were changed since.
    Raises AdapterError when there is no such file, or its content is of another shape.
    """
    corpus = out / "corpus"
    try:
        corpus.mkdir(parents=True, exist_ok=True)
        articles: Articles = {}
        items = list(FORMATS[name](path, articles))
        used = path / "corpus" if name == "chunking" else corpus
        if items:
            _put(articles, corpus, out / WRITTEN)
            _write(out / "gold.jsonl", "".join(map(as_line, items)))
    except OSError as error:
        raise AdapterError(f"{error.filename}: {error.strerror}; expected {path} to be {EXPECTED[name]}") from error
    except ValidationError as error:
        raise AdapterError(f"{path} is not {EXPECTED[name]}: {fault(error)}") from error
    except (TypeError, AttributeError, ValueError, LookupError, RecursionError, csv.Error) as error:
        # Whatever of another shape is tripped over first.
        raise AdapterError(f"{path} is not {EXPECTED[name]}: {type(error).__name__} {error}") from error
    if not items:
        raise AdapterError(f"{path} holds no questions; expected {EXPECTED[name]}")
    return Adapted(out / "gold.jsonl", used, out / "index")


def _put(articles: Articles, corpus: Path, written: Path) -> None:
    """Write the articles, and remove those that an earlier call wrote and this one does not have."""
    ours, root = _read_written(written), corpus.resolve()
    for source in ours.keys() - articles.keys():
        stale = root / source
        # Neither what a link leads to, nor what somebody put in its place, is ours.
        within = stale.is_relative_to(root) and stale == stale.resolve()
        if within and stale.is_file() and _sha256(stale.read_bytes()) == ours[source]:
            stale.unlink()
    contents = {source: _encoded(text) for source, text in articles.items()}
    mine = {
        source: _sha256(data)
        for source, data in contents.items()
        if source in ours or not ((corpus / source).is_file() and (corpus / source).read_bytes() == data)
    }
    _write(written, json.dumps(mine, indent=0))  # before the articles: after an interruption they are known as ours
    for source, text in articles.items():
        _write(corpus / source, text)


def _read_written(path: Path) -> dict[str, str]:
    """The articles written before; none when the list cannot be read, so that nothing is removed."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {source: sha256 for source, sha256 in found.items() if isinstance(sha256, str)} if isinstance(found, dict) else {}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def squad(path: Path, articles: Articles) -> Iterator[Item]:
    """SQuAD 2.0 (Rajpurkar et al. 2018): an article a title, its paragraphs one after the other."""
    for number, article in enumerate(json.loads(path.read_text("utf-8-sig"))["data"]):
        source = f"{number:04d}-{_safe(_text(article['title']))}.txt"
        contexts = [_text(paragraph["context"]) for paragraph in article["paragraphs"]]
        articles[source] = "\n\n".join(contexts)
        offset = 0
        for paragraph, context in zip(article["paragraphs"], contexts, strict=True):
            for one in paragraph["qas"]:
                said = [(_text(answer["text"]), offset + int(answer["answer_start"])) for answer in one["answers"]]
                if one.get("is_impossible", False):
                    said = []  # version 2.0 gives plausible answers elsewhere; `answers` is empty then
                answers = list(dict.fromkeys(text for text, _ in said))
                quotes = [Quote(source=source, text=text, start=at) for text, at in dict.fromkeys(said)]
                yield Item(
                    id=_text(one["id"]),
                    question=_text(one["question"]),
                    answerable=bool(said),
                    type="squad" if said else "unanswerable",
                    facts=[answers] if said else [],
                    answers=answers,
                    sources=[source] if said else [],
                    quotes=quotes,
                )
            offset += len(context) + 2


def clapnq(path: Path, articles: Articles) -> Iterator[Item]:
    """ClapNQ (Rosenthal et al. 2025): its own files, or a folder of `passages.jsonl` (file, text) and `gold*.jsonl`."""
    if path.is_dir():
        for passage in _lines(path / "passages.jsonl"):
            articles[_safe_file(_text(passage["file"]))] = _text(passage["text"])
        for gold in sorted(path.glob("gold*.jsonl")):
            for line in _lines(gold):
                answers = [one for one in line.get("answers", []) if one]  # of several annotators, some found none
                yield Item.model_validate({"type": "clapnq" if line["answerable"] else "unanswerable", **line, "answers": answers})
        return
    for line in _lines(path):
        (passage,) = line["passages"]
        id_, title, text = _text(line["id"]), _text(passage["title"]), _text(passage["text"])
        source = f"{_safe(title)}-{_safe(id_)}.txt"
        articles[source] = f"{title}\n\n{text}"
        outputs = [one for one in line["output"] if one.get("answer")]
        picked = [sentence for one in outputs for sentence in _texts(one.get("selected_sentences", [])) if sentence in text]
        yield Item(
            id=id_, question=_text(line["input"]), answerable=bool(outputs), type="clapnq" if outputs else "unanswerable",
            answers=[_text(one["answer"]) for one in outputs], sources=[source] if outputs else [],
            quotes=[Quote(source=source, text=one) for one in dict.fromkeys(picked)] if outputs else [],
            near_miss=None if outputs else source,
        )  # fmt: skip


def chunking(path: Path, articles: Articles) -> Iterator[Item]:  # noqa: ARG001 - its articles are read where they are
    """The set of "Evaluating Chunking Strategies for Retrieval" (Smith and Troynikov 2024): gold ranges of characters.

    A folder with `corpus/*.md` and the questions as `questions*.jsonl` (question, source, references: start and end) or
    as the published `questions*.csv` (question, references: start_index and end_index, corpus_id).
    """
    rows = [*_of_jsonl(path), *_of_csv(path)]
    texts: dict[str, str] = {}
    for name, question, source, ranges in rows:
        if source not in texts:
            texts[source] = (path / "corpus" / _safe_file(source)).read_bytes().decode("utf-8")
        if beyond := [one for one in ranges if not 0 <= one[0] < one[1] <= len(texts[source])]:
            raise AdapterError(f"{name}: {source} has no characters {beyond[0]}; expected start < end <= {len(texts[source])}")
        quotes = [Quote(source=source, text=texts[source][start:end], start=start) for start, end in ranges]
        yield Item(id=name, question=question, answerable=True, sources=[source], quotes=quotes, type=Path(source).stem)


def _of_jsonl(path: Path) -> Iterator[tuple[str, str, str, list[tuple[int, int]]]]:
    for file in sorted(path.glob("questions*.jsonl")):
        for line in _lines(file):
            ranges = [(int(one["start"]), int(one["end"])) for one in line["references"]]
            yield _text(line["id"]), _text(line["question"]), _text(line["source"]), ranges


def _of_csv(path: Path) -> Iterator[tuple[str, str, str, list[tuple[int, int]]]]:
    csv.field_size_limit(MAX_FIELD)
    for file in sorted(path.glob("questions*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            for number, row in enumerate(csv.DictReader(opened)):
                ranges = [(int(one["start_index"]), int(one["end_index"])) for one in json.loads(row["references"])]
                yield f"chunk-{number:04d}", row["question"], f"{row['corpus_id']}.md", ranges


def ramdocs(path: Path, articles: Articles) -> Iterator[Item]:
    """RAMDocs (Wang et al. 2025): every question has documents of its own, some correct, some wrong, some noise.

    A question is right when every gold answer is given; each is asked of a folder of its own.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    folders = (f"q{number:04d}" for number in count())
    for file in files:
        for number, line in enumerate(_lines(file)):
            folder = next(folders)
            right: list[str] = []
            for at, document in enumerate(line["documents"]):
                source = f"{folder}/{at}.txt"
                articles[source] = _text(document["text"])
                if document["type"] == "correct":
                    right.append(source)
            answers = _texts(line["gold_answers"])
            wrong = _texts(line.get("wrong_answers", []))
            yield Item(
                id=f"{file.stem}-{number:04d}", question=_text(line["question"]), answerable=True, facts=[[one] for one in answers],
                wrong=wrong,
                sources=right, folder=folder, type="misinformation" if wrong else "no misinformation",
            )  # fmt: skip


FORMATS: Mapping[str, Callable[[Path, Articles], Iterator[Item]]] = {
    "squad": squad, "clapnq": clapnq, "chunking": chunking, "ramdocs": ramdocs,
}  # fmt: skip
EXPECTED: Mapping[str, str] = {
    "squad": "a JSON file of SQuAD 2.0",
    "clapnq": "a JSONL file of ClapNQ, or a folder with passages.jsonl and gold*.jsonl",
    "chunking": "a folder with corpus/ and questions*.jsonl or questions*.csv",
    "ramdocs": "a JSONL file of RAMDocs, or a folder with one",
}


def _lines(path: Path) -> Sequence[Any]:
    found = []
    for number, line in enumerate(path.read_text("utf-8-sig").split("\n"), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise AdapterError(f"{path}, line {number}: not JSON ({error}); expected one object a line") from error
    return found


def _text(value: object) -> str:
    """A text, or a number as one. Raises TypeError for anything else, which str() would make a text of."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{value!r:.80} found; expected a text")
    return str(value)


def _texts(values: object) -> list[str]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r:.80} found; expected a list of texts")
    return [_text(one) for one in values]


def _safe(name: str) -> str:
    safe = re.sub(r"[^\w.-]+", "-", name).strip(".-")
    return safe.encode()[:80].decode("utf-8", "ignore") or "untitled"  # file systems count a name's bytes


def _safe_file(name: str) -> str:
    """A file name that stays in its folder. Raises GoldError for one that does not."""
    if not name or name in (".", "..") or re.search(r"[/\\\x00]", name):
        raise GoldError(f"the file name {name!r} leaves its folder; expected a plain name")
    return name


def _encoded(text: str) -> bytes:
    # A text may begin with the byte order mark; without a second one, it would be taken for that of the file.
    return text.encode("utf-8-sig" if text.startswith("\ufeff") else "utf-8", "replace")


def _write(path: Path, text: str) -> None:
    data = _encoded(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.is_file() and path.read_bytes() == data):
        path.write_bytes(data)
