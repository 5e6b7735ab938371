import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.wake.blocks import Blocks
from device.pipeline.wake.tail import Tail


def counting(start: int, stop: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (np.arange(start, stop) % 30_000).astype(np.int16)


@given(st.lists(st.integers(0, 90), max_size=40), st.integers(1, 32))
def test_blocks_are_whole_and_in_order_whatever_the_feeds(feeds: list[int], size: int) -> None:
    blocks, got, fed = Blocks(size), [], 0
    for length in feeds:
        got += [block.copy() for block in blocks.cut(counting(fed, fed + length))]
        fed += length
    assert all(len(block) == size for block in got)
    assert blocks.position == fed - fed % size
    assert np.array_equal(np.concatenate([*got, counting(0, 0)]), counting(0, blocks.position))


@given(st.lists(st.integers(0, 20), max_size=60))
def test_the_tail_reads_back_what_was_pushed_last(pushes: list[int]) -> None:
    tail, end = Tail(20), 0
    for length in pushes:
        tail.push(counting(end, end + length))
        end += length
    assert tail.end == end
    kept = counting(max(0, end - 20), end)
    assert np.array_equal(tail.read(end - 20, end), kept)
    assert np.array_equal(tail.read(end - 5, end - 2), counting(max(0, end - 5), max(0, end - 2)))


def test_the_tail_clips_to_what_it_holds() -> None:
    tail = Tail(10)
    tail.push(counting(0, 10))
    assert len(tail.read(-5, 3)) == 3
    assert len(tail.read(8, 100)) == 2
    assert len(tail.read(50, 60)) == 0


def test_a_block_longer_than_the_tail_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer"):
        Tail(10).push(counting(0, 11))
