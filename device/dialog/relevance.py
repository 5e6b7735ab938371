"""Whether something that was said without a wake word was meant for the speaker: pure.

After an answer the speaker listens on for a while. What is said then may be the next command, or
talk between people; to answer the latter is worse than to miss the former, which can be repeated.
"""

from dataclasses import dataclass
from typing import Final

from device.dialog.cues import cues, spoken_words

_SURE: Final = 0.5
"""Confidence from which a sentence that the templates know was meant."""
_SURE_AND_OPEN: Final = 0.6
"""The same for any other sentence, which somebody else would have to answer."""
_LEAST_WORDS: Final = 3
_MOST_WORDS: Final = 25
"""Longer sentences are told, not asked."""
_ANSWERS: Final = frozenset({"ParlorYes", "ParlorNo"})
"""Intents that mean nothing where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was said without a wake word, and what was made of it."""

    text: str
    language: str
    confidence: float
    """That of the recogniser, 0 to 1."""
    intent: str = ""
    """Name of the intent that fits; empty: none does."""
    fits: bool = True
    """Whether the home has what the intent is about."""
    asked: bool = False
    """Whether the speaker has just asked something."""
    anything: bool = False
    """Whether there is somebody to answer what no template knows."""


def is_addressed(remark: Remark) -> bool:
    """Whether the speaker was meant."""
    words = cues(remark.language)
    if not spoken_words(remark.text):
        return False
    if remark.asked:
        return True
    if words.is_filler(remark.text) or remark.intent in _ANSWERS:
        return False
    if remark.intent and remark.fits:
        return remark.confidence >= _SURE
    return remark.anything and remark.confidence >= _SURE_AND_OPEN and _is_request(remark)


def _is_request(remark: Remark) -> bool:
    words = cues(remark.language)
    if words.language in ("zh", "ja", "th"):
        return words.asks(remark.text)
    long_enough = _LEAST_WORDS <= len(spoken_words(remark.text)) <= _MOST_WORDS
    asks = words.asks(remark.text) or remark.text.rstrip().endswith("?")
    return long_enough and asks
