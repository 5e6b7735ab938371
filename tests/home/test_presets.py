import json

import pytest

from device.config import EntityConfig
from device.home.entities import load_devices
from device.home.home import Home
from device.types import Action, Domain, Intent


def plan(one: EntityConfig, intent: str, **slots: object) -> Action:
    home = Home(load_devices([one]))
    ids = [entity.id for entity in home.entities]
    (action,) = home.plan(Intent(intent, {**slots, "entity_id": ids}))
    return action


ZIGBEE = "zigbee2mqtt/kitchen/set"


@pytest.mark.parametrize(
    ("domain", "intent", "slots", "payload"),
    [
        (Domain.LIGHT, "HassTurnOn", {}, {"state": "ON"}),
        (Domain.LIGHT, "HassTurnOff", {}, {"state": "OFF"}),
        (Domain.LIGHT, "HassLightSet", {"brightness": 50}, {"brightness": 127}),
        (Domain.LIGHT, "HassLightSet", {"brightness": 100}, {"brightness": 254}),
        (Domain.LIGHT, "HassLightSet", {"color": "red"}, {"color": {"hex": "#FF0000"}}),
        (Domain.LIGHT, "HassLightSet", {"temperature": 2700}, {"color_temp": 370}),
        (Domain.SWITCH, "HassTurnOn", {}, {"state": "ON"}),
        (Domain.COVER, "HassTurnOn", {}, {"state": "OPEN"}),
        (Domain.COVER, "HassTurnOff", {}, {"state": "CLOSE"}),
        (Domain.COVER, "HassSetPosition", {"position": 30}, {"position": 30}),
        (Domain.LOCK, "HassTurnOn", {}, {"state": "LOCK"}),
        (Domain.LOCK, "HassTurnOff", {}, {"state": "UNLOCK"}),
        (Domain.FAN, "HassTurnOn", {}, {"fan_state": "ON"}),
        (Domain.FAN, "HassFanSetSpeed", {"percentage": 50}, {"fan_mode": "medium"}),
        (Domain.CLIMATE, "HassClimateSetTemperature", {"temperature": 21.5},
         {"occupied_heating_setpoint": 21.5}),
    ],
)  # fmt: skip
def test_zigbee2mqtt_takes_json_at_the_set_topic(
    domain: Domain, intent: str, slots: dict[str, object], payload: dict[str, object]
) -> None:
    one = EntityConfig(name="kitchen", domain=domain, preset="zigbee2mqtt")

    action = plan(one, intent, **slots)

    assert action.topic == ZIGBEE
    assert json.loads(action.payload) == payload
    assert action.state_topic == "zigbee2mqtt/kitchen"


@pytest.mark.parametrize(
    ("domain", "intent", "slots", "command", "payload", "report"),
    [
        (Domain.LIGHT, "HassTurnOn", {}, "POWER", "ON", "POWER"),
        (Domain.SWITCH, "HassTurnOff", {}, "POWER", "OFF", "POWER"),
        (Domain.LIGHT, "HassLightSet", {"brightness": 50}, "Dimmer", "50", "RESULT"),
        (Domain.LIGHT, "HassLightSet", {"color": "blue"}, "Color", "0000FF", "RESULT"),
        (Domain.LIGHT, "HassLightSet", {"temperature": 6500}, "CT", "154", "RESULT"),
        (Domain.FAN, "HassFanSetSpeed", {"percentage": 100}, "FanSpeed", "3", "RESULT"),
        (Domain.COVER, "HassTurnOn", {}, "ShutterOpen1", "", "RESULT"),
        (Domain.COVER, "HassSetPosition", {"position": 5}, "ShutterPosition1", "5", "RESULT"),
    ],
)
def test_tasmota_takes_one_topic_a_command(
    domain: Domain,
    intent: str,
    slots: dict[str, object],
    command: str,
    payload: str,
    report: str,
) -> None:
    one = EntityConfig(name="Desk plug", domain=domain, preset="tasmota", topic="tasmota_1")

    action = plan(one, intent, **slots)

    assert (action.topic, action.payload) == (f"cmnd/tasmota_1/{command}", payload)
    assert action.state_topic == f"stat/tasmota_1/{report}"


