"""Voices of the fakes, and what they say."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from device import events as e
from device.errors import EngineBusy, EngineError, EngineRefused
from device.outside import Outside, Unit
from device.pipeline.tts.cloud.base import CloudTts
from device.pipeline.tts.cloud.http import HttpService, HttpWay
from device.types import Voice
from tests.fakes.speech_server import Fault

TEXT = "The kitchen light is on."
PATIENCE = 30.0
"""Seconds of real time that a loaded machine may take."""
HASTE = 1.0
"""Where nothing will come."""
T = TypeVar("T")
WRONGS: Final = [
    (Fault.REFUSED, EngineRefused), (Fault.BUSY, EngineBusy), (Fault.BROKEN, EngineError),
    (Fault.PORTAL, EngineError), (Fault.LOST, EngineError), (Fault.SILENT, EngineError),
    (Fault.EMPTY, EngineError), (Fault.CUT, EngineError), (Fault.STALLED, EngineError),
    (Fault.GARBAGE, EngineError), (Fault.ENDLESS, EngineError),
]  # fmt: skip
"""What goes wrong, and the error it is."""


@dataclass
class Door:
    """An Outside, and what it was told."""

    told: list[e.Event] = field(default_factory=list)
    spent: list[tuple[str, Unit, float]] = field(default_factory=list)

    @property
    def outside(self) -> Outside:
        return Outside(self.told.append, lambda *amount: self.spent.append(amount))

    @property
    def active(self) -> list[bool]:
        """Whether something was outside, as it was told."""
        return [event.active for event in self.told if isinstance(event, e.CloudChanged)]


def voice(name: str, engine: str, rate: int = 24_000, language: str = "en-US") -> Voice:
    return Voice(name, engine, language, rate)


def patience(fault: Fault) -> float:
    """How long to wait for a service with this fault."""
    return HASTE if fault in (Fault.SILENT, Fault.STALLED) else PATIENCE


async def _collected(tts: CloudTts, text: str) -> bytes:
    async with aclosing(tts.synthesize(text)) as sound:  # type: ignore[type-var]
        return b"".join([chunk.audio async for chunk in sound])


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def by_http(
    dialect: Any, text: str = TEXT, door: Door | None = None, wait_seconds: float = PATIENCE
) -> bytes:
    """All PCM of a sentence, over a way of its own."""

    async def speak() -> bytes:
        way = HttpWay()
        try:
            tts = CloudTts(HttpService(dialect, way), (door or Door()).outside, wait_seconds)
            return await _collected(tts, text)
        finally:
            await way.close()

    return run(speak())
