import asyncio
import json
from typing import Any

import pytest

from benchmarks.broker import Broker
from device import __version__
from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.config import MqttConfig
from device.mqtt.bridge import Bridge
from device.mqtt.discovery import device_config
from device.mqtt.requests import Features
from device.mqtt.topics import to_json
from device.settings import Settings
from device.tasks import end
from tests.mqtt.bridges import (
    ABOUT,
    CONFIG_TOPIC,
    FEATURES,
    TOPICS,
    Desk,
    Paper,
    Watcher,
    bridged,
    speaker,
    watching,
)
from tests.mqtt.clients import true_soon

ANNOUNCEMENT = device_config(ABOUT, FEATURES, __version__)
SETTINGS = Settings(
    volume=0.25, muted=True, wake_sensitivity=0.75, barge_in_sensitivity=0.1, follow_up=True,
    language="de", voice="amy", light_on=False, light_brightness=0.2, light_color=(1, 2, 3),
    light_effect="rainbow", barge_in=e.BargeIn.WAKE_WORD,
)  # fmt: skip


@pytest.mark.broker
async def test_a_newcomer_finds_every_state_and_the_announcement(broker: Broker) -> None:
    async with bridged(speaker(broker.config, settings=SETTINGS)), watching(broker) as watcher:
        states = {
            TOPICS.availability: "online",
            TOPICS.state: "idle",
            TOPICS.mute: "ON",
            TOPICS.setting("volume"): "0.25",
            TOPICS.setting("wake_sensitivity"): "0.75",
            TOPICS.setting("barge_in_sensitivity"): "0.1",
            TOPICS.setting("follow_up"): "ON",
            TOPICS.setting("barge_in"): "wake_word",
            TOPICS.setting("language"): "de",
            TOPICS.setting("voice"): "amy",
            TOPICS.timers: "[]",
            TOPICS.next_alarm: "None",
            TOPICS.health: "{}",
        }
        for topic, payload in states.items():
            await watcher.says(topic, payload)
        light = (await watcher.wait(TOPICS.light)).json
        assert light["state"] == "OFF"
        assert light["brightness"] == 51
        assert light["color"] == {"r": 1, "g": 2, "b": 3}
        assert light["effect"] == "rainbow"
        update = (await watcher.wait(TOPICS.update)).json
        assert update["installed_version"] == update["latest_version"] == __version__
        attributes = (await watcher.wait(TOPICS.attributes)).json
        assert attributes["language"] == "de"
        assert attributes["muted"] is True
        assert attributes["speaking_since"] is None
        assert (await watcher.wait(CONFIG_TOPIC)).json == ANNOUNCEMENT
    async with watching(broker) as latecomer:
        for topic in (*states, TOPICS.light, TOPICS.update, TOPICS.attributes, CONFIG_TOPIC):
            assert (await latecomer.wait(topic)).retained


COMMANDS: list[tuple[str, Any, e.Event]] = [
    ("mute", "ON", e.MuteChanged(muted=True)),
    ("volume", "0.4", e.VolumeChanged(volume=0.4)),
    ("wake_sensitivity", "0.9", e.SettingChanged(name="wake_sensitivity", value=0.9)),
    ("barge_in_sensitivity", "0", e.SettingChanged(name="barge_in_sensitivity", value=0.0)),
    ("follow_up", "ON", e.SettingChanged(name="follow_up", value=True)),
    ("barge_in", "off", e.SettingChanged(name="barge_in", value="off")),
    ("language", "de", e.SettingChanged(name="language", value="de")),
    ("voice", "amy", e.SettingChanged(name="voice", value="amy")),
    ("voice", "default", e.SettingChanged(name="voice", value="")),
    ("ask", "what time is it", e.UtteranceGiven(text="what time is it")),
    ("listen", "PRESS", e.ListenRequested()),
    ("stop", "PRESS", e.StopRequested(by="mqtt")),
    ("interrupt", "", e.Interrupted(by="mqtt")),
    ("false_wake", "PRESS", e.FalseWakeReported(by="mqtt")),
    ("snooze", "", e.SnoozeRequested(by="mqtt")),
    (
        "timer",
        {"action": "start", "seconds": 300, "name": "tea"},
        e.TimerRequested(action="start", fields={"name": "tea", "seconds": 300, "kind": "timer"}),
    ),
    (
        "timer",
        {"action": "start", "at": "2026-12-24T07:30", "repeat": "daily"},
        e.TimerRequested(
            action="start", fields={"kind": "alarm", "at": "2026-12-24T07:30:00", "repeat": "daily"}
        ),
    ),
    (
        "timer",
        {"action": "cancel", "id": "a"},
        e.TimerRequested(action="cancel", fields={"id": "a"}),
    ),
]


