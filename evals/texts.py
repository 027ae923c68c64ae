"""The corpus as the evals see it: each file read once, its text as decoded and its hash."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath

from index.errors import SkipFile
from index.formats import file_of
from index.load import load_source

KEPT = 256
"""Files held in memory at once."""


class Texts:
    """The articles of a folder by source."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus.absolute()
        self._read = lru_cache(maxsize=KEPT)(self._load)

    def of(self, source: str) -> str:
        """The text that citations of a source count their characters in. Raises SkipFile when there is none."""
        return self._read(source)[0]

    def sha256(self, source: str) -> str:
        """The sha256 of a source's bytes, as it is now. Raises SkipFile when there is none."""
        return self._read(source)[1]

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this name inside the corpus."""
        try:
            return self._inside(name).is_dir()
        except SkipFile:
            return False

    def _inside(self, name: str) -> Path:
        try:
            path = (self.corpus / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL, or half a surrogate pair
            raise SkipFile(f"no file has such a name: {error}") from error
        if not path.is_relative_to(self.corpus.resolve()):
            raise SkipFile("it is outside the folder")
        return path

    def _load(self, source: str) -> tuple[str, str]:
        path = self._inside(file_of(source)[0])
        plain = PurePosixPath(source)
        if plain.is_absolute() or str(plain) != source or ".." in plain.parts:
            raise SkipFile(f"a citation would name it {path.relative_to(self.corpus.resolve()).as_posix()}")
        article = load_source(self.corpus, source)
        return article.text, article.sha256
