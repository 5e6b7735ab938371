"""What all events have in common, and the words they use."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

_SNAKE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class TurnState(StrEnum):
    """What the speaker is doing; Home Assistant's four states."""

    IDLE = "idle"
    LISTENING = "listening"
    PROCESSING = "processing"
    RESPONDING = "responding"


class Priority(StrEnum):
    """How pressing an announcement is."""

    NORMAL = "normal"
    URGENT = "urgent"


class BargeIn(StrEnum):
    """What may interrupt the speaker while it thinks or speaks."""

    FULL = "full"
    """Whatever is said to it."""
    WAKE_WORD = "wake_word"
    """A wake word or a stop word, the button, MQTT and API."""
    BUTTON = "button"
    """The button, MQTT and API."""
    OFF = "off"
    """Nothing: half duplex. It can be stopped, but listens only when it has finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Root of all events."""

    turn_id: int = 0
    at: float = 0.0

    @property
    def kind(self) -> str:
        """Class name in snake case, the `event` of the JSON form."""
        return _SNAKE.sub("_", type(self).__name__).lower()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: `event` first, `at` rounded to a millisecond."""
        fields = {key: value for key, value in asdict(self).items() if not key.startswith("_")}
        return {"event": self.kind, **fields, "at": round(self.at, 3)}