@pytest.mark.broker
async def test_commands_become_events_for_the_session(broker: Broker) -> None:
    async with bridged(speaker(broker.config)) as desk, watching(broker) as watcher:
        for name, payload, _ in COMMANDS:
            await watcher.command(name, payload)
        await true_soon(lambda: len(desk.posted) >= len(COMMANDS))
        assert desk.posted == [event for _, _, event in COMMANDS]
        assert desk.announced == []


@pytest.mark.broker
async def test_what_is_to_be_said_or_asked_goes_to_the_announcer(broker: Broker) -> None:
    async with bridged(speaker(broker.config)) as desk, watching(broker) as watcher:
        await watcher.command("say", "Dinner")
        await watcher.command("announce", {"message": "Fire", "priority": "urgent", "expires_s": 5})
        answers = [{"id": "yes", "sentences": ["yes"]}]
        await watcher.command("question", {"id": "q", "question": "Lock?", "answers": answers})
        await true_soon(lambda: len(desk.announced) == 3)
        assert desk.announced == [
            e.AnnouncementDue(text="Dinner"),
            e.AnnouncementDue(
                text="Fire", priority=e.Priority.URGENT, chime=True, expires_at=105.0
            ),
            e.StartConversation(
                text="Lock?", chime=True, question_id="q",
                answers=(e.PossibleAnswer("yes", ("yes",)),),
            ),
        ]  # fmt: skip
        assert desk.posted == []


@pytest.mark.broker
async def test_the_light_keeps_what_a_command_leaves_out(broker: Broker) -> None:
    async with bridged(speaker(broker.config)) as desk, watching(broker) as watcher:
        color = {"r": 255, "g": 0, "b": 9}
        await watcher.command("light", {"state": "ON", "color": color, "effect": "rainbow"})
        await watcher.command("light", {"brightness": 51})
        await watcher.command("light", {"effect": "off"})
        await watcher.command("light", {"state": "OFF"})
        await watcher.wait(TOPICS.light, lambda seen: seen.json["state"] == "OFF")
        assert desk.posted == [
            e.LightChanged(color=(255, 0, 9), effect="rainbow"),
            e.LightChanged(brightness=0.2, color=(255, 0, 9), effect="rainbow"),
            e.LightChanged(brightness=0.2, color=(255, 0, 9)),
            e.LightChanged(on=False, brightness=0.2, color=(255, 0, 9)),
        ]


TOXIC: list[tuple[str, str | bytes]] = [
    ("mute", "perhaps"),
    ("volume", "NaN"),
    ("volume", "2"),
    ("wake_sensitivity", "{}"),
    ("follow_up", "yes please"),
    ("barge_in", "shout"),
    ("language", "fr"),
    ("voice", "nobody"),
    ("light", "{"),
    ("light", '{"state": "ON", "effect": "strobe"}'),
    ("light", '{"state": "ON", "power": 9000}'),
    ("say", ""),
    ("say", '{"message": 5}'),
    ("announce", '{"message": "a", "volume": 11}'),
    ("announce", "x" * 1_000_000),
    ("ask", "[" * 5_000 + '"'),
    ("ask", '{"text": "a"' * 900),
    ("question", '{"id": "#", "question": "a"}'),
    ("timer", '{"action": "start", "seconds": -1}'),
    ("timer", "null"),
    ("say", b"\x00\xff\xfe"),
    ("no_such_command", "PRESS"),
    ("listen", "and obey"),
    ("update", "rm -rf /"),
]


@pytest.mark.broker
async def test_toxic_commands_change_nothing_and_are_told_as_errors(broker: Broker) -> None:
    async with watching(broker) as watcher, bridged(speaker(broker.config)) as desk:
        await watcher.wait(CONFIG_TOPIC)
        before = len(watcher.seen)
        for name, payload in TOXIC:
            await watcher.command(name, payload)
        await true_soon(lambda: len(desk.posted) >= len(TOXIC))
        for event in desk.posted:
            assert isinstance(event, e.StageFailed)
            assert (event.stage, event.code, event.turn_id) == ("mqtt", "command-invalid", -1)
        errors = {"stage": "mqtt", "code": "command-invalid"}
        await true_soon(lambda: len(_events(watcher, "error")) >= len(TOXIC))
        assert all(errors.items() <= told.items() for told in _events(watcher, "error"))
        states = {seen.topic for seen in watcher.seen[before:] if not seen.topic.endswith("/set")}
        assert states <= {TOPICS.event, TOPICS.attributes, CONFIG_TOPIC}
        assert desk.announced == []


