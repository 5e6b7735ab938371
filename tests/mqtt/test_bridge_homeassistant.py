"""What Home Assistant sees of the announcement: when, in virtual time, and over a real broker."""

import asyncio
from typing import Any

import pytest

from benchmarks.broker import Broker
from device import __version__
from device import events as e
from device.clock import run_virtual
from device.config import MqttConfig
from device.mqtt.discovery import config_topic, device_config
from device.mqtt.homeassistant import HomeAssistant
from device.mqtt.requests import Features
from device.mqtt.topics import to_json
from device.tasks import end
from tests.mqtt.bridges import (
    ABOUT,
    CONFIG_TOPIC,
    FEATURES,
    TOPICS,
    Paper,
    Watcher,
    bridged,
    speaker,
    watching,
)

ANNOUNCEMENT = device_config(ABOUT, FEATURES, __version__)


def announcements(watcher: Watcher) -> list[dict[str, Any]]:
    found = [seen for seen in watcher.seen if seen.topic == CONFIG_TOPIC and not seen.retained]
    return [seen.json for seen in found]


@pytest.mark.broker
async def test_a_home_assistant_that_starts_is_told_again_after_a_chance_delay(
    broker: Broker,
) -> None:
    asked: list[float] = []

    def luck() -> float:
        asked.append(0.1)
        return 0.1

    async with watching(broker) as watcher, bridged(speaker(broker.config, luck=luck)):
        await watcher.wait(CONFIG_TOPIC)
        assert asked == []
        before = len(watcher.seen)
        await watcher.tell("homeassistant/status", "online")
        told = await watcher.wait(CONFIG_TOPIC, since=before)
        assert told.json == ANNOUNCEMENT
        assert asked == [0.1]
        order = [seen.topic for seen in watcher.seen[before:]]
        for topic in (TOPICS.state, TOPICS.mute, TOPICS.light, TOPICS.update):
            await watcher.wait(topic, since=before + order.index(CONFIG_TOPIC))


def listed(*known: tuple[str, str]) -> dict[str, Any]:
    return {"components": {id: {"platform": platform} for id, platform in known}}


CONFIG = listed(("a", "sensor"))
BOTH = to_json(listed(("b", "light"), ("a", "sensor")))


def announcing(paper: Paper, luck: float = 0.0, config: dict[str, Any] | None = CONFIG) -> None:
    """Announce on paper for two minutes of virtual time, in which `paper.news` comes in."""

    async def again() -> None:
        await paper.report("again", "")

    async def story() -> None:
        announcer = HomeAssistant(paper, "ha", "mine", config, again, lambda: luck)
        task = asyncio.create_task(announcer.run())
        for news in paper.news:
            await asyncio.sleep(news[0] - asyncio.get_running_loop().time())
            paper.bring(*news[1:])
        await asyncio.sleep(60)
        await end(task)

    run_virtual(story())


def test_what_was_announced_before_is_learned_before_anything_is_announced() -> None:
    paper = Paper((0.5, "mine", BOTH, True))
    announcing(paper)
    assert [topic for _, topic, _ in paper.reports] == ["mine", "mine"]
    assert [payload for _, _, payload in paper.reports] == [BOTH, to_json(CONFIG)]
    (first, *_), (second, *_) = paper.reports
    assert first == 0.5
    assert second - first == 2.0


def test_what_was_announced_before_may_also_be_learned_late() -> None:
    paper = Paper((30.0, "mine", BOTH, True))
    announcing(paper)
    assert [(at, payload) for at, _, payload in paper.reports] == [
        (1.0, to_json(CONFIG)),
        (30.0, BOTH),
        (32.0, to_json(CONFIG)),
    ]


def test_our_own_announcement_heard_again_is_no_news() -> None:
    paper = Paper((0.5, "mine", to_json(CONFIG), True), (9.0, "mine", to_json(CONFIG), True))
    announcing(paper)
    assert [at for at, _, _ in paper.reports] == [0.5]


@pytest.mark.parametrize("luck", [0.0, 0.5, 1.0])
def test_answers_to_a_start_are_spread_over_five_seconds(luck: float) -> None:
    paper = Paper((20.0, "ha/status", "online", False))
    announcing(paper, luck)
    assert [(at, topic) for at, topic, _ in paper.reports] == [
        (1.0, "mine"),
        (20.0 + 5.0 * luck, "mine"),
        (20.0 + 5.0 * luck, "again"),
    ]


def test_starts_that_come_thick_and_fast_are_answered_together() -> None:
    paper = Paper(*((20.0 + n / 10, "ha/status", "online", False) for n in range(10)))
    announcing(paper, 1.0)
    assert [at for at, topic, _ in paper.reports if topic == "again"] == [25.0]


