"""What a Realtime session wants done: in the house, and on the wire. Pure."""

from dataclasses import dataclass
from typing import Any

from device import events as e
from device.audio.format import Samples
from device.brief import Brief, Exchanges

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """Send the client an event."""

    event: Json


@dataclass(frozen=True, slots=True)
class Hear:
    """Let the house hear this."""

    samples: Samples
    """At SPOKEN_RATE, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Post:
    """Hand the house an event."""

    event: e.Event


@dataclass(frozen=True, slots=True)
class Wish:
    """Brief the house."""

    brief: Brief
    """Without `call`."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Tell the house what was said before."""

    exchanges: Exchanges


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen whenever nothing is under way, or never."""

    always: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call of a client's tool."""

    call_id: str
    output: str


Act = Tell | Hear | Post | Wish | Recall | Listen | Result
"""To be done in their order."""
