"""Who had the floor when: a fold of events into a bounded history. Pure.

Nothing of what was said is in it.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from device import events as e
from device.audio.format import RATE

_KEPT_SECONDS: Final = 600.0
"""What ended longer ago is forgotten."""
_MOST: Final = 200


class Who(StrEnum):
    """Who speaks."""

    PERSON = "person"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Held:
    """One stretch in which somebody had the floor, in seconds of captured audio."""

    who: Who
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Overlapped:
    """A person and the speaker spoke at once."""

    manner: str
    """interruption or backchannel."""
    at: float
    """Seconds of captured audio by its end."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Floor:
    """The last ten minutes, 200 stretches at most."""

    held: tuple[Held, ...] = ()
    overlaps: tuple[Overlapped, ...] = ()
    speaking_since: float | None = None
    """When what the speaker says now began; None: it is silent."""
    counts: Counter[str] = field(default_factory=Counter)
    """Overlaps by manner since the start."""

    def fold(self, event: e.Event) -> "Floor":
        """Take one more event."""
        match event:
            case e.TurnEnded(start_sample=start, speech_stop_sample=stop):
                return self._heard(Held(Who.PERSON, start / RATE, stop / RATE), event.at)
            case e.PlaybackStarted() | e.PlaybackResumed():
                return replace(self, speaking_since=event.at)
            case e.PlaybackHeld() | e.PlaybackFinished() if self.speaking_since is not None:
                said = Held(Who.SPEAKER, self.speaking_since, max(self.speaking_since, event.at))
                return replace(self._heard(said, event.at), speaking_since=None)
            case e.Overlap(manner=manner, seconds=seconds):
                kept = [one for one in self.overlaps if one.at > event.at - _KEPT_SECONDS]
                newest = (*kept, Overlapped(manner, event.at, seconds))[-_MOST:]
                return replace(self, overlaps=newest, counts=self.counts + Counter([manner]))
        return self

    def as_dict(self) -> dict[str, Any]:
        """The form that JSON holds: seconds each had the floor, and overlaps by manner."""
        seconds = {who: sum(one.stop - one.start for one in self.held if one.who is who)
                   for who in Who}  # fmt: skip
        return {
            "seconds": {who.value: round(long, 1) for who, long in seconds.items()},
            "overlaps": dict(self.counts),
            "history": [
                {"who": one.who.value, "start": round(one.start, 2), "stop": round(one.stop, 2)}
                for one in self.held
            ],
        }

    def _heard(self, held: Held, now: float) -> "Floor":
        kept = [one for one in self.held if one.stop > now - _KEPT_SECONDS]
        return replace(self, held=(*kept, held)[-_MOST:])
