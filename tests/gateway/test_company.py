"""Timers where there is no room: they ring with everybody who is spoken with."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.voice_client import VoiceClient, voice_client
from tests.gateway.house import open_house
from tests.gateway.slow import slow

pytestmark = pytest.mark.broker


def timers(client: VoiceClient) -> int:
    """How many there are, as the client was told last."""
    told = [one["timers"] for one in client.messages if one.get("event") == "timers"]
    return len(told[-1])


@slow
async def test_a_timer_rings_with_all_until_one_of_them_stops_it(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path) as house,
        voice_client(f"{house.ws}/voice", speaks=False, events=True) as one,
        voice_client(f"{house.ws}/voice", speaks=False, events=True) as other,
    ):
        answered = len((await one.ask("set a timer for one second")).parts)
        await other.until(lambda: bool(other.turn.parts))
        await one.until(lambda: len(one.turn.parts) > answered)
        await other.send("interrupt")
        await one.until(lambda: timers(one) == 0)
        await other.until(lambda: timers(other) == 0)
        heard = [len(client.turn.sound) for client in (one, other)]
        await asyncio.sleep(1.0)
        assert [len(client.turn.sound) for client in (one, other)] == heard


async def test_what_rings_when_nobody_is_there_is_over(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        async with voice_client(f"{house.ws}/voice", speaks=False) as one:
            await one.ask("set a timer for one second")
        await asyncio.sleep(1.5)
        async with voice_client(f"{house.ws}/voice", speaks=False, events=True) as other:
            await other.until(lambda: any(told.get("event") == "timers" for told in other.messages))
            assert timers(other) == 0
            await asyncio.sleep(0.3)
            assert not other.turn.parts
