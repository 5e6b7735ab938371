"""Home Assistant adopts the speaker as an Assist satellite, with the speaker's own engines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.wyoming_server import connect
from device import events as e
from device.audio.format import RATE
from device.config import DialogConfig, EntityConfig, HomeConfig, WyomingConfig
from device.types import Domain
from tests.ha.api import Api, Json
from tests.ha.instance import HomeAssistant
from tests.ha.speaker import Speaker, a_speaker

FOUNTAIN = "input_boolean.garden_fountain"
SATELLITE = "assist_satellite.kitchen_speaker"
OUTSIDE = "192.0.2.1"
"""Of the network that scripts/test-ha makes."""
PAUSE = np.zeros(int(0.9 * RATE), dtype=np.int16)


@asynccontextmanager
async def adopted(
    assistant: HomeAssistant, api: Api, broker: Broker
) -> AsyncIterator[tuple[Speaker, Json]]:
    """A speaker whose sentences Home Assistant answers, understanding and speaking by it."""
    port, services = free_port(), free_port()
    wyoming = WyomingConfig(
        enabled=True, port=port, services=True, services_port=services, announce=False
    )
    # So that the command recogniser knows how it is called; only Home Assistant switches it.
    fountain = EntityConfig(name="garden fountain", domain=Domain.SWITCH, preset="zigbee2mqtt")
    more: dict[str, Any] = {
        "wyoming": wyoming, "dialog": DialogConfig(engine="home-assistant"),
        "home": HomeConfig(entity=(fountain,)),
    }  # fmt: skip
    async with a_speaker(broker.port, **more) as speaker:
        entries = [
            await asyncio.to_thread(assistant.rest.add_wyoming, each) for each in (services, port)
        ]
        try:
            await _understand_by(api, "parlor")
            await _warm(services)
            await api.expose(FOUNTAIN)
            yield speaker, entries[1]
        finally:
            for each in entries:
                await asyncio.to_thread(assistant.rest.remove, each)


async def _warm(services: int) -> None:
    """Let what understands be loaded: that may take longer than anybody waits for an answer."""
    async with connect(services) as client:
        await client.transcribe(PAUSE.tobytes(), RATE)


async def _understand_by(api: Api, name: str) -> None:
    """Let the pipeline that is preferred use these engines."""
    await api.until(f"stt.{name}", lambda state: state["state"] != "unavailable")
    listed = await api.ask("assist_pipeline/pipeline/list")
    pipeline = listed["pipelines"][0]
    changed = {key: value for key, value in pipeline.items() if key != "id"} | {
        "stt_engine": f"stt.{name}", "stt_language": "en",
        "tts_engine": f"tts.{name}", "tts_language": "en", "language": "en",
    }  # fmt: skip
    await api.ask("assist_pipeline/pipeline/update", pipeline_id=pipeline["id"], **changed)


async def test_an_assist_turn_goes_through_home_assistant_and_back(
    assistant: HomeAssistant, api: Api, house_broker: Broker
) -> None:
    async with adopted(assistant, api, house_broker) as (speaker, satellite):
        assert satellite["title"] == "Kitchen speaker"
        await api.until(SATELLITE, "idle")
        speaker.post(e.ListenRequested())
        await speaker.until(e.StateChanged, new=e.TurnState.LISTENING)
        said = speak("turn on the garden fountain").samples
        await speaker.microphone.play(np.concatenate((PAUSE, said, PAUSE)))
        await api.until(FOUNTAIN, "on")
        heard = await speaker.until(e.FinalTranscript, engine="home-assistant")
        assert heard.text == "turn on the garden fountain"
        finished = await speaker.until(e.PlaybackFinished, completed=True)
        assert finished.heard_seconds > 0.3
        assert "Turned on" in finished.heard_text
        await api.until(SATELLITE, "idle")


async def test_home_assistant_announces_in_the_room(
    assistant: HomeAssistant, api: Api, house_broker: Broker
) -> None:
    async with adopted(assistant, api, house_broker) as (speaker, _):
        await api.until(SATELLITE, "idle")
        announced = asyncio.create_task(
            api.act(
                "assist_satellite.announce", SATELLITE, message="dinner is ready",
                preannounce=False,
            )
        )  # fmt: skip
        finished = await speaker.until(e.PlaybackFinished, completed=True)
        await announced
    assert finished.heard_seconds > 0.5


async def test_home_assistant_finds_the_satellite_by_itself(
    assistant: HomeAssistant, api: Api, house_broker: Broker
) -> None:
    """At the address that is not loopback, so that it has to be allowed."""
    wyoming = WyomingConfig.model_validate(
        {"enabled": True, "host": OUTSIDE, "port": free_port(), "allow": (OUTSIDE,)}
    )
    async with a_speaker(house_broker.port, wyoming=wyoming):
        flow = await api.found("wyoming")
        assert flow["context"]["source"] == "zeroconf"
        assert flow["context"]["title_placeholders"] == {"name": "Kitchen speaker"}
        made = await asyncio.to_thread(assistant.rest.confirm, flow)
        await api.until(SATELLITE, "idle")
        await asyncio.to_thread(assistant.rest.remove, made)
