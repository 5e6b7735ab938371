"""[home] and [[home.place]] where things announce themselves; who else is asked."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.assistant import TOKEN, FakeAssistant, reply
from benchmarks.broker import Broker
from benchmarks.zigbee2mqtt import Zigbee2mqtt
from device import events as e
from tests.config.story import Values, tell, types

LAMP = "reading lamp"


def done(
    broker: Broker, stt: Values, text: str, base: str = "zigbee2mqtt", **home: object
) -> list[str]:
    """Topics that a typed line commands, in a home with one lamp that announces itself."""
    with Zigbee2mqtt("127.0.0.1", broker.port, LAMP, base=base, discovery=False):
        config = {"stt": stt, "mqtt": broker.config.model_dump(), "home": home}
        return [event.topic for event in tell(config, types(text)).of(e.ActionRequested)]


@pytest.mark.broker
def test_what_announces_itself_is_known_unless_that_is_switched_off(
    broker: Broker, clock_stt: Values
) -> None:
    text = f"turn on the {LAMP}"
    assert done(broker, clock_stt, text) == [f"zigbee2mqtt/{LAMP}/set"]
    assert done(broker, clock_stt, text, learn=False) == []


@pytest.mark.broker
def test_zigbee2mqtt_may_have_another_base_topic(broker: Broker, clock_stt: Values) -> None:
    text = f"turn on the {LAMP}"
    assert done(broker, clock_stt, text, "z2m", zigbee2mqtt="z2m") == [f"z2m/{LAMP}/set"]
    assert done(broker, clock_stt, text, "other", zigbee2mqtt="") == []


@pytest.mark.broker
def test_a_place_gives_it_a_room_a_floor_and_other_names_or_hides_it(
    broker: Broker, clock_stt: Values
) -> None:
    place = {"name": LAMP, "area": "Attic", "aliases": ["book light"]}
    home: Values = {"place": [place], "floors": {"upstairs": ["Attic"]}}
    for text in (
        "turn on the book light", "turn on the lights in the attic", "turn on the lights upstairs"
    ):  # fmt: skip
        assert done(broker, clock_stt, text, **home) == [f"zigbee2mqtt/{LAMP}/set"]
    hidden: Values = {"place": [{**place, "hidden": True}]}
    assert done(broker, clock_stt, "turn on the book light", **hidden) == []


@pytest.fixture
def assistant() -> Iterator[FakeAssistant]:
    """A Home Assistant in a thread of its own: virtual time is none of its business."""
    fake = FakeAssistant({"why is the sky blue": reply("Because of Rayleigh.")})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(fake.start(), loop).result(10)
    yield fake
    asyncio.run_coroutine_threadsafe(fake.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_home_assistant_is_asked_what_the_speaker_does_not_understand(
    assistant: FakeAssistant, tmp_path: Path, clock_stt: Values
) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(TOKEN)
    home = {"assistant": assistant.url, "assistant_token_file": str(token)}
    story = tell({"stt": clock_stt, "home": home}, types("why is the sky blue", "what time is it"))
    first, second = (event.text for event in story.of(e.ReplyText))
    assert first == "Because of Rayleigh."
    assert "Rayleigh" not in second
    assert [event.active for event in story.of(e.CloudChanged)] == [True, False]
    assert len(assistant.heard) == 1
