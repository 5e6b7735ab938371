"""`parlor gateway`: a process that serves until it is asked to end."""

from pathlib import Path

import pytest

from benchmarks.gateway_process import served
from benchmarks.voice_client import voice_client


@pytest.mark.broker
async def test_a_gateway_without_a_room_talks_and_acts(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        async with voice_client(gateway.voice, speaks=False) as client:
            turn = await client.ask("turn on the kitchen light")
            assert turn.reply
            assert gateway.sessions == 1
        assert [name for name, _ in gateway.lamps.commands] == ["kitchen light"]
