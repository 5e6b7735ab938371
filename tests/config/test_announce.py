"""[announce]: what is said of the speaker's own accord, and when."""

import json
from datetime import datetime, timedelta

import pytest

from benchmarks.broker import Broker
from device import events as e
from tests.config.observer import Observer, commanded
from tests.config.story import Story, Values, tell

pytestmark = pytest.mark.broker


def announced(broker: Broker, stt: Values, texts: list[str], **announce: object) -> Story:
    """What comes of announcements over MQTT, one after the other."""
    messages = [json.dumps({"message": text, "preannounce": False}) for text in texts]
    with Observer(broker) as observer:
        scene = commanded(observer, *(("announce", message) for message in messages))
        mqtt = broker.config.model_dump()
        return tell({"stt": stt, "mqtt": mqtt, "announce": announce}, scene)


def said(story: Story) -> list[str]:
    return [event.text for event in story.of(e.ReplyText)]


def dropped(story: Story) -> list[tuple[str, str]]:
    return [(event.text, event.reason) for event in story.of(e.AnnouncementDropped)]


def around_now() -> str:
    """Quiet hours that it is inside of."""
    now = datetime.now()
    return f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"


def test_nothing_is_said_in_quiet_hours(broker: Broker, clock_stt: Values) -> None:
    assert said(announced(broker, clock_stt, ["dinner"])) == ["dinner"]
    assert said(announced(broker, clock_stt, ["dinner"], quiet_hours=around_now())) == []


def test_only_so_many_wait(broker: Broker, clock_stt: Values) -> None:
    story = announced(broker, clock_stt, ["a", "b"], quiet_hours=around_now(), queue=1)
    assert dropped(story) == [("b", "full")]


def test_the_same_words_are_said_again_only_after_a_while(
    broker: Broker, clock_stt: Values
) -> None:
    assert dropped(announced(broker, clock_stt, ["tea", "tea"])) == [("tea", "repeated")]
    assert said(announced(broker, clock_stt, ["tea", "tea"], repeat_seconds=0)) == ["tea", "tea"]
