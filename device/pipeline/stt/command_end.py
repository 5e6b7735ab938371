"""Whether a command is over, told from how the search of the grammar stands at its last sound.

A search of a grammar knows two things at a pause: the best path that is at the end of a sentence,
and the best one that is anywhere. Where the second is better by far, words are missing.
"""

import math
from typing import Final

_LEAD: Final = -0.51
_WORDS: Final = 2.51
_BIAS: Final = -1.81
"""Logistic regression on generated speech with pauses, which `benchmarks.endpoint_fit` makes."""


def over(text: str, lead: float) -> float:
    """Probability, 0 to 1, that nothing follows the best command `text`.

    `lead`: how much better the best path is that may still go on, in the decoder's unit. Short
    commands are more often the beginning of another: "stop", "yes", "kitchen speaker".
    """
    words = len(text.split())
    odds = _LEAD * math.log1p(max(lead, 0.0)) + _WORDS * math.log1p(words) + _BIAS
    return 1 / (1 + math.exp(-odds))