def test_only_a_start_of_home_assistant_is_one() -> None:
    paper = Paper(
        (10.0, "ha/status", "online", True),
        (20.0, "ha/status", "offline", False),
        (30.0, "ha/status", "", False),
        (40.0, "mine", to_json(CONFIG), False),
        (50.0, "mine", BOTH, False),
    )
    announcing(paper)
    assert [at for at, _, _ in paper.reports] == [1.0]


def test_only_what_was_announced_is_taken_back() -> None:
    never = Paper((0.5, "mine", "", True))
    announcing(never, config=None)
    assert never.reports == []
    before = Paper((0.5, "mine", BOTH, True))
    announcing(before, config=None)
    assert before.reports == [(0.5, "mine", "")]


@pytest.mark.broker
async def test_components_of_an_earlier_version_are_removed_in_two_steps(broker: Broker) -> None:
    earlier = device_config(ABOUT, FEATURES, "0.0.1")
    earlier["components"]["siren"] = {"platform": "siren", "unique_id": "x"}
    plain = speaker(broker.config, features=Features(languages=("en",)))
    now = device_config(ABOUT, plain.features, __version__)
    async with watching(broker) as watcher:
        await watcher.tell(CONFIG_TOPIC, to_json(earlier), retain=True)
        await watcher.wait(CONFIG_TOPIC)
        async with bridged(plain):
            await watcher.wait(CONFIG_TOPIC, lambda seen: seen.json == now)
            before, removed, after = announcements(watcher)
    assert before == earlier
    gone = {"light": {"platform": "light"}, "siren": {"platform": "siren"}}
    assert removed == {**now, "components": {**gone, **now["components"]}}
    assert after == now
    async with watching(broker) as latecomer:
        assert (await latecomer.wait(CONFIG_TOPIC)).json == now


@pytest.mark.broker
async def test_an_announcement_is_taken_back_when_discovery_is_switched_off(
    broker: Broker,
) -> None:
    async with watching(broker) as watcher:
        await watcher.tell(CONFIG_TOPIC, to_json(ANNOUNCEMENT), retain=True)
        quiet = broker.config.model_copy(update={"discovery": False})
        async with bridged(speaker(quiet)) as desk:
            await watcher.says(CONFIG_TOPIC, "")
            desk.bus.tell(e.MuteChanged(muted=True))
            await watcher.says(TOPICS.mute, "ON")
    async with watching(broker) as latecomer:
        await latecomer.says(TOPICS.mute, "ON")
        await latecomer.tell("end", "of what was retained")
        await latecomer.wait("end")
        assert CONFIG_TOPIC not in {seen.topic for seen in latecomer.seen}


@pytest.mark.broker
async def test_without_discovery_nothing_is_announced(broker: Broker) -> None:
    quiet = broker.config.model_copy(update={"discovery": False})
    async with watching(broker) as watcher, bridged(speaker(quiet)) as desk:
        await watcher.tell("homeassistant/status", "online")
        desk.bus.tell(e.Overlap(manner="interruption"))
        await watcher.event("overlap")
        assert not [seen for seen in watcher.seen if seen.topic.endswith("/config")]


@pytest.mark.broker
@pytest.mark.parametrize("payload", ["{", "[]", '{"components": {"a": 5}}', "x" * 300_000])
async def test_a_retained_message_that_is_no_announcement_is_replaced(
    broker: Broker, payload: str
) -> None:
    async with watching(broker) as watcher:
        await watcher.tell(CONFIG_TOPIC, payload, retain=True)
        await watcher.says(CONFIG_TOPIC, payload)
        async with bridged(speaker(broker.config)):
            told = await watcher.wait(CONFIG_TOPIC, lambda seen: seen.payload != payload)
            assert told.json == ANNOUNCEMENT


@pytest.mark.broker
async def test_the_prefix_is_that_of_the_configuration(broker: Broker) -> None:
    config: MqttConfig = broker.config.model_copy(update={"discovery_prefix": "ha/home"})
    async with watching(broker) as watcher, bridged(speaker(config)):
        topic = config_topic("ha/home", "kitchen")
        assert (await watcher.wait(topic)).json == ANNOUNCEMENT


@pytest.mark.broker
async def test_after_a_broker_restart_the_announcement_is_there_again(broker: Broker) -> None:
    async with bridged(speaker(broker.config)) as desk:
        async with watching(broker) as watcher:
            await watcher.wait(CONFIG_TOPIC)
        broker.stop()
        desk.bus.tell(e.MuteChanged(muted=True))
        broker.start()
        async with watching(broker) as watcher:
            assert (await watcher.wait(CONFIG_TOPIC)).json == ANNOUNCEMENT
            await watcher.says(TOPICS.mute, "ON")
