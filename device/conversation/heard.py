"""What of a reply's words was heard: the history keeps no more than that. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of a reply, and how long it takes to say."""

    text: str
    seconds: float


def heard_text(pieces: Iterable[Spoken], seconds: float) -> str:
    """The words of the pieces that were said in the first `seconds`.

    Within a piece words are taken to be said evenly; one that was cut counts as not heard.
    """
    heard: list[str] = []
    left = seconds
    for piece in pieces:
        if left < piece.seconds - _ALMOST_SECONDS:
            heard.append(_beginning(piece.text, left / piece.seconds))
            break
        heard.append(piece.text)
        left -= piece.seconds
    return " ".join(text for text in heard if text)


def saying(pieces: Iterable[Spoken], seconds: float) -> str:
    """The words of the pieces that are said around the time that `seconds` have been said.

    From 4 s before to 1 s after it, because words are not said evenly.
    """
    words: list[str] = []
    begun = 0.0
    for piece in pieces:
        first, last = (
            (seconds + reach - begun) / max(piece.seconds, _ALMOST_SECONDS)
            for reach in (-_LATELY_SECONDS, _SOON_SECONDS)
        )
        said = piece.text.split()
        words += said[max(0, floor(first * len(said))) : max(0, ceil(last * len(said)))]
        begun += piece.seconds
    return " ".join(words)


_LATELY_SECONDS, _SOON_SECONDS = 4.0, 1.0
_ALMOST_SECONDS = 0.05
"""Silence at a piece's end; who has heard it up to there has heard it."""


def _beginning(text: str, share: float) -> str:
    place = int(max(0.0, share) * len(text))
    head = text[:place]
    if not text.isascii() and " " not in text:  # Chinese and Japanese write no spaces
        return head
    return head if text[place : place + 1].isspace() else head.rpartition(" ")[0]
