"""[home] and [[home.entity]], [device] area and language: what a typed line then does."""

import json

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker
from device import events as e
from tests.config.story import Values, tell, types


def asked(stt: Values, text: str, *entities: Values, **device: str) -> list[tuple[str, str, str]]:
    """Entity, topic and payload of everything that the speaker wants done."""
    config = {"stt": stt, "home": {"entity": list(entities)}, "device": device}
    done = tell(config, types(text)).of(e.ActionRequested)
    return sorted((one.entity, one.topic, one.payload) for one in done)


def lamp(name: str, **more: object) -> Values:
    return {"name": name, "domain": "light", "preset": "zigbee2mqtt", **more}


def test_the_area_of_the_device_is_the_one_meant(clock_stt: Values) -> None:
    lamps = (lamp("ceiling lamp", area="Kitchen"), lamp("floor lamp", area="Office"))
    done = asked(clock_stt, "turn on the light", *lamps, area="Office")
    assert [entity for entity, _, _ in done] == ["light.floor_lamp"]


def test_area_and_floor_name_what_stands_there(clock_stt: Values) -> None:
    lamps = (
        lamp("one", area="Kitchen", floor="Ground floor"),
        lamp("two", area="Attic", floor="Top floor"),
    )
    assert len(asked(clock_stt, "turn on the lights in the attic", *lamps)) == 1
    upstairs = asked(clock_stt, "turn on the lights on the top floor", *lamps)
    assert [entity for entity, _, _ in upstairs] == ["light.two"]


def test_an_entity_has_a_name_aliases_and_an_id(clock_stt: Values) -> None:
    desk = lamp("desk lamp", aliases=["the old thing"], id="light.d1")
    for name in ("desk lamp", "the old thing"):
        (done,) = asked(clock_stt, f"turn on {name}", desk)
        assert done[0] == "light.d1"


WIRING: list[tuple[Values, str, str]] = [
    ({"preset": "zigbee2mqtt"}, "zigbee2mqtt/desk lamp/set", '{"state": "ON"}'),
    ({"preset": "zigbee2mqtt", "topic": "attic/1"}, "attic/1/set", '{"state": "ON"}'),
    ({"preset": "tasmota"}, "cmnd/desk_lamp/POWER", "ON"),
    ({"preset": "esphome"}, "desk_lamp/light/desk_lamp/command", '{"state": "ON"}'),
    ({"preset": "tasmota", "command_topic": "my/own"}, "my/own", "ON"),
    ({"preset": "", "command_topic": "a/b"}, "a/b", "ON"),
    ({"preset": "", "command_topic": "a/b", "payloads": {"turn_on": "up"}}, "a/b", "up"),
]


def test_wiring_decides_where_commands_go(clock_stt: Values) -> None:
    rooms = ["Kitchen", "Office", "Hall", "Attic", "Cellar", "Garage", "Bathroom"]
    lamps = [
        lamp("desk lamp", area=room, **wiring)
        for room, (wiring, _, _) in zip(rooms, WIRING, strict=True)
    ]
    config = {"stt": clock_stt, "home": {"entity": lamps}}
    story = tell(config, types(*(f"turn on the desk lamp in the {room}" for room in rooms)))
    done = [(one.topic, one.payload) for one in story.of(e.ActionRequested)]
    assert done == [(topic, payload) for _, topic, payload in WIRING]


def test_the_domain_decides_what_can_be_done(clock_stt: Values) -> None:
    blind = {"name": "blind", "domain": "cover", "command_topic": "b", "device_class": "blind"}
    (done,) = asked(clock_stt, "open the blind", blind)
    assert done[2] == "OPEN"
    assert asked(clock_stt, "open the blind", {**blind, "domain": "fan"}) == []


def test_a_device_class_says_what_kind_it_is(clock_stt: Values) -> None:
    things = [
        {"name": name, "domain": "cover", "command_topic": name, "device_class": name,
         "area": "Office"}
        for name in ("curtain", "garage")
    ]  # fmt: skip
    done = asked(clock_stt, "close the curtains in the office", *things)
    assert [topic for _, topic, _ in done] == ["curtain"]


def test_the_language_of_the_device_is_spoken_to_it(clock_stt: Values) -> None:
    story = tell({"stt": clock_stt, "device": {"language": "de"}}, types("wie viel Uhr ist es"))
    assert story.the(e.ReplyText).text.startswith("Es ist")


@pytest.mark.broker
def test_a_sensor_is_read_from_its_topic_key_and_unit(broker: Broker, clock_stt: Values) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    report = json.dumps({"air": {"temperature": 21.5}})
    client.publish("room/1", report, qos=1, retain=True).wait_for_publish(5)
    sensor = {
        "name": "terrace", "domain": "sensor", "device_class": "temperature",
        "state_topic": "room/1", "value_key": "air.temperature", "unit": "°F",
    }  # fmt: skip
    config = {
        "stt": clock_stt,
        "home": {"entity": [sensor]},
        "mqtt": broker.config.model_dump(),
    }
    story = tell(config, types("what is the terrace"))
    client.loop_stop()
    assert "21.5 °F" in story.the(e.ReplyText).text


@pytest.mark.broker
@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_a_device_has_confirm_seconds_to_report(
    broker: Broker, clock_stt: Values, seconds: float
) -> None:
    home = {"confirm_seconds": seconds, "entity": [lamp("desk lamp")]}
    config = {"stt": clock_stt, "home": home, "mqtt": broker.config.model_dump()}
    story = tell(config, types("turn on the desk lamp"))
    late = story.the(e.AnnouncementDue).at - story.the(e.ActionRequested).at
    assert late == pytest.approx(seconds, abs=0.3)
