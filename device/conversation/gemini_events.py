"""Messages of Gemini's Live API: what we send, and what is read. Pure.

WebSocket `BidiGenerateContent` (ai.google.dev/api/live, "Live API - WebSockets API reference"):
16 kHz mono PCM16 in base64 to the service, 24 kHz back. Where a turn begins and ends the client
says (`automaticActivityDetection.disabled`).
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from device.audio.format import RATE, Samples
from device.dialog.base import ToolCall
from device.errors import EngineError

Json = dict[str, Any]

SPOKEN_RATE: Final = 24_000
"""Samples a second of what it says."""
PATH: Final = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_MISREAD: Final = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip


def setup(model: str, instructions: str, voice: str, tools: Sequence[Json]) -> Json:
    """Begin; `tools` are {"name", "description", "parameters"} with JSON schemas."""
    generation: Json = {"responseModalities": ["AUDIO"]}
    if voice:
        chosen = {"prebuiltVoiceConfig": {"voiceName": voice}}
        generation["speechConfig"] = {"voiceConfig": chosen}
    told: Json = {
        "model": f"models/{model.removeprefix('models/')}",
        "generationConfig": generation,
        "systemInstruction": {"parts": [{"text": instructions}]},
        "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
    }
    if tools:
        told["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in tools]}]
    return {"setup": told}


def _declaration(tool: Json) -> Json:
    declared = {"name": tool["name"], "description": tool["description"]}
    return {**declared, "parametersJsonSchema": tool["parameters"]}


def said_before(exchanges: Sequence[tuple[str, str]]) -> Json:
    """What people said and what was heard of the answers; nothing is answered yet."""
    turns = []
    for said, heard in exchanges:
        turns += [_turn("user", said), _turn("model", heard)]
    return {"clientContent": {"turns": turns, "turnComplete": False}}


def typed(text: str) -> Json:
    """A turn that was typed."""
    return {"clientContent": {"turns": [_turn("user", text)], "turnComplete": True}}


def spoken(samples: Samples) -> Iterator[Json]:
    """A turn that was said, at 16 kHz, shape (n,)."""
    yield {"realtimeInput": {"activityStart": {}}}
    for start in range(0, len(samples), RATE):
        block = np.ascontiguousarray(samples[start : start + RATE], dtype="<i2").tobytes()
        audio = {"data": base64.b64encode(block).decode(), "mimeType": f"audio/pcm;rate={RATE}"}
        yield {"realtimeInput": {"audio": audio}}
    yield {"realtimeInput": {"activityEnd": {}}}


def tool_results(calls: Sequence[ToolCall], results: Sequence[str], ask: str = "") -> Json:
    """What came of calls; `ask`: what the person is to be asked in these words."""
    responses = [
        {
            "id": call.id, "name": call.name,
            "response": {"output": result, **({"ask_the_person_exactly": ask} if ask else {})},
        }
        for call, result in zip(calls, results, strict=True)
    ]  # fmt: skip
    return {"toolResponse": {"functionResponses": responses}}


def _turn(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"text": text}]}


@dataclass(frozen=True, slots=True)
class Ready:
    """The session is as we want it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what the person said, in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of the answer in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A piece of the answer as sound, at SPOKEN_RATE, shape (n,)."""

    samples: Samples


@dataclass(frozen=True, slots=True)
class Calls:
    """Tools that are to be used."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What the turn has used so far."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Over:
    """The answer is complete."""


ServerEvent = Ready | Said | Words | Voice | Calls | Used | Over


def read(message: str | bytes) -> tuple[ServerEvent, ...]:
    """What a message tells, in order. Raises EngineError for what is none."""
    try:
        return tuple(_read(json.loads(message)))
    except _MISREAD as error:
        raise EngineError(f"the service sent what is no Live API message: {error!r}") from error


def _read(message: Json) -> Iterator[ServerEvent]:
    if "setupComplete" in message:
        yield Ready()
    content = message.get("serverContent") or {}
    if said := (content.get("inputTranscription") or {}).get("text"):
        yield Said(_text(said))
    if words := (content.get("outputTranscription") or {}).get("text"):
        yield Words(_text(words))
    for part in (content.get("modelTurn") or {}).get("parts") or ():
        if "inlineData" in part:
            yield _voice(part["inlineData"])
    if calls := (message.get("toolCall") or {}).get("functionCalls"):
        yield Calls(tuple(_call(call) for call in calls))
    if usage := message.get("usageMetadata"):
        counts = (usage.get(key) or 0 for key in ("promptTokenCount", "responseTokenCount"))
        yield Used(*(int(count) for count in counts))
    if content.get("turnComplete") or content.get("interrupted"):
        yield Over()


def _voice(blob: Json) -> Voice:
    audio = base64.b64decode(_text(blob["data"]), validate=True)
    samples = np.frombuffer(audio[: len(audio) // 2 * 2], dtype="<i2")
    return Voice(samples.astype(np.int16))


def _call(call: Json) -> ToolCall:
    arguments = json.dumps(call.get("args") or {})
    return ToolCall(_text(call.get("id") or ""), _text(call["name"]), arguments)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string is expected, not {type(value).__name__}")
    return value
