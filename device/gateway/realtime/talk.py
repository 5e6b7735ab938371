"""What both sides of a Realtime session share, and what is wanted of the house. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from device.audio.format import Samples
from device.brief import Brief
from device.gateway.realtime.items import Items
from device.gateway.realtime.response import Response
from device.gateway.realtime.settings import USUAL_VOICES, Settings, bare

Json = dict[str, Any]


@dataclass(slots=True)
class Talk:
    """The session."""

    new_id: Callable[[str], str]
    thinks: bool
    """Whether a language model is there to be told instructions and tools."""
    settings: Settings = field(default_factory=Settings)
    items: Items = field(default_factory=Items)

    def brief(self, settings: Settings | None = None) -> Brief:
        """What the house is to go by under these settings, or under the session's."""
        settings = settings or self.settings
        turns, told = settings.turns, (settings.instructions, self.items.instructions)
        return Brief(
            instructions="\n".join(filter(None, told)) if self.thinks else "",
            tools=bare(settings.tools) if self.thinks else (),
            temperature=settings.temperature,
            acts=settings.tool_choice != "none",
            voice="" if settings.voice in USUAL_VOICES else settings.voice,
            answers=settings.answers_at_once,
            interruptible=turns is None or turns.interrupt_response,
            silence_ms=None if turns is None else turns.silence_ms,
        )


@dataclass(slots=True)
class Note:
    """A recording that is to be written down."""

    item_id: str
    samples: Samples
    """At 16 kHz."""
    seconds: float
    turn_id: int = 0
    """Of the house's turn; 0: it has not begun."""


@dataclass(slots=True)
class Ask:
    """A response that a client wants."""

    response: Response


def transcription_failed(item_id: str, code: str, words: str) -> Json:
    """The event that tells that it is not known what was said."""
    failed = {"type": "server_error", "code": code, "message": words, "param": None}
    return {
        "type": "conversation.item.input_audio_transcription.failed", "item_id": item_id,
        "content_index": 0, "error": failed,
    }  # fmt: skip
