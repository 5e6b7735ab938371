"""What programs ask of the engines of a house, and what they are answered. Pure.

OpenAI's HTTP API (platform.openai.com, API reference: audio, chat, models, errors), as far as
engines of a house can do it. Fields that are not listed are ignored, as OpenAI's servers do with
those that they do not know. What `model` names is not looked at: a house has one engine of a kind.
"""

import json
import math
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.errors import RequestInvalid
from device.gateway.lending.multipart import Field as FormField
from device.gateway.lending.multipart import form_fields
from device.types import Transcript

Json = dict[str, Any]

PCM_RATE: Final = 24_000
"""Hz, of `pcm`: 16 bit, mono, little-endian, without a header."""
LONGEST_SECONDS: Final = 60.0
"""What is understood in one request: one turn of somebody who speaks."""
SOUNDS: Final = {
    "mp3": "audio/mpeg", "opus": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav",
    "pcm": f"audio/pcm;rate={PCM_RATE}",
}  # fmt: skip
"""What speech can be sent as, and its type."""

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SpeechRequest(BaseModel):
    """POST /v1/audio/speech."""

    model_config = ConfigDict(strict=True)

    model: Name
    input: Annotated[str, Field(min_length=1, max_length=4_096)]
    """What is said."""
    voice: Annotated[str, Field(max_length=200)] = ""
    """Name of a voice (see `parlor voices`); another: the voice of the house."""
    response_format: Literal["mp3", "opus", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0


class TranscriptionRequest(BaseModel):
    """POST /v1/audio/transcriptions, without its file."""

    model: Name
    language: Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z]{2,4})?)?$")] = ""
    """ISO 639-1; empty: that of the house."""
    response_format: Literal["json", "text", "verbose_json"] = "json"


class ChatRequest(BaseModel):
    """POST /v1/chat/completions: what is looked at before it is passed on as it is."""

    model_config = ConfigDict(strict=True)

    model: Name
    messages: Annotated[list[Json], Field(min_length=1, max_length=1_000)]
    stream: bool = False


def read_speech(body: bytes) -> SpeechRequest:
    """What is to be said. Raises RequestInvalid."""
    try:
        return SpeechRequest.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from error


def read_chat(body: bytes) -> ChatRequest:
    """What a model is to be asked. Raises RequestInvalid."""
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from error


def read_transcription(content_type: str, body: bytes) -> tuple[TranscriptionRequest, bytes]:
    """What is to be understood, and the sound file. Raises RequestInvalid."""
    fields = form_fields(content_type, body)
    file = fields.pop("file", FormField(b""))
    if not file.body:
        raise RequestInvalid("the form has no sound in its field `file`")
    known = TranscriptionRequest.model_fields
    texts = {name: field.text for name, field in fields.items() if name in known}
    try:
        return TranscriptionRequest.model_validate(texts), file.body
    except ValidationError as error:
        raise _invalid(error) from error


def transcription(heard: Transcript, seconds: float, language: str) -> Json:
    """The answer `verbose_json` to a sound of so many seconds; `json` is its `text`."""
    about: Json = {"task": "transcribe", "language": heard.language or language}
    about |= {"duration": round(seconds, 3), "text": heard.text}
    return about | {"segments": [_segment(heard, seconds)] if heard.text else []}


def _segment(heard: Transcript, seconds: float) -> Json:
    """How sure the engine was is told as a model would: by the mean logarithm."""
    return {
        "id": 0, "seek": 0, "start": 0.0, "end": round(seconds, 3), "text": heard.text,
        "tokens": [], "temperature": 0.0, "compression_ratio": 1.0, "no_speech_prob": 0.0,
        "avg_logprob": round(math.log(min(1.0, max(heard.confidence, 1e-6))), 4),
    }  # fmt: skip


def models(names: tuple[str, ...]) -> Json:
    """The answer to GET /v1/models."""
    owned = {"object": "model", "created": 0, "owned_by": "parlor"}
    return {"object": "list", "data": [{"id": name, **owned} for name in names]}


def problem(message: str, code: str, status: int) -> bytes:
    """The body of a refusal."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error}).encode()


def describe_models() -> Json:
    """What OpenAPI is told of GET /v1/models; the arguments of a FastAPI route."""
    return {"responses": _responses(_json({"type": "object", "required": ["data"]}), 401, 403, 429)}


def describe_transcription() -> Json:
    """The same of POST /v1/audio/transcriptions."""
    schema = TranscriptionRequest.model_json_schema()
    schema["properties"]["file"] = {"type": "string", "format": "binary", "minLength": 1}
    schema["required"] = ["file", *schema["required"]]
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    answers = _json(text) | {"text/plain": {"schema": {"type": "string"}}}
    return _described("multipart/form-data", schema, answers)


def describe_speech() -> Json:
    """The same of POST /v1/audio/speech."""
    sound = {"schema": {"type": "string", "format": "binary"}}
    kinds = {kind.partition(";")[0]: sound for kind in SOUNDS.values()}
    return _described("application/json", SpeechRequest.model_json_schema(), kinds)


def describe_chat() -> Json:
    """The same of POST /v1/chat/completions."""
    answers = _json({"type": "object"}) | {"text/event-stream": {}}
    return _described("application/json", ChatRequest.model_json_schema(), answers)


def _described(kind: str, schema: Json, answers: Json) -> Json:
    body = {"required": True, "content": {kind: {"schema": schema}}}
    return {
        "openapi_extra": {"requestBody": body},
        "responses": _responses(answers, 400, 401, 403, 429, 503),
    }


def _responses(answers: Json, *refusals: int) -> dict[int | str, Json]:
    error = {"type": "object", "required": ["message", "type", "param", "code"]}
    refusal = {"type": "object", "required": ["error"], "properties": {"error": error}}
    refused = {"description": "The reason, as OpenAI's API tells it.", "content": _json(refusal)}
    told: dict[int | str, Json] = {200: {"description": "The answer.", "content": answers}}
    return told | dict.fromkeys(refusals, refused)


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _invalid(error: ValidationError) -> RequestInvalid:
    """The first mistake, without what was sent: it is what somebody said."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    return RequestInvalid(f"{where}: {first['msg']}" if where else str(first["msg"]))
