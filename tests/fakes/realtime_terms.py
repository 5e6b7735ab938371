"""The Realtime protocol as its fake server knows it: what is documented, and what may go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

Json = dict[str, Any]

KEY: Final = "sk-local"
MODEL: Final = "parrot-realtime"
RATE: Final = 24_000
_BASE: Final = {"type", "event_id"}
_FIELDS: Final[dict[str, set[str]]] = {
    "session.update": {"session"},
    "input_audio_buffer.append": {"audio"},
    "input_audio_buffer.commit": set(),
    "conversation.item.create": {"item", "previous_item_id"},
    "conversation.item.truncate": {"item_id", "content_index", "audio_end_ms"},
    "response.create": {"response"},
    "response.cancel": {"response_id"},
}
_SESSION: Final = {
    "type", "instructions", "output_modalities", "audio", "tools", "tool_choice",
    "max_output_tokens",
}  # fmt: skip
_INPUT: Final = {"format", "transcription", "turn_detection", "noise_reduction"}
_ITEMS: Final = {
    "message": {"type", "role", "content", "id", "status"},
    "function_call_output": {"type", "call_id", "output", "id"},
}


class Fault(Enum):
    """What goes wrong."""

    REFUSED = auto()
    """401."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    NEVER_BEGINS = auto()
    """The session is never updated."""
    CUT_WHILE_HEARING = auto()
    """The connection breaks as soon as somebody speaks."""
    CUT_BEFORE_ANSWER = auto()
    """It breaks when an answer is asked for."""
    CUT_IN_ANSWER = auto()
    """It breaks after two words."""
    GARBAGE = auto()
    """The second word is no JSON."""
    MISSHAPEN = auto()
    """Its sound is no string."""
    FAILED = auto()
    """The answer fails."""
    LIMITED = auto()
    """Too many answers were asked for."""
    ENDLESS = auto()
    """The answer never ends."""


@dataclass(frozen=True)
class Use:
    """An answer that uses tools: name and arguments of each."""

    calls: Sequence[tuple[str, str]]


@dataclass
class Truncated:
    """What the client says was heard."""

    item_id: str
    audio_end_ms: int


def mistake(event: Json) -> str:
    """What is not as documented; empty when everything is."""
    kind = event.get("type", "")
    if kind not in _FIELDS:
        return f"unknown event {kind}"
    if unknown := set(event) - _BASE - _FIELDS[kind]:
        return f"Unknown parameter: {', '.join(sorted(unknown))}"
    if kind == "session.update":
        return _session_mistake(event["session"])
    if kind == "conversation.item.create":
        item = event["item"]
        if unknown := set(item) - _ITEMS.get(item["type"], set()):
            return f"Unknown parameter: item.{', '.join(sorted(unknown))}"
    return ""


def _session_mistake(session: Json) -> str:
    if unknown := set(session) - _SESSION:
        return f"Unknown parameter: session.{', '.join(sorted(unknown))}"
    if session.get("type") != "realtime":
        return "Missing required parameter: session.type"
    if unknown := set(session["audio"]["input"]) - _INPUT:
        return f"Unknown parameter: session.audio.input.{', '.join(sorted(unknown))}"
    for tool in session.get("tools", ()):
        if set(tool) != {"type", "name", "description", "parameters"}:
            return f"Unknown parameter in tool: {tool}"
    return ""
