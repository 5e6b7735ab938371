import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from device.audio.format import RATE
from device.audio.timeline import Cursor, Gap, Timeline


@given(st.lists(st.integers(0, 700), max_size=40), st.integers(0, 4000), st.integers(0, 2000))
def test_any_stretch_still_held_reads_as_it_was_written(
    sizes: list[int], start: int, length: int
) -> None:
    timeline = Timeline(seconds=1000 / RATE)
    for size in sizes:
        first = timeline.end
        timeline.write(np.arange(first, first + size).astype(np.int16))
    assert timeline.end == sum(sizes)
    assert timeline.begin == max(0, sum(sizes) - 1000)
    read = timeline.read(start, start + length)
    held = range(max(start, timeline.begin), min(start + length, timeline.end))
    assert read.tolist() == list(held)


def test_a_gap_is_silence_and_is_counted() -> None:
    timeline = Timeline(seconds=1)
    timeline.write(np.full(10, 5, np.int16))
    timeline.skip(20)
    timeline.write(np.full(10, 7, np.int16))
    assert timeline.gaps == [Gap(10, 20)]
    assert timeline.missing_samples == 20
    assert timeline.read(5, 35).tolist() == [5] * 5 + [0] * 20 + [7] * 5


async def test_a_cursor_waits_and_ends_with_the_timeline() -> None:
    timeline = Timeline(seconds=1)
    cursor = Cursor(timeline, 100)
    waiting = asyncio.ensure_future(cursor.next())
    await asyncio.sleep(0)
    timeline.write(np.ones(60, np.int16))
    await asyncio.sleep(0)
    assert not waiting.done()
    timeline.write(np.ones(60, np.int16))
    block = await waiting
    assert block is not None
    assert len(block) == 100
    timeline.close()
    assert await cursor.next() is None


async def test_a_cursor_that_is_too_slow_says_what_it_lost() -> None:
    timeline = Timeline(seconds=1000 / RATE)
    cursor = Cursor(timeline, 100)
    timeline.write(np.arange(3000).astype(np.int16))
    block = await cursor.next()
    assert block is not None
    assert block[0] == 2000
    assert cursor.lost_samples == 2000