@pytest.mark.parametrize(
    ("domain", "intent", "slots", "command", "payload", "report"),
    [
        (Domain.LIGHT, "HassTurnOn", {}, "command", '{"state": "ON"}', "state"),
        (Domain.LIGHT, "HassLightSet", {"brightness": 50}, "command",
         '{"state": "ON", "brightness": 128}', "state"),
        (Domain.LIGHT, "HassLightSet", {"color": "red"}, "command",
         '{"state": "ON", "color": {"r": 255, "g": 0, "b": 0}}', "state"),
        (Domain.SWITCH, "HassTurnOff", {}, "command", "OFF", "state"),
        (Domain.COVER, "HassTurnOff", {}, "command", "CLOSE", "state"),
        (Domain.COVER, "HassSetPosition", {"position": 30}, "position/command", "30",
         "position/state"),
        (Domain.LOCK, "HassTurnOn", {}, "command", "LOCK", "state"),
        (Domain.FAN, "HassFanSetSpeed", {"percentage": 40}, "speed_level/command", "40",
         "speed_level/state"),
        (Domain.CLIMATE, "HassClimateSetTemperature", {"temperature": 20},
         "target_temperature/command", "20", "target_temperature/state"),
    ],
)  # fmt: skip
def test_esphome_takes_one_topic_a_component(
    domain: Domain,
    intent: str,
    slots: dict[str, object],
    command: str,
    payload: str,
    report: str,
) -> None:
    one = EntityConfig(name="Ceiling", domain=domain, preset="esphome", topic="bedroom")

    action = plan(one, intent, **slots)

    assert (action.topic, action.payload) == (f"bedroom/{domain}/ceiling/{command}", payload)
    assert action.state_topic == f"bedroom/{domain}/ceiling/{report}"


def test_a_slash_in_the_topic_names_the_whole_place() -> None:
    zigbee = EntityConfig(name="x", domain=Domain.SWITCH, preset="zigbee2mqtt", topic="upstairs/x")
    esphome = EntityConfig(name="x", domain=Domain.SWITCH, preset="esphome", topic="up/node/relay")

    assert plan(zigbee, "HassTurnOn").topic == "upstairs/x/set"
    assert plan(esphome, "HassTurnOn").topic == "up/node/switch/relay/command"


def test_a_topic_and_payloads_of_its_own_need_no_preset() -> None:
    one = EntityConfig(
        name="lamp",
        domain=Domain.LIGHT,
        command_topic="lamp/cmd",
        state_topic="lamp/state",
        value_key="power",
        payloads={"turn_on": '{"power": "on"}', "set_brightness": '{"level": {brightness}}'},
    )

    on = plan(one, "HassTurnOn")
    assert (on.topic, on.payload, on.expected) == ("lamp/cmd", '{"power": "on"}', "on")
    assert plan(one, "HassTurnOff").payload == "OFF"
    assert plan(one, "HassLightSet", brightness=30).payload == '{"level": 30}'


def test_own_payloads_replace_those_of_a_preset() -> None:
    one = EntityConfig(
        name="lamp",
        domain=Domain.LIGHT,
        preset="zigbee2mqtt",
        payloads={"turn_on": '{"state": "ON", "transition": 2}'},
    )

    assert plan(one, "HassTurnOn").payload == '{"state": "ON", "transition": 2}'
    assert plan(one, "HassTurnOn").expected == "ON"
    assert plan(one, "HassTurnOff").payload == '{"state": "OFF"}'


def test_a_command_topic_of_its_own_replaces_that_of_a_preset() -> None:
    one = EntityConfig(
        name="lamp", domain=Domain.LIGHT, preset="zigbee2mqtt", command_topic="bridge/lamp"
    )

    action = plan(one, "HassTurnOn")

    assert (action.topic, action.payload) == ("bridge/lamp", '{"state": "ON"}')
    assert (action.state_topic, action.expected) == ("zigbee2mqtt/lamp", "ON")
