"""What Hermes wants to be said (hermes/tts/say), and when it was said. Pure.

Source: rhasspy-hermes, module tts.
"""

from dataclasses import dataclass
from typing import Any, Final

from device import events as e
from device.errors import CommandInvalid
from device.mqtt import values

SAY_TOPIC: Final = "hermes/tts/say"
MAX_PAYLOAD: Final = 10_000
"""Characters of the longest request."""
MAX_ID: Final = 200
"""Characters of the longest id that a request brings."""
MAX_WAITING: Final = 50
"""Requests that wait to be said; older ones are not answered any more."""


@dataclass(frozen=True, slots=True)
class SayRequest:
    """Something that Hermes wants to be said."""

    text: str
    language: str = ""
    """Empty: that of the device."""
    id: str | None = None
    session_id: str | None = None


def read_say(payload: str, site: str) -> SayRequest | None:
    """Read hermes/tts/say; None when it is for another site. Raises CommandInvalid.

    Further keys are none of our business: other programs add their own.
    """
    if len(payload) > MAX_PAYLOAD:
        raise CommandInvalid(f"{SAY_TOPIC}: over {MAX_PAYLOAD} characters; send less")
    try:
        found = values.json_object(payload)
        if found.get("siteId", "default") != site:
            return None
        language = _own(found, "lang") or ""
        return SayRequest(
            text=values.text(found.get("text")),
            language=values.language(language.replace("_", "-")),
            id=_own(found, "id"),
            session_id=_own(found, "sessionId"),
        )
    except ValueError as error:
        raise CommandInvalid(f"{SAY_TOPIC}: {error}; nothing is said") from error


class Sayings:
    """Requests from the moment they are handed in until they have been said, or were dropped."""

    def __init__(self) -> None:
        self._waiting: list[SayRequest] = []
        self._taken: list[tuple[int, SayRequest]] = []
        """The first turn in which it can be said, and the request."""
        self._idle = True

    def add(self, request: SayRequest) -> None:
        """A request was handed in."""
        self._waiting = [*self._waiting, request][-MAX_WAITING:]

    def take(self, event: e.Event) -> list[SayRequest]:
        """Take one more event; give the requests that it ends."""
        match event:
            case e.AnnouncementDue(text=text, turn_id=turn_id):
                self._begin(text, turn_id if self._idle else turn_id + 1)
            case e.AnnouncementDropped(text=text):
                return self._drop(text)
            case e.PlaybackFinished(turn_id=turn_id):
                return self._end(turn_id, 1)
            case e.StateChanged(new=state, turn_id=turn_id):
                self._idle = state is e.TurnState.IDLE
                return self._end(turn_id, MAX_WAITING) if self._idle else []
        return []

    def _begin(self, text: str, first_turn: int) -> None:
        """The session took it: it is said in this turn, or in one after what is under way."""
        for request in self._waiting:
            if request.text == text:
                self._waiting.remove(request)
                self._taken.append((first_turn, request))
                return

    def _drop(self, text: str) -> list[SayRequest]:
        dropped = [one for one in self._waiting if one.text == text]
        dropped += [one for _, one in self._taken if one.text == text]
        self._forget(dropped[:1])
        return dropped[:1]

    def _end(self, turn_id: int, most: int) -> list[SayRequest]:
        said = [request for first, request in self._taken if first <= turn_id][:most]
        self._forget(said)
        return said

    def _forget(self, requests: list[SayRequest]) -> None:
        ended = {id(request) for request in requests}
        self._waiting = [one for one in self._waiting if id(one) not in ended]
        self._taken = [one for one in self._taken if id(one[1]) not in ended]


def _own(found: dict[str, Any], key: str) -> str | None:
    value = found.get(key)
    return values.text(value, MAX_ID) if value else None
