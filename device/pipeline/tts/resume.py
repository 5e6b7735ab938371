"""Where another voice goes on when one falls silent in the middle of a sentence."""

from typing import Final

_SAFETY: Final = 0.85
"""Nobody knows how fast the first voice was: rather a word twice than one not at all."""
_SURELY_OVER: Final = 1.2
_WIDE: Final = "\u2e80"
"""From here on writing has no spaces between words."""


def left_of(text: str, share: float) -> str:
    """What of a sentence is not said yet when about `share` of it, 0 to 1 and more, was heard.

    From the beginning of a word on; the last one is said again unless it was surely heard.
    """
    text = text.strip()
    if share <= 0:
        return text
    if share >= _SURELY_OVER or not text:
        return ""
    place = min(int(len(text) * share * _SAFETY), len(text) - 1)
    while place and not _begins(text, place):
        place -= 1
    return text[place:]


def _begins(text: str, place: int) -> bool:
    """Whether a word may begin here."""
    return text[place - 1].isspace() or text[place] >= _WIDE
