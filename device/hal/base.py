"""What a microphone and a loudspeaker look like from inside.

A device delivers and takes PCM in its own format; capture and playback convert. Everything that
paces itself does so by the loop's clock, so files run as fast as possible in virtual time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat, Samples


@dataclass(slots=True)
class Counters:
    """What went wrong with the sound of one device since it was opened."""

    overflows: int = 0
    """Times that captured audio was lost because nobody took it in time."""
    lost_samples: int = 0
    """Samples per channel lost in those overflows, as far as they could be counted."""
    underflows: int = 0
    """Times that the device ran dry while something was being played."""
    refused: int = 0
    """Times that it could not be opened again, and said why."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a loudspeaker really played, or is about to play and no more gives back."""

    samples: Samples
    """Mono at the device's rate, shape (n,)."""
    heard_at: float
    """Loop time at which the first sample leaves the loudspeaker."""


RenderedListener = Callable[[Rendered], None]


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One audio device that could be opened."""

    name: str
    """What goes into the configuration."""
    backend: str
    """pyaudio or subprocess."""
    index: int | None = None
    """PortAudio's number, where it has one; numbers change when a device is plugged in."""
    inputs: int = 0
    """Channels it can capture; 0 for a loudspeaker."""
    outputs: int = 0
    """Channels it can play; 0 for a microphone."""
    rate: int = 0
    """Rate it prefers; 0 where unknown."""


class Microphone(Protocol):
    """Delivers captured audio."""

    @property
    def format(self) -> AudioFormat:
        """Format of what `read` gives."""
        ...

    @property
    def live(self) -> bool:
        """True for a device, which is never quite still; False for files with nothing between."""
        ...

    @property
    def counters(self) -> Counters:
        """What was lost so far."""
        ...

    async def read(self) -> AudioChunk | None:
        """Give the next chunk; a jump of its `start_sample` is audio that was lost.

        None at the end of a file. Raises DeviceLost.
        """
        ...

    def give_up(self, reason: str) -> None:
        """Count the device as lost, for what it gives makes no sense: `read` raises DeviceLost."""
        ...

    async def close(self) -> None:
        """Let the device go; idempotent."""
        ...


class Speaker(Protocol):
    """Plays audio."""

    @property
    def format(self) -> AudioFormat:
        """Format that `write` takes: 16 bit, at the device's rate."""
        ...

    @property
    def latency_seconds(self) -> float:
        """Audio accepted and not yet heard."""
        ...

    @property
    def counters(self) -> Counters:
        """How often it ran dry."""
        ...

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell `listener`, instead of the earlier one, of everything that the device plays.

        It is called in the loop's thread and in order; silence between sounds is told too, nothing
        while the device rests, and nothing that was dropped before the device took it.
        """
        ...

    async def write(self, chunk: AudioChunk) -> None:
        """Return when the device has accepted it, which paces playback. Raises DeviceLost."""
        ...

    def soften(self, gain: float, seconds: float) -> float:
        """Let what was accepted and not heard fall to `gain` within `seconds`, as far as it can.

        What the device itself holds cannot be changed. Tells the gain that the last sample has, so
        that what is written next can go on from there.
        """
        ...

    async def drop(self) -> float:
        """Throw away at once what was accepted and not heard; tells how many seconds that was."""
        ...

    async def drain(self) -> None:
        """Wait until everything accepted has been heard. Raises DeviceLost."""
        ...

    async def close(self) -> None:
        """Let the device go; idempotent."""
        ...