@pytest.mark.broker
async def test_retained_commands_are_ignored(broker: Broker) -> None:
    async with watching(broker) as watcher:
        await watcher.tell(TOPICS.command("mute"), "ON", retain=True)
        await watcher.tell(TOPICS.command("say"), "Boo", retain=True)
        async with bridged(speaker(broker.config)) as desk:
            await watcher.command("stop")
            await true_soon(lambda: desk.posted)
            assert desk.posted == [e.StopRequested(by="mqtt")]
            assert desk.announced == []


@pytest.mark.broker
async def test_without_a_server_there_is_no_newer_version_to_install(broker: Broker) -> None:
    async with bridged(speaker(broker.config)), watching(broker) as watcher:
        await watcher.command("update", "install")
        await watcher.event("error", code="update-missing")


@pytest.mark.broker
async def test_an_update_is_asked_for_and_how_far_it_is_is_reported(broker: Broker) -> None:
    able = speaker(broker.config, features=Features(updates=True))
    async with bridged(able) as desk, watching(broker) as watcher:
        await watcher.command("update", "install")
        await true_soon(lambda: desk.posted)
        assert desk.posted == [e.UpdateRequested()]
        page = "http://nas.local/"
        desk.bus.tell(
            e.UpdateChanged(latest="99.0", summary="All new.", url=page, under_way=True, percent=40)
        )
        reported = {
            "installed_version": __version__, "latest_version": "99.0", "title": "Parlor",
            "in_progress": True, "update_percentage": 40, "release_summary": "All new.",
            "release_url": page,
        }  # fmt: skip
        await watcher.says(TOPICS.update, to_json(reported))


@pytest.mark.broker
async def test_an_announcement_that_finds_no_room_is_told_as_an_error(broker: Broker) -> None:
    async with bridged(speaker(broker.config)) as desk, watching(broker) as watcher:
        desk.full = True
        await watcher.command("say", "One more")
        await watcher.event("error", stage="mqtt", code="queue-full")


TOLD: list[tuple[e.Event, dict[str, Any]]] = [
    (
        e.WakeWordDetected(word="hey_jarvis", score=0.98765),
        {"event_type": "wake", "wake_word": "hey_jarvis", "score": 0.988},
    ),
    (e.FalseWakeReported(by="button"), {"event_type": "false_wake", "by": "button"}),
    (e.Interrupted(by="speech"), {"event_type": "barge_in", "by": "speech"}),
    (e.Overlap(manner="backchannel"), {"event_type": "overlap", "kind": "backchannel"}),
    (
        e.IntentRecognized(name="HassTurnOn", slots={"name": "lampe Küche"}),
        {"event_type": "intent", "name": "HassTurnOn", "slots": {"name": "lampe Küche"}},
    ),
    (
        e.TimerStarted(id="a", name="tea", total_seconds=300),
        {"event_type": "timer_started", "id": "a", "name": "tea", "total_seconds": 300},
    ),
    (
        e.TimerUpdated(id="a", is_active=False, total_seconds=10),
        {"event_type": "timer_updated", "id": "a", "name": "", "is_active": False}
        | {"total_seconds": 10},
    ),
    (e.TimerCancelled(id="a"), {"event_type": "timer_cancelled", "id": "a", "name": ""}),
    (e.TimerFinished(id="b", name="x"), {"event_type": "timer_finished", "id": "b", "name": "x"}),
    (
        e.RingingEnded(timer_id="b", snoozed=True),
        {"event_type": "ringing_ended", "id": "b", "snoozed": True},
    ),
    (
        e.QuestionAnswered(question_id="q", answer_id="yes", text="yes", slots={"a": 1}),
        {"event_type": "answer", "question_id": "q", "answer_id": "yes", "text": "yes"}
        | {"slots": {"a": 1}},
    ),
    (
        e.AnnouncementDropped(text="Boo", reason="expired"),
        {"event_type": "announcement_dropped", "text": "Boo", "reason": "expired"},
    ),
    (
        e.StageFailed(stage="tts", code="engine-failed", message="secret"),
        {"event_type": "error", "stage": "tts", "code": "engine-failed"},
    ),
    (
        e.HealthChanged(part="microphone", healthy=False, code="audio-device-lost"),
        {"event_type": "degraded", "part": "microphone", "code": "audio-device-lost"},
    ),
    (
        e.BudgetMissed(stages={"stt": 501.0}, budgets={"stt": 500}),
        {"event_type": "budget_missed", "stages": {"stt": {"ms": 501.0, "budget_ms": 500}}},
    ),
    (
        e.DegradationChanged(level=1, reason="temperature", given_up=("beam",)),
        {"event_type": "degraded", "level": 1, "reason": "temperature", "given_up": ["beam"]},
    ),
]


