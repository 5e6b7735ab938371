import json
import logging
from typing import Any

import pytest

from device.config import EntityConfig, HomeConfig, PlaceConfig
from device.home.learned import MAXIMUM_ENTITIES, Learned
from device.types import Domain, Entity
from tests.home.announced import PREFIX, TASMOTA_PLUG, ZIGBEE_LAMP
from tests.home.exposed import LIGHT, STATE, device, numeric

DEVICES = "zigbee2mqtt/bridge/devices"


def learn(config: HomeConfig | None = None, *messages: dict[str, Any], area: str = "") -> Learned:
    learned = Learned(config or HomeConfig(), PREFIX, area)
    for index, message in enumerate(messages):
        platform = message.get("platform", "switch")
        learned.take({f"{PREFIX}/{platform}/{index}/config": json.dumps(message)})
    return learned


def entities(learned: Learned) -> dict[str, Entity]:
    return {one.entity.id: one.entity for one in learned.devices()}


def plug(name: str, topic: str = "", area: str = "", **more: object) -> dict[str, Any]:
    return {"name": name, "cmd_t": topic or f"{name}/set", **more,
            "dev": {"ids": name, "sa": area}}  # fmt: skip


def test_what_is_announced_is_there_until_it_is_taken_back() -> None:
    learned = learn(None, TASMOTA_PLUG)
    assert entities(learned).keys() == {"switch.coffee_machine"}

    learned.take({f"{PREFIX}/switch/0/config": ""})

    assert learned.devices() == ()
    assert learned.messages == {}


def test_nothing_is_learned_when_that_is_switched_off() -> None:
    assert Learned(HomeConfig(learn=False)).filters == ()
    assert Learned(HomeConfig(zigbee2mqtt="")).filters == (
        "homeassistant/+/+/config",
        "homeassistant/+/+/+/config",
    )


def test_what_was_learned_can_be_learned_again() -> None:
    learned = learn(None, TASMOTA_PLUG)
    learned.take({DEVICES: json.dumps([device("lamp", LIGHT)])})

    again = Learned(HomeConfig())
    again.take(learned.messages)

    assert again.devices() == learned.devices()
    assert len(again.devices()) == 2


@pytest.mark.parametrize("lists_first", [True, False])
def test_a_lamp_that_zigbee2mqtt_tells_twice_is_one(lists_first: bool) -> None:
    lamp = device("reading lamp", LIGHT, ieee_address="0x00124b0022aabb01")
    messages = [
        {DEVICES: json.dumps([lamp, device("other", LIGHT)])},
        {f"{PREFIX}/light/0x00124b0022aabb01/light/config": json.dumps(ZIGBEE_LAMP)},
    ]
    learned = Learned(HomeConfig())

    for message in messages if lists_first else reversed(messages):
        learned.take(message)

    assert entities(learned).keys() == {"light.reading_lamp", "light.other"}


def test_a_group_that_zigbee2mqtt_tells_twice_is_one() -> None:
    lamp = device("one", LIGHT)
    group = {"friendly_name": "reading lamp", "members": [{"ieee_address": "0xone"}]}
    learned = Learned(HomeConfig())

    learned.take({DEVICES: json.dumps([lamp]), "zigbee2mqtt/bridge/groups": json.dumps([group])})
    learned.take({f"{PREFIX}/light/g/light/config": json.dumps(ZIGBEE_LAMP)})

    assert entities(learned).keys() == {"light.reading_lamp", "light.one"}


def test_the_same_thing_announced_in_both_forms_is_one() -> None:
    learned = learn(None, {**TASMOTA_PLUG}, {**TASMOTA_PLUG})

    assert len(learned.devices()) == 1


@pytest.mark.parametrize(
    "configured",
    [
        EntityConfig(name="Coffee Machine", domain=Domain.SWITCH),
        EntityConfig(name="brewer", domain=Domain.SWITCH,
                     command_topic="tasmota_A1B2C3/cmnd/POWER"),
    ],
)  # fmt: skip
def test_the_configuration_wins(configured: EntityConfig) -> None:
    learned = learn(HomeConfig(entity=(configured,)), TASMOTA_PLUG)

    assert [one.entity.name for one in learned.devices()] == [configured.name]


