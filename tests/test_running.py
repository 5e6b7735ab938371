"""What fails alone begins again, and works again."""

import asyncio
from itertools import pairwise

from device.clock import run_virtual
from device.running import supervised


def test_a_part_that_fails_at_once_is_begun_ever_more_rarely() -> None:
    began: list[float] = []

    async def part() -> None:
        began.append(asyncio.get_running_loop().time())
        if len(began) < 9:
            raise ValueError("broken")

    run_virtual(supervised(part))
    assert began == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_a_part_that_worked_for_long_is_begun_again_soon() -> None:
    ended: list[float] = []

    async def part() -> None:
        await asyncio.sleep(3600)
        ended.append(asyncio.get_running_loop().time())
        if len(ended) < 5:
            raise ValueError("broken")

    run_virtual(supervised(part))
    assert [after - before for before, after in pairwise(ended)] == [3601] * 4
