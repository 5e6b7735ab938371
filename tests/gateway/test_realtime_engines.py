"""Who answers behind the Realtime protocol: another Realtime service, or a model that is duplex."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

if not os.environ.get("PARLOR_TEST_GATEWAY"):
    pytest.skip("only make test-gateway waits for these", allow_module_level=True)
pytest.importorskip("openai")

from benchmarks.realtime_client import RealtimeClient, Turn, realtime_client
from device.audio.format import Samples
from device.config import CloudConfig, Config, DuplexConfig, RealtimeConfig
from device.gateway.realtime.sound import SPOKEN_RATE
from tests.fakes.moshi_server import FakeMoshi
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime
from tests.gateway.house import open_house, spoken

pytestmark = pytest.mark.broker

SKY = "Air scatters blue light most."
QUESTION = spoken("why is the sky so blue today")


async def test_another_realtime_service_answers_and_is_told_the_clients_wishes(
    tmp_path: Path,
) -> None:
    service = FakeRealtime(lambda _item: SKY, ["why is the sky blue"])
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    account = {"openai": {"base_url": service.url, "key_file": key}}
    config = Config(realtime=RealtimeConfig(model=MODEL), cloud=CloudConfig.model_validate(account))
    async with (
        service,
        open_house(tmp_path, config, realtime_engine="realtime") as house,
        realtime_client(house.ws) as client,
    ):
        await client.update(type="realtime", instructions="Rhyme.")
        turn = await answered(client)
    assert turn.words == SKY
    assert len(turn.sound) > SPOKEN_RATE // 2
    assert "Rhyme." in service.sessions[0]["instructions"]
    assert service.refused == []


async def test_a_duplex_model_answers_while_sound_is_still_appended(tmp_path: Path) -> None:
    pytest.importorskip("av")
    server = FakeMoshi(["very well and you"])
    config = Config(duplex=DuplexConfig(base_url=server.url))
    async with (
        server,
        open_house(tmp_path, config, realtime_engine="duplex") as house,
        realtime_client(house.ws) as client,
    ):
        turn = await answered(client)
    assert turn.words == "very well and you"
    assert len(turn.sound) > SPOKEN_RATE // 2
    assert not turn.of("error")


async def answered(client: RealtimeClient) -> Turn:
    """The answer to a question, while the microphone goes on sending."""
    speaking = asyncio.create_task(_speak(client, QUESTION))
    try:
        return await client.until("response.done")
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def _speak(client: RealtimeClient, said: Samples) -> None:
    """At once, and then silence as a microphone hears it."""
    await client.say(said)
    while True:
        await client.say(np.zeros(SPOKEN_RATE // 10, np.int16))
        await asyncio.sleep(0.1)
