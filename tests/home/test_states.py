import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.config import EntityConfig
from device.home.entities import load_devices
from device.home.states import confirms, read_state, read_value
from device.types import Action, Domain

BRIGHTNESS = Action("light.x", "turn_on", "x/set", "", "x", "127", "brightness")
POWER = Action("switch.x", "turn_on", "x/set", "", "x", "ON", "")
ANY = Action("cover.x", "open_cover", "x/set", "", "x")


@pytest.mark.parametrize(
    ("fields", "payload", "facts"),
    [
        ({"domain": "light", "preset": "zigbee2mqtt"}, '{"state": "ON", "brightness": 127}',
         {"brightness_pct": 50.0}),
        ({"domain": "light", "preset": "zigbee2mqtt"}, '{"state": "ON", "brightness": true}', {}),
        ({"domain": "light", "preset": "zigbee2mqtt"}, '{"state": "ON"}', {}),
        ({"domain": "climate", "preset": "zigbee2mqtt"},
         '{"system_mode": "heat", "occupied_heating_setpoint": 21.5}', {"temperature": 21.5}),
    ],
)  # fmt: skip
def test_a_report_tells_what_was_set_in_units_of_people(
    fields: dict[str, str], payload: str, facts: dict[str, float]
) -> None:
    (device,) = load_devices([EntityConfig(name="x", **fields)])  # type: ignore[arg-type]
    state = read_state(device, payload)
    assert state is not None
    told = {key: state.attributes[key] for key in ("brightness_pct", "temperature")
            if key in state.attributes}  # fmt: skip
    assert told == pytest.approx(facts)


@pytest.mark.parametrize(
    ("action", "payload", "confirmed"),
    [
        (BRIGHTNESS, '{"brightness": 127, "state": "ON"}', True),
        (BRIGHTNESS, '{"brightness": 127.4}', True),
        (BRIGHTNESS, '{"brightness": 40}', False),
        (BRIGHTNESS, '{"brightness": null}', False),
        (BRIGHTNESS, '{"state": "ON"}', False),
        (BRIGHTNESS, "127", False),
        (BRIGHTNESS, "{", False),
        (POWER, "ON", True),
        (POWER, " on\n", True),
        (POWER, "OFF", False),
        (POWER, "", False),
        (ANY, '{"position": 3}', True),
    ],
)
def test_a_report_confirms_only_what_it_says(action: Action, payload: str, confirmed: bool) -> None:
    assert confirms(action, payload) is confirmed


@pytest.mark.parametrize(
    ("fields", "payload", "state"),
    [
        ({"domain": "light", "preset": "zigbee2mqtt"}, '{"state": "ON"}', "on"),
        ({"domain": "cover", "preset": "zigbee2mqtt"}, '{"state": "CLOSE"}', "closed"),
        ({"domain": "lock", "preset": "zigbee2mqtt"}, '{"state": "UNLOCK"}', "unlocked"),
        ({"domain": "lock", "preset": "esphome"}, "LOCKED", "locked"),
        ({"domain": "switch", "preset": "tasmota"}, "OFF", "off"),
        ({"domain": "cover", "preset": "tasmota"}, '{"Shutter1": {"Position": 0}}', "closed"),
        ({"domain": "cover", "preset": "tasmota"}, '{"Shutter1": {"Position": 40}}', "open"),
        ({"domain": "binary_sensor", "preset": "zigbee2mqtt", "value_key": "contact"},
         '{"contact": false}', "on"),
        ({"domain": "binary_sensor", "preset": "zigbee2mqtt", "value_key": "occupancy"},
         '{"occupancy": false}', "off"),
        ({"domain": "sensor", "preset": "tasmota", "value_key": "AM2301.Temperature"},
         '{"AM2301": {"Temperature": 21.5}}', "21.5"),
        ({"domain": "sensor", "state_topic": "outside"}, "7.25", "7.25"),
    ],
)  # fmt: skip
def test_reports_are_told_in_home_assistants_words(
    fields: dict[str, str], payload: str, state: str
) -> None:
    (device,) = load_devices([EntityConfig.model_validate({"name": "x", **fields})])

    read = read_state(device, payload)

    assert read is not None
    assert read.value == state


def test_the_measured_temperature_of_a_thermostat_is_kept() -> None:
    (device,) = load_devices([EntityConfig(name="x", domain=Domain.CLIMATE, preset="zigbee2mqtt")])

    read = read_state(device, '{"system_mode": "heat", "local_temperature": 20.5}')

    assert read is not None
    assert read.attributes["current_temperature"] == 20.5


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.text(max_size=8))
def test_no_report_breaks_the_reading(payload: str, key: str) -> None:
    read_value(payload, key)
    confirms(Action("a", "turn_on", "t", "p", "s", "1", key), payload)
    (device,) = load_devices(
        [EntityConfig(name="x", domain=Domain.COVER, state_topic="s", value_key=key)]
    )
    read_state(device, payload)
