"""Topics and payloads of the firmware that homes are full of.

zigbee2mqtt: `zigbee2mqtt/NAME/set` takes JSON, `zigbee2mqtt/NAME` reports JSON (zigbee2mqtt.io,
MQTT topics and exposes). Tasmota: `cmnd/TOPIC/COMMAND`, `stat/TOPIC/POWER` and `stat/TOPIC/RESULT`
(tasmota.github.io, commands). ESPHome: `PREFIX/COMPONENT/OBJECT/command` and `.../state`
(esphome.io, MQTT client component). `{base}` stands for the device's own part of the topics.
"""

from device.home.base import Command, Report
from device.home.services import fill
from device.types import Domain

Wiring = tuple[dict[str, Command], Report]
"""Commands by service key, and where the state is told."""
Table = dict[Domain, Wiring]


def _zigbee(payload: str, key: str = "", expected: str = "") -> Command:
    return Command("{base}/set", payload, Report("{base}", key), expected)


def _zigbee_state(key: str, value: str) -> Command:
    return _zigbee(f'{{"{key}": "{value}"}}', key, value)


_ZIGBEE_ON_OFF = {
    "turn_on": _zigbee_state("state", "ON"),
    "turn_off": _zigbee_state("state", "OFF"),
}
_ZIGBEE2MQTT: Table = {
    Domain.LIGHT: (
        {
            **_ZIGBEE_ON_OFF,
            "set_brightness": _zigbee(
                '{"brightness": {brightness_254}}', "brightness", "{brightness_254}"
            ),
            "set_color": _zigbee('{"color": {"hex": "#{hex}"}}', "color"),
            "set_color_temperature": _zigbee('{"color_temp": {mired}}', "color_temp", "{mired}"),
        },
        Report("{base}", "state"),
    ),
    Domain.SWITCH: (_ZIGBEE_ON_OFF, Report("{base}", "state")),
    Domain.FAN: (
        {
            "turn_on": _zigbee_state("fan_state", "ON"),
            "turn_off": _zigbee_state("fan_state", "OFF"),
            "set_percentage": _zigbee('{"fan_mode": "{mode}"}', "fan_mode", "{mode}"),
        },
        Report("{base}", "fan_state"),
    ),
    Domain.COVER: (
        {
            # A cover reports while it moves: any report says that it heard.
            "open_cover": _zigbee('{"state": "OPEN"}'),
            "close_cover": _zigbee('{"state": "CLOSE"}'),
            "stop_cover": _zigbee('{"state": "STOP"}'),
            "set_cover_position": _zigbee('{"position": {position}}'),
        },
        Report("{base}", "state"),
    ),
    Domain.LOCK: (
        {"lock": _zigbee_state("state", "LOCK"), "unlock": _zigbee_state("state", "UNLOCK")},
        Report("{base}", "state"),
    ),
    Domain.CLIMATE: (
        {
            "turn_on": _zigbee_state("system_mode", "heat"),
            "turn_off": _zigbee_state("system_mode", "off"),
            "set_temperature": _zigbee(
                '{"occupied_heating_setpoint": {temperature}}',
                "occupied_heating_setpoint",
                "{temperature}",
            ),
        },
        Report("{base}", "system_mode"),
    ),
}


def _tasmota(name: str, payload: str, key: str = "", expected: str = "") -> Command:
    return Command(f"cmnd/{{base}}/{name}", payload, Report("stat/{base}/RESULT", key), expected)


_TASMOTA_POWER = Report("stat/{base}/POWER")
_TASMOTA_ON_OFF = {
    "turn_on": Command("cmnd/{base}/POWER", "ON", _TASMOTA_POWER, "ON"),
    "turn_off": Command("cmnd/{base}/POWER", "OFF", _TASMOTA_POWER, "OFF"),
}
_TASMOTA: Table = {
    Domain.LIGHT: (
        {
            **_TASMOTA_ON_OFF,
            "set_brightness": _tasmota("Dimmer", "{brightness}", "Dimmer", "{brightness}"),
            "set_color": _tasmota("Color", "{hex}", "Color"),
            "set_color_temperature": _tasmota("CT", "{mired}", "CT", "{mired}"),
        },
        _TASMOTA_POWER,
    ),
    Domain.SWITCH: (_TASMOTA_ON_OFF, _TASMOTA_POWER),
    Domain.FAN: (
        {
            "turn_on": _tasmota("FanSpeed", "2", "FanSpeed", "2"),
            "turn_off": _tasmota("FanSpeed", "0", "FanSpeed", "0"),
            "set_percentage": _tasmota("FanSpeed", "{speed}", "FanSpeed", "{speed}"),
        },
        Report("stat/{base}/RESULT", "FanSpeed"),
    ),
    Domain.COVER: (
        {
            "open_cover": _tasmota("ShutterOpen1", ""),
            "close_cover": _tasmota("ShutterClose1", ""),
            "stop_cover": _tasmota("ShutterStop1", ""),
            "set_cover_position": _tasmota("ShutterPosition1", "{position}"),
        },
        Report("stat/{base}/RESULT", "Shutter1.Position"),
    ),
    Domain.SENSOR: ({}, Report("tele/{base}/SENSOR")),
    Domain.BINARY_SENSOR: ({}, Report("tele/{base}/SENSOR")),
}


