import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from device.clock import run_virtual
from device.pipeline.jitter import JitterBuffer
from tests.audio.signals import noise


@given(st.lists(st.integers(0, 300), max_size=8), st.lists(st.integers(1, 200), max_size=20))
def test_samples_come_out_as_they_went_in(puts: list[int], takes: list[int]) -> None:
    async def main() -> None:
        buffer = JitterBuffer(10_000)
        sound = noise(1.0)
        at = 0
        for size in puts:
            await buffer.put(sound[at : at + size])
            at += size
        out = [buffer.take(size) for size in takes]
        together = np.concatenate([*out, np.zeros(0, dtype=np.int16)])
        assert np.array_equal(together, sound[: min(at, sum(takes))])
        assert buffer.samples == at - len(together)

    run_virtual(main())


def test_a_full_store_makes_its_writer_wait() -> None:
    async def main() -> None:
        buffer = JitterBuffer(1_000)
        await buffer.put(noise(0.05))
        writing = asyncio.create_task(buffer.put(noise(0.05)))
        await asyncio.sleep(1)
        assert not writing.done()
        buffer.take(600)
        await writing

    run_virtual(main())


def test_filled_waits_for_enough_or_the_end() -> None:
    async def main() -> None:
        buffer = JitterBuffer(10_000)
        enough = asyncio.create_task(buffer.filled(1_000))
        await buffer.put(noise(0.05))
        await asyncio.sleep(1)
        assert not enough.done()
        buffer.end()
        await enough

    run_virtual(main())
