"""When a Whisper decoding is to be believed.

The figures are those of Whisper itself (Radford et al. 2022, section 4.5: compression ratio 2.4,
average log-probability -1, no-speech probability 0.6), except the token limit: with less than 30 s
of context the decoder sometimes runs on without end, and nobody says six tokens a second for long.
"""

import math
import re
import zlib
from dataclasses import dataclass

_TOKENS_A_SECOND, _TOKENS_A_SECOND_DENSE = 6, 12
_TOKENS_BESIDES = 12
_MAX_TOKENS = 220
_DENSE_SCRIPTS = re.compile(
    r"am|bn|bo|el|fa|gu|he|hi|hy|ja|ka|km|kn|ko|lo|ml|mr|my|ne|pa|ru|si|ta|te|th|uk|ur|yi|yue|zh"
)
MAX_COMPRESSION = 2.4
"""Text that compresses better says one thing over and over."""
_MIN_LOG_PROBABILITY = -1.0
_MAX_NO_SPEECH = 0.6
_LONGEST_REPEAT, _REPEATS = 8, 4


@dataclass(frozen=True, slots=True)
class Decoding:
    """What the decoder wrote, and how sure it was."""

    text: str
    tokens: tuple[int, ...]
    """Text tokens without the end mark."""
    token_limit: int
    """How many tokens it was allowed."""
    log_probability: float
    """Average over the tokens, natural logarithm, at most 0."""
    no_speech_probability: float
    """0 to 1."""

    @property
    def confidence(self) -> float:
        """Geometric mean of the tokens' probabilities, 0 to 1."""
        return min(1.0, math.exp(self.log_probability))

    @property
    def runs_on(self) -> bool:
        """Whether the decoder was caught in a loop or did not come to an end."""
        return (
            len(self.tokens) >= self.token_limit
            or repeats(self.tokens)
            or compression_ratio(self.text) > MAX_COMPRESSION
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether a second try with full context is worth its time."""
        return self.runs_on or self.log_probability < _MIN_LOG_PROBABILITY

    @property
    def is_silence(self) -> bool:
        """Whether nobody spoke: the model says so, and what it wrote is not to be believed."""
        return self.no_speech_probability > _MAX_NO_SPEECH and self.is_doubtful


def token_limit(seconds: float, language: str) -> int:
    """Tokens that can be said in `seconds`: six a second, twice that where letters cost more."""
    rate = _TOKENS_A_SECOND_DENSE if _DENSE_SCRIPTS.fullmatch(language) else _TOKENS_A_SECOND
    return min(_MAX_TOKENS, _TOKENS_BESIDES + math.ceil(seconds * rate))


def repeats(tokens: tuple[int, ...]) -> bool:
    """Whether the tokens end in the same run, of up to eight, four times over."""
    for length in range(1, _LONGEST_REPEAT + 1):
        tail = tokens[-length * _REPEATS :]
        if len(tail) == length * _REPEATS and tail == tail[-length:] * _REPEATS:
            return True
    return False


def compression_ratio(text: str) -> float:
    """Bytes of the text over bytes of its zlib compression; 0 for no text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def better(first: Decoding, second: Decoding) -> Decoding:
    """The one to be believed rather: one that came to an end, then the surer one."""
    return min(first, second, key=lambda one: (one.runs_on, -one.log_probability))
