"""What the home is made of: wired devices, and the way commands leave the speaker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from device.types import Action, Entity, Outcome


class CommandPort(Protocol):
    """The way to the broker."""

    async def publish(self, topic: str, payload: str) -> None:
        """Send one message; raises BrokerUnreachable."""
        ...

    def watch(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Payloads that arrive on a topic from now on; raises BrokerUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """Where a device tells its state."""

    topic: str = ""
    """Empty: it does not."""
    key: str = ""
    """Key inside a JSON report, dots for nested ones; or a Jinja template of `value` and
    `value_json`; empty: the payload is the value."""


@dataclass(frozen=True, slots=True)
class Command:
    """How one service is said to one device."""

    topic: str
    payload: str
    """Template; {brightness} and such are filled in."""
    report: Report = Report()
    """Where the effect shows."""
    expected: str = ""
    """Template of the value that confirms; empty: any report does."""
    template: str = ""
    """Jinja template that turns the payload into what is published; empty: it is."""


@dataclass(frozen=True, slots=True)
class Device:
    """An entity with its topics."""

    entity: Entity
    commands: dict[str, Command] = field(default_factory=dict)
    """Command by service key of `device.home.services`."""
    report: Report = Report()
    """Where its state is told."""
    unit: str = ""
    """Unit of the state, e.g. °C."""
    words: dict[str, str] = field(default_factory=dict)
    """Home Assistant's word by the value that is reported, in lower case."""
    readings: dict[str, Report] = field(default_factory=dict)
    """Where further facts are told, e.g. current_temperature."""

    @property
    def reports(self) -> tuple[Report, ...]:
        """Every place where something about it is told."""
        places = (self.report, *self.readings.values())
        return tuple(place for place in places if place.topic)


class Confirmation:
    """An action on its way; ask how it went."""

    def __init__(self, action: Action, task: "asyncio.Task[Outcome]") -> None:
        self.action = action
        self._task = task

    async def within(self, seconds: float) -> Outcome:
        """How it went, `seconds` from now at the latest; UNCONFIRMED when that is still open."""
        done, _ = await asyncio.wait({self._task}, timeout=seconds)
        if not done or self._task.cancelled():
            return Outcome.UNCONFIRMED
        return self._task.result()