def test_a_configured_name_in_another_room_is_another_thing() -> None:
    configured = EntityConfig(name="lamp", domain=Domain.SWITCH, area="Kitchen")

    learned = learn(HomeConfig(entity=(configured,)), plug("lamp", area="Hall"))

    assert entities(learned).keys() == {"switch.lamp", "switch.lamp_2"}


def test_places_say_what_is_not_announced() -> None:
    config = HomeConfig(
        floors={"upstairs": ("Bedroom",)},
        place=(
            PlaceConfig(name="FLOOR lamp", area="bedroom", aliases=("big light",)),
            PlaceConfig(name="switch.pump", hidden=True),
        ),
    )

    (lamp,) = entities(learn(config, plug("floor lamp", area="Hall"), plug("pump"))).values()

    assert (lamp.area, lamp.floor, lamp.aliases) == ("bedroom", "upstairs", ("big light",))


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("Kitchen table lamp", "Kitchen"),
        ("living room lamp", "Living Room"),
        ("living room two lamp", "Living Room Two"),
        ("kitchenette lamp", ""),
        ("kitchen", ""),
    ],
)
def test_the_room_is_the_one_that_a_name_begins_with(name: str, area: str) -> None:
    config = HomeConfig(floors={"ground": ("Living Room",)})

    known = entities(
        learn(config, plug(name), plug("other", area="Living Room Two"), area="Kitchen")
    )

    assert next(one.area for one in known.values() if one.name == name) == area


def test_a_device_that_nobody_named_yet_waits_for_a_name() -> None:
    address = "0x00124b0022aabbcc"
    lists = {DEVICES: json.dumps([device(address, LIGHT, numeric("temperature"))])}
    named = HomeConfig(place=(PlaceConfig(name=address, aliases=("corner lamp",)),))

    unnamed, known = Learned(HomeConfig()), Learned(named)
    unnamed.take(lists)
    known.take(lists)

    assert unnamed.devices() == ()
    assert [one.name for one in entities(known).values()] == ["corner lamp"]


def test_one_name_in_two_rooms_or_in_one_room_is_two_things() -> None:
    learned = learn(
        None, plug("lamp", "a", "Hall"), plug("lamp", "b", "Attic"), plug("lamp", "c", "Attic")
    )

    assert [(one.id, one.area) for one in entities(learned).values()] == [
        ("switch.lamp", "Hall"),
        ("switch.lamp_2", "Attic"),
        ("switch.lamp_3", "Attic"),
    ]


def test_a_reason_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    wrong = {DEVICES: json.dumps([device("a+b", LIGHT)])}
    learned = Learned(HomeConfig())

    with caplog.at_level(logging.WARNING):
        learned.take(wrong)
        learned.take({DEVICES: json.dumps([device("a+b", LIGHT), device("lamp", LIGHT)])})

    assert len(caplog.records) == 1
    assert entities(learned).keys() == {"light.lamp"}


def test_nothing_is_kept_of_what_cannot_be_used() -> None:
    learned = learn(None, {"name": "x"}, plug("lamp"))

    assert learned.messages.keys() == {f"{PREFIX}/switch/1/config"}


def test_a_flood_of_announcements_is_bounded() -> None:
    learned = Learned(HomeConfig())
    payload = json.dumps(plug("lamp"))

    learned.take({f"{PREFIX}/switch/{index}/config": payload
                  for index in range(MAXIMUM_ENTITIES + 5)})  # fmt: skip

    assert len(learned.messages) == MAXIMUM_ENTITIES


def test_a_flood_of_things_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    exposes = [
        {"type": "switch", "endpoint": f"e{index}", "features": [STATE]} for index in range(1_001)
    ]
    learned = Learned(HomeConfig())

    learned.take({DEVICES: json.dumps([device(f"box {index}", *exposes) for index in range(4)])})

    assert len(learned.devices()) == MAXIMUM_ENTITIES
    assert "more than 4000 entities" in caplog.text
