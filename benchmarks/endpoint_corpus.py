"""Sentences in which somebody hesitates: speech with a pause spliced in where a word begins.

Two halves that share no voice and no home: one to fit endpointing on, one to judge it by.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

import numpy as np

from benchmarks.command_corpus import homes, phrases
from benchmarks.commands import COMMAND_SETS, HOME
from benchmarks.corpus import Scene, hear, random_manner, speech_bounds, to_samples
from benchmarks.espeak import VARIANTS, Manner, speak
from benchmarks.home_sentences import Sampler
from benchmarks.recordings import Recording, recordings
from device.audio.files import read_sound
from device.audio.format import RATE, SAMPLES_PER_MS, Samples
from device.config_file import load
from device.dialog.templates import Templates
from device.home.entities import load_devices

Half = Literal["fit", "judge"]

BEFORE_SAMPLES: Final = RATE // 2
"""Sound of the room before the speech."""
AFTER_SAMPLES: Final = 2 * RATE
"""And after it, so that every turn comes to its end."""
PAUSE_MS: Final = (200, 900)

_SPOKEN_SETS: Final = (*COMMAND_SETS, "speech_stt")
_FREE_SHARE: Final = 0.2
_FADE: Final = RATE // 200
_WINDOW: Final = RATE // 100
_ABOVE_NOISE: Final = 10 ** (10 / 20)
_ROOMS: Final = ("", "pink", "fan", "hum")
_ENDLESS: Final = 1 << 30
_MIDWAY = re.compile(r"[.?!|]")


@dataclass(frozen=True, slots=True)
class Hesitant:
    """Somebody speaks, perhaps with a pause."""

    samples: Samples
    """What the microphone hears."""
    kind: str
    """command, free (no command of the home) or the set of a recording."""
    text: str
    speech_stop: int
    """First sample after the speech, by the labeller."""
    pause: tuple[int, int] = (0, 0)
    """First sample of the spliced pause and the one after its last."""
    home: int = 0
    """Which of the `places` of its half hears it."""


def hesitant(half: Half, count: int) -> Iterator[Hesitant]:
    """Generated sentences with a pause of 200 to 900 ms each; a fifth are no command."""
    drawn = _Texts(half)
    made = (_spliced(half, number, drawn) for number in itertools.count())
    return itertools.islice((one for one in made if one is not None), count)


def recorded() -> Iterator[Hesitant]:
    """Recorded commands and sentences in English, as they were said."""
    for recording in recordings(*_SPOKEN_SETS, language="en"):
        samples = read_sound(recording.path)
        start, stop = speech_bounds(_above_its_noise(samples))
        heard_out = stop < len(samples) - _FADE
        if stop > start and heard_out and not _MIDWAY.search(recording.label[:-1]):
            yield _in_a_quiet_room(recording, samples[start:stop])


@cache
def places(half: Half) -> tuple[Templates, ...]:
    """The homes of one half, whose sentences are said in turn."""
    if half == "fit":
        return homes()
    config = load(HOME)
    things = [device.entity for device in load_devices(config.home.entity)]
    return (Templates(config.device.language, things, config.device.area),)


def _above_its_noise(samples: Samples) -> Samples:
    """A recording without what is less than 10 dB above its own noise, for the labeller."""
    blocks = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float32)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    loud = level > _ABOVE_NOISE * np.percentile(level, 10)
    return to_samples((blocks * loud[:, np.newaxis]).reshape(-1))


def _in_a_quiet_room(recording: Recording, speech: Samples) -> Hesitant:
    """The recording with silence as faint as its own around it."""
    rng = np.random.default_rng(len(speech))
    floor = max(1.0, float(np.percentile(np.abs(speech), 5)))
    around = rng.normal(0, floor, BEFORE_SAMPLES + AFTER_SAMPLES).astype(np.int16)
    samples = np.concatenate((around[:BEFORE_SAMPLES], speech, around[BEFORE_SAMPLES:]))
    return Hesitant(samples, recording.set, recording.label, BEFORE_SAMPLES + len(speech))


def _spliced(half: Half, number: int, drawn: "_Texts") -> Hesitant | None:
    rng = np.random.default_rng((31 if half == "fit" else 37, number))
    free = rng.random() < _FREE_SHARE
    text = str(rng.choice(phrases("en"))) if free else drawn.next(number)
    spoken = speak(text, _manner(half, rng))
    start, stop = speech_bounds(spoken.samples)
    inside = [at for at in spoken.word_starts[1:] if start + _FADE < at < stop - _FADE]
    if not inside:
        return None
    cut, silent = int(rng.choice(inside)), int(rng.integers(*PAUSE_MS)) * SAMPLES_PER_MS
    clean = np.concatenate(
        (_faded(spoken.samples[start:cut]), np.zeros(silent, np.int16), spoken.samples[cut:stop])
    )
    heard = hear(clean, _scene(rng), BEFORE_SAMPLES, AFTER_SAMPLES)
    first = BEFORE_SAMPLES + cut - start
    end = BEFORE_SAMPLES + speech_bounds(clean)[1]
    kind = "free" if free else "command"
    return Hesitant(heard, kind, text, end, (first, first + silent), number % len(places(half)))


def _manner(half: Half, rng: np.random.Generator) -> Manner:
    manner = random_manner(rng)
    accent, _, _ = manner.voice.partition("+")
    return replace(manner, voice=f"{accent}+{rng.choice(VARIANTS[half == 'judge' :: 2])}")


def _scene(rng: np.random.Generator) -> Scene:
    """A room in which nobody else speaks, 15 to 30 dB above its noise."""
    return Scene(
        str(rng.choice(_ROOMS)),
        float(rng.uniform(15, 30)),
        float(rng.choice((0.0, rng.uniform(0.15, 0.5)))),
        float(rng.uniform(-36, -20)),
        int(rng.integers(1 << 30)),
    )


def _faded(samples: Samples) -> Samples:
    faded = samples.astype(np.float32)
    faded[-_FADE:] *= np.linspace(1, 0, _FADE, dtype=np.float32)
    return faded.astype(np.int16)


class _Texts:
    """Commands of the homes of one half."""

    def __init__(self, half: Half) -> None:
        self._drawn = [
            Sampler(one, 71 + at).sentences(_ENDLESS) for at, one in enumerate(places(half))
        ]

    def next(self, number: int) -> str:
        """The next sentence of the home whose turn it is."""
        return next(self._drawn[number % len(self._drawn)]).text
