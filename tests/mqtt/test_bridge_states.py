"""What is reported and told of events, without a broker."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device import events as e
from device.config import DeviceConfig
from device.errors import CommandInvalid
from device.event import Event
from device.hal.thermal import read_celsius
from device.mqtt.commands import SetLight
from device.mqtt.requests import Features, requested
from device.mqtt.states import States
from device.mqtt.telling import EVENT_TYPES, told
from device.mqtt.topics import Topics
from device.settings import Settings

ABOUT = DeviceConfig(id="kitchen")
TOPICS = Topics("kitchen")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def states(lights: bool = True) -> States:
    return States(TOPICS, ABOUT, Settings(), "1.2.3", lights)


def test_the_switch_on_the_device_wins_over_software() -> None:
    told = states()
    assert told.take(e.MuteChanged(muted=True, by_switch=True), NOON)[TOPICS.mute] == "ON"
    assert told.take(e.MuteChanged(muted=False), NOON)[TOPICS.mute] == "ON"
    assert told.take(e.MuteChanged(muted=False, by_switch=True), NOON)[TOPICS.mute] == "OFF"
    assert told.take(e.MuteChanged(muted=True), NOON)[TOPICS.mute] == "ON"
    assert told.take(e.MuteChanged(muted=False), NOON)[TOPICS.mute] == "OFF"


def test_the_attributes_say_since_when_the_speaker_speaks() -> None:
    fresh = states()
    speaks = e.StateChanged(old=e.TurnState.PROCESSING, new=e.TurnState.RESPONDING)
    attributes = json.loads(fresh.take(speaks, NOON)[TOPICS.attributes])
    assert attributes["speaking_since"] == "2026-11-21T12:00:00.000+00:00"
    rests = e.StateChanged(old=e.TurnState.RESPONDING, new=e.TurnState.IDLE)
    assert json.loads(fresh.take(rests, NOON)[TOPICS.attributes])["speaking_since"] is None


def test_the_attributes_say_that_something_leaves_exactly_while_it_does() -> None:
    fresh = states()
    assert json.loads(fresh.payloads[TOPICS.attributes])["cloud"] is False
    leaves, answered = (e.CloudChanged(active=active, to="nas") for active in (True, False))
    assert json.loads(fresh.take(leaves, NOON)[TOPICS.attributes])["cloud"] is True
    assert fresh.take(leaves, NOON) == {}
    assert json.loads(fresh.take(answered, NOON)[TOPICS.attributes])["cloud"] is False


def test_a_speaker_without_lights_has_no_light() -> None:
    dark = states(lights=False)
    assert TOPICS.light not in dark.payloads
    assert dark.take(e.LightChanged(), NOON) == {}


def test_parts_and_temperature_share_the_health() -> None:
    fresh = states()
    fresh.take(e.HealthChanged(part="microphone", healthy=False, code="audio-device-lost"), NOON)
    fresh.warmed(61.26)
    told = json.loads(fresh.payloads[TOPICS.health])
    assert told["temperature"] == {"celsius": 61.3}
    microphone = told["microphone"]
    assert (microphone["healthy"], microphone["code"]) == (False, "audio-device-lost")
    assert "plug it in" in microphone["message"]


def test_the_next_alarm_is_the_soonest_that_rings_at_a_time() -> None:
    fresh = states()
    timers = (
        {"kind": "timer", "due": "2026-11-21T12:05:00+00:00"},
        {"kind": "alarm", "due": "2026-11-23T07:00:00+00:00"},
        {"kind": "reminder", "due": "2026-11-22T09:00:00+02:00"},
        {"kind": "alarm", "due": ""},
    )
    changed = fresh.take(e.TimersChanged(timers=timers), NOON)
    assert changed[TOPICS.next_alarm] == "2026-11-22T09:00:00+02:00"
    assert fresh.take(e.TimersChanged(), NOON) == {TOPICS.timers: "[]", TOPICS.next_alarm: "None"}


def test_every_kind_of_event_can_be_taken() -> None:
    samples: dict[str, Any] = {
        "text": "a", "reason": "full", "by": "mqtt", "kind": "timer", "name": "volume",
        "value": 0.5, "part": "speaker", "healthy": True, "gesture": "single_press",
        "active": True, "entities": 3, "ducked": True, "id": "a", "timer_id": "a",
        "action": "stop", "question_id": "q", "word": "alexa", "score": 0.5, "muted": True,
        "volume": 0.5, "stage": "stt", "code": "x", "message": "m", "language": "en",
        "engine": "command", "confidence": 1.0, "entity": "a", "service": "b", "topic": "c",
        "payload": "d", "heard_seconds": 1.0, "old": e.TurnState.IDLE, "new": e.TurnState.IDLE,
        "row": "r", "level": 1, "stages": {"stt": 9_000.0}, "start_sample": 0, "stop_sample": 1,
        "speech_stop_sample": 1, "manner": "x", "delay_ms": 80.0, "drift_ppm": 5.0, "erle_db": 40.0,
        "boosts": {"a": 2.0}, "latest": "2.0.0", "offset_seconds": 0.5,
    }  # fmt: skip
    fresh = states()
    seen: set[str] = set()
    for kind in _kinds():
        known = {field.name for field in fields(kind)} & samples.keys()
        event = kind(**{name: samples[name] for name in known})
        assert all(topic in fresh.payloads for topic in fresh.take(event, NOON))
        if payload := told(event, transcripts=True):
            seen.add(json.loads(payload)["event_type"])
    assert seen == set(EVENT_TYPES)


def _kinds() -> list[type[Event]]:
    found = [kind for kind in vars(e).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, Event) and kind is not Event]


def test_a_broker_that_was_away_is_no_news_once_it_is_back() -> None:
    away = e.HealthChanged(part="broker", healthy=False, code="broker-unreachable")
    assert told(away, transcripts=False) is None


def test_transcripts_are_told_to_those_who_asked_for_hermes_only() -> None:
    heard = e.FinalTranscript(text="hi", language="en", engine="command", confidence=1.0)
    assert told(heard, transcripts=False) is None
    assert json.loads(told(heard, transcripts=True) or "") == {
        "event_type": "transcript", "text": "hi", "language": "en",
    }  # fmt: skip


def test_a_speaker_without_lights_refuses_to_shine() -> None:
    with pytest.raises(CommandInvalid, match="no lights"):
        requested(SetLight(on=True), Features(), e.LightChanged(), 0.0)


def test_what_is_set_can_be_chosen_wherever_it_comes_from() -> None:
    settings = Settings(voice="/voices/own.onnx", language="nl")
    chosen = Features(("en",), ("amy",)).including(settings)
    assert chosen == Features(("en", "nl"), ("amy", "/voices/own.onnx"))
    assert chosen.including(settings) == chosen
    assert Features().including(Settings()) == Features()


def test_the_temperature_is_that_of_the_first_zone(tmp_path: Path) -> None:
    zone = tmp_path / "thermal_zone0"
    assert read_celsius(tmp_path) is None
    zone.mkdir()
    (zone / "temp").write_text("48312\n")
    assert read_celsius(tmp_path) == 48.312
    (zone / "temp").write_text("warm")
    assert read_celsius(tmp_path) is None
