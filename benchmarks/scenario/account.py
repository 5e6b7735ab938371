"""What happened in one run of a scenario, in whatever time it ran. Pure."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.scenario.script import Sought
from device.audio.format import RATE, Samples

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the speaker, in its JSON form."""

    at: float
    """Seconds of the clock of the run."""
    told: Told

    def fits(self, sought: Sought) -> bool:
        """Whether it is the one that is sought."""
        if self.told["event"] != sought.event:
            return False
        return all(_fits(self.told.get(key), wanted) for key, wanted in sought.fields.items())


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person said, from its onset to its end."""

    start: float
    stop: float
    what: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Everything that left the loudspeaker, or reached the microphone."""

    samples: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    rate: int = RATE
    began: float = 0.0
    """Time of the first sample."""

    def between(self, start: float, stop: float) -> Samples:
        """What was heard from one moment to another; silence outside."""
        first, last = (
            round((start - self.began) * self.rate),
            round((stop - self.began) * self.rate),
        )
        out = np.zeros(max(0, last - first), np.int16)
        part = self.samples[max(0, first) : max(0, last)]
        begin = max(0, -first)
        out[begin : begin + len(part)] = part
        return out


@dataclass(frozen=True, slots=True)
class Delays:
    """How long sound is on its way through the rig, in seconds; taken off what is measured."""

    loop: float | None
    """From the loudspeaker to the microphone where there is no room; None: it was not measured."""
    voice: float | None
    """From the moment that something is said to the microphone; None: it was not measured."""


@dataclass(frozen=True, slots=True)
class Account:
    """One run."""

    happenings: list[Happening]
    played: Sound
    marks: dict[str, list[float]] = field(default_factory=dict)
    """When each named cue was done, once a repetition."""
    said: list[Said] = field(default_factory=list)
    commands: list[tuple[str, Told]] = field(default_factory=list)
    """What the lamps were told."""
    asked: list[Told] = field(default_factory=list)
    """Requests that the language model got."""
    troubles: list[str] = field(default_factory=list)
    """What kept the script from being played as it is written."""
    heard: Sound = field(default_factory=Sound)
    """What reached the microphone, where it was recorded."""
    delays: list[Delays] = field(default_factory=list)
    """As often as they were measured."""


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_fits(value, one) for one in wanted)
    if isinstance(wanted, str) and wanted.startswith("~"):
        return wanted[1:].lower() in str(value).lower()
    return bool(value == wanted)
