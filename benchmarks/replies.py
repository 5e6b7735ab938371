"""Things that a speaker says: the far end of echo benches, in many voices."""

from functools import cache
from typing import Final

import numpy as np

from benchmarks import corpus
from benchmarks.espeak import speak
from device.audio.format import RATE, Samples
from device.audio.level import normalise

_SENTENCES: Final = (
    "Turned on the ceiling light in the kitchen, and set the lamp beside the sofa to half.",
    "It is twenty-one degrees in the living room, and the window in the hall is still open.",
    "Your timer for the pasta has two minutes and ten seconds left.",
    "Tomorrow morning it will be cloudy with some rain, and it clears up in the afternoon.",
    "I cannot reach the bedroom fan, so I left everything as it was before.",
    "There are four things on the shopping list: bread, butter, tomatoes, and a bag of rice.",
    "The alarm is set for half past six, from Monday to Friday, and is off at the weekend.",
    "Water boils at a lower temperature on a mountain, because the air presses less on it there.",
)


@cache
def reply(seed: int, seconds: float) -> Samples:
    """Somebody's voice saying sentences for so long, 16 kHz, at the level of every reply."""
    rng = np.random.default_rng((16, seed))
    manner = corpus.random_manner(rng)
    parts: list[Samples] = []
    missing = int(seconds * RATE)
    while missing > 0:
        said = normalise(speak(str(rng.choice(_SENTENCES)), manner).samples)
        pause = np.zeros(int(rng.uniform(0.05, 0.25) * RATE), np.int16)
        parts.append(np.concatenate((said, pause))[:missing])
        missing -= len(parts[-1])
    return np.concatenate(parts)
