"""The errors a user may meet. Everything else that is raised is a bug and keeps its traceback."""

from __future__ import annotations

from index.characters import whole


class DatelineError(Exception):
    """Something the user can mend: the message says what was found, what was expected and what to type next.

    The whole message is one line. It is the base class of every error that the public functions raise on purpose.

    >>> raise DatelineError("no folder 'news'; expected a folder of articles; try: dateline index corpus")
    Traceback (most recent call last):
        ...
    index.errors.DatelineError: no folder 'news'; expected a folder of articles; try: dateline index corpus
    """


class CorpusError(DatelineError):
    """The folder of articles is missing or cannot be read."""


class SkipFile(DatelineError):
    """One file cannot become an article; its message is the reason, and the other files go on.

    `passing` tells a failure that may not be there the next time, such as a missing permission: the file is tried again.
    """

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(" ".join(whole(reason).split()))  # it may say what a hostile file said
        self.passing = passing


class IndexFolderError(DatelineError):
    """The index folder is damaged, busy, of another version or made by another embedder."""


class IndexBusyError(IndexFolderError):
    """Another process has been writing to the index for longer than is waited for."""


class EmbedderError(DatelineError):
    """The embedder failed or answered with something that is not a vector per text."""
