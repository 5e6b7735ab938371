"""What a model that hears and speaks at once costs for each 80 ms of sound.

On a server in the house: Opus there and back. In the speaker's process: one step of a Moshi of tiny
dimensions with random weights, in a thread of its own as its host computes it. That is the least
that any model costs here; one keeps up when a step takes less than 80 ms.
"""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.toy_moshi import make_moshi
from device.audio.format import Samples
from device.audio.opus import OpusReader, OpusWriter
from device.conversation.duplex.base import FRAME_SAMPLES, MODEL_RATE
from device.conversation.duplex.host import SpeechModel
from device.conversation.duplex.moshi import MoshiModel
from device.executor import WorkerExecutor

_WARM_FRAMES: Final = 5


def codec_ms(frames: int) -> list[float]:
    """Milliseconds for a frame to be encoded, and to be decoded again."""
    writer, reader, times = OpusWriter(MODEL_RATE), OpusReader(), []
    for heard in _noise(frames + _WARM_FRAMES):
        began = time.perf_counter()
        reader.feed(writer.feed(heard))
        times.append((time.perf_counter() - began) * 1_000)
    return times[_WARM_FRAMES:]


def step_ms(folder: Path, frames: int) -> list[float]:
    """Milliseconds a step of the toy takes; none without the package moshi."""
    if find_spec("moshi") is None:
        return []
    return asyncio.run(hosted_ms(MoshiModel(make_moshi(folder), "cpu"), frames))


async def hosted_ms(model: SpeechModel, frames: int) -> list[float]:
    """The same with any model."""
    executor, times = WorkerExecutor("duplex"), []
    state = await executor.run(model.begin)
    for heard in _noise(frames + _WARM_FRAMES):
        began = time.perf_counter()
        await executor.run(partial(model.step, state, heard))
        times.append((time.perf_counter() - began) * 1_000)
    executor.close()
    return times[_WARM_FRAMES:]


def _noise(frames: int) -> Iterator[Samples]:
    random = np.random.default_rng(1)
    for _ in range(frames):
        yield random.normal(0, 3_000, FRAME_SAMPLES).astype(np.int16)
