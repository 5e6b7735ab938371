"""A loudspeaker and a microphone in a simulated room, with what may be wrong with either."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Final

import numpy as np

from benchmarks.rooms import Room as Walls
from benchmarks.rooms import echo_response
from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import amplitude
from device.care.acoustics.plan import SWEEPS, plan
from device.care.acoustics.results import Results, results
from device.care.acoustics.take import perform
from device.care.recordings import recording
from device.clock import run_virtual
from device.config import Config
from device.errors import DeviceLost
from device.hal.base import Counters
from device.hal.mock import Room, ScriptedMicrophone
from device.hal.wav import WavSpeaker

Fault = Callable[[Samples, int], Samples]
"""Takes what was captured, shape (n,), and the number of its first sample."""

_WALLS: Final = Walls(3, reverberation_seconds=0.15)
_LONGEST_SECONDS: Final = 30


@dataclass(frozen=True)
class Rig:
    """What the room is like."""

    noise_dbfs: float = -65.0
    delay_seconds: float = 0.06
    coupling_db: float = -12.0
    faults: tuple[Fault, ...] = ()
    channels: tuple[str, ...] = ("room",)
    """What each channel gives: room, wire or nothing."""
    fails_after: float | None = None
    """Seconds of what is played after which the loudspeaker fails once."""
    speaks: bool = False
    """Whether the wake word is said, too: that takes long."""

    def measure(self, **sections: object) -> Results:
        """Let the self-test run here."""
        return run_virtual(self._measure(Config(**sections)))  # type: ignore[arg-type]

    async def _measure(self, config: Config) -> Results:
        speaker = _Mouth(self.fails_after)
        microphone = _Ears(self, speaker)
        items = plan(recording("hey_jarvis"), 1)
        played = items if self.speaks else items[:SWEEPS]
        take = await perform(microphone, speaker, 1.0, played)
        return results(take, 0, config, "hey_jarvis" if self.speaks else None)


class _Mouth(WavSpeaker):
    """A loudspeaker that fails once."""

    def __init__(self, fails_after: float | None) -> None:
        super().__init__(rate=16_000)
        self._left = inf if fails_after is None else fails_after

    async def write(self, chunk: AudioChunk) -> None:
        before, self._left = self._left, self._left - chunk.seconds
        if self._left <= 0 < before:
            raise DeviceLost("the loudspeaker is gone")
        await super().write(chunk)


class _Ears:
    """A microphone of several channels."""

    def __init__(self, rig: Rig, speaker: WavSpeaker) -> None:
        rng = np.random.default_rng(1)
        noise = rng.normal(0, 32_768 * amplitude(rig.noise_dbfs), _LONGEST_SECONDS * RATE)
        quiet = ScriptedMicrophone([noise.clip(-32_768, 32_767).astype(np.int16)])
        response = amplitude(rig.coupling_db) * echo_response(_WALLS)
        self._room = Room(quiet, speaker, rig.delay_seconds, 1.0, response)
        hiss = rng.normal(0, 2, _LONGEST_SECONDS * RATE).astype(np.int16)
        self._wire = Room(ScriptedMicrophone([hiss]), speaker, 0.04, 1.0)
        self._rig = rig
        self.format = AudioFormat(RATE, 2, len(rig.channels))
        self.live = True
        self.counters = Counters()

    async def read(self) -> AudioChunk | None:
        room, wire = await self._room.read(), await self._wire.read()
        assert room is not None
        assert wire is not None
        given = {"room": room.pcm(), "wire": wire.pcm(), "nothing": np.zeros_like(room.pcm())}
        heard = [given[name] for name in self._rig.channels]
        for fault in self._rig.faults:
            heard = [fault(one, room.start_sample) for one in heard]
        audio = np.stack(heard, axis=1).astype("<i2").tobytes()
        return replace(room, audio=audio, format=self.format)

    def give_up(self, reason: str) -> None:
        """Go on."""

    async def close(self) -> None:
        await self._room.close()


class Wandering:
    """A buffer that grows: what is heard comes ever later."""

    def __init__(self, late_share: float) -> None:
        self._late_share = late_share
        self._past: Samples = np.zeros(0, np.int16)

    def __call__(self, heard: Samples, start: int) -> Samples:
        self._past = np.concatenate((self._past, heard))
        late = int(len(self._past) * self._late_share)
        return self._past[len(self._past) - late - len(heard) :][: len(heard)]


def muted(heard: Samples, start: int) -> Samples:
    return np.zeros_like(heard)


def offset(share: float) -> Fault:
    def fault(heard: Samples, start: int) -> Samples:
        return (heard + share * 32_768).clip(-32_768, 32_767).astype(np.int16)

    return fault


def constant(heard: Samples, start: int) -> Samples:
    return np.full_like(heard, 12_000)


def amplified(gain: float) -> Fault:
    def fault(heard: Samples, start: int) -> Samples:
        return (heard.astype(np.float64) * gain).clip(-32_768, 32_767).astype(np.int16)

    return fault
