"""The beta form of OpenAI's Realtime protocol, header `OpenAI-Beta: realtime=v1`.

Everything else here knows the present form only (platform.openai.com, API reference, Realtime;
types in the package openai: types.realtime and types.beta.realtime). Pure.
"""

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

_TYPES: Final = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
_UNKNOWN: Final = "conversation.item.done"
"""There is nothing like it in the beta."""
_FORMATS: Final[dict[str, Json]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24_000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
_NAMES: Final = {shape["type"]: name for name, shape in _FORMATS.items()}
_PARTS: Final = {"text": "output_text", "audio": "output_audio"}
_PARTS_BACK: Final = {new: old for old, new in _PARTS.items()}
_INPUT: Final = {
    "input_audio_format": "format", "input_audio_transcription": "transcription",
    "input_audio_noise_reduction": "noise_reduction", "turn_detection": "turn_detection",
}  # fmt: skip
_OUTPUT: Final = {"output_audio_format": "format", "voice": "voice", "speed": "speed"}
_RENAMED: Final = {
    "modalities": "output_modalities", "max_response_output_tokens": "max_output_tokens",
}  # fmt: skip


def told(event: Json) -> Json | None:
    """A server's event in the beta form; None when the beta has none like it."""
    if event["type"] == _UNKNOWN:
        return None
    event = {**event, "type": _TYPES.get(event["type"], event["type"])}
    if "item" in event:
        event["item"] = _item_told(event["item"])
    if "session" in event:
        event["session"] = _session_told(event["session"])
    if "response" in event:
        event["response"] = _response_told(event["response"])
    return event


def read(event: Json) -> Json:
    """A client's event in the present form; what is no such event stays as it is."""
    if isinstance(event.get("item"), dict):
        event = {**event, "item": _item_read(event["item"])}
    for name in ("session", "response"):
        if isinstance(event.get(name), dict):
            event = {**event, name: _settings_read(event[name])}
    return event


def param(name: str) -> str:
    """Name of a present parameter as the beta has it."""
    for old, new in _INPUT.items():
        name = name.replace(f"audio.input.{new}", old)
    for old, new in _OUTPUT.items():
        name = name.replace(f"audio.output.{new}", old)
    for old, new in _RENAMED.items():
        name = name.replace(new, old)
    return name


def _item_told(item: Json) -> Json:
    return {**item, "content": _parts(item["content"], _PARTS_BACK)} if "content" in item else item


def _item_read(item: Json) -> Json:
    if item.get("role") != "assistant" or not isinstance(item.get("content"), list):
        return item
    return {**item, "content": _parts(item["content"], _PARTS)}


def _parts(content: list[Any], names: Mapping[str, str]) -> list[Any]:
    return [
        {**part, "type": names.get(str(part.get("type")), part.get("type"))}
        if isinstance(part, dict) else part
        for part in content
    ]  # fmt: skip


def _session_told(session: Json) -> Json:
    kept = {
        key: value for key, value in session.items()
        if key not in ("type", "audio", *_RENAMED.values())
    }  # fmt: skip
    return kept | _flat(session)


def _response_told(response: Json) -> Json:
    kept = {
        key: value for key, value in response.items() if key not in ("audio", "output_modalities")
    }
    if "output_modalities" in response:
        kept["modalities"] = _modalities_told(response["output_modalities"])
    if "audio" in response:
        kept |= _flat({"audio": response["audio"]})
    return kept | {"output": [_item_told(item) for item in response["output"]]}


def _flat(settings: Json) -> Json:
    audio, flat = settings.get("audio", {}), Json()
    for half, names in (("input", _INPUT), ("output", _OUTPUT)):
        for old, new in names.items():
            if new in audio.get(half, {}):
                value = audio[half][new]
                flat[old] = _NAMES[value["type"]] if new == "format" else value
    for old, new in _RENAMED.items():
        if new in settings:
            flat[old] = settings[new]
    if "modalities" in flat:
        flat["modalities"] = _modalities_told(flat["modalities"])
    return flat


def _modalities_told(modalities: list[str]) -> list[str]:
    """The beta speaks with words beside."""
    return ["audio", "text"] if "audio" in modalities else ["text"]


def _settings_read(settings: Json) -> Json:
    read: Json = {}
    audio: dict[str, Json] = {"input": {}, "output": {}}
    for key, value in settings.items():
        if key in _INPUT:
            audio["input"][_INPUT[key]] = _format_read(key, value)
        elif key in _OUTPUT:
            audio["output"][_OUTPUT[key]] = _format_read(key, value)
        else:
            read[_RENAMED.get(key, key)] = value
    if audio := {half: given for half, given in audio.items() if given}:
        read["audio"] = audio
    if isinstance(modalities := read.get("output_modalities"), list) and "audio" in modalities:
        read["output_modalities"] = [one for one in modalities if one != "text"]
    return read


def _format_read(key: str, value: Any) -> Any:
    named = key.endswith("_format") and isinstance(value, str)
    return _FORMATS.get(value, value) if named else value
