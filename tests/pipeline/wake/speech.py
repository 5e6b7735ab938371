"""Speech that the tests of the wake engines make."""

from functools import cache

import numpy as np

from benchmarks.corpus import Clip, say
from benchmarks.espeak import Manner
from device.audio.format import RATE, Samples

PHRASES = {
    "alexa": ("alexa", Manner("en+Mike", 120)),
    "hey_jarvis": ("hey jarvis", Manner("en-us+f3", 150)),
    "hey_rhasspy": ("hey rhasspy", Manner("en-gb-scotland", 150)),
    "okay_nabu": ("okay nabu", Manner("en-us", 150)),
}
"""What is said for a word, and by a voice that the pretrained models understand."""


@cache
def one_breath(word: str = "hey_jarvis", command: str = "turn on the light") -> Clip:
    """A wake word and a command without a pause, after three seconds of silence."""
    phrase, manner = PHRASES[word]
    text, words = f"{phrase} {command}", len(phrase.split())
    return say(text, manner, before_seconds=3.0, wake_words=words)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def room_noise(seconds: float, rms: float, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    return np.rint(rng.normal(0, rms, int(seconds * RATE))).astype(np.int16)
