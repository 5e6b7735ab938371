"""OpenAI's `POST /v1/audio/transcriptions` (platform.openai.com, API reference, audio).

Multipart with the documented fields; every other one is refused. verbose_json is for whisper
models, json for all.
"""

from email import message_from_bytes
from email.message import Message
from typing import Any, Final

from tests.fakes.posted_speech import KEY, PostedSpeech, seconds_in

MODELS: Final = ("whisper-1", "whisper-large-v3", "gpt-4o-transcribe")
_FIELDS: Final = {"file", "model", "language", "response_format", "temperature", "prompt"}


class OpenAiTranscription(PostedSpeech):
    """Understands one text."""

    def __init__(self, text: str = "turn on the light", path: str = "/v1") -> None:
        super().__init__(text)
        self.segments = [segment(text)]
        self._path = path
        self._verbose = True

    @property
    def url(self) -> str:
        """What goes into [cloud.openai] base_url."""
        return self.root + self._path

    def verdict(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        if path != f"{self._path}/audio/transcriptions":
            return 404, f"unknown address {path}"
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, "Incorrect API key provided: key-of-***test"
        fields = _fields(headers["content-type"], body)
        if unknown := set(fields) - _FIELDS:
            return 400, f"unknown fields {unknown}"
        model, form = _text(fields["model"]), _text(fields["response_format"])
        if model not in MODELS or (form == "verbose_json" and "gpt" in model):
            return 400, f"{model} does not offer {form}"
        file = fields["file"]
        if file.get_filename() != "speech.wav" or file.get_content_type() != "audio/wav":
            return 400, "Invalid file format"
        self._verbose = form == "verbose_json"
        self.heard.append(seconds_in(file.get_payload(decode=True)))  # type: ignore[arg-type]
        self.languages.append(_text(fields["language"]))
        self.models.append(model)
        return 200, ""

    def answer(self) -> dict[str, Any]:
        if not self._verbose:
            return {"text": self.text, "usage": {"type": "duration", "seconds": 1}}
        text = "".join(one["text"] for one in self.segments)
        about = {"task": "transcribe", "language": "english", "duration": 1.2}
        return {**about, "text": text, "segments": self.segments}


def segment(text: str, avg_logprob: float = -0.2, no_speech_prob: float = 0.01) -> dict[str, Any]:
    """One segment of verbose_json."""
    return {
        "id": 0, "seek": 0, "start": 0.0, "end": 1.2, "text": f" {text}", "tokens": [1, 2],
        "temperature": 0.0, "avg_logprob": avg_logprob, "compression_ratio": 0.9,
        "no_speech_prob": no_speech_prob,
    }  # fmt: skip


def _fields(kind: str, body: bytes) -> dict[str, Message]:
    whole = message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    assert whole.is_multipart()
    parts: Any = whole.get_payload()
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def _text(part: Message) -> str:
    payload: Any = part.get_payload(decode=True)
    return str(payload.decode())
