"""Replies with what is left of them in the microphone, and what people and rooms do over them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import acoustics
from benchmarks.corpus import Scene, hear, random_manner, sentence, speech_bounds
from benchmarks.espeak import Manner, speak
from benchmarks.recordings import recordings
from device.audio.files import read_sound
from device.audio.format import RATE, Samples, Signal

KINDS: Final = ("sentence", "stop", "backchannel", "cough", "noise", "nothing")
"""What happens over a reply: the first two are meant for the speaker."""
REPLY_SECONDS: Final = 6.0
_STEP: Final = RATE // 100
_SENTENCES: Final = (
    "no, turn off the kitchen light", "wait, that is not what I wanted",
    "actually set a timer for ten minutes", "stop it now, I have heard enough of that",
    "hey, what time is it in the kitchen", "can you say that a bit slower please",
    "play something else in the living room", "forget it and turn on the heating",
)  # fmt: skip
_STOPS: Final = ("stop", "be quiet")
_AGREEING: Final = ("mm-hm", "uh-huh", "yeah", "okay", "right", "I see", "yes", "oh", "sure")
_SOUNDS_LIKE: Final = {"mm-hm": "[[m-h'm-]]"}
"""Phonemes of what espeak-ng would spell: its "mm-hm" is "em em aitch em"."""
_CHOSEN_SCENES: Final = ("", "", "pink", "fan", "hum")


@dataclass(frozen=True, slots=True)
class Over:
    """One reply, and what the microphone hears meanwhile once our voice is taken out of it."""

    kind: str
    captured: Samples
    """The reply begins with its first sample."""
    played: Samples
    residual_dbfs: NDArray[np.float64]
    """What the front end would say of our own voice in each 10 ms of it."""
    begin: int
    """First sample of what happens; the length, when nothing does."""
    stop: int
    text: str


def overs(kind: str, many: int, seed: int = 1, excess_db: float = 0.0) -> list[Over]:
    """Replies with one such thing over each. `excess_db`: our voice is so much louder than told."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return [_over(kind, number, rng, excess_db) for number in range(many)]


def _over(kind: str, number: int, rng: np.random.Generator, excess_db: float) -> Over:
    reply = _reply(number % 8)
    told = float(rng.uniform(-65.0, -50.0))
    seconds = float(rng.choice((0.0, rng.uniform(0.15, 0.5))))
    path = acoustics.room_response(rng, float(rng.uniform(0.2, 0.5)))
    residual = _at(acoustics.reverberate(reply.astype(np.float32), path), told + excess_db)
    sound, text = _SOUNDS[kind](number, rng)
    scene = Scene(
        str(rng.choice(_CHOSEN_SCENES)), float(rng.uniform(12, 30)), seconds,
        float(rng.uniform(-34, -20)), int(rng.integers(1 << 30)),
    )  # fmt: skip
    lead = int(rng.uniform(1.0, 3.0) * RATE)
    begin, stop = speech_bounds(sound) if len(sound) else (0, 0)
    captured = hear(sound, scene, lead, len(reply) - lead - len(sound))
    mixed = captured.astype(np.float32) + residual[: len(captured)]
    place = (lead + begin, lead + stop) if len(sound) else (len(reply), len(reply))
    samples = np.clip(mixed, -32768, 32767).astype(np.int16)
    levels = _levels(residual[: len(captured)]) - excess_db + rng.normal(0, 2)
    return Over(kind, samples, reply, levels, *place, text)


@cache
def _reply(number: int) -> Samples:
    rng = np.random.default_rng(7_000 + number)
    spoken = speak(" ".join(sentence(rng, 12) for _ in range(3)), Manner()).samples
    return np.resize(spoken, int(REPLY_SECONDS * RATE))


def _levels(sound: Signal) -> NDArray[np.float64]:
    """Level of each 10 ms, with the 10 ms before it."""
    power = np.mean(np.square(sound[: len(sound) // _STEP * _STEP]).reshape(-1, _STEP), axis=1)
    power = np.maximum(power, np.concatenate((power[:1], power[:-1]))) / 32768.0**2
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))


def _at(sound: Signal, level_dbfs: float) -> Signal:
    rms = float(np.sqrt(np.mean(sound**2)))
    return np.asarray(sound * (32768 * 10 ** (level_dbfs / 20) / rms), dtype=np.float32)


def _said(texts: tuple[str, ...], number: int, rng: np.random.Generator) -> tuple[Samples, str]:
    text = texts[number % len(texts)]
    return speak(_SOUNDS_LIKE.get(text, text), random_manner(rng)).samples, text


def _cough(number: int, rng: np.random.Generator) -> tuple[Samples, str]:
    """One or two bursts of breath, the second softer, with the resonances of a throat."""
    pieces = []
    for part in range(1 + number % 2):
        length = int(rng.uniform(0.12, 0.35) * RATE)
        time = np.arange(length) / RATE
        burst = rng.normal(0, 1, length) * np.exp(-time / rng.uniform(0.03, 0.1)) * (0.6**part)
        pulses = np.sin(2 * np.pi * rng.uniform(80, 160) * time) * np.exp(-time / 0.05)
        pieces += [burst + 0.5 * pulses, np.zeros(int(rng.uniform(0.05, 0.25) * RATE))]
    dry = np.concatenate(pieces)
    frequency = np.fft.rfftfreq(len(dry), 1 / RATE)
    throat = sum(
        1 / (1 + ((frequency - centre) / width) ** 2)
        for centre, width in ((rng.uniform(350, 700), 150), (rng.uniform(1_200, 1_900), 300))
    )
    shaped = np.fft.irfft(np.fft.rfft(dry) * throat, len(dry))
    return np.asarray(8_000 * shaped / np.abs(shaped).max(), dtype=np.int16), "(cough)"


def _noise(number: int, rng: np.random.Generator) -> tuple[Samples, str]:
    """A piece of a recorded or made noise, 0.1 to 2 s."""
    length = int(rng.choice((0.1, 0.3, 1.0, 2.0)) * RATE)
    recorded = _recorded_noises()
    source = number % (len(recorded) + 4)
    if source < len(recorded):
        begin = int(rng.integers(max(1, len(recorded[source]) - length)))
        return recorded[source][begin : begin + length], "(recorded noise)"
    if source == len(recorded):
        click = rng.normal(0, 1, length) * np.exp(-np.arange(length) / (0.01 * RATE))
        return np.asarray(8_000 * click / np.abs(click).max(), dtype=np.int16), "(click)"
    kind = ("white", "music", "pink")[source - len(recorded) - 1]
    made = acoustics.noise(kind, length, rng)
    return np.asarray(np.clip(3_000 * made, -32768, 32767), dtype=np.int16), f"({kind})"


@cache
def _recorded_noises() -> tuple[Samples, ...]:
    return tuple(read_sound(one.path) for one in recordings("noise_events", "noise_room", "music"))


def _nothing(number: int, rng: np.random.Generator) -> tuple[Samples, str]:
    return np.zeros(0, dtype=np.int16), ""


_SOUNDS: Final[dict[str, Callable[[int, np.random.Generator], tuple[Samples, str]]]] = {
    "sentence": lambda number, rng: _said(_SENTENCES, number, rng),
    "stop": lambda number, rng: _said(_STOPS, number, rng),
    "backchannel": lambda number, rng: _said(_AGREEING, number, rng),
    "cough": _cough,
    "noise": _noise,
    "nothing": _nothing,
}
