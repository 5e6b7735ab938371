"""What playback tests play."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.hal.wav import WavSpeaker
from device.pipeline.playback import Playback


async def spoken(
    *parts: Samples | float, rate: int = RATE, size: int = 1_600
) -> AsyncIterator[AudioChunk]:
    """Sounds in chunks; a number is a wait in seconds."""
    for part in parts:
        if isinstance(part, float):
            await asyncio.sleep(part)
            continue
        for at in range(0, len(part), size):
            yield AudioChunk.from_samples(part[at : at + size], rate)


def at_full_volume(speaker: WavSpeaker) -> Playback:
    return Playback(speaker, volume=1.0)


def biggest_jump(samples: Samples) -> int:
    return int(np.max(np.abs(np.diff(samples.astype(int)))))
