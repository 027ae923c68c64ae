"""Who is at a page, what it is at, and what a question changes on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """What one open page is at: its conversation, and the turn that the next question takes the place of."""

    conversation: str | None = None
    replacing: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who did something: `name` is the cookie's, `page` that of the open page, `host` the address."""

    name: str
    page: str
    host: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question changes on the page.

    `question` is what the field then holds (None: what it does), `working` whether there is something to stop.
    """

    session: Session
    log: str
    live: str
    question: str | None
    working: bool
