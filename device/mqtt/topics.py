"""Parlor's own MQTT topics, and what their payloads mean. Pure.

All begin with `parlor/<device_id>` (written ~), where the id matches [a-z0-9_-]+.

Speakers of one group agree who answers on `parlor/bid/<group>`; see `device.mqtt.bid`.

What the speaker reports, retained, so that a newcomer knows it at once:

    ~/availability            online | offline; also the Last Will
    ~/state                   idle | listening | processing | responding
    ~/state/attributes        JSON: name, area, language, wake_word, muted, last_error,
                              speaking_since (ISO 8601, null while silent) and cloud: whether
                              something leaves the speaker for another machine
    ~/mute, ~/follow_up       ON | OFF
    ~/volume, ~/wake_sensitivity, ~/barge_in_sensitivity
                              0 to 1
    ~/barge_in                full | wake_word | button | off: what may interrupt the speaker
    ~/language                code, e.g. en
    ~/voice                   name, or default: the voice of the language
    ~/light                   JSON as Home Assistant's JSON lights: state, brightness (0 to 255),
                              color {r, g, b}, color_mode, effect (off: it shows what the speaker
                              does)
    ~/timers                  JSON list of timers, alarms and reminders, soonest first
    ~/next_alarm              ISO 8601 with time zone, or None
    ~/latency                 JSON over the last turns, in ms: turns, p50 and p95 of the whole
                              turn, and stages {count, average, p50, p95}; in_all: the same of
                              all turns there ever were
    ~/health                  JSON by part: {healthy, code, message}, message says what is wrong and
                              what to do; resources: given_up, too; temperature: {celsius}
    ~/update                  JSON: installed_version, latest_version, title, in_progress,
                              update_percentage (null: not known), and release_summary and
                              release_url where the server of new versions tells them

What the speaker tells, not retained, because it is over once told:

    ~/event                   JSON with event_type, one of `device.mqtt.telling.EVENT_TYPES`
    ~/button                  JSON with event_type: single_press | double_press | triple_press |
                              long_press
    ~/metrics                 JSON of one turn: stages {milliseconds by name}, confidence, language,
                              audio_seconds, reply_seconds, speculations_discarded

What the speaker can be told:

    ~/mute/set, ~/follow_up/set
                              ON | OFF (also true | false, 1 | 0)
    ~/volume/set, ~/wake_sensitivity/set, ~/barge_in_sensitivity/set
                              0 to 1
    ~/barge_in/set            full | wake_word | button | off
    ~/language/set, ~/voice/set
                              one of those the speaker offers
    ~/light/set               JSON: state, brightness, color {r, g, b}, effect
    ~/say/set, ~/announce/set text, or JSON {message, priority, expires_s, language, preannounce};
                              announce plays a chime first
    ~/ask/set                 a typed turn: text, or JSON {text, language}
    ~/question/set            JSON {id, question, answers: [{id, sentences: [...]}], language,
                              preannounce}; the answer comes on ~/event as answer {question_id,
                              answer_id, text, slots}
    ~/timer/set               JSON {action, id, name, seconds, kind, at, repeat}, where action is
                              start | cancel | pause | resume | add | stop | snooze, kind is timer |
                              alarm | reminder, at is local ISO 8601 without a zone, and repeat is
                              once | daily | weekdays | weekly
    ~/keywords/set            JSON list of names that may be said, or JSON {name: boost}: what open
                              vocabularies understand is read as them where it sounds alike; they
                              take the place of those told before
    ~/listen/set, ~/stop/set, ~/interrupt/set, ~/false_wake/set, ~/snooze/set
                              empty or PRESS
    ~/update/set              install

A malformed command raises CommandInvalid and changes nothing. A retained command is ignored: it
was meant for another moment.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from device.mqtt.commands import Command, Level
from device.mqtt.readers import read_command

ONLINE: Final = "online"
OFFLINE: Final = "offline"
DEFAULT_VOICE: Final = "default"
"""How ~/voice names the voice of the language."""
NO_EFFECT: Final = "off"
"""How ~/light says that it shows what the speaker does."""
UNKNOWN: Final = "None"
"""How ~/next_alarm says that there is none; Home Assistant reads it as an unknown state."""

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
    def button(self) -> str:
        """How the button was pressed."""
        return f"{self.base}/button"

    @property
    def metrics(self) -> str:
        """Stage times of each turn."""
        return f"{self.base}/metrics"

    @property
    def latency(self) -> str:
        """Stage times over the last turns."""
        return f"{self.base}/latency"

    @property
    def health(self) -> str:
        """Which parts work."""
        return f"{self.base}/health"

    @property
    def timers(self) -> str:
        """Running timers."""
        return f"{self.base}/timers"

    @property
    def next_alarm(self) -> str:
        """When the next alarm rings."""
        return f"{self.base}/next_alarm"

    @property
    def mute(self) -> str:
        """Whether the microphone is muted."""
        return f"{self.base}/mute"

    @property
    def light(self) -> str:
        """How the ring shines."""
        return f"{self.base}/light"

    @property
    def update(self) -> str:
        """Which version runs."""
        return f"{self.base}/update"

    def level(self, level: Level) -> str:
        """State of a level."""
        return self.setting(level)

    def setting(self, name: str) -> str:
        """State of a setting, by its name in `device.settings.Settings`."""
        return f"{self.base}/{name}"

    def command(self, name: str) -> str:
        """Where a command is sent to."""
        return f"{self.base}/{name}/set"

    @property
    def commands(self) -> str:
        """The filter that catches every command."""
        return self.command("+")

    def parse(self, topic: str, payload: str, retained: bool = False) -> Command | None:
        """Read a message on `commands`; None for a retained one or a foreign topic.

        Raises CommandInvalid.
        """
        name = topic.removeprefix(f"{self.base}/").removesuffix("/set")
        if retained or topic != self.command(name) or "/" in name:
            return None
        return read_command(name, payload)


def to_json(value: object) -> str:
    """JSON as it is published.

    Text that is no Unicode loses what is wrong in it; what JSON does not know becomes text.
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")


def event_payload(event_type: str, **fields: Any) -> str:
    """What is published on ~/event and ~/button."""
    return to_json({"event_type": event_type, **fields})


def switch_payload(on: bool) -> str:
    """What is published for a state that is on or off."""
    return "ON" if on else "OFF"