@pytest.mark.broker
async def test_what_happens_is_told_as_it_happens_and_never_retained(broker: Broker) -> None:
    async with watching(broker) as watcher, bridged(speaker(broker.config)) as desk:
        for event, _ in TOLD:
            desk.bus.tell(event)
        desk.bus.tell(
            e.TurnMeasured(stages={"stt": 501.0}, language="en", confidence=0.9, audio_seconds=1.5)
        )
        desk.bus.tell(e.ButtonGestured(gesture="double_press"))
        pressed = await watcher.wait(TOPICS.button)
        assert pressed.json == {"event_type": "double_press"}
        assert [seen.json for seen in watcher.seen if seen.topic == TOPICS.event] == [
            payload for _, payload in TOLD
        ]
        assert (await watcher.wait(TOPICS.metrics)).json == {
            "stages": {"stt": 501.0}, "confidence": 0.9, "language": "en", "audio_seconds": 1.5,
            "reply_seconds": 0.0, "speculations_discarded": 0,
        }  # fmt: skip
        async with watching(broker) as latecomer:
            await latecomer.says(TOPICS.state, "idle")
            await latecomer.tell("end", "of what was retained")
            await latecomer.wait("end")
            topics = {seen.topic for seen in latecomer.seen}
            assert not topics & {TOPICS.event, TOPICS.button, TOPICS.metrics}


@pytest.mark.broker
async def test_what_people_say_is_not_published(broker: Broker) -> None:
    async with watching(broker) as watcher, bridged(speaker(broker.config)) as desk:
        desk.bus.tell(
            e.FinalTranscript(text="my secret", language="en", engine="command", confidence=1.0)
        )
        desk.bus.tell(e.ReplyText(text="your secret"))
        desk.bus.tell(e.Overlap(manner="interruption"))
        await watcher.event("overlap")
        assert not [seen for seen in watcher.seen if "secret" in seen.payload]


@pytest.mark.broker
async def test_states_follow_what_happens(broker: Broker) -> None:
    async with watching(broker) as watcher, bridged(speaker(broker.config)) as desk:
        timers = (
            {"id": "t", "kind": "timer", "name": "tea", "due": "2026-11-21T08:00:00+01:00"},
            {"id": "a", "kind": "alarm", "name": "", "due": "2026-11-22T07:00:00+01:00"},
        )
        for event in (
            e.StateChanged(old=e.TurnState.IDLE, new=e.TurnState.RESPONDING),
            e.MuteChanged(muted=True),
            e.VolumeChanged(volume=0.35),
            e.SettingChanged(name="wake_sensitivity", value=0.6),
            e.SettingChanged(name="follow_up", value=True),
            e.SettingChanged(name="language", value="de"),
            e.SettingChanged(name="voice", value=""),
            e.LightChanged(on=False),
            e.WakeWordDetected(word="alexa", score=0.9),
            e.StageFailed(stage="stt", code="engine-busy", message="busy"),
            e.HealthChanged(part="broker", healthy=True),
            e.TurnsMeasured(
                stages={
                    "end_to_end": {"count": 2, "average": 850.0, "p50": 800.0, "p95": 900.0},
                    "stt": {"count": 1, "average": 90.0, "p50": 90.0, "p95": 90.0},
                },
                whole={"stt": {"count": 7, "average": 95.0, "p50": 91.0, "p95": 99.0}},
            ),
            e.DegradationChanged(level=1, reason="budget", given_up=("whisper",)),
            e.TimersChanged(timers=timers),
        ):
            desk.bus.tell(event)
        await watcher.says(TOPICS.state, "responding")
        await watcher.says(TOPICS.mute, "ON")
        await watcher.says(TOPICS.setting("volume"), "0.35")
        await watcher.says(TOPICS.setting("wake_sensitivity"), "0.6")
        await watcher.says(TOPICS.setting("follow_up"), "ON")
        await watcher.says(TOPICS.setting("language"), "de")
        await watcher.says(TOPICS.setting("voice"), "default")
        await watcher.wait(TOPICS.light, lambda seen: seen.json["state"] == "OFF")
        await watcher.says(TOPICS.timers, json.dumps(timers))
        await watcher.says(TOPICS.next_alarm, "2026-11-22T07:00:00+01:00")
        health = await watcher.wait(TOPICS.health, lambda seen: "broker" in seen.json)
        assert health.json == {"broker": {"healthy": True, "code": "", "message": ""}}
        lacking = await watcher.wait(TOPICS.health, lambda seen: "resources" in seen.json)
        assert lacking.json["resources"] == {
            "healthy": False, "code": "budget", "message": "does without whisper (budget)",
            "given_up": ["whisper"],
        }  # fmt: skip
        latency = (await watcher.wait(TOPICS.latency, lambda seen: seen.json["turns"])).json
        assert (latency["turns"], latency["p50"], latency["p95"]) == (2, 800.0, 900.0)
        assert latency["stages"]["stt"]["count"] == 1
        assert latency["in_all"]["stt"]["count"] == 7
        last = [seen for seen in watcher.seen if seen.topic == TOPICS.attributes][-1].json
        assert last["wake_word"] == "alexa"
        assert last["last_error"] == "engine-busy"
        assert last["muted"] is True
        assert last["language"] == "de"
        assert last["speaking_since"]


