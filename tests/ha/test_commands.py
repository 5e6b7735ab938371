"""What people do in Home Assistant reaches the speaker, and what it does is seen there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiomqtt
import pytest

from benchmarks.broker import Broker
from device import events as e
from tests.ha.api import Api
from tests.ha.speaker import Speaker, a_speaker


@dataclass(frozen=True)
class Deed:
    """Something done in Home Assistant, and what it must lead to."""

    service: str
    entity: str
    data: dict[str, Any]
    payload: str
    """What a second client sees on the component's command topic."""
    event: type[e.Event]
    fields: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    """What Home Assistant shows afterwards; empty: nothing to show."""

    @property
    def topic(self) -> str:
        return f"parlor/kitchen/{self.entity.partition('.kitchen_')[2]}/set"


MUTE, FOLLOW_UP = "switch.kitchen_mute", "switch.kitchen_follow_up"
DEEDS = [
    Deed("switch.turn_on", MUTE, {}, "ON", e.MuteChanged, {"muted": True}, "on"),
    Deed("switch.turn_off", MUTE, {}, "OFF", e.MuteChanged, {"muted": False}, "off"),
    Deed("switch.turn_on", FOLLOW_UP, {}, "ON", e.SettingChanged,
         {"name": "follow_up", "value": True}, "on"),
    Deed("number.set_value", "number.kitchen_volume", {"value": 30}, "0.3",
         e.VolumeChanged, {"volume": 0.3}, "30"),
    Deed("number.set_value", "number.kitchen_wake_sensitivity", {"value": 65}, "0.65",
         e.SettingChanged, {"name": "wake_sensitivity", "value": 0.65}, "65"),
    Deed("number.set_value", "number.kitchen_barge_in_sensitivity", {"value": 7}, "0.07",
         e.SettingChanged, {"name": "barge_in_sensitivity", "value": 0.07}, "7"),
    Deed("select.select_option", "select.kitchen_barge_in", {"option": "button"}, "button",
         e.SettingChanged, {"name": "barge_in", "value": "button"}, "button"),
    Deed("select.select_option", "select.kitchen_language", {"option": "en"}, "en",
         e.SettingChanged, {"name": "language", "value": "en"}, "en"),
    Deed("select.select_option", "select.kitchen_voice", {"option": "en-gb-scotland"},
         "en-gb-scotland", e.SettingChanged, {"name": "voice", "value": "en-gb-scotland"},
         "en-gb-scotland"),
    Deed("button.press", "button.kitchen_interrupt", {}, "PRESS", e.Interrupted, {"by": "mqtt"}),
    Deed("button.press", "button.kitchen_false_wake", {}, "PRESS", e.FalseWakeReported),
    Deed("notify.send_message", "notify.kitchen_say", {"message": "Grüße {{ 1 + 1 }}"},
         "Grüße {{ 1 + 1 }}", e.AnnouncementDue, {"text": "Grüße {{ 1 + 1 }}", "chime": False}),
    Deed("notify.send_message", "notify.kitchen_announce", {"message": "Dinner is ready"},
         "Dinner is ready", e.AnnouncementDue, {"text": "Dinner is ready", "chime": True}),
    Deed("notify.send_message", "notify.kitchen_ask", {"message": "what time is it"},
         "what time is it", e.UtteranceGiven, {"text": "what time is it"}),
    Deed("light.turn_off", "light.kitchen_light", {}, '{"state":"OFF"}',
         e.LightChanged, {"on": False}, "off"),
]  # fmt: skip


@pytest.fixture
async def speaker(house_broker: Broker, api: Api) -> AsyncIterator[Speaker]:
    async with a_speaker(house_broker.port) as running:
        await api.until("sensor.kitchen_state", "idle")
        await api.until("button.kitchen_listen", lambda state: state["state"] != "unavailable")
        yield running


