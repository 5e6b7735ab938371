"""What a scenario is: who says and does what when, what goes wrong, and what is to come of it.

Times are seconds, levels dB of full scale (RMS of the speech) at the microphone. Pure.
"""

import difflib
from collections.abc import Iterable
from dataclasses import fields as fields_of
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from benchmarks.rooms import Room
from device import events
from device.config import Section
from device.event import Event

Seconds = Annotated[float, Field(ge=0, le=3_600)]
Fault = Literal[
    "microphone_unplugged", "microphone_back", "microphone_silent", "microphone_dc",
    "microphone_clipping", "microphone_well", "loudspeaker_unplugged", "loudspeaker_back",
    "loudspeaker_suspended", "card_frozen", "card_thawed", "broker_killed", "broker_back",
]  # fmt: skip
Command = Literal["stop", "interrupt", "listen", "press"]
Heard = Literal["nothing", "part", "whole"]

_FIELDS: Final = {
    object.__new__(kind).kind: {field.name for field in fields_of(kind)} | {"kind"}
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event)
}
"""Fields by name of the event."""


def _known(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _whole_room(value: Any) -> Any:
    """A misspelt key of a room is a mistake."""
    if isinstance(value, dict):
        known = {field.name for field in fields_of(Room)}
        for key in value.keys() - known:
            raise ValueError(f"a room has no {key!r}{_known(str(key), known)}")
    return value


class Sought(Section):
    """An event, by its name and as many of its fields as matter."""

    event: str
    fields: dict[str, Any] = Field(default={})
    """Values as in the JSON form; a list: one of these; `~text`: contains the text."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"event": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exists(self) -> "Sought":
        if self.event not in _FIELDS:
            raise ValueError(f"there is no event {self.event!r}{_known(self.event, _FIELDS)}")
        for key in self.fields.keys() - _FIELDS[self.event]:
            close = _known(key, _FIELDS[self.event])
            raise ValueError(f"{self.event} has no field {key!r}{close}")
        return self


class Speech(Section):
    """Something that is heard in the room: a recording, or words that espeak-ng says."""

    text: str = ""
    wav: str = ""
    """Path among the recordings, or beside the scenario."""
    sound: Literal["", "cough", "click", "music"] = ""
    """A sound that is no speech."""
    voice: str = "en-us"
    """espeak-ng's accent, or accent+variant."""
    dbfs: Annotated[float, Field(ge=-90, le=0)] = -26.0
    pause: Seconds = 0.0
    """Silence after it."""
    seconds: Seconds = 0.0
    """Not more than so much of it; 0: all."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> "Speech":
        if sum(map(bool, (self.text, self.wav, self.sound))) != 1:
            raise ValueError("give one of text, wav and sound")
        return self


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Cue(Section):
    """One thing that is done, at a time or after an event that comes later than the cue before."""

    at: Seconds | None = None
    """Since the speaker listens."""
    after: Sought | None = None
    delay: Seconds = 0.0
    """After the event, or after the cue before."""
    name: Annotated[str, Field(alias="as")] = ""
    """What expectations call the moment: where speech is said, its onset."""
    say: Annotated[tuple[Speech, ...], BeforeValidator(_listed)] = ()
    ask: str = ""
    """A typed sentence."""
    announce: str = ""
    """Something of its own that the speaker says."""
    command: Command | None = None
    """By MQTT; press: the button."""
    fault: Fault | None = None

    @model_validator(mode="after")
    def _one(self) -> "Cue":
        done = (self.say, self.ask, self.announce, self.command, self.fault)
        if sum(map(bool, done)) != 1:
            raise ValueError("give one of say, ask, announce, command and fault")
        if self.at is not None and self.after is not None:
            raise ValueError("give at or after, not both")
        return self


class Expectation(Section):
    """An event that comes later than the one before, or what is heard of the loudspeaker."""

    event: Sought | None = None
    silent_within_ms: Annotated[float, Field(ge=0)] | None = None
    """Nothing is heard any more so long after the moment `of`."""
    ducked_within_ms: Annotated[float, Field(ge=0)] | None = None
    """It is softer by 20 dB or more so long after the moment `of`."""
    sounds_within_ms: Annotated[float, Field(ge=0)] | None = None
    """Something is heard again so long after the moment `of`."""
    within_ms: Annotated[float, Field(ge=0)] | None = None
    of: str = ""
    """Name of a cue or event; empty: the event before."""
    name: Annotated[str, Field(alias="as")] = ""

    @model_validator(mode="after")
    def _one(self) -> "Expectation":
        heard = (self.silent_within_ms, self.ducked_within_ms, self.sounds_within_ms)
        if sum(one is not None for one in (self.event, *heard)) != 1:
            raise ValueError(
                "give one of event, silent_within_ms, ducked_within_ms and sounds_within_ms"
            )
        if self.within_ms is not None and self.event is None:
            raise ValueError("within_ms belongs to an event")
        return self


class Noise(Section):
    """What is heard all the time."""

    kind: Literal["white", "pink", "hum", "fan", "music"] = "pink"
    dbfs: Annotated[float, Field(ge=-90, le=0)] = -60.0


class Remembered(Section):
    """What a language model is told of an earlier answer."""

    turn: Annotated[int, Field(ge=1)]
    """The turn whose answer it was."""
    in_turn: Annotated[int, Field(ge=1)]
    """Its request, counted from 1."""


class Scenario(Section):
    """One file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    shows: str
    """In a sentence."""
    config: dict[str, dict[str, Any]] = Field(default={})
    """Over the configuration."""
    lamps: tuple[str, ...] = ("kitchen light",)
    """Lights at home that obey."""
    room: Annotated[Room | None, BeforeValidator(_whole_room)] = None
    """None: the loudspeaker is not heard by the microphone."""
    noise: Noise | None = None
    model: str = ""
    """A language model is there, and answers this; empty: there is none."""
    patience: Seconds = 30.0
    """So long an event is waited for; a cue whose event does not come is left out."""
    linger: Seconds = 1.5
    """It is over when the speaker has been at rest for so long."""
    repeat: Annotated[int, Field(ge=1, le=1_000)] = 1
    """Script and expectations so many times over."""
    script: tuple[Cue, ...]
    expect: tuple[Expectation, ...] = ()
    never: tuple[Sought, ...] = ()
    told: tuple[tuple[str, dict[str, Any]], ...] | None = None
    """What the lamps were told, in order; None: it does not matter."""
    heard: dict[int, Heard] = Field(default={})
    """How much was heard of the words of a turn's reply."""
    remembered: Remembered | None = None
    """The model is told only what was heard of that answer."""

    @model_validator(mode="after")
    def _named(self) -> "Scenario":
        named: tuple[Cue | Expectation, ...] = (*self.script, *self.expect)
        names = {one.name for one in named if one.name}
        for one in self.expect:
            if one.of and one.of not in names:
                raise ValueError(f"nothing is called {one.of!r}{_known(one.of, names)}")
        if self.remembered and not self.model:
            raise ValueError("remembered needs a model")
        return self
