"""Whether what was understood are words that the speaker itself says. Pure."""

from difflib import SequenceMatcher
from typing import Final

from device.pipeline.stt.phrases import normal

_LEAST_SHARE: Final = 0.75
"""Of the words that were understood; an echo is rarely understood without a mistake."""


def are_ours(heard: str, saying: str) -> bool:
    """Whether these words stand together, in this order, in the text that is being said.

    One word in the middle may be another, and there may be one too many, if three others fit.
    """
    words, ours = normal(heard).split(), normal(saying).split()
    if not words or len(ours) < len(words):
        return False
    best = max(
        _share(words, ours[start : start + len(words)])
        for start in range(len(ours) - len(words) + 1)
    )
    return best >= _LEAST_SHARE


def _share(words: list[str], ours: list[str]) -> float:
    pairs = SequenceMatcher(None, words, ours, autojunk=False).get_matching_blocks()
    return sum(pair.size for pair in pairs) / len(words)
