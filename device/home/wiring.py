"""How announced things are commanded and read, by Home Assistant's MQTT platforms. Pure.

Option names and defaults are those of home-assistant.io, MQTT integrations; lights are in
`device.home.light_wiring`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from device.home.base import Command, Device, Report
from device.home.light_wiring import wire_light
from device.home.options import Options
from device.types import Domain, Entity


def wire_announced(entity: Entity, options: Options) -> Device:
    """The device behind an announced entity. Raises HomeError when its options are wrong."""
    return _WIRINGS[entity.domain](entity, options)


def _switch(entity: Entity, options: Options) -> Device:
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    said_on, said_off = options.text("state_on", on), options.text("state_off", off)
    report = options.report()
    commands = {
        "turn_on": options.command(on, report, said_on),
        "turn_off": options.command(off, report, said_off),
    }
    return Device(entity, commands, report, words=_on_off(said_on, said_off))


def _fan(entity: Entity, options: Options) -> Device:
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    report = options.report("state_topic", "state_value_template", "value_template")
    commands = {
        "turn_on": options.command(on, report, on),
        "turn_off": options.command(off, report, off),
    }
    if (speed := _fan_speed(options)) is not None:
        commands["set_percentage"] = speed
    return Device(entity, commands, report, words=_on_off(on, off))


def _fan_speed(options: Options) -> Command | None:
    lowest, highest = options.number("speed_range_min", 1), options.number("speed_range_max", 100)
    if "percentage_command_topic" in options and lowest == 1 <= highest:
        payload = f"{{percentage_{highest}}}"
        report = options.report("percentage_state_topic", "percentage_value_template")
        return options.command(payload, report, payload, "percentage_")
    if {"low", "medium", "high"} <= set(options.texts("preset_modes")):
        report = options.report("preset_mode_state_topic", "preset_mode_value_template")
        return options.command("{mode}", report, "{mode}", "preset_mode_")
    return None


def _cover(entity: Entity, options: Options) -> Device:
    shut, wide = options.number("position_closed", 0), options.number("position_open", 100)
    position = options.report("position_topic", "position_template", "value_template")
    report = options.report() if "state_topic" in options else position
    commands: dict[str, Command] = {}
    for service, key, payload in _COVER_PAYLOADS:
        if "command_topic" in options and options.text(key, payload):
            # A cover reports while it moves: any report says that it heard.
            commands[service] = options.command(options.text(key, payload), report)
    if "set_position_topic" in options and shut == 0 < wide:
        topic = options.topic("set_position_topic")
        template = options.template("set_position_template")
        number = f"{{position_{wide}}}"
        payload = f'{{"position": {number}}}' if template else number
        commands["set_cover_position"] = Command(topic, payload, position, "", template)
    words = {
        **({str(shut): "closed", str(wide): "open"} if report == position else {}),
        **{options.text(f"state_{word}", word).casefold(): word for word in _COVER_STATES},
    }
    return Device(entity, commands, report, words=words)


_COVER_PAYLOADS: Final = (
    ("open_cover", "payload_open", "OPEN"),
    ("close_cover", "payload_close", "CLOSE"),
    ("stop_cover", "payload_stop", "STOP"),
)
_COVER_STATES: Final = ("open", "closed", "opening", "closing")


def _lock(entity: Entity, options: Options) -> Device:
    locked = options.text("state_locked", "LOCKED")
    unlocked = options.text("state_unlocked", "UNLOCKED")
    report = options.report()
    commands = {
        "lock": options.command(options.text("payload_lock", "LOCK"), report, locked),
        "unlock": options.command(options.text("payload_unlock", "UNLOCK"), report, unlocked),
    }
    words = {locked.casefold(): "locked", unlocked.casefold(): "unlocked"}
    return Device(entity, commands, report, words=words)


def _climate(entity: Entity, options: Options) -> Device:
    report = options.report("mode_state_topic", "mode_state_template", "value_template")
    commands = _climate_power(options, report)
    if "temperature_command_topic" in options:
        told = options.report(
            "temperature_state_topic", "temperature_state_template", "value_template"
        )
        commands["set_temperature"] = options.command(
            "{temperature}", told, "{temperature}", "temperature_"
        )
    measured = options.report(
        "current_temperature_topic", "current_temperature_template", "value_template"
    )
    readings = {"current_temperature": measured} if measured.topic else {}
    return Device(entity, commands, report, readings=readings)


def _climate_power(options: Options, report: Report) -> dict[str, Command]:
    if "power_command_topic" in options:
        on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
        return {
            "turn_on": options.command(on, part="power_"),
            "turn_off": options.command(off, part="power_"),
        }
    if "mode_command_topic" not in options:
        return {}
    modes = options.texts("modes") or ("auto", "off", "cool", "heat", "dry", "fan_only")
    wanted = [mode for mode in ("heat", "auto", "heat_cool", *modes) if mode in modes]
    return {
        service: options.command(mode, report, mode, "mode_")
        for service, mode in (("turn_on", wanted[0]), ("turn_off", "off"))
        if mode in modes and (service == "turn_off" or mode != "off")
    }


def _scene(entity: Entity, options: Options) -> Device:
    return Device(entity, {"turn_on": options.command(options.text("payload_on", "ON"))})


def _button(entity: Entity, options: Options) -> Device:
    return Device(entity, {"press": options.command(options.text("payload_press", "PRESS"))})


def _vacuum(entity: Entity, options: Options) -> Device:
    report = Report(options.topic("state_topic"), "state")
    commands = {
        service: options.command(options.text(f"payload_{service}", service), report)
        for service in ("start", "return_to_base")
    }
    return Device(entity, commands, report)


def _sensor(entity: Entity, options: Options) -> Device:
    return Device(entity, {}, options.report(), options.text("unit_of_measurement"))


def _binary_sensor(entity: Entity, options: Options) -> Device:
    on, off = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
    return Device(entity, {}, options.report(), words=_on_off(on, off))


def _on_off(on: str, off: str) -> dict[str, str]:
    return {on.casefold(): "on", off.casefold(): "off"}


_WIRINGS: Final[Mapping[Domain, Callable[[Entity, Options], Device]]] = {
    Domain.LIGHT: wire_light,
    Domain.SWITCH: _switch,
    Domain.FAN: _fan,
    Domain.COVER: _cover,
    Domain.LOCK: _lock,
    Domain.CLIMATE: _climate,
    Domain.SCENE: _scene,
    Domain.BUTTON: _button,
    Domain.VACUUM: _vacuum,
    Domain.SENSOR: _sensor,
    Domain.BINARY_SENSOR: _binary_sensor,
}
PLATFORMS: Final = frozenset(_WIRINGS)
"""The platforms that can be spoken about."""
