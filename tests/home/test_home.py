import pytest

from device.config import EntityConfig
from device.errors import HomeError
from device.home.entities import load_devices
from device.home.home import Home
from device.types import Domain, Intent


def home() -> Home:
    return Home(
        load_devices(
            [
                EntityConfig(name="lamp", domain=Domain.LIGHT, preset="zigbee2mqtt"),
                EntityConfig(name="bare", domain=Domain.LIGHT),
                EntityConfig(name="door", domain=Domain.BINARY_SENSOR, state_topic="door"),
            ]
        )
    )


def intent(name: str, *ids: str, **slots: object) -> Intent:
    return Intent(name, {**slots, "entity_id": list(ids)})


@pytest.mark.parametrize(
    "impossible",
    [
        intent("HassTurnOn"),
        intent("HassTurnOn", "light.bare"),
        intent("HassTurnOn", "binary_sensor.door"),
        intent("HassTurnOn", "light.gone"),
        intent("HassTurnOn", "light.bare", "binary_sensor.door"),
        intent("HassLightSet", "light.lamp"),
        intent("HassLightSet", "light.lamp", color="octarine"),
        intent("HassLightSet", "light.lamp", brightness="much"),
        intent("HassStartTimer", "light.lamp"),
    ],
    ids=lambda one: f"{one.name} {one.slots}",
)
def test_what_nothing_can_do_is_refused(impossible: Intent) -> None:
    with pytest.raises(HomeError):
        home().plan(impossible)


@pytest.mark.parametrize(
    ("name", "slots", "payload"),
    [
        ("HassMediaPause", {}, "pause"),
        ("HassMediaNext", {}, "next"),
        ("HassSetVolume", {"volume_level": 40}, "40"),
        ("HassSetVolumeRelative", {"volume_step": "up"}, "+"),
        ("HassSetVolumeRelative", {"volume_step": -10}, "-"),
    ],
)
def test_a_player_takes_the_payloads_of_its_configuration(
    name: str, slots: dict[str, object], payload: str
) -> None:
    player = EntityConfig(
        name="tv",
        domain=Domain.MEDIA_PLAYER,
        command_topic="tv/set",
        payloads={
            "media_pause": "pause",
            "media_next_track": "next",
            "volume_set": "{volume}",
            "volume_up": "+",
            "volume_down": "-",
        },
    )

    (action,) = Home(load_devices([player])).plan(intent(name, "media_player.tv", **slots))

    assert (action.topic, action.payload) == ("tv/set", payload)


def test_of_many_things_those_that_can_do_it() -> None:
    planned = home().plan(intent("HassTurnOn", "light.bare", "light.lamp"))

    assert [action.entity for action in planned] == ["light.lamp"]


@pytest.mark.parametrize(("percent", "level"), [(0, 0), (1, 3), (50, 127), (100, 254), (250, 254)])
def test_brightness_stays_within_the_scale(percent: float, level: int) -> None:
    (action,) = home().plan(intent("HassLightSet", "light.lamp", brightness=percent))

    assert action.expected == str(level)


def test_states_are_unknown_until_something_is_reported() -> None:
    known = home()
    assert known.state("light.lamp") is None

    known.note("zigbee2mqtt/lamp", '{"state": "ON"}')
    known.note("zigbee2mqtt/lamp", '{"linkquality": 80}')
    known.note("somewhere/else", "OFF")

    state = known.state("light.lamp")
    assert state is not None
    assert state.value == "on"


def test_what_is_known_of_devices_that_stay_is_kept() -> None:
    def lamp(**more: str) -> EntityConfig:
        return EntityConfig.model_validate({"name": "lamp", "domain": "light", **more})

    known = home()
    known.note("zigbee2mqtt/lamp", '{"state": "ON"}')
    known.note("door", "ON")

    known.replace(load_devices([lamp(preset="zigbee2mqtt", area="Hall")]))
    state = known.state("light.lamp")
    assert state is not None
    assert state.value == "on"
    assert known.state("binary_sensor.door") is None

    # Something else of that name: nobody knows its state yet.
    known.replace(load_devices([lamp(preset="zigbee2mqtt", topic="elsewhere")]))
    assert known.topics == {"zigbee2mqtt/elsewhere"}
    assert known.state("light.lamp") is None


def test_one_report_tells_of_everything_that_reads_it() -> None:
    known = Home(
        load_devices(
            [
                EntityConfig(name=name, domain=Domain.SENSOR, state_topic="box", value_key=name)
                for name in ("humidity", "temperature")
            ]
        )
    )

    known.note("box", '{"temperature": 20, "humidity": 60}')

    states = [known.state(f"sensor.{name}") for name in ("temperature", "humidity")]
    assert [state.value for state in states if state is not None] == ["20", "60"]


def test_a_configured_key_may_be_a_template() -> None:
    key = "{{ (value_json.tenths | int) / 10 }}"
    known = Home(
        load_devices(
            [EntityConfig(name="x", domain=Domain.SENSOR, state_topic="box", value_key=key)]
        )
    )

    known.note("box", '{"tenths": 215}')

    state = known.state("sensor.x")
    assert state is not None
    assert state.value == "21.5"


def test_a_payload_may_use_a_scale_of_the_devices_own() -> None:
    lamp = EntityConfig(
        name="x", domain=Domain.LIGHT, command_topic="t",
        payloads={"set_brightness": "{brightness_1000}"},
    )  # fmt: skip

    (action,) = Home(load_devices([lamp])).plan(intent("HassLightSet", "light.x", brightness=50))

    assert action.payload == "500"
