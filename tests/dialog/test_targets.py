from typing import Any

import pytest

from device.dialog.targets import choose_named, find_targets, needs_confirmation
from device.types import Domain, Entity, Intent

HOME = (
    Entity("light.a", "a", Domain.LIGHT, "Kitchen", "Ground"),
    Entity("light.b", "b", Domain.LIGHT, "Bedroom", "Upper"),
    Entity("cover.blind", "c", Domain.COVER, "Kitchen", attributes={"device_class": "blind"}),
    Entity("cover.gate", "d", Domain.COVER, "Yard", attributes={"device_class": "gate"}),
    Entity("climate.e", "e", Domain.CLIMATE, "Kitchen"),
    Entity("sensor.f", "f", Domain.SENSOR, "Yard", attributes={"device_class": "temperature"}),
)


@pytest.mark.parametrize(
    ("intent", "slots", "ids"),
    [
        ("HassTurnOn", {"domain": "light"}, ["light.a", "light.b"]),
        ("HassTurnOn", {"domain": "light", "area": " kitchen "}, ["light.a"]),
        ("HassTurnOn", {"domain": "light", "floor": "UPPER"}, ["light.b"]),
        ("HassTurnOn", {"domain": ["light", "cover"], "area": "Kitchen"},
         ["light.a", "cover.blind"]),
        ("HassTurnOn", {"domain": "cover", "device_class": "gate"}, ["cover.gate"]),
        ("HassTurnOn", {"domain": "cover", "device_class": ["blind", "gate"]},
         ["cover.blind", "cover.gate"]),
        ("HassTurnOn", {}, []),
        ("HassTurnOn", {"domain": "vacuum"}, []),
        ("HassClimateSetTemperature", {"area": "Kitchen"}, ["climate.e"]),
        ("HassClimateGetTemperature", {"area": "Yard"}, ["sensor.f"]),
        ("ParlorStop", {}, []),
    ],
)  # fmt: skip
def test_sentences_without_a_name_mean_all_that_fits(
    intent: str, slots: dict[str, Any], ids: list[str]
) -> None:
    assert [entity.id for entity in find_targets(intent, slots, HOME)] == ids


def test_of_one_name_the_room_that_was_said_decides_then_the_speakers_own() -> None:
    both = HOME[:2]

    assert choose_named(both, {"area": "Bedroom"}, "Kitchen") == (HOME[1],)
    assert choose_named(both, {}, "Kitchen") == (HOME[0],)
    assert choose_named(both, {}, "Hall") == both
    assert choose_named(both, {"area": "Hall"}, "Kitchen") == ()


DOORS = (
    Entity("lock.x", "x", Domain.LOCK),
    *HOME[2:4],
    Entity("cover.plain", "p", Domain.COVER),
    Entity("light.a", "a", Domain.LIGHT),
    Entity("binary_sensor.d", "d", Domain.BINARY_SENSOR, attributes={"device_class": "door"}),
)


@pytest.mark.parametrize(
    ("intent", "slots", "ids"),
    [
        ("HassTurnOff", {}, ["lock.x"]),
        ("HassTurnOn", {}, ["cover.gate"]),
        ("HassSetPosition", {"position": 10}, ["cover.gate"]),
        ("HassSetPosition", {"position": 0}, []),
        ("HassGetState", {}, []),
    ],
)
def test_only_what_lets_somebody_in_is_asked_about(
    intent: str, slots: dict[str, Any], ids: list[str]
) -> None:
    risky = needs_confirmation(Intent(intent, slots), DOORS)

    assert [entity.id for entity in risky] == ids


@pytest.mark.parametrize(
    ("cover", "asked"),
    [
        (Entity("cover.a", "Garage", Domain.COVER), True),
        (Entity("cover.b", "Doppelgarage links", Domain.COVER), True),
        (Entity("cover.c", "Das Tor", Domain.COVER), True),
        (Entity("cover.d", "west", Domain.COVER, aliases=("garage door",)), True),
        (Entity("cover.e", "Motor Dachfenster", Domain.COVER), False),
        (Entity("cover.f", "Garage", Domain.COVER, attributes={"device_class": "shutter"}), False),
        (Entity("light.g", "Garage", Domain.LIGHT), False),
    ],
)
def test_of_an_unknown_kind_the_name_tells_a_way_in(cover: Entity, asked: bool) -> None:
    risky = needs_confirmation(Intent("HassTurnOn"), [cover], ("garage", " tor "))

    assert risky == ((cover,) if asked else ())
