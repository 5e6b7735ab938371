"""Events of the OpenAI Realtime protocol over WebSocket: what we send, and what is read. Pure.

The present ("GA") form, platform.openai.com, API reference, Realtime, client and server events;
the beta names of audio and transcript events are understood too, for servers at home use them.
Audio is 24 kHz mono PCM16 in base64 both ways.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from device.audio.format import Samples
from device.dialog.base import ToolCall
from device.errors import EngineError

Json = dict[str, Any]

SPOKEN_RATE: Final = 24_000
"""Samples a second of audio in both directions."""
SETUP, ANSWER, ASIDE = "parlor-setup", "parlor-answer", "parlor-aside"
"""Our names of events; whether those aside are refused does not matter."""
_PREFIX_MS, _THRESHOLD = 300, 0.5


@dataclass(frozen=True, slots=True)
class Setup:
    """What a session is told when it begins."""

    instructions: str
    voice: str
    transcription: str
    """Model that writes down what was said; empty: nobody does."""
    language: str
    """Of what is said, ISO 639-1."""
    silence_ms: int
    """Silence that ends a turn."""
    tools: Sequence[Json] = ()
    """{"name", "description", "parameters"}, `parameters` a JSON schema."""


def session_update(setup: Setup) -> Json:
    """Begin; answers are asked for by us, so that the turn is ours to refuse."""
    heard: Json = {
        "format": {"type": "audio/pcm", "rate": SPOKEN_RATE},
        "turn_detection": {
            "type": "server_vad", "threshold": _THRESHOLD, "prefix_padding_ms": _PREFIX_MS,
            "silence_duration_ms": setup.silence_ms, "create_response": False,
            "interrupt_response": False,
        },
    }  # fmt: skip
    if setup.transcription:
        heard["transcription"] = {"model": setup.transcription, "language": setup.language}
    spoken = {"format": {"type": "audio/pcm", "rate": SPOKEN_RATE}, "voice": setup.voice}
    session: Json = {
        "type": "realtime", "instructions": setup.instructions, "output_modalities": ["audio"],
        "audio": {"input": heard, "output": spoken},
        "tools": [{"type": "function", **tool} for tool in setup.tools],
    }  # fmt: skip
    return {"type": "session.update", "event_id": SETUP, "session": session}


def append(samples: Samples) -> Json:
    """More of what is heard, at SPOKEN_RATE, shape (n,)."""
    audio = np.ascontiguousarray(samples, dtype="<i2").tobytes()
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode()}


def commit() -> Json:
    """What was appended is a turn, although the service has not found its end."""
    return {"type": "input_audio_buffer.commit"}


def user_text(text: str) -> Json:
    """Something typed, or said before."""
    return _message("user", {"type": "input_text", "text": text})


def assistant_text(text: str) -> Json:
    """What was answered before."""
    return _message("assistant", {"type": "output_text", "text": text})


def tool_result(call_id: str, output: str) -> Json:
    """What came of a call."""
    item = {"type": "function_call_output", "call_id": call_id, "output": output}
    return {"type": "conversation.item.create", "item": item}


def create_response(instructions: str = "") -> Json:
    """Answer now; with instructions only by them, without tools."""
    event: Json = {"type": "response.create", "event_id": ANSWER}
    if instructions:
        event["response"] = {"instructions": instructions, "tool_choice": "none"}
    return event


def cancel_response(response_id: str) -> Json:
    """Say no more."""
    return {"type": "response.cancel", "event_id": ASIDE, "response_id": response_id}


def truncate(item_id: str, content_index: int, audio_end_ms: int) -> Json:
    """No more than this was heard of what was said."""
    return {
        "type": "conversation.item.truncate", "event_id": ASIDE, "item_id": item_id,
        "content_index": content_index, "audio_end_ms": audio_end_ms,
    }  # fmt: skip


def _message(role: str, content: Json) -> Json:
    item = {"type": "message", "role": role, "content": [content]}
    return {"type": "conversation.item.create", "item": item}


@dataclass(frozen=True, slots=True)
class Updated:
    """The session is as we want it."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody speaks."""

    at_ms: int
    """Since the first audio of the session, with what is kept before the speech."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Nobody does any more."""

    at_ms: int
    """The same, with the silence that told it."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What was said is part of the conversation."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was said in words; empty when that is not known."""

    item_id: str
    text: str
    seconds: float = 0.0
    """Of audio that is paid for."""


