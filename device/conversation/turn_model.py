"""Second opinions on whether the person has finished, for pauses at which words alone do not tell.

A model of turn-taking may listen to the sound, read the words, or both; it is asked only when the
words leave a doubt, and what it has not said in time is not waited for.
"""

import asyncio
import math
from typing import Final, Protocol

from device.audio.format import Samples
from device.types import Transcript

LIMIT_SECONDS: Final = 0.2
"""What a second opinion may take."""
_SURE: Final = (0.1, 0.9)
"""Outside, nobody else is asked."""
_LIKELIEST: Final = 0.99


class TurnModel(Protocol):
    """Tells the end of a turn from a pause."""

    async def over(self, samples: Samples, text: str, language: str) -> float | None:
        """Probability, 0 to 1, that the person has said all; None when the model cannot tell.

        `samples` is the turn up to the pause, shape (n,), mono at 16 kHz; `text` is empty where
        nothing was understood. Never raises.
        """
        ...


class SentenceJudge(Protocol):
    """Somebody who knows the language, such as a language model."""

    async def complete(self, text: str, language: str) -> float | None:
        """Probability that a sentence is complete; None: no answer. Never raises."""
        ...


class AskedModel:
    """A TurnModel that reads the words and asks a judge."""

    def __init__(self, judge: SentenceJudge) -> None:
        self._judge = judge

    async def over(self, samples: Samples, text: str, language: str) -> float | None:
        """What the judge says; nothing where there are no words."""
        return await self._judge.complete(text, language) if text else None


class ScriptedTurnModel:
    """A TurnModel that says what it is told to say, after a while; it notes what it was asked."""

    def __init__(self, over: float | None, seconds: float = 0.0) -> None:
        self._over = over
        self._seconds = seconds
        self.asked: list[str] = []
        """The texts, in order."""

    async def over(self, samples: Samples, text: str, language: str) -> float | None:
        """The answer of the script."""
        self.asked.append(text)
        await asyncio.sleep(self._seconds)
        return self._over


async def second_opinion(
    model: TurnModel | None, samples: Samples, heard: Transcript, told: float | None
) -> float | None:
    """What words (`told`) and model say together about a turn up to its pause."""
    if model is None or (told is not None and not _SURE[0] < told < _SURE[1]):
        return told
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            opinion = await model.over(samples, heard.text, heard.language)
    except TimeoutError:
        return told
    return told if opinion is None else together(told, opinion)


def together(told: float | None, opinion: float) -> float:
    """Two probabilities as one, by the mean of their log odds."""
    odds = [_log_odds(one) for one in (told, opinion) if one is not None]
    return 1 / (1 + math.exp(-sum(odds) / len(odds)))


def _log_odds(probability: float) -> float:
    held = min(_LIKELIEST, max(1 - _LIKELIEST, probability))
    return math.log(held / (1 - held))
