"""Mouth: replies, chimes, volume, and how much of a reply was heard."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

from device.audio.chunk import AudioChunk
from device.conversation.base import ReplyAudio
from device.pipeline.earcons import Earcon, earcon
from device.pipeline.playback import Playback
from device.types import Played

RINGING_SECONDS: Final = 900.0
"""A timer that nobody stops falls silent after so long."""


class Speaking:
    """Everything that one loudspeaker says."""

    def __init__(self, playback: Playback, rate: int, *, earcons: bool = True) -> None:
        self._playback = playback
        self._rate = rate
        self._earcons = earcons
        self._audible_volume = playback.volume

    @property
    def volume(self) -> float:
        """0 to 1."""
        return self._playback.volume

    @property
    def audible_volume(self) -> float:
        """The volume before it was turned to nothing."""
        return self._audible_volume

    def set_volume(self, volume: float) -> None:
        """Turn the knob, 0 to 1."""
        self._audible_volume = self.volume or self._audible_volume
        self._playback.set_volume(volume)

    async def play(
        self, chunks: AsyncIterator[AudioChunk], on_audible: Callable[[], None] | None = None
    ) -> Played:
        """Play speech to its end or until `cut`. Raises what `chunks` raises, and DeviceLost."""
        return await self._playback.play(chunks, on_audible=on_audible)

    async def chime(self, kind: Earcon, on_audible: Callable[[float], None] | None = None) -> None:
        """Play a generated sound, when they are switched on. Raises DeviceLost.

        `on_audible` is told how many seconds it lasts when it begins to be heard.
        """
        if not self._earcons:
            return
        chunk = AudioChunk.from_samples(earcon(kind, self._rate), self._rate)
        tell = partial(on_audible, chunk.seconds) if on_audible else None
        await self._playback.play(_one(chunk), normalise=False, on_audible=tell)

    async def ringing(self) -> AsyncIterator[ReplyAudio]:
        """The timer's sound, again and again until it is cut, for a quarter of an hour at most."""
        chunk = AudioChunk.from_samples(earcon(Earcon.TIMER, self._rate), self._rate)
        for _ in range(int(RINGING_SECONDS / chunk.seconds)):
            yield ReplyAudio(chunk)

    async def cut(self) -> Played:
        """Fall silent at once; tells what was heard of the thing that played."""
        return await self._playback.stop()

    def duck(self) -> None:
        """Play softer at once."""
        self._playback.duck()

    def unduck(self) -> None:
        """Come back to full loudness."""
        self._playback.unduck()


async def _one(chunk: AudioChunk) -> AsyncIterator[AudioChunk]:
    yield chunk
