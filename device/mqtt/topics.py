"""Parlor's own MQTT topics, and what their payloads mean. Pure.

All begin with `parlor/<device_id>` (written ~), where the id matches [a-z0-9_-]+.

    topic                            retained  payload
    ~/availability                   yes       online | offline; also the Last Will
    ~/state                          yes       idle | listening | processing | responding
    ~/state/attributes               yes       JSON: wake word, language, speaking since,
                                               muted, last error code
    ~/event                          no        JSON with `event_type`
    ~/metrics                        no        JSON: milliseconds by stage of one turn
    ~/health                         yes       JSON: parts of the speaker
    ~/timers                         yes       JSON list
    ~/mute                           yes       ON | OFF
    ~/volume, ~/wake_sensitivity,
    ~/barge_in_sensitivity           yes       0 to 1

    ~/mute/set                                 ON | OFF (also true | false, 1 | 0)
    ~/volume/set, ~/wake_sensitivity/set,
    ~/barge_in_sensitivity/set                 0 to 1
    ~/say/set, ~/announce/set                  text, or JSON {message, priority, expires_s,
                                               language, preannounce}
    ~/ask/set                                  text, or JSON {text, language}
    ~/listen/set, ~/stop/set, ~/interrupt/set  empty or PRESS

A malformed command raises CommandInvalid and changes nothing. A retained command is ignored: it
was meant for another moment.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from device.mqtt.commands import Command, Level, read_command

ONLINE = "online"
OFFLINE = "offline"

_DEVICE_ID = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one speaker."""

    device_id: str
    """Matches [a-z0-9_-]+."""

    def __post_init__(self) -> None:
        if not _DEVICE_ID.fullmatch(self.device_id):
            raise ValueError(f"not a device id: {self.device_id!r}")

    @property
    def base(self) -> str:
        """The prefix of all topics."""
        return f"parlor/{self.device_id}"

    @property
    def availability(self) -> str:
        """Whether the speaker is connected."""
        return f"{self.base}/availability"

    @property
    def state(self) -> str:
        """What the speaker is doing."""
        return f"{self.base}/state"

    @property
    def attributes(self) -> str:
        """Details of the state."""
        return f"{self.base}/state/attributes"

    @property
    def event(self) -> str:
        """What happened."""
        return f"{self.base}/event"

    @property
    def metrics(self) -> str:
        """Stage times of each turn."""
        return f"{self.base}/metrics"

    @property
    def health(self) -> str:
        """Which parts work."""
        return f"{self.base}/health"

    @property
    def timers(self) -> str:
        """Running timers."""
        return f"{self.base}/timers"

    @property
    def mute(self) -> str:
        """Whether the microphone is muted."""
        return f"{self.base}/mute"

    def level(self, level: Level) -> str:
        """State of a level."""
        return f"{self.base}/{level}"

    @property
    def commands(self) -> str:
        """The filter that catches every command."""
        return f"{self.base}/+/set"

    def parse(self, topic: str, payload: str, retained: bool = False) -> Command | None:
        """Read a message on `commands`; None for a retained one or a foreign topic.

        Raises CommandInvalid.
        """
        name = topic.removeprefix(f"{self.base}/").removesuffix("/set")
        if retained or topic != f"{self.base}/{name}/set" or "/" in name:
            return None
        return read_command(name, payload)


def event_payload(event_type: str, **fields: Any) -> str:
    """What is published on ~/event."""
    return json.dumps({"event_type": event_type, **fields}, ensure_ascii=False)


def switch_payload(on: bool) -> str:
    """What is published for a state that is on or off."""
    return "ON" if on else "OFF"