@dataclass(frozen=True, slots=True)
class ResponseBegan:
    """An answer is under way."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A piece of it as sound."""

    response_id: str
    item_id: str
    content_index: int
    samples: Samples
    """At SPOKEN_RATE, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of it in words."""

    response_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """It is over."""

    response_id: str
    status: str
    """completed, cancelled, incomplete or failed."""
    calls: tuple[ToolCall, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The service did not accept something."""

    code: str
    message: str
    about: str
    """Our name of the event; empty: of none in particular."""


ServerEvent = (
    Updated | SpeechBegan | SpeechStopped | Committed | Transcribed | ResponseBegan | Voice | Words
    | ResponseDone | Refused
)  # fmt: skip


def read(message: str | bytes) -> ServerEvent | None:
    """An event; None for those that tell us nothing. Raises EngineError for what is none."""
    try:
        event = json.loads(message)
        reader = _READERS.get(event["type"])
        return None if reader is None else reader(event)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise EngineError(f"the service sent what is no Realtime event: {error!r}") from error


def _voice(event: Json) -> Voice:
    audio = base64.b64decode(_text(event["delta"]), validate=True)
    samples = np.frombuffer(audio[: len(audio) // 2 * 2], dtype="<i2")
    return Voice(
        _text(event["response_id"]), _text(event["item_id"]), int(event["content_index"]),
        samples.astype(np.int16),
    )  # fmt: skip


def _transcribed(event: Json) -> Transcribed:
    seconds = (event.get("usage") or {}).get("seconds", 0.0)
    return Transcribed(_text(event["item_id"]), _text(event["transcript"]).strip(), float(seconds))


def _done(event: Json) -> ResponseDone:
    response = event["response"]
    usage = response.get("usage") or {}
    items = response.get("output") or ()
    calls = tuple(_call(item) for item in items if item["type"] == "function_call")
    error = (response.get("status_details") or {}).get("error") or {}
    return ResponseDone(
        _text(response["id"]), _text(response["status"]), calls,
        int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0),
        str(error.get("message") or error.get("code") or ""),
    )  # fmt: skip


def _call(item: Json) -> ToolCall:
    return ToolCall(_text(item["call_id"]), _text(item["name"]), _text(item["arguments"]))


def _refused(event: Json) -> Refused:
    error = event["error"]
    code = error.get("code") or error.get("type") or ""
    return Refused(str(code), str(error.get("message", "")), str(error.get("event_id") or ""))


def _words(event: Json) -> Words:
    return Words(_text(event["response_id"]), _text(event["delta"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string is expected, not {type(value).__name__}")
    return value


_READERS: Final[Mapping[str, Callable[[Json], ServerEvent]]] = {
    "session.updated": lambda _event: Updated(),
    "input_audio_buffer.speech_started": lambda e: SpeechBegan(int(e["audio_start_ms"])),
    "input_audio_buffer.speech_stopped": lambda e: SpeechStopped(int(e["audio_end_ms"])),
    "input_audio_buffer.committed": lambda e: Committed(_text(e["item_id"])),
    "conversation.item.input_audio_transcription.completed": _transcribed,
    "conversation.item.input_audio_transcription.failed": lambda e: Transcribed(
        _text(e["item_id"]), ""
    ),
    "response.created": lambda e: ResponseBegan(_text(e["response"]["id"])),
    "response.output_audio.delta": _voice,
    "response.audio.delta": _voice,
    "response.output_audio_transcript.delta": _words,
    "response.audio_transcript.delta": _words,
    "response.output_text.delta": _words,
    "response.done": _done,
    "error": _refused,
}

READABLE: Final = frozenset(_READERS)
"""Types of the events that tell us something."""
