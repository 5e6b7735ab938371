"""A microphone and a loudspeaker in one simulated room, paced by the loop's clock."""

import asyncio
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.rooms import EchoStream, Room, captured
from benchmarks.scenario.script import Noise
from benchmarks.scenario.voices import hiss
from device.audio.chunk import AudioChunk
from device.audio.format import INTERNAL, RATE, Signal
from device.hal.base import Counters
from device.hal.wav import WavSpeaker

_CHUNK: Final = 3 * RATE // 100
_LAG_SECONDS: Final = 0.02
"""Of the echo's delay: room for a playback clock that drifts."""
_DC: Final = 0.25
_HISS_SECONDS: Final = 10


class RoomMicrophone:
    """Hears the room: our own loudspeaker, people and noise; 16 kHz mono."""

    def __init__(self, room: Room | None, noise: Noise | None, speaker: WavSpeaker) -> None:
        """`speaker` plays at `RATE`; room None: it is not heard."""
        self.counters = Counters()
        self.format = INTERNAL
        self.live = True
        self.fault = ""
        """What is wrong with it: unplugged, silent, dc or clipping; empty: nothing."""
        self._floor = room or Room(seed=0, noise_dbfs=-76.0)
        self._speaker = speaker
        self._echo = _echo(room) if room else None
        self._heard_to = -_LAG_SECONDS
        self._echoed = np.zeros(0, np.float32)
        self._hiss = hiss(noise, _HISS_SECONDS * RATE) if noise else None
        self._voices: list[tuple[int, Signal]] = []
        self._position = 0
        self._began: float | None = None
        self._closed = False

    @property
    def began(self) -> float:
        """Loop time of sample 0."""
        if self._began is None:
            self._began = asyncio.get_running_loop().time()
            self._heard_to += self._began
        return self._began

    def say(self, sound: Signal) -> float:
        """Let something be heard from the next sample on; loop time of its first sample."""
        self._voices.append((self._position, sound))
        return self.began + self._position / RATE

    async def read(self) -> AudioChunk | None:
        """Give the next chunk when its last sample was captured; a jump while it was unplugged."""
        while not self._closed:
            due = self.began + (self._position + _CHUNK) / RATE
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            heard, start = self._hear(), self._position
            self._position += _CHUNK
            if self.fault != "unplugged":
                samples = captured(self._floor, heard, start)
                if self.fault == "silent":
                    samples = np.zeros_like(samples)
                elif self.fault == "clipping":
                    samples = np.where(samples >= 0, 32_767, -32_768)
                return AudioChunk(samples.astype("<i2").tobytes(), INTERNAL, start, due)
        return None

    def give_up(self, reason: str) -> None:
        """Go on: opened again it would be the same."""

    async def close(self) -> None:
        """Hear no more."""
        self._closed = True

    def _hear(self) -> Signal:
        heard = self._echo_of(_CHUNK)
        if self._hiss is not None:
            heard += np.take(self._hiss, np.arange(self._position, self._position + _CHUNK),
                             mode="wrap")  # fmt: skip
        for start, sound in self._voices:
            part = sound[max(0, self._position - start) : self._position + _CHUNK - start]
            heard[: len(part)] += part
        self._voices = [one for one in self._voices
                        if one[0] + len(one[1]) > self._position + _CHUNK]  # fmt: skip
        if self.fault == "dc":
            heard = np.full_like(heard, _DC)
        return heard

    def _echo_of(self, samples: int) -> Signal:
        """The next samples of the echo: a drifting clock needs more or less of what was played."""
        if self._echo is None:
            return np.zeros(samples, np.float32)
        while len(self._echoed) < samples:
            played = self._speaker.heard_from(self._heard_to, _CHUNK // 3)
            self._heard_to += _CHUNK / 3 / RATE
            self._echoed = np.concatenate((self._echoed, self._echo.feed(played)))
        now, self._echoed = self._echoed[:samples].copy(), self._echoed[samples:]
        return now


def _echo(room: Room) -> EchoStream:
    return EchoStream(replace(room, delay_seconds=max(0.0, room.delay_seconds - _LAG_SECONDS)))
