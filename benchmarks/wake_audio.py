"""What the wake bench listens to: positives, near misses and hours of negatives, by seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import soundfile

from benchmarks import corpus
from benchmarks.recordings import Recording
from device.audio.format import RATE, Samples

PHRASES: Final = {
    "alexa": "alexa",
    "hey_jarvis": "hey jarvis",
    "hey_mycroft": "hey mycroft",
    "hey_rhasspy": "hey rhasspy",
    "okay_nabu": "okay nabu",
}
"""How the built-in words are said."""
_COMMANDS: Final = (
    "turn on the light",
    "what time is it",
    "open the window",
    "stop",
    "is it raining",
    "make it warmer",
    "all lights off",
    "",
)
_SWAPS: Final[Mapping[str, str]] = {
    **{"a": "eou", "e": "ai", "i": "eu", "o": "au", "u": "oi", "y": "ae"},
    **{"b": "pdm", "c": "tg", "d": "tbg", "f": "vsp", "g": "kdj", "h": "kfl", "j": "gdr"},
    **{"k": "gtp", "l": "rwn", "m": "nbp", "n": "mld", "p": "bkt", "r": "lwn", "s": "zft"},
    **{"t": "dkp", "v": "fbw", "w": "vrl", "x": "skt"},
}
"""Letters whose sounds are neighbours: same class, other place, manner or voice."""
NEGATIVE_SECONDS: Final = 60
"""Length of one piece of negatives."""


@dataclass(frozen=True, slots=True)
class Positive:
    """A clip with a wake word."""

    word: str
    clip: corpus.Clip


def positive(word: str, seed: int) -> Positive:
    """Someone says the word in some room, alone or before a command, with or without a pause.

    The 3.5 s before let the first stage know the room as it does in a speaker that is always on.
    """
    rng = np.random.default_rng((1, seed))
    command = str(rng.choice(_COMMANDS))
    joint = ", " if command and rng.random() < 0.3 else " "
    phrase = PHRASES[word]
    clip = corpus.say(
        f"{phrase}{joint}{command}",
        corpus.random_manner(rng),
        corpus.random_scene(rng),
        before_seconds=3.5,
        after_seconds=1.2,
        wake_words=len(phrase.split()),
    )
    return Positive(word, clip)


def near_miss(word: str, seed: int) -> corpus.Clip:
    """A phrase that differs from the wake word by two neighbouring sounds, inside a sentence."""
    rng = np.random.default_rng((2, seed))
    letters = list(PHRASES[word])
    places = [at for at, letter in enumerate(letters) if letter in _SWAPS and at > 0]
    for at in rng.choice(places, 2, replace=False):
        letters[at] = str(rng.choice(list(_SWAPS[letters[at]])))
    text = f"{''.join(letters)} {corpus.sentence(rng, 3)}"
    return corpus.say(text, corpus.random_manner(rng), corpus.random_scene(rng), before_seconds=3.5)


def negatives(seed: int) -> Samples:
    """A minute without a wake word: mostly many voices reading, then noise and music."""
    rng = np.random.default_rng((3, seed))
    parts: list[Samples] = []
    missing = NEGATIVE_SECONDS * RATE
    while missing > 0:
        part = _reading(rng) if rng.random() < 0.7 else _sound(rng)
        parts.append(part[:missing])
        missing -= len(parts[-1])
    return np.concatenate(parts)


def _reading(rng: np.random.Generator) -> Samples:
    text = " ".join(corpus.sentence(rng, int(rng.integers(3, 14))) for _ in range(3))
    return corpus.say(
        text,
        corpus.random_manner(rng),
        corpus.random_scene(rng),
        before_seconds=float(rng.uniform(0.1, 1.5)),
        after_seconds=float(rng.uniform(0.1, 1.0)),
    ).samples


def _sound(rng: np.random.Generator) -> Samples:
    from benchmarks.acoustics import NOISES

    kind = str(rng.choice(NOISES))
    level = 32768 * 10 ** (rng.uniform(-60, -25) / 20)
    return corpus.to_samples(level * corpus.background(kind, int(rng.uniform(3, 10) * RATE), rng))


def steady(kind: str, seconds: float, level_dbfs: float, seed: int = 0) -> Samples:
    """Noise of one kind at one level."""
    rng = np.random.default_rng((4, seed))
    signal = corpus.background(kind, int(seconds * RATE), rng)
    return corpus.to_samples(32768 * 10 ** (level_dbfs / 20) * signal)


def recorded(recording: Recording, around_seconds: float = 2.0) -> Samples:
    """A recording (16 kHz mono) with silence before and after."""
    samples, _ = soundfile.read(recording.path, dtype="int16")
    quiet = np.zeros(int(around_seconds * RATE), dtype=np.int16)
    return np.concatenate((quiet, samples, quiet[: RATE + RATE // 5]))
