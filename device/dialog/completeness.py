"""Whether a sentence is over, told from its words: pure.

What the recogniser itself can tell (`Transcript.over`: it has followed the grammar while it
listened) counts most; without that, whether the templates know the sentence, and how it ends.
"""

import math
from typing import Final

from device.dialog.cues import cues, spoken_words
from device.types import Transcript

_UNFINISHED: Final = 0.05
"""Trailing "and", "the", "for five", a dash or dots."""
_KNOWN: Final = 0.85
"""The templates know all of it; yet "turn on the light" may go on with "in the kitchen"."""
_NOT_UNDERSTOOD: Final = 0.4
"""Share of its log odds that is left of what a recogniser tells that has understood no words."""
_PUNCTUATED: Final = 0.7
"""An open recogniser has put a full stop; it does so readily."""

_DANGLING: Final = ("...", *"\N{HORIZONTAL ELLIPSIS}-\N{EN DASH}\N{EM DASH},:;、，")
_CLOSING: Final = tuple(".?!。？！")


def over(heard: Transcript, known: bool) -> float | None:
    """Probability that nothing follows, 0 to 1; None where nothing tells.

    `known`: whether the sentence templates know the sentence and no more need follow.
    """
    if not heard.text:
        return None if heard.over is None else _weakened(heard.over)
    told = heard.over if heard.over is not None else _by_text(heard.text, known)
    if _goes_on(heard):
        return _UNFINISHED if told is None else min(_UNFINISHED, told)
    return told


def _by_text(text: str, known: bool) -> float | None:
    if known:
        return _KNOWN
    return _PUNCTUATED if text.rstrip().endswith(_CLOSING) else None


def _weakened(over: float) -> float:
    """The same, nearer to a half."""
    if not 0.0 < over < 1.0:
        return 0.5
    return 1 / (1 + math.pow((1 - over) / over, _NOT_UNDERSTOOD))


def _goes_on(heard: Transcript) -> bool:
    words = cues(heard.language)
    if _dangles(heard.text) or not spoken_words(heard.text):
        return True
    if heard.text.rstrip().endswith(("?", "？")):
        return False
    return words.ends_open(heard.text) or words.lacks_unit(heard.text)


def _dangles(text: str) -> bool:
    return text.rstrip().endswith(_DANGLING)
