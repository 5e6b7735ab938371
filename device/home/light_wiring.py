"""How announced lights are commanded and read: the three schemas of MQTT lights. Pure.

Option names are those of home-assistant.io, MQTT light.
"""

import json
from typing import Any, Final

from device.errors import HomeError
from device.home.base import Command, Device, Report
from device.home.options import Options
from device.types import Entity

_COLOR_FORMS: Final = (
    ("rgb", {"r": "{red}", "g": "{green}", "b": "{blue}"}),
    ("rgbw", {"r": "{red}", "g": "{green}", "b": "{blue}", "w": "0"}),
    ("rgbww", {"r": "{red}", "g": "{green}", "b": "{blue}", "c": "0", "w": "0"}),
    ("hs", {"h": "{hue}", "s": "{saturation}"}),
    ("xy", {"x": "{x}", "y": "{y}"}),
)
"""What stands under `color`, by color mode, best first."""


def wire_light(entity: Entity, options: Options) -> Device:
    """The light behind an entity. Raises HomeError when its options are wrong."""
    schema = options.text("schema", "default")
    if schema not in _SCHEMAS:
        raise HomeError(f"schema {schema[:40]!r} is unknown")
    return _SCHEMAS[schema](entity, options)


def _json_light(entity: Entity, options: Options) -> Device:
    topic = options.topic("state_topic")
    modes = options.texts("supported_color_modes")

    def command(told: str, expected: str, **values: Any) -> Command:
        payload = _unquoted({"state": "ON", **values})
        return options.command(payload, Report(topic, told) if topic else Report(), expected)

    commands = {
        "turn_on": command("state", "ON"),
        "turn_off": command("state", "OFF", state="OFF"),
    }
    if options.flag("brightness") or set(modes) - {"onoff"}:
        level = _brightness(options)
        commands["set_brightness"] = command("brightness", level, brightness=level)
    if "color_temp" in modes:
        unit = "{kelvin}" if options.flag("color_temp_kelvin") else "{mired}"
        # The lamp may bound the temperature to what it can do: any report counts.
        commands["set_color_temperature"] = command("color_temp", "", color_temp=unit)
    if (color := next((form for mode, form in _COLOR_FORMS if mode in modes), None)) is not None:
        commands["set_color"] = command("color", "", color=color)
    return Device(entity, commands, Report(topic, "state") if topic else Report())


def _default_light(entity: Entity, options: Options) -> Device:
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    report = options.report("state_topic", "state_value_template", "value_template")
    commands = {
        "turn_on": options.command(on, report, on),
        "turn_off": options.command(off, report, off),
    }
    level, warmth = _brightness(options), _temperature(options)
    for service, part, payload, variables in (
        ("set_brightness", "brightness_", level, level),
        ("set_color_temperature", "color_temp_", warmth, warmth),
        ("set_color", "rgb_", "{red},{green},{blue}", f"{{{_RGB}}}"),
        ("set_color", "hs_", "{hue},{saturation}", f"{{{_HS}}}"),
    ):
        if f"{part}command_topic" in options and service not in commands:
            told = options.report(f"{part}state_topic", f"{part}value_template")
            sent = variables if f"{part}command_template" in options else payload
            expected = level if service == "set_brightness" else ""
            commands[service] = options.command(sent, told, expected, part)
    return Device(entity, commands, report, words={on.casefold(): "on", off.casefold(): "off"})


_RGB: Final = '"red": {red}, "green": {green}, "blue": {blue}'
_HS: Final = '"hue": {hue}, "sat": {saturation}'


def _template_light(entity: Entity, options: Options) -> Device:
    topic = options.topic("command_topic")
    on, off = options.template("command_on_template"), options.template("command_off_template")
    if not (topic and on and off):
        raise HomeError("a light of schema template needs a topic and both command templates")
    report = options.report("state_topic", "state_template")
    told = Report(report.topic)
    settings = {
        "set_brightness": ("brightness_template", '"brightness": {brightness_255}'),
        "set_color_temperature": ("color_temp_template", '"color_temp": {mired}'),
        "set_color": ("red_template", _RGB),
    }
    commands = {
        "turn_on": Command(topic, '{"state": "on"}', report, "on", on),
        "turn_off": Command(topic, '{"state": "off"}', report, "off", off),
        **{
            service: Command(topic, f'{{"state": "on", {variables}}}', told, "", on)
            for service, (mark, variables) in settings.items()
            if mark in options
        },
    }
    return Device(entity, commands, report)


def _brightness(options: Options) -> str:
    scale = options.number("brightness_scale", 255)
    if scale < 1:
        raise HomeError(f"brightness_scale {scale} is no scale")
    return f"{{brightness_{scale}}}"


def _temperature(options: Options) -> str:
    return "{kelvin}" if options.flag("color_temp_kelvin") else "{mired}"


def _unquoted(values: dict[str, Any]) -> str:
    """JSON in which a placeholder stands for a number."""
    text = json.dumps(values)
    return text.replace('"{', "{").replace('}"', "}").replace('"0"', "0")


_SCHEMAS: Final = {
    "default": _default_light,
    "basic": _default_light,
    "json": _json_light,
    "template": _template_light,
}
