"""Ears that get nothing to hear."""

import asyncio
from functools import partial

import pytest

from device import events as e
from device.audio.timeline import Timeline
from device.clock import run_virtual
from device.config import VadConfig
from device.errors import DeviceLost
from device.executor import InlineExecutor
from device.hearing import Hearing
from device.pipeline.mock import MockVad, MockWake
from device.pipeline.vad import open_endpointing


def test_listening_ends_when_the_microphone_gives_nothing_any_more() -> None:
    """What is due to ring waits for the end of listening."""
    posted: list[e.Event] = []

    async def main() -> None:
        hearing = Hearing(
            Timeline(), MockWake(), MockVad(), partial(open_endpointing, VadConfig()),
            InlineExecutor(), posted.append,
        )  # fmt: skip
        async with asyncio.timeout(60):
            await hearing.listen(1, None, None)

    with pytest.raises(DeviceLost, match="plugged in"):
        run_virtual(main())
    assert posted == []