@pytest.fixture
async def onlooker(house_broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", house_broker.port) as client:
        await client.subscribe("parlor/#", qos=1)
        yield client


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: f"{deed.service}-{deed.entity}")
async def test_it_reaches_the_speaker(
    deed: Deed, api: Api, speaker: Speaker, onlooker: aiomqtt.Client
) -> None:
    await api.act(deed.service, deed.entity, **deed.data)
    assert await _next(onlooker, deed.topic) == deed.payload
    await speaker.until(deed.event, **deed.fields)
    if deed.state:
        await api.until(deed.entity, deed.state)


async def test_listen_and_stop_are_seen_as_states(api: Api, speaker: Speaker) -> None:
    await api.act("button.press", "button.kitchen_listen")
    await speaker.until(e.ListenRequested)
    await api.until("sensor.kitchen_state", "listening")
    await api.act("button.press", "button.kitchen_stop")
    await speaker.until(e.StopRequested, by="mqtt")
    await api.until("sensor.kitchen_state", "idle")


@pytest.mark.parametrize("component", ["say", "announce"])
async def test_a_message_is_spoken(api: Api, speaker: Speaker, component: str) -> None:
    await api.act("notify.send_message", f"notify.kitchen_{component}", message="Dinner is ready")
    await speaker.until(e.PlaybackFinished)
    assert speaker.heard_seconds > 0.3
    await api.until("sensor.kitchen_state", "idle")


async def test_a_typed_question_is_answered_and_its_intent_is_an_event(
    api: Api, speaker: Speaker
) -> None:
    await api.act("notify.send_message", "notify.kitchen_ask", message="what time is it")
    await speaker.until(e.ReplyText)
    state = await api.until(
        "event.kitchen_event", lambda state: state["attributes"].get("name") == "HassGetCurrentTime"
    )
    assert state["attributes"]["event_type"] == "intent"


async def test_timers_and_the_next_alarm_are_seen(api: Api, speaker: Speaker) -> None:
    for asked in ("set a pizza timer for ten minutes", "set an alarm for 7 am"):
        await api.act("notify.send_message", "notify.kitchen_ask", message=asked)
    shown = await api.until("sensor.kitchen_timers", "2")
    pizza, alarm = sorted(
        shown["attributes"]["timers"], key=lambda timer: timer["kind"], reverse=True
    )
    assert (pizza["kind"], pizza["name"], alarm["kind"]) == ("timer", "pizza", "alarm")
    rings = await api.until("sensor.kitchen_next_alarm", lambda state: state["state"] != "unknown")
    due = datetime.fromisoformat(rings["state"])
    assert due == datetime.fromisoformat(alarm["due"])
    assert due.astimezone().hour == 7


async def test_the_light_shows_what_was_chosen(api: Api, speaker: Speaker) -> None:
    light = "light.kitchen_light"
    await api.act(
        "light.turn_on", light, effect="Rainbow", brightness_pct=40, rgb_color=[255, 120, 0]
    )
    await speaker.until(e.LightChanged, on=True, effect="Rainbow", color=(255, 120, 0))
    shown = await api.until(light, lambda state: state["attributes"].get("effect") == "Rainbow")
    assert shown["attributes"]["brightness"] == pytest.approx(102, abs=1)
    assert shown["attributes"]["rgb_color"] == [255, 120, 0]
    await api.act("light.turn_on", light, effect="off")
    await api.until(light, lambda state: state["attributes"].get("effect") == "off")


async def test_what_is_refused_is_an_error_event(
    api: Api, speaker: Speaker, onlooker: aiomqtt.Client
) -> None:
    await onlooker.publish("parlor/kitchen/volume/set", "very loud", qos=1)
    state = await api.until(
        "event.kitchen_event", lambda state: state["attributes"].get("event_type") == "error"
    )
    assert state["attributes"]["code"] == "command-invalid"
    await api.until("number.kitchen_volume", "70")


async def _next(client: aiomqtt.Client, topic: str) -> str:
    async with asyncio.timeout(10):
        async for message in client.messages:
            if message.topic.value == topic:
                assert isinstance(message.payload, bytes)
                return message.payload.decode()
    raise AssertionError(topic)
