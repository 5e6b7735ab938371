"""A Realtime session between a scripted client and a scripted house."""

import base64
from collections import Counter
from typing import Any

import numpy as np
from openai.types.beta.realtime import RealtimeServerEvent as BetaEvent
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from device import events as e
from device.audio.format import Samples
from device.gateway.realtime.acts import Act, Tell
from device.gateway.realtime.session import Realtime
from device.gateway.realtime.sound import SPOKEN_RATE

Json = dict[str, Any]

_PRESENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
_BETA: TypeAdapter[Any] = TypeAdapter(BetaEvent)


class Wire:
    """Ids count up; whatever is told must be an event that OpenAI's own package knows."""

    def __init__(self, *, thinks: bool = False, beta: bool = False, sound: bool = True) -> None:
        self._counts: Counter[str] = Counter()
        self._known = _BETA if beta else _PRESENT
        self.realtime = Realtime(
            self._new_id, "gpt-realtime", thinks=thinks, is_beta=beta, carries_sound=sound
        )
        self.acts: list[Act] = []
        """What was wanted of the house."""
        self.begun = self.take(self.realtime.begin())
        """What the client was told at first."""

    def take(self, acts: list[Act]) -> list[Json]:
        """What the client is told, without ids of events."""
        told = [act.event for act in acts if isinstance(act, Tell)]
        self.acts += [act for act in acts if not isinstance(act, Tell)]
        for event in told:
            self._known.validate_python(event)
        return [{k: v for k, v in event.items() if k != "event_id"} for event in told]

    def client(self, text: str) -> list[Json]:
        """The client sends this."""
        return self.take(self.realtime.receive(text))

    def house(self, *events: e.Event) -> list[Json]:
        """This happens in the house."""
        return [told for event in events for told in self.take(self.realtime.told(event))]

    def says(self, seconds: float = 0.02) -> list[Json]:
        """The house speaks."""
        silence = np.zeros(round(seconds * SPOKEN_RATE), np.int16)
        return self.take(self.realtime.sound(silence))

    def wanted(self) -> list[Act]:
        """What was wanted of the house since this was asked last."""
        wanted, self.acts = self.acts, []
        return wanted

    def _new_id(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}_{self._counts[kind]}"


def kinds(told: list[Json]) -> list[str]:
    """Their types."""
    return [event["type"] for event in told]


def base64_of(samples: Samples) -> str:
    """PCM as it is appended."""
    return base64.b64encode(samples.astype("<i2").tobytes()).decode()


def moved(old: e.TurnState, new: e.TurnState, turn_id: int) -> e.StateChanged:
    """The turn is in another state."""
    return e.StateChanged(old=old, new=new, turn_id=turn_id)
