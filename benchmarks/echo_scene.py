"""A reply played in a simulated room, handed to a canceller as real devices do.

Rendered audio comes in periods of 20 ms, 40 ms before it is heard, captured audio in chunks of
30 ms; both with time stamps that are a few milliseconds off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import soxr

from benchmarks.rooms import Room, captured, echo
from device.audio.format import RATE, Samples, Signal
from device.audio.resample import resample
from device.hal.base import Rendered
from device.pipeline.frontend.base import EchoState

FAR_RATE: Final = 48_000
"""Rate of the loudspeaker."""

_PERIOD: Final = FAR_RATE // 50
_CHUNK: Final = RATE * 3 // 100
_AHEAD_SECONDS: Final = 0.04
_JITTER_SECONDS: Final = 0.002
_MOST_JITTER: Final = 0.005
_BEGAN: Final = 1_000.0


class Canceller(Protocol):
    """What a front end is to this bench."""

    @property
    def echo(self) -> EchoState:
        """What is left of our own voice now."""
        ...

    def render(self, rendered: Rendered, rate: int) -> None:
        """Take what the loudspeaker plays."""
        ...

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """The next captured samples without it."""
        ...

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        """What our loudspeaker played while start..stop were captured."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played and what is captured."""

    room: Room
    far: Samples
    """What is played, at `FAR_RATE`."""
    near: Samples
    """What the microphone captures, 16 kHz."""
    play_at: float
    """Seconds of captured audio after which the first sample is heard, but for the room's delay."""


def scene(
    room: Room, far: Samples, play_at: float, seconds: float, voice: Signal | None = None
) -> Scene:
    """`far` (16 kHz) played in a room, with a person's voice (16 kHz, from the first sample on)."""
    played = resample(far, RATE, FAR_RATE)
    heard = np.zeros(int(seconds * RATE), np.float32)
    first = int(play_at * RATE)
    tail = np.zeros(max(0, len(heard) - first - len(far)) * FAR_RATE // RATE, np.int16)
    wet = echo_at_capture(room, np.concatenate((played, tail)))
    heard[first : first + len(wet)] = wet[: len(heard) - first]
    if voice is not None:
        heard[: len(voice)] += voice[: len(heard)]
    return Scene(room, played, captured(room, heard), play_at)


def echo_at_capture(room: Room, played: Samples) -> Signal:
    """The echo of what is played at `FAR_RATE`, at 16 kHz."""
    return np.asarray(soxr.resample(echo(room, played, FAR_RATE), FAR_RATE, RATE), np.float32)


def drive(canceller: Canceller, scene: Scene) -> Iterator[Samples]:
    """Give the canceller everything in the order of time; yields what it makes of each chunk."""
    rng = np.random.default_rng((15, scene.room.seed))
    speed = 1 + scene.room.drift_ppm * 1e-6
    waiting = _periods(scene, speed)
    period = next(waiting, None)
    for start in range(0, len(scene.near), _CHUNK):
        chunk = scene.near[start : start + _CHUNK]
        captured_at = _BEGAN + (start + len(chunk)) / RATE
        while period is not None and period.heard_at - _AHEAD_SECONDS < captured_at:
            told = Rendered(period.samples, period.heard_at + _jitter(rng))
            canceller.render(told, FAR_RATE)
            period = next(waiting, None)
        yield canceller.clean(chunk, captured_at + _jitter(rng))


def cleaned(canceller: Canceller, scene: Scene) -> Samples:
    """All that the canceller makes of a scene, as long as what was captured."""
    out = np.concatenate(list(drive(canceller, scene)))
    return np.concatenate((out, np.zeros(len(scene.near) - len(out), np.int16)))


def _periods(scene: Scene, speed: float) -> Iterator[Rendered]:
    for start in range(0, len(scene.far), _PERIOD):
        heard = _BEGAN + scene.play_at + start / FAR_RATE / speed
        yield Rendered(scene.far[start : start + _PERIOD], heard)


def _jitter(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, _JITTER_SECONDS), -_MOST_JITTER, _MOST_JITTER))
