"""Mouth: replies, chimes, volume, and how much of a reply was heard."""

import logging
from collections.abc import AsyncIterator, Callable
from functools import partial

from device.audio.chunk import AudioChunk
from device.errors import DeviceError
from device.pipeline.earcons import Earcon, earcon
from device.pipeline.playback import Playback
from device.types import Played

_LOGGER = logging.getLogger(__name__)


class Speaking:
    """Everything that one loudspeaker says."""

    def __init__(self, playback: Playback, rate: int, *, earcons: bool = True) -> None:
        self._playback = playback
        self._rate = rate
        self._earcons = earcons
        self._audible_volume = playback.volume
        self._raised_from: float | None = None

    @property
    def volume(self) -> float:
        """0 to 1."""
        return self._playback.volume

    @property
    def audible_volume(self) -> float:
        """The volume before it was turned to nothing."""
        return self._audible_volume

    @property
    def rate(self) -> int:
        """Samples a second of the loudspeaker."""
        return self._rate

    def set_volume(self, volume: float) -> None:
        """Turn the knob, 0 to 1; a reply that is ducked comes back as loud as this says."""
        self.lower_back()
        self._audible_volume = self.volume or self._audible_volume
        self._playback.set_volume(volume)

    def raise_to(self, volume: float) -> None:
        """Be at least so loud until `lower_back`, or until somebody turns the knob."""
        if self.volume < volume:
            self._raised_from = self.volume
            self._playback.set_volume(volume)

    def lower_back(self) -> None:
        """Be as loud as before `raise_to`."""
        if self._raised_from is not None:
            self._playback.set_volume(self._raised_from)
            self._raised_from = None

    async def play(
        self,
        chunks: AsyncIterator[AudioChunk],
        on_audible: Callable[[], None] | None = None,
        *,
        normalise: bool = True,
    ) -> Played:
        """Play something to its end or until `cut`. Raises what `chunks` raises, and DeviceLost.

        `normalise`: bring it to the loudness of speech.
        """
        return await self._playback.play(chunks, normalise=normalise, on_audible=on_audible)

    async def chime(self, kind: Earcon, on_audible: Callable[[float], None] | None = None) -> None:
        """Play a generated sound, when they are switched on and the loudspeaker is there.

        `on_audible` is told how many seconds it lasts when it begins to be heard.
        """
        if not self._earcons:
            return
        chunk = AudioChunk.from_samples(earcon(kind, self._rate), self._rate)
        tell = partial(on_audible, chunk.seconds) if on_audible else None
        try:
            await self._playback.play(_one(chunk), normalise=False, on_audible=tell, aside=True)
        except DeviceError as error:
            _LOGGER.warning("no chime [%s]: %s", error.code, error)

    async def cut(self) -> Played:
        """Fall silent at once; tells what was heard of the thing that played."""
        return await self._playback.stop()

    @property
    def heard_seconds(self) -> float:
        """How much of what is being said was heard so far."""
        return self._playback.heard_seconds

    async def hold(self) -> Played:
        """Fall silent at once, to go on with `resume` or not at all; tells what was heard."""
        return await self._playback.hold()

    def resume(self) -> None:
        """Go on where it was heard last."""
        self._playback.resume()

    def drop_held(self) -> Played:
        """Throw away what is held; tells what was heard of it."""
        return self._playback.drop_held()

    def duck(self) -> None:
        """Play softer at once."""
        self._playback.duck()

    def unduck(self) -> None:
        """Come back to full loudness."""
        self._playback.unduck()


async def _one(chunk: AudioChunk) -> AsyncIterator[AudioChunk]:
    yield chunk
