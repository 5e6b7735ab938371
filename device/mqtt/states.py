"""What the retained topics of a speaker say, folded from what happens. Pure.

The time of an event is handed in.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from device import events as e
from device.config import DeviceConfig
from device.health import State, told_of
from device.mqtt.commands import Level
from device.mqtt.topics import (
    DEFAULT_VOICE,
    NO_EFFECT,
    UNKNOWN,
    Topics,
    switch_payload,
    to_json,
)
from device.settings import Settings

_SWITCHES: Final = ("follow_up",)
_LEVELS: Final = tuple(Level)
_CHOICES: Final = ("language", "barge_in")
_RINGS_AT_A_TIME: Final = ("alarm", "reminder")


class States:
    """The payload of every retained topic."""

    def __init__(
        self, topics: Topics, about: DeviceConfig, settings: Settings, version: str, lights: bool
    ) -> None:
        self._topics = topics
        self._health: dict[str, dict[str, Any]] = {}
        self._switched_off = False
        self._version = version
        self._attributes: dict[str, Any] = {
            "name": about.name, "area": about.area, "language": settings.language,
            "wake_word": "", "muted": settings.muted, "last_error": "", "speaking_since": None,
            "cloud": False,
        }  # fmt: skip
        self.light = e.LightChanged(
            on=settings.light_on, brightness=settings.light_brightness,
            color=settings.light_color, effect=settings.light_effect,
        )  # fmt: skip
        """How the ring shines."""
        self.payloads = self._first(settings, version, lights)
        """By topic."""

    def take(self, event: e.Event, now: datetime) -> dict[str, str]:
        """Take one more event; give the topics to report anew, with their payloads.

        A command that changed nothing is reported too: who sent it believes otherwise.
        """
        changed = self._changes(event, now)
        self.payloads.update(changed)
        return changed

    def warmed(self, celsius: float) -> dict[str, str]:
        """Take the temperature of the speaker, in degrees Celsius."""
        changed = self._healthy("temperature", {"celsius": round(celsius, 1)})
        self.payloads.update(changed)
        return changed

    def _first(self, settings: Settings, version: str, lights: bool) -> dict[str, str]:
        topics = self._topics
        payloads = {
            topics.state: e.TurnState.IDLE.value,
            topics.attributes: to_json(self._attributes),
            topics.mute: switch_payload(settings.muted),
            topics.latency: _latency(e.TurnsMeasured(stages={})),
            topics.health: to_json(self._health),
            topics.timers: "[]",
            topics.next_alarm: UNKNOWN,
            topics.update: self._update(e.UpdateChanged(latest=version)),
        }
        for name in (*_LEVELS, *_SWITCHES, *_CHOICES, "voice"):
            payloads |= self._setting(name, getattr(settings, name))
        return payloads | ({topics.light: _light(self.light)} if lights else {})

    def _changes(self, event: e.Event, now: datetime) -> dict[str, str]:
        match event:
            case e.StateChanged(new=state):
                speaking = state is e.TurnState.RESPONDING
                since = now.isoformat(timespec="milliseconds") if speaking else None
                return {self._topics.state: state, **self._attribute("speaking_since", since)}
            case e.MuteChanged():
                return self._muted(event)
            case e.VolumeChanged(volume=volume):
                return self._setting(Level.VOLUME, volume)
            case e.SettingChanged(name="language", value=language):
                return self._setting("language", language) | self._attribute("language", language)
            case e.SettingChanged(name=name, value=value):
                return self._setting(name, value)
            case e.LightChanged():
                self.light = event
                known = self._topics.light in self.payloads
                return {self._topics.light: _light(event)} if known else {}
            case e.WakeWordDetected(word=word):
                return self._attribute("wake_word", word)
            case e.StageFailed(code=code):
                return self._attribute("last_error", code)
            case e.CloudChanged(active=active) if active is not self._attributes["cloud"]:
                return self._attribute("cloud", active)
            case e.HealthChanged():
                return self._told_of(event, {})
            case e.DegradationChanged(given_up=given_up):
                return self._told_of(event, {"given_up": list(given_up)})
            case e.UpdateChanged():
                return {self._topics.update: self._update(event)}
            case e.TurnsMeasured():
                return {self._topics.latency: _latency(event)}
            case e.TimersChanged(timers=timers):
                return {
                    self._topics.timers: to_json(timers),
                    self._topics.next_alarm: _next_alarm(timers),
                }
        return {}

    def _muted(self, event: e.MuteChanged) -> dict[str, str]:
        """What software says counts only while the switch on the device lets sound through."""
        if event.by_switch:
            self._switched_off = event.muted
        muted = event.muted or self._switched_off
        return {self._topics.mute: switch_payload(muted), **self._attribute("muted", muted)}

    def _setting(self, name: str, value: str | float | bool) -> dict[str, str]:
        topic = self._topics.setting(name)
        if name in _LEVELS:
            return {topic: f"{value:g}"}
        if name in _SWITCHES:
            return {topic: switch_payload(bool(value))}
        if name == "voice":
            return {topic: str(value) or DEFAULT_VOICE}
        return {topic: str(value)} if name in _CHOICES else {}

    def _update(self, known: e.UpdateChanged) -> str:
        told: dict[str, Any] = {
            "installed_version": self._version, "latest_version": known.latest, "title": "Parlor",
            "in_progress": known.under_way, "update_percentage": known.percent,
        }  # fmt: skip
        more = {"release_summary": known.summary, "release_url": known.url}
        return to_json(told | {key: value for key, value in more.items() if value})

    def _attribute(self, key: str, value: object) -> dict[str, str]:
        self._attributes[key] = value
        return {self._topics.attributes: to_json(self._attributes)}

    def _told_of(self, event: e.Event, more: dict[str, Any]) -> dict[str, str]:
        ((name, part),) = told_of(event).items()
        how = {"healthy": part.state is State.OK, "code": part.code, "message": part.message}
        return self._healthy(name, {**how, **more})

    def _healthy(self, part: str, how: dict[str, Any]) -> dict[str, str]:
        self._health[part] = {**self._health.get(part, {}), **how}
        return {self._topics.health: to_json(self._health)}


def _light(light: e.LightChanged) -> str:
    red, green, blue = light.color
    return to_json(
        {
            "state": switch_payload(light.on),
            "brightness": round(light.brightness * 255),
            "color_mode": "rgb",
            "color": {"r": red, "g": green, "b": blue},
            "effect": light.effect or NO_EFFECT,
        }
    )


def _latency(turns: e.TurnsMeasured) -> str:
    whole = turns.stages.get("end_to_end", {"count": 0, "p50": None, "p95": None})
    return to_json(
        {
            "turns": whole["count"], "p50": whole["p50"], "p95": whole["p95"],
            "stages": turns.stages, "in_all": turns.whole,
        }
    )  # fmt: skip


def _next_alarm(timers: Iterable[Mapping[str, Any]]) -> str:
    """When the first of what rings at a time of day rings."""
    dues = [
        datetime.fromisoformat(timer["due"])
        for timer in timers
        if timer.get("kind") in _RINGS_AT_A_TIME and timer.get("due")
    ]
    return min(dues).isoformat() if dues else UNKNOWN
