"""Which words of a growing hypothesis are there to stay.

LocalAgreement-2 (Liu et al. 2020; Macháček, Dabre and Bojar, "Turning Whisper into Real-Time
Transcription System", 2023): what two hypotheses in a row begin with alike will not change any
more.
"""

import re
from itertools import takewhile

from device.pipeline.base import Partial

_SIGNS = re.compile(r"[^\w']+")


class LocalAgreement:
    """Takes one hypothesis after the other of a sentence that is still being said."""

    def __init__(self) -> None:
        self._last: tuple[str, ...] = ()
        self._stable: tuple[str, ...] = ()

    def feed(self, text: str) -> Partial:
        """Take the newest hypothesis; words that were stable stay, whatever it says of them."""
        words = tuple(text.split())
        pairs = zip(self._last, words, strict=False)
        agreed = tuple(new for _, new in takewhile(lambda pair: _same(*pair), pairs))
        self._stable += agreed[len(self._stable) :]
        self._last = words
        rest = words[len(self._stable) :]
        return Partial(" ".join((*self._stable, *rest)), " ".join(self._stable))


def _same(one: str, other: str) -> bool:
    """Whether two words differ in signs and capitals only."""
    return _SIGNS.sub("", one).casefold() == _SIGNS.sub("", other).casefold()