@pytest.mark.broker
async def test_how_warm_the_speaker_is_stands_in_its_health(broker: Broker) -> None:
    warm = speaker(broker.config, celsius=lambda: 48.24)
    async with bridged(warm), watching(broker) as watcher:
        health = await watcher.wait(TOPICS.health, lambda seen: "temperature" in seen.json)
        assert health.json["temperature"] == {"celsius": 48.2}
        assert "temperature" in (await watcher.wait(CONFIG_TOPIC)).json["components"]


def test_the_temperature_is_told_when_it_changes_noticeably() -> None:
    paper = Paper()
    degrees = iter([40.0, 40.0, 40.9, None, 45.0, *[45.5] * 20])

    async def story() -> None:
        bus = Bus()
        desk = Desk(bus)
        warm = speaker(MqttConfig(), celsius=lambda: next(degrees))
        running = asyncio.create_task(Bridge(paper, bus, desk, desk.announce, warm).run())
        await asyncio.sleep(600)
        await end(running)

    run_virtual(story())
    told = [(at, json.loads(payload)) for at, topic, payload in paper.reports
            if topic == TOPICS.health]  # fmt: skip
    assert told == [
        (0.0, {}),
        (0.0, {"temperature": {"celsius": 40.0}}),
        (180.0, {"temperature": {"celsius": 45.0}}),
    ]


def _events(watcher: Watcher, event_type: str) -> list[dict[str, Any]]:
    told = [seen.json for seen in watcher.seen if seen.topic == TOPICS.event]
    return [event for event in told if event["event_type"] == event_type]


async def test_the_bridge_ends_when_the_bus_closes() -> None:
    bus = Bus()
    desk = Desk(bus)
    bridge = Bridge(Paper(), bus, desk, desk.announce, speaker(MqttConfig()))
    bus.close()
    async with asyncio.timeout(10):
        await bridge.run()


class SlowPaper(Paper):
    """A broker that takes a second for everything."""

    async def report(self, topic: str, payload: str) -> None:
        await super().report(topic, payload)
        await asyncio.sleep(1.0)


def test_what_changes_while_states_are_told_again_is_told_as_it_is_then() -> None:
    paper = SlowPaper()

    async def story() -> None:
        bus = Bus()
        desk = Desk(bus)
        bridge = Bridge(paper, bus, desk, desk.announce, speaker(MqttConfig()))
        running = asyncio.create_task(bridge.run())
        await asyncio.sleep(60)
        paper.bring("homeassistant/status", "online")
        await asyncio.sleep(1.5)
        bus.tell(e.SettingChanged(name="voice", value="amy"))
        await asyncio.sleep(60)
        await end(running)

    run_virtual(story())
    voices = [payload for _, topic, payload in paper.reports if topic == TOPICS.setting("voice")]
    assert voices == ["default", "amy", "amy"]