def _esphome(payload: str, expected: str = "", key: str = "") -> Command:
    return Command("{base}/command", payload, Report("{base}/state", key), expected)


def _esphome_part(part: str, payload: str) -> Command:
    report = Report(f"{{base}}/{part}/state")
    return Command(f"{{base}}/{part}/command", payload, report, payload)


_ESPHOME_STATE = Report("{base}/state")
_ESPHOME_ON_OFF = {"turn_on": _esphome("ON", "ON"), "turn_off": _esphome("OFF", "OFF")}
_ESPHOME: Table = {
    Domain.LIGHT: (
        {
            "turn_on": _esphome('{"state": "ON"}', "ON", "state"),
            "turn_off": _esphome('{"state": "OFF"}', "OFF", "state"),
            "set_brightness": _esphome(
                '{"state": "ON", "brightness": {brightness_255}}', "{brightness_255}", "brightness"
            ),
            "set_color": _esphome(
                '{"state": "ON", "color": {"r": {red}, "g": {green}, "b": {blue}}}', "", "color"
            ),
            "set_color_temperature": _esphome(
                '{"state": "ON", "color_temp": {mired}}', "{mired}", "color_temp"
            ),
        },
        Report("{base}/state", "state"),
    ),
    Domain.SWITCH: (_ESPHOME_ON_OFF, _ESPHOME_STATE),
    Domain.FAN: (
        {**_ESPHOME_ON_OFF, "set_percentage": _esphome_part("speed_level", "{percentage}")},
        _ESPHOME_STATE,
    ),
    Domain.COVER: (
        {
            "open_cover": _esphome("OPEN"),
            "close_cover": _esphome("CLOSE"),
            "stop_cover": _esphome("STOP"),
            "set_cover_position": Command(
                "{base}/position/command", "{position}", Report("{base}/position/state")
            ),
        },
        _ESPHOME_STATE,
    ),
    Domain.LOCK: (
        {"lock": _esphome("LOCK", "LOCKED"), "unlock": _esphome("UNLOCK", "UNLOCKED")},
        _ESPHOME_STATE,
    ),
    Domain.CLIMATE: (
        {
            "turn_on": _esphome_part("mode", "heat"),
            "turn_off": _esphome_part("mode", "off"),
            "set_temperature": _esphome_part("target_temperature", "{temperature}"),
        },
        Report("{base}/mode/state"),
    ),
    Domain.BUTTON: ({"press": Command("{base}/command", "PRESS")}, Report()),
}

_READ_ONLY = {
    "zigbee2mqtt": Report("{base}", "state"),
    "tasmota": _TASMOTA_POWER,
    "esphome": _ESPHOME_STATE,
}
_TABLES = {"zigbee2mqtt": _ZIGBEE2MQTT, "tasmota": _TASMOTA, "esphome": _ESPHOME}


def wire(preset: str, domain: Domain, topic: str) -> Wiring:
    """The wiring of one device.

    `topic`: zigbee2mqtt's friendly name (or whole base topic, with a slash); Tasmota's own
    topic; ESPHome's PREFIX/OBJECT.
    """
    base = {"base": _base(preset, domain, topic)}
    commands, report = _TABLES[preset].get(domain, ({}, _READ_ONLY[preset]))
    return {key: _based(command, base) for key, command in commands.items()}, _placed(report, base)


def _base(preset: str, domain: Domain, topic: str) -> str:
    if preset == "zigbee2mqtt":
        return topic if "/" in topic else f"zigbee2mqtt/{topic}"
    if preset == "esphome":
        prefix, _, object_id = topic.rpartition("/")
        return f"{prefix}/{domain}/{object_id}"
    return topic


def _based(command: Command, base: dict[str, str]) -> Command:
    report = _placed(command.report, base)
    return Command(fill(command.topic, base), command.payload, report, command.expected)


def _placed(report: Report, base: dict[str, str]) -> Report:
    return Report(fill(report.topic, base), report.key)


PLAIN_PAYLOADS: dict[Domain, dict[str, str]] = {
    Domain.LIGHT: {"turn_on": "ON", "turn_off": "OFF"},
    Domain.SWITCH: {"turn_on": "ON", "turn_off": "OFF"},
    Domain.FAN: {"turn_on": "ON", "turn_off": "OFF"},
    Domain.CLIMATE: {"turn_on": "heat", "turn_off": "off"},
    Domain.MEDIA_PLAYER: {"turn_on": "ON", "turn_off": "OFF"},
    Domain.SCENE: {"turn_on": "ON"},
    Domain.SCRIPT: {"turn_on": "ON"},
    Domain.COVER: {"open_cover": "OPEN", "close_cover": "CLOSE", "stop_cover": "STOP"},
    Domain.LOCK: {"lock": "LOCK", "unlock": "UNLOCK"},
    Domain.BUTTON: {"press": "PRESS"},
    Domain.VACUUM: {"start": "start", "return_to_base": "return_to_base"},
}
"""Payloads of a device with topics of its own: the defaults of Home Assistant's MQTT platforms."""
CONFIRMED_BY_PAYLOAD = frozenset({"turn_on", "turn_off", "lock", "unlock"})
"""Services after which such a device reports its payload, if that is the usual one."""
