"""A LiveKit room without a server: signalling is played, sound goes through LiveKit's own library.

It emits the events that `livekit.rtc.Room` documents, with the same arguments.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from livekit import rtc
from livekit.rtc.event_emitter import EventEmitter

from device.audio.format import Samples

RATE = 48_000


class Voice:
    """Somebody's microphone, or what is heard of it at the other end of the room."""

    def __init__(self, sid: str) -> None:
        self._source = rtc.AudioSource(RATE, 1)
        self.track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self.track._info.sid = sid  # as the library itself does when a server has named it

    async def say(self, samples: Samples) -> None:
        """Speak, mono at RATE."""
        for frame in np.split(samples, range(480, len(samples), 480)):
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, len(frame)))

    async def close(self) -> None:
        """Put it away."""
        await self._source.aclose()


def listen(track: Any) -> AsyncIterator[Samples]:
    """What is heard on a track from now on, in frames of 10 ms."""
    return _frames(rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1))


async def _frames(stream: rtc.AudioStream) -> AsyncIterator[Samples]:
    try:
        async for event in stream:
            yield np.frombuffer(event.frame.data, np.int16)
    finally:
        await stream.aclose()


class Reader:
    """A text that somebody types, in the pieces in which it comes."""

    def __init__(self, *pieces: str | Exception) -> None:
        self._pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[str]:
        for piece in self._pieces:
            await asyncio.sleep(0)
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        """Read no more."""
        self.closed = True


class Participant:
    """We, as the room sees us."""

    def __init__(self) -> None:
        self.published: list[rtc.LocalAudioTrack] = []
        self.texts: list[tuple[str, str, dict[str, str]]] = []
        """Topic, text and attributes."""
        self.attributes: dict[str, str] = {}

    async def publish_track(self, track: rtc.LocalAudioTrack, options: Any) -> None:
        assert options.source == rtc.TrackSource.SOURCE_MICROPHONE
        track._info.sid = "TR_ours"
        self.published.append(track)

    async def send_text(self, text: str, *, topic: str, attributes: dict[str, str]) -> None:
        self.texts.append((topic, text, attributes))

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        self.attributes.update(attributes)


class Room(EventEmitter[str]):
    """The room."""

    def __init__(self, refuses: str = "") -> None:
        super().__init__()
        self.local_participant = Participant()
        self.joined_with: tuple[str, str] | None = None
        self.left = False
        self._refuses = refuses
        self._handlers: dict[str, Callable[[Any, str], None]] = {}

    async def connect(self, url: str, token: str) -> None:
        if self._refuses:
            raise rtc.ConnectError(self._refuses)
        self.joined_with = url, token

    async def disconnect(self) -> None:
        self.left = True

    def register_text_stream_handler(self, topic: str, handler: Callable[[Any, str], None]) -> None:
        self._handlers[topic] = handler

    def type(self, reader: Reader) -> None:
        """Somebody types."""
        self._handlers["lk.chat"](reader, "someone")
