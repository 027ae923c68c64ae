"""What a model wrote, split into claims: its sentences without their markers, and the numbers that stood in these."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.evidence import MARKER
from index.sentences import sentences


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the model's answer without its markers, and the numbers that stood in them."""

    text: str
    numbers: tuple[int, ...]


def claims(text: str) -> list[Claim]:
    """Split an answer into sentences and take their markers out, whatever form the model gave them.

    >>> claims("It rose [1]. It fell. [2][3] Both [Source 1, 4].")
    [Claim(text='It rose.', numbers=(1,)), Claim(text='It fell.', numbers=(2, 3)), Claim(text='Both.', numbers=(1, 4))]
    """
    # A marker behind a full stop belongs to the sentence before it.
    pulled = re.sub(rf"([.!?。！？][”\"’]?)((?:{MARKER.pattern})+)", lambda m: m.group(2) + m.group(1), text, flags=re.IGNORECASE)
    found: list[Claim] = []
    for start, end in sentences(pulled):
        sentence = pulled[start:end]
        numbers = marked(sentence)
        plain = _plainly(_without_markers(sentence).strip().lstrip("-*• ").rstrip(" ,;，、；"))
        if re.search(r"\w", plain):
            found.append(Claim(plain, tuple(dict.fromkeys(numbers))))
    return found


_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|same|given|provided|above|numbered|\d{1,3})"
_A_SOURCE = (
    rf"(?:(?:the )?{_ORDINAL} sources?(?: \d{{1,3}})?|the sources?(?: \d{{1,3}})?|sources? \d{{1,3}}|source"
    rf"|(?:the )?(?:{_ORDINAL} )?(?:articles?|passages?|texts?)(?: \d{{1,3}})? (?:of|in) the sources)"
)
"""One of ours: "sources" alone are a reporter's, and article 5 may be that of a law."""
_BEGINS = re.compile(rf"^(?:according to|as (?:stated|reported|mentioned) (?:in|by)) {_A_SOURCE},\s*", re.IGNORECASE)
_ENDS = re.compile(
    r",? (?:as (?:stated|mentioned|reported|noted|described|given|said|shown)|according to)(?: (?:in|by))? "
    rf"{_A_SOURCE}(?=[.!?]?$)",
    re.IGNORECASE,
)


def _plainly(text: str) -> str:
    """A sentence without the words in which a model says that it is from a source: its marker says so.

    >>> _plainly("According to source 1, the mill will close."), _plainly("It closes in May, as stated in the first source.")
    ('The mill will close.', 'It closes in May.')
    >>> _plainly("It opens on Friday, according to article 2 of the sources.")
    'It opens on Friday.'
    >>> _plainly("It was unlawful, according to Article 5."), _plainly("It will cut jobs, according to sources.")
    ('It was unlawful, according to Article 5.', 'It will cut jobs, according to sources.')
    """
    plain = _ENDS.sub("", _BEGINS.sub("", text))
    return plain[:1].upper() + plain[1:] if plain != text else text


def marked(text: str) -> list[int]:
    """The numbers in a text's markers, in their order.

    >>> marked("It rose [1, 3], by 5 [2].")
    [1, 3, 2]
    """
    return [int(number[:4_000]) for match in MARKER.finditer(text) for number in re.findall(r"\d+", match.group())]


def _without_markers(text: str) -> str:
    """Taken out until none is left: "[[1]5]" holds another one inside."""
    while MARKER.search(text):
        text = MARKER.sub("", text)
    return re.sub(r"\s*\[\s*\]", "", text)
