"""Whether the office that a claim gives somebody is somebody else's in its source."""

from __future__ import annotations

import re

from assistant.names import bare, names

_NAME = r"[A-Z\u00c0-\u00de][\w’'-]{0,30}"
_PERSON = rf"{_NAME}(?: (?:de|da|van|von|der|den|del|bin|al|la|le)){{0,2}}(?: {_NAME}){{1,3}}"
_WORD = r"(?:[a-z][a-z-]{2,20}|C[EFOT]O)"
_OFFICE = rf"{_WORD}(?: {_WORD}){{0,3}}?"
_OF = r"(?= (?:of|for|at|in) |[?.,;]|$)"
_WHOSE = rf"(?:the |its |their |his |her |{_NAME}(?: {_NAME}){{0,3}}[’']s? )?"
_IS = r"(?:is|was|has been|is now|serves as|acts as|works as)"
_HE_IS_IT = re.compile(rf"(?P<who>{_PERSON}) {_IS} {_WHOSE}(?P<office>{_OFFICE}){_OF}")
_IT_IS_HE = re.compile(
    rf"^(?:{_NAME}(?: {_NAME}){{0,3}}[’']s? |[Tt]he |[Ii]ts )?(?P<office>(?i:{_OFFICE}))"
    rf"(?: (?:of|for|at|in) [^,;.]{{1,60}})? {_IS} (?P<who>{_PERSON})(?=[.,;]|$)"
)
_ASKED = re.compile(rf"\b[Ww]ho(?: is| was|’s|'s) {_WHOSE}(?P<office>{_OFFICE}){_OF}")
_ALONE = re.compile(rf"\W{{0,5}}(?P<who>{_PERSON})\W{{0,5}}")
_PLACE = rf" (?:of|for|at|in) (?:the )?(?P<of>{_NAME}(?: {_NAME}){{0,3}})"
_BEHIND = re.compile(rf"(?:(?:{_PLACE})?,|) (?P<some>{_PERSON}(?:(?:,| and|, and) {_PERSON}){{0,5}})")
_BEFORE = re.compile(rf"(?P<who>{_PERSON})(?: \([^()]{{1,40}}\))?, (?:the |a |an )?(?P<words>(?:[\w’'-]{{1,30}} ){{0,3}})$")
_AT = re.compile(_PLACE)
_SIDE = 200
"""Characters before an office in which its holder may be named."""


def of_another_holder(claim: str, source: str, question: str = "") -> list[str]:
    """Who a claim says holds an office which its source gives to others, each time that it is mentioned.

    An office is given by the words before a name ("chief executive Raj Mehta") or behind it ("Raj Mehta, its chief executive").
    Where its holder is not plain, or it is one of a firm or place that neither claim nor question names, nothing is told. A claim
    that is a name alone has the office from the question.

    >>> said = "Chief executive Raj Mehta resigned, said Dana Whitlock, the chief financial officer."
    >>> [of_another_holder(f"{who} is the chief executive.", said) for who in ("Dana Whitlock", "Raj Mehta")]
    [['Dana Whitlock'], []]
    >>> of_another_holder("Dana Whitlock.", said, "Who is the chief executive?")
    ['Dana Whitlock']
    """
    given = [(match["who"], match["office"]) for pattern in (_HE_IS_IT, _IT_IS_HE) if (match := pattern.search(claim))]
    alone, asked = _ALONE.fullmatch(claim), _ASKED.search(question)
    if alone and asked:
        given.append((alone["who"], asked["office"]))
    of = {bare(name) for name in names(f"{claim} {question}", first_words=True)}
    return [who for who, office in given if _is_anothers(who, office, source, of)]


def _is_anothers(who: str, office: str, source: str, of: set[str]) -> bool:
    own = {bare(word) for word in who.split()}
    mentions = list(re.finditer(rf"(?<![\w-]){re.escape(office)}(?![\w-])", source, re.IGNORECASE))
    holders = [
        _holder(source[max(0, one.start() - _SIDE) : one.start()], source[one.end() : one.end() + _SIDE], of) for one in mentions
    ]
    return bool(holders) and all(some and own.isdisjoint(some) for some in holders)


def _holder(before: str, after: str, of: set[str]) -> set[str]:
    """The words of the names whose the office between two texts is; none where that is not plain."""
    behind, ahead = _BEHIND.match(after), _BEFORE.search(before)
    if (behind is None) == (ahead is None):
        return set()
    place = _AT.match(after)
    whose = names(f"{re.split('[,.;:]', before)[-1]} of {place['of'] if place else ''}", first_words=True)
    some = behind["some"] if behind else ahead["who"] if ahead else ""
    if whose and of.isdisjoint(map(bare, whose)):
        return set()
    return {bare(word) for word in some.split()}
