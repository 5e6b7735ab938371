"""What is seen of a speaker from outside: its MQTT topics, read as the events of scenarios. Pure.

~/state                  state_changed; playback_started where it begins to respond, and
                         playback_finished where it rests after it
~/event                  wake_word_detected, interrupted, overlap, intent_recognized,
                         final_transcript, false_wake_reported, stage_failed, and those of timers
~/health                 health_changed
~/metrics                turn_measured
a lamp of ours           action_requested
"""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.scenario.account import Told
from benchmarks.scenario.script import Scenario, Sought
from device.event import TurnState
from device.home.entities import slug
from device.home.value_templates import parse_json
from device.mqtt.topics import Topics, to_json

LAMPS: Final = "parlor-hil/light"
"""Where our lamps are commanded, and report: a form that brokers let speakers use."""

_TIMER_FIELDS: Final = frozenset({"id", "name", "total_seconds"})
SEEN: Final = {
    "state_changed": frozenset({"old", "new"}),
    "playback_started": frozenset[str](),
    "playback_finished": frozenset[str](),
    "wake_word_detected": frozenset({"word", "score"}),
    "interrupted": frozenset({"by"}),
    "overlap": frozenset({"kind"}),
    "intent_recognized": frozenset({"name", "slots"}),
    "final_transcript": frozenset({"text", "language"}),
    "false_wake_reported": frozenset({"by"}),
    "stage_failed": frozenset({"stage", "code"}),
    "health_changed": frozenset({"part", "healthy", "code"}),
    "turn_measured": frozenset({"stages"}),
    "action_requested": frozenset({"entity", "service", "topic"}),
    "timer_started": _TIMER_FIELDS,
    "timer_cancelled": frozenset({"id", "name"}),
    "timer_finished": frozenset({"id", "name"}),
}
"""Events that are seen, and those of their fields that are."""
_RENAMED: Final = {
    "wake": ("wake_word_detected", {"wake_word": "word"}),
    "barge_in": ("interrupted", {}),
    "intent": ("intent_recognized", {}),
    "transcript": ("final_transcript", {}),
    "false_wake": ("false_wake_reported", {}),
    "error": ("stage_failed", {}),
}  # fmt: skip


def unseen(sought: Sought) -> str:
    """Why an event cannot be seen from outside; empty where it can."""
    if sought.event not in SEEN:
        return "not told by MQTT"
    hidden = sorted(sought.fields.keys() - SEEN[sought.event])
    return f"MQTT does not tell its {', '.join(hidden)}" if hidden else ""


class Outside:
    """Turns messages into events."""

    def __init__(self, topics: Topics, scenario: Scenario) -> None:
        self._topics = topics
        self._lamps = {f"{LAMPS}/{slug(name)}": name for name in scenario.lamps}
        self._state = ""
        self._health: dict[str, Any] | None = None
        self.online = False
        """Whether the speaker says that it is there."""
        self.commands: list[tuple[str, Told]] = []
        """What the lamps were told."""

    @property
    def resting(self) -> bool:
        """Whether it is known to do nothing."""
        return self.online and self._state == TurnState.IDLE

    def filters(self) -> list[str]:
        """What must be subscribed."""
        own = self._topics
        told = [own.availability, own.state, own.event, own.health, own.metrics]
        return [*told, *(f"{lamp}/command" for lamp in self._lamps)]

    def announcements(self, prefix: str) -> dict[str, str]:
        """Topics and payloads that make the lamps known, as Home Assistant's MQTT lights."""
        return {
            f"{prefix}/light/{lamp.replace('/', '_')}/config": to_json(
                {
                    "schema": "json", "unique_id": lamp.replace("/", "_"),
                    "default_entity_id": f"light.{slug(name)}",
                    "command_topic": f"{lamp}/command", "state_topic": f"{lamp}/state",
                    "device": {"identifiers": [lamp], "name": name},
                }
            )
            for lamp, name in self._lamps.items()
        }  # fmt: skip

    def reports(self) -> dict[str, str]:
        """Topics and payloads with which the lamps say that they are off."""
        return {f"{lamp}/state": to_json({"state": "OFF"}) for lamp in self._lamps}

    def answer(self, topic: str, payload: str) -> tuple[str, str] | None:
        """What a lamp reports that was told something: it obeys."""
        lamp = topic.removesuffix("/command")
        return (f"{lamp}/state", payload) if lamp in self._lamps else None

    def take(self, topic: str, payload: str) -> list[Told]:
        """What a message tells; nothing where it is malformed."""
        own = self._topics
        if topic == own.availability:
            self.online = payload == "online"
            return []
        if topic == own.state:
            return list(self._moved(payload))
        told = parse_json(payload)
        if not isinstance(told, dict):
            return []
        if topic == own.event:
            return _happened(told)
        if topic == own.health:
            return list(self._felt(told))
        if topic == own.metrics:
            return [{"event": "turn_measured", **told}]
        return list(self._commanded(topic, told))

    def _moved(self, new: str) -> Iterator[Told]:
        old, self._state = self._state, new
        if old in ("", new):
            return
        yield {"event": "state_changed", "old": old, "new": new}
        if new == TurnState.RESPONDING:
            yield {"event": "playback_started"}
        elif old == TurnState.RESPONDING and new == TurnState.IDLE:
            yield {"event": "playback_finished"}

    def _felt(self, health: Told) -> Iterator[Told]:
        before, self._health = self._health, health
        for part, how in health.items():
            known = isinstance(how, dict) and "healthy" in how
            if before is None or not known or before.get(part) == how:
                continue
            yield {"event": "health_changed", "part": part, "code": "", **how}

    def _commanded(self, topic: str, told: Told) -> Iterator[Told]:
        name = self._lamps.get(topic.removesuffix("/command"))
        if name is None:
            return
        self.commands.append((name, told))
        service = "turn_off" if told.get("state") == "OFF" else "turn_on"
        entity = f"light.{slug(name)}"
        yield {"event": "action_requested", "entity": entity, "service": service, "topic": topic}


def _happened(told: Told) -> list[Told]:
    name = str(told.get("event_type"))
    event, renamed = _RENAMED.get(name, (name, {}))
    if event not in SEEN:
        return []
    fields = {renamed.get(key, key): value for key, value in told.items() if key != "event_type"}
    return [{"event": event, **fields}]
