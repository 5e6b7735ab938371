"""Whole conversations over the voice chat's WebSocket, with a real broker and lamps."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.voice_client import voice_client
from device.gateway.voicechat import RATE
from tests.gateway.house import House, open_house, spoken

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


async def test_two_speak_at_once_and_each_lamp_does_what_it_was_told(house: House) -> None:
    pytest.importorskip("av")
    url = f"{house.ws}/voice"
    async with voice_client(url) as one, voice_client(url, opus=True) as other:
        turns = await asyncio.gather(
            one.say(spoken("turn on the kitchen light")),
            other.say(spoken("turn off the bedroom lamp")),
        )
    assert sorted((name, told["state"]) for name, told in house.lamps.commands) == [
        ("bedroom lamp", "OFF"), ("kitchen light", "ON"),
    ]  # fmt: skip
    for client, turn, lamp in zip((one, other), turns, ("kitchen", "bedroom"), strict=True):
        assert lamp in turn.transcript
        assert turn.sentences == [turn.reply]
        assert len(turn.sound) > RATE // 2
        kinds = [message["type"] for message in client.messages]
        assert [kind for kind in kinds if kind != "status"] == [
            "llm_status", "final_transcript", "llm_response", "tts_start", "tts_end",
        ]  # fmt: skip
        assert len({message["session_id"] for message in client.messages}) == 1
    assert one.messages[0]["session_id"] != other.messages[0]["session_id"]
