"""Plays a plan on the loudspeaker and keeps what the microphone hears meanwhile, and when."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat, Samples
from device.care.acoustics.plan import Item
from device.errors import DeviceLost
from device.hal.base import Microphone, Rendered, Speaker
from device.pipeline.playback import Playback
from device.tasks import end

_SETTLE_SECONDS: Final = 0.5
"""A converter that was just switched on gives a click first."""
QUIET_SECONDS: Final = 2.0
"""What the room sounds like by itself."""
PAUSE_SECONDS: Final = 0.8
"""After each sound, for what comes late."""
_CHUNK: Final = RATE // 50
_STALL_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Span:
    """When an item was played, in loop time; what came back of it is in it."""

    item: Item
    began: float
    ended: float


@dataclass(slots=True)
class Take:
    """Everything that was recorded."""

    form: AudioFormat
    """Of the microphone."""
    speaker_rate: int
    chunks: list[AudioChunk] = field(default_factory=list)
    rendered: list[Rendered] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    quiet: tuple[float, float] = (0.0, 0.0)
    """Loop time between which nothing was played."""
    failures: int = 0
    """Times that the loudspeaker failed and played the sound once more."""


async def perform(
    microphone: Microphone, speaker: Speaker, volume: float, items: Sequence[Item],
    tell: Callable[[int], None] = lambda _played: None,
) -> Take:  # fmt: skip
    """Play all items; `tell` takes how many were played. Raises DeviceLost.

    `volume`: that of [audio].
    """
    loop = asyncio.get_running_loop()
    take = Take(microphone.format, speaker.format.rate)
    speaker.on_rendered(take.rendered.append)
    await _hear(microphone, take, 1)
    hearing = asyncio.create_task(_hear(microphone, take), name="selftest-hear")
    playing = asyncio.create_task(_play(Playback(speaker, volume), take, items, tell))
    try:
        took = loop.time()
        await asyncio.wait((hearing, playing), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            hearing.result()
            raise DeviceLost(f"the microphone ended after {loop.time() - took:.0f} s; try it again")
        playing.result()
    finally:
        await end(hearing, playing)
    return take


async def _hear(microphone: Microphone, take: Take, most: float = inf) -> None:
    while len(take.chunks) < most:
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                chunk = await microphone.read()
        except TimeoutError:
            raise DeviceLost("the microphone gives nothing; plug it in again") from None
        if chunk is None:
            return
        take.chunks.append(chunk)


async def _play(
    playback: Playback, take: Take, items: Sequence[Item], tell: Callable[[int], None]
) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(_SETTLE_SECONDS)
    began = loop.time()
    await asyncio.sleep(QUIET_SECONDS)
    take.quiet = (began, loop.time())
    for played, item in enumerate(items, start=1):
        try:
            began = loop.time()
            await playback.play(_chunks(item.samples), normalise=False)
        except DeviceLost:
            take.failures += 1
            await asyncio.sleep(PAUSE_SECONDS)
            began = loop.time()
            await playback.play(_chunks(item.samples), normalise=False)
        await asyncio.sleep(PAUSE_SECONDS)
        take.spans.append(Span(item, began, loop.time()))
        tell(played)


async def _chunks(samples: Samples) -> AsyncIterator[AudioChunk]:
    for at in range(0, len(samples), _CHUNK):
        yield AudioChunk.from_samples(samples[at : at + _CHUNK])
