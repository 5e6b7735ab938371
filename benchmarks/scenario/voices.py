"""What people and rooms do, as the microphone hears it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import acoustics
from benchmarks.espeak import Manner, speak
from benchmarks.recordings import folder
from benchmarks.rooms import Room, voice
from benchmarks.scenario.account import Said
from benchmarks.scenario.script import Noise, Scenario, Speech
from device.audio.files import read_sound
from device.audio.format import RATE, Samples, Signal
from device.audio.level import amplitude, dbfs, to_samples, to_signal
from device.errors import UsageError

_TAIL_SECONDS: Final = 0.3
"""What a room adds to what is said."""
_MADE_SECONDS: Final = 3.0
_FLOOR_DB: Final = 25.0
"""What is so much softer than the loudest is not yet, or no longer, what is meant."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """All that is said at one cue, as the microphone hears it."""

    sound: Signal
    """16 kHz, shape (n,)."""
    begin: int
    """First sample of the speech."""
    stop: int
    """First sample after it."""
    what: str

    def said(self, at: float) -> Said:
        """When it is heard, if its first sample is at a moment."""
        return Said(at + self.begin / RATE, at + self.stop / RATE, self.what)


Sounds = dict[tuple[Speech, ...], Spoken]
"""What is said, ready to be heard."""


def prepare(scenario: Scenario, beside: Path) -> Sounds:
    """Everything that is said in a scenario. Raises UsageError for a recording that is not here."""
    return {cue.say: _spoken(cue.say, scenario.room, beside) for cue in scenario.script if cue.say}


def _spoken(speeches: Sequence[Speech], room: Room | None, beside: Path) -> Spoken:
    parts: list[Signal] = []
    begin: int | None = None
    length = stop = 0
    for one in speeches:
        sound = _dry(one, beside)
        first, last = _loud(sound)
        heard = _in_room(sound, room, amplitude(one.dbfs - dbfs(sound[first:last])))
        begin = length + first if begin is None else begin
        stop = length + last
        parts += [heard, np.zeros(int(one.pause * RATE), np.float32)]
        length = sum(map(len, parts))
    what = " ".join(one.text or Path(one.wav).stem or one.sound for one in speeches)
    return Spoken(np.concatenate(parts), begin or 0, stop, what)


def needed(scenario: Scenario, beside: Path) -> list[Path]:
    """Recordings that a scenario asks for and that are not here."""
    asked = [one.wav for cue in scenario.script for one in cue.say if one.wav]
    return [place for wav in asked if not (place := _find(wav, beside)).is_file()]


def hiss(noise: Noise, samples: int) -> Signal:
    """So much of what is heard all the time."""
    rng = np.random.default_rng(5)
    made = acoustics.noise(noise.kind, samples, rng)
    return np.asarray(made * amplitude(noise.dbfs), np.float32)


def _loud(sound: Samples) -> tuple[int, int]:
    """First sample of what is clearly meant in a recording, and the first after it."""
    step = RATE // 100
    levels = [dbfs(sound[at : at + step]) for at in range(0, len(sound), step)]
    loud = [at for at, level in enumerate(levels) if level > max(levels) - _FLOOR_DB]
    return loud[0] * step, min(len(sound), (loud[-1] + 1) * step)


def _in_room(sound: Samples, room: Room | None, gain: float) -> Signal:
    tail = np.zeros(int(_TAIL_SECONDS * RATE), np.int16)
    clean = np.concatenate((sound, tail)) if room else sound
    heard = voice(room, clean) if room else to_signal(clean)
    return np.asarray(heard * np.float32(gain), np.float32)


def _dry(speech: Speech, beside: Path) -> Samples:
    if speech.text:
        sound = speak(speech.text, Manner(voice=speech.voice)).samples
    elif speech.wav:
        place = _find(speech.wav, beside)
        if not place.is_file():
            raise UsageError(f"there is no recording {speech.wav}; set PARLOR_RECORDINGS")
        sound = read_sound(place)
    else:
        sound = _made(speech.sound, speech.seconds or _MADE_SECONDS)
    return sound[: int(speech.seconds * RATE)] if speech.seconds else sound


def _find(wav: str, beside: Path) -> Path:
    near = beside / wav
    recorded = folder()
    return near if near.is_file() or recorded is None else recorded / wav


@cache
def _made(kind: str, seconds: float) -> Samples:
    rng = np.random.default_rng(6)
    if kind == "music":
        made = 0.1 * acoustics.noise("music", int(seconds * RATE), rng)
        return to_samples(made.astype(np.float32))
    time = np.arange(int((0.25 if kind == "cough" else 0.05) * RATE)) / RATE
    burst = rng.normal(0, 1, len(time)) * np.exp(-time / (0.06 if kind == "cough" else 0.01))
    if kind == "cough":
        burst += 0.5 * np.sin(2 * np.pi * 120 * time) * np.exp(-time / 0.05)
    return to_samples((0.3 * burst / np.abs(burst).max()).astype(np.float32))
