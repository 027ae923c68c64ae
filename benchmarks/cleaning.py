"""How well an article is told from the page around it: python -m benchmarks.cleaning [FOLDER] (default: tests/index/pages)

The folder holds pages and a `labels.jsonl` that says of every visible text of each whether it is the story's, is not, or may be
counted either way. Prints precision and recall of the characters that are marked as body (white space aside; those that may be
counted either way are left out), how many titles and dates are right, and authors and languages where the format may tell them,
by group of pages, and the pages that fare worst.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from index.clean import clean
from index.load import load
from index.types import Article

PAGES = Path("tests/index/pages")
WORST = 8


@dataclass(frozen=True, slots=True)
class Page:
    """A page's label: the story's texts in order, those that may be counted either way, title, date and authors."""

    file: str
    language: str
    title: str | None
    published: str | None
    authors: tuple[str, ...]
    body: tuple[str, ...]
    either: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Characters of one page: `right` are body and marked so, `marked` all that are marked so, `body` all that are body."""

    right: int
    marked: int
    body: int
    title: bool
    date: bool
    author: bool
    language: bool


def labels(folder: Path) -> Iterator[Page]:
    """The labels of a folder of pages."""
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        body, either = tuple(row["body"]), tuple(row["either"])
        authors = tuple(row.get("authors") or ())
        yield Page(row["file"], row["language"], row["title"], row["published"], authors, body, either)


def score(page: Page, article: Article, marked: Iterable[str]) -> Score:
    """Compare what is marked as body with a page's label."""
    found, body, either = (_words(texts) for texts in (marked, page.body, page.either))
    taken = _aligned(found, body)
    rest = [word for at, word in enumerate(found) if at not in taken]
    tolerated = _length(rest[at] for at in _aligned(rest, either))
    right = _length(found[at] for at in taken)
    title, date = _plain(article.title) == _plain(page.title), article.published == page.published
    named = _plain(article.author)
    author = all(_plain(name) in named for name in page.authors) and bool(page.authors) == bool(named)
    language = (article.language or "").partition("-")[0] == page.language.partition("-")[0]
    return Score(right, _length(found) - tolerated, _length(body), title, date, author, language)


def body_of(article: Article) -> list[str]:
    """What our cleaning takes for the story."""
    return [article.text[one.start : one.end] for one in clean(article) if one.kind == "body"]


def _aligned(found: Sequence[str], wanted: Sequence[str]) -> set[int]:
    """The places of the found words that stand in the wanted ones in the same order."""
    blocks = SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
    return {at for block in blocks for at in range(block.a, block.a + block.size)}


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+", text)]


def _length(words: Iterable[str]) -> int:
    return sum(map(len, words))


def _plain(text: str | None) -> str:
    return "".join(re.findall(r"\w", text or "")).casefold()


def table(groups: dict[str, list[Score]]) -> Iterator[str]:
    """The lines of the report: a row a group, and all together."""
    yield f"{'group':24}{'pages':>7}{'precision':>11}{'recall':>9}{'F1':>8}{'titles':>9}{'dates':>9}{'authors':>9}{'lang.':>9}"
    for name, scores in [*groups.items(), ("all", [one for group in groups.values() for one in group])]:
        right, marked, body = (sum(getattr(one, field) for one in scores) for field in ("right", "marked", "body"))
        precision, recall = right / max(1, marked), right / max(1, body)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        yield (
            f"{name:24}{len(scores):>7}{precision:>11.3f}{recall:>9.3f}{f1:>8.3f}"
            + "".join(f"{_share(getattr(one, field) for one in scores):>9.2f}" for field in ("title", "date", "author", "language"))
        )


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted)


def main() -> None:
    """Print the report."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    groups: dict[str, list[Score]] = {}
    each: list[tuple[float, str, Score]] = []
    for page in labels(folder):
        article = load(folder / page.file, page.file)
        one = score(page, article, body_of(article))
        group = page.file.rpartition("/")[0] or Path(page.file).suffix[1:]
        groups.setdefault(f"{group}, {'English' if page.language == 'en' else 'other'}", []).append(one)
        each.append((2 * one.right / max(1, one.marked + one.body), page.file, one))
    print(*table(groups), sep="\n")
    for f1, file, one in sorted(each, key=lambda row: row[:2])[:WORST]:
        print(f"{file:40} F1 {f1:.3f}: {one.marked - one.right} too many, {one.body - one.right} missing of {one.body}")


if __name__ == "__main__":
    main()
