import asyncio

import pytest

from device.clock import run_virtual
from device.tasks import end, until_one_ends


def test_a_task_that_swallows_a_cancel_is_ended_all_the_same() -> None:
    async def deaf_once(swallowed: list[bool]) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            swallowed.append(True)
        await asyncio.sleep(3600)

    async def story() -> tuple[list[bool], bool]:
        swallowed: list[bool] = []
        task = asyncio.create_task(deaf_once(swallowed))
        await asyncio.sleep(0)
        await end(None, task)
        return swallowed, task.cancelled()

    assert run_virtual(story()) == ([True], True)


def test_what_a_task_raised_stays_with_its_owner() -> None:
    async def fails() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise ValueError("on the way out")

    async def story() -> BaseException | None:
        task = asyncio.create_task(fails())
        await asyncio.sleep(0)
        await end(task)
        return task.exception()

    assert isinstance(run_virtual(story()), ValueError)


def test_the_first_that_ends_ends_the_others_and_its_error_is_raised() -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("waits")
            raise OSError("on the way out")

    async def fails() -> None:
        await asyncio.sleep(1)
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        run_virtual(until_one_ends(waits(), fails()))
    assert ended == ["waits"]
