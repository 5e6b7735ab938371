"""The home as the speaker knows it: what an intent means in commands, and what was reported."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from device.errors import HomeError
from device.home.base import Command, Device
from device.home.services import (
    HOME_ASSISTANT_NAMES,
    brightness_values,
    color_values,
    fill,
    percentage_values,
    temperature_color_values,
)
from device.home.states import read_facts, read_state, state_topics
from device.home.value_templates import MAXIMUM_PAYLOAD, write_payload
from device.types import Action, Domain, Entity, EntityState, Intent

Request = tuple[str, dict[str, Any]]
"""A service key and the values for its payload."""
UNKNOWN: Final = "unknown"
"""Value of a state of which only further facts are known."""

_ON = {
    Domain.COVER: "open_cover",
    Domain.LOCK: "lock",
    Domain.BUTTON: "press",
    Domain.VACUUM: "start",
}
_OFF = {Domain.COVER: "close_cover", Domain.LOCK: "unlock", Domain.VACUUM: "return_to_base"}
_PLAIN = {
    "HassMediaPause": "media_pause",
    "HassMediaUnpause": "media_play",
    "HassMediaNext": "media_next_track",
    "HassMediaPrevious": "media_previous_track",
    "HassMediaPlayerMute": "volume_mute",
    "HassMediaPlayerUnmute": "volume_unmute",
    "HassVacuumStart": "start",
    "HassVacuumReturnToBase": "return_to_base",
}


class Home:
    """Plans commands and remembers states; holds no connection."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._states: dict[str, EntityState] = {}
        self._by_id: dict[str, Device] = {}
        self.replace(devices)

    def replace(self, devices: Sequence[Device]) -> None:
        """Be made of other devices; what is known of those that tell it as before is kept."""
        before = self._by_id
        self.devices = tuple(devices)
        self._by_id = {device.entity.id: device for device in devices}
        self._by_topic = state_topics(devices)
        self._states = {
            key: state
            for key, state in self._states.items()
            if key in self._by_id and self._by_id[key].report == before[key].report
        }

    @property
    def topics(self) -> frozenset[str]:
        """Every topic on which something is told; hand what comes there to `note`."""
        return frozenset(self._by_topic)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Everything that can be named."""
        return tuple(device.entity for device in self.devices)

    def plan(self, intent: Intent) -> tuple[Action, ...]:
        """One command for each id in slot `entity_id` that can do it.

        Raises HomeError when none of them can, and names the first one's reason.
        """
        devices = [self._device(entity_id) for entity_id in intent.slots.get("entity_id", [])]
        if not devices:
            raise HomeError(f"{intent.name} names nothing in the home; name a device or a room")
        able = [one for one in devices if _request(intent, one.entity.domain)[0] in one.commands]
        return tuple(self._action(device, intent) for device in able or devices)

    def state(self, entity_id: str) -> EntityState | None:
        """Last reported state; None when nothing was reported yet."""
        return self._states.get(entity_id)

    def note(self, topic: str, payload: str) -> None:
        """Remember what was reported on a topic."""
        if len(payload) > MAXIMUM_PAYLOAD:
            return
        for device in self._by_topic.get(topic, ()):
            key = device.entity.id
            known = self._states.get(key)
            told = read_state(device, payload) if device.report.topic == topic else None
            facts = read_facts(device, topic, payload)
            if told is not None or facts:
                old = {name: known.attributes[name] for name in device.readings
                       if known is not None and name in known.attributes}  # fmt: skip
                state = told or known or EntityState(UNKNOWN, device.unit)
                attributes = {**state.attributes, **old, **facts}
                self._states[key] = replace(state, attributes=attributes)

    def _device(self, entity_id: str) -> Device:
        if entity_id not in self._by_id:
            raise HomeError(f"nothing in the home has the id {entity_id!r}; see [[home.entity]]")
        return self._by_id[entity_id]

    def _action(self, device: Device, intent: Intent) -> Action:
        service, values = _request(intent, device.entity.domain)
        command = device.commands.get(service)
        if command is None:
            raise HomeError(
                f"{device.entity.name} cannot do {service}; give its [[home.entity]] a preset, "
                f"or a command_topic and payloads.{service}"
            )
        return _filled(device.entity.id, service, command, values)


def _filled(entity_id: str, service: str, command: Command, values: Mapping[str, Any]) -> Action:
    payload = fill(command.payload, values)
    return Action(
        entity=entity_id,
        service=HOME_ASSISTANT_NAMES.get(service, service),
        topic=command.topic,
        payload=write_payload(command.template, payload) if command.template else payload,
        state_topic=command.report.topic,
        expected=fill(command.expected, values),
        value_key=command.report.key,
    )


def _request(intent: Intent, domain: Domain) -> Request:
    slots = intent.slots
    match intent.name:
        case "HassTurnOn":
            return _ON.get(domain, "turn_on"), {}
        case "HassTurnOff":
            return _OFF.get(domain, "turn_off"), {}
        case "HassLightSet":
            return _light_request(slots)
        case "HassSetPosition":
            return "set_cover_position", {"position": round(_number(slots, "position"))}
        case "HassFanSetSpeed":
            return "set_percentage", percentage_values(_number(slots, "percentage"))
        case "HassClimateSetTemperature":
            return "set_temperature", {"temperature": slots["temperature"]}
        case "HassSetVolume":
            return "volume_set", {"volume": round(_number(slots, "volume_level"))}
        case "HassSetVolumeRelative":
            return _volume_request(slots), {}
        case name if name in _PLAIN:
            return _PLAIN[name], {}
        case name:
            raise HomeError(f"the home has no command for {name}")


def _light_request(slots: Mapping[str, Any]) -> Request:
    if "brightness" in slots:
        return "set_brightness", brightness_values(_number(slots, "brightness"))
    if "color" in slots:
        return "set_color", color_values(str(slots["color"]))
    if "temperature" in slots:
        return "set_color_temperature", temperature_color_values(_number(slots, "temperature"))
    raise HomeError("nothing is said about what the light should become")


def _volume_request(slots: Mapping[str, Any]) -> str:
    step = slots.get("volume_step")
    louder = step > 0 if isinstance(step, (int, float)) else step == "up"
    return "volume_up" if louder else "volume_down"


def _number(slots: Mapping[str, Any], name: str) -> float:
    try:
        return float(slots[name])
    except (KeyError, TypeError, ValueError) as error:
        raise HomeError(f"slot {name} holds no number") from error
