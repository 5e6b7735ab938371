"""Sound to and from a WebRTC peer: frames of 20 ms, silent where nothing is said."""

import asyncio
from collections import deque
from fractions import Fraction
from typing import Any, Final

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.audio.resample import Resampler
from device.gateway.realtime.sound import SPOKEN_RATE

RATE: Final = SPOKEN_RATE
"""Samples a second of what is heard and said here."""
_OPUS_RATE: Final = 48_000
_FRAME: Final = RATE // 50
_FRAME_SECONDS: Final = _FRAME / RATE
_MOST: Final = 2 * RATE
"""Samples that may wait: more than that is ahead only of somebody who is not connected."""
_MOST_LATE_SECONDS: Final = 0.2
"""Frames that are later are not made up for, for they would come in a burst."""


class Playout:
    """What is to be heard over there and was not sent yet."""

    def __init__(self) -> None:
        self._sounds: deque[Samples] = deque()
        self._waiting = 0

    def add(self, chunk: AudioChunk) -> None:
        """Say this next, mono at RATE; the oldest is lost where too much waits."""
        self._sounds.append(chunk.pcm())
        self._waiting += chunk.samples
        while self._waiting > _MOST:
            self._waiting -= len(self._sounds.popleft())

    def drop(self) -> None:
        """Say nothing of what waits."""
        self._sounds.clear()
        self._waiting = 0

    def take(self) -> Samples:
        """The next 20 ms; silence from where nothing waits."""
        frame = np.zeros(_FRAME, np.int16)
        filled = 0
        while self._sounds and filled < _FRAME:
            sound = self._sounds.popleft()
            taken = min(len(sound), _FRAME - filled)
            frame[filled : filled + taken] = sound[:taken]
            if taken < len(sound):
                self._sounds.appendleft(sound[taken:])
            filled += taken
        self._waiting -= filled
        return frame


class OutgoingTrack(MediaStreamTrack):
    """Sends it, one frame every 20 ms."""

    kind = "audio"

    def __init__(self, playout: Playout) -> None:
        super().__init__()
        self._playout = playout
        self._due: float | None = None
        self._position = 0

    async def recv(self) -> Any:
        """The next frame, when it is due. Raises MediaStreamError once the track has ended."""
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        if self._due is None or now - self._due > _MOST_LATE_SECONDS:
            self._due = now
        await asyncio.sleep(max(0.0, self._due - now))
        self._due += _FRAME_SECONDS
        frame = AudioFrame.from_ndarray(self._playout.take().reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = self._position
        self._position += _FRAME
        return frame


class Incoming:
    """Makes sound at RATE of what aiortc decodes."""

    def __init__(self) -> None:
        self._downward = Resampler(_OPUS_RATE, RATE)

    def take(self, frame: Any) -> Samples:
        """The next frame, its channels mixed; shape (n,)."""
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
        return self._downward.feed(samples.mean(axis=1).astype(np.int16))
