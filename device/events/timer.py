"""Timers, alarms and reminders."""

from dataclasses import dataclass, field
from typing import Any

from device.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue(Event):
    """A timer, alarm or reminder rings."""

    label: str = ""
    """What is said between the rings, e.g. "pizza timer"; empty: nothing."""
    timer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeRequested(Event):
    """What rings is to ring again in a while."""

    by: str = "voice"
    """voice, button or mqtt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRequested(Event):
    """Somebody asks by MQTT or API for something about timers."""

    action: str
    """start, cancel, pause, resume, add, stop or snooze."""
    fields: dict[str, Any] = field(default_factory=dict)
    """id, name, seconds; for an alarm also kind, at (ISO 8601) and repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStarted(Event):
    """A timer, alarm or reminder was set."""

    id: str
    name: str = ""
    total_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerUpdated(Event):
    """It was paused, resumed, lengthened, shortened or snoozed."""

    id: str
    name: str = ""
    is_active: bool = True
    total_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCancelled(Event):
    """It was taken back."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFinished(Event):
    """It began to ring."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersChanged(Event):
    """The list of timers, alarms and reminders is another; what ~/timers shows."""

    timers: tuple[dict[str, Any], ...] = ()
    """Soonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingingEnded(Event):
    """What rang was silenced, or rang for as long as it may."""

    timer_id: str
    snoozed: bool = False
