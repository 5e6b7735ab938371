"""A front end between a loudspeaker and a microphone in a simulated room."""

import numpy as np

from benchmarks.rooms import Room, captured, echo
from device.audio.format import RATE, Samples, Signal
from device.config import AudioConfig
from device.hal.base import Rendered
from device.pipeline.frontend import open_frontend
from device.pipeline.frontend.base import Frontend

ROOM = Room(3, "decay", 0.25, delay_seconds=0.08, drift_ppm=60.0)
BEGAN = 50.0
"""Loop time of the first captured sample."""


def babble(seconds: float, seed: int = 0, rate: int = RATE) -> Samples:
    """Something like speech: noise in syllables, with pauses between them; no voice in it."""
    rng = np.random.default_rng(seed)
    samples = int(seconds * rate)
    noise = rng.standard_normal(samples)
    coloured = np.convolve(noise, np.exp(-np.arange(30) / (rate / 3_000)), "same")
    syllables = np.repeat(rng.uniform(0, 1, samples // (rate // 6) + 1) ** 2, rate // 6)[:samples]
    smooth = np.convolve(syllables, np.ones(rate // 50) / (rate // 50), "same")
    sound = coloured * smooth
    return (
        np.asarray(3_000 * sound / sound.std(), np.float64).clip(-32_000, 32_000).astype(np.int16)
    )


def frontend(**keys: object) -> Frontend:
    return open_frontend(AudioConfig.model_validate(keys))


def heard(far: Samples, room: Room = ROOM, lead_seconds: float = 0.5) -> Samples:
    """What a microphone captures of what is played at 16 kHz, after some silence."""
    silence = np.zeros(int(lead_seconds * RATE), np.int16)
    return captured(room, echo(room, np.concatenate((silence, far, silence))))


def live(
    front: Frontend,
    microphone: Samples,
    played: list[tuple[float, Samples]],
    jitter_seconds: float = 0.002,
    chunk: int = 480,
    began: float = BEGAN,
    rate: int = RATE,
) -> Samples:
    """Let sounds be played from given seconds on, and clean what the microphone hears."""
    rng = np.random.default_rng(1)
    periods = [
        (start + n / rate, sound[n : n + rate // 50])
        for start, sound in played
        for n in range(0, len(sound), rate // 50)
    ]
    cleaned: list[Samples] = []
    for n in range(0, len(microphone), chunk):
        part = microphone[n : n + chunk]
        now = (n + len(part)) / RATE
        while periods and periods[0][0] < now + 0.04:
            at, period = periods.pop(0)
            front.render(Rendered(period, began + at + rng.uniform(-1, 1) * jitter_seconds), rate)
        cleaned.append(front.clean(part, began + now + rng.uniform(-1, 1) * jitter_seconds))
    return np.concatenate(cleaned)


def level(samples: Samples | Signal) -> float:
    """RMS in dB, of any scale."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-9))
