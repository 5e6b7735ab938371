"""OpenAI's `POST /v1/audio/speech` (platform.openai.com, API reference, audio, create speech)."""

import json
from typing import Any, Final

from tests.fakes.speech_server import KEY, SpeechServer

_FIELDS: Final = {"model", "input", "voice", "response_format", "speed", "instructions"}
_VOICES: Final = {"alloy", "echo", "fable", "onyx", "nova", "shimmer"}


class FakeOpenAiSpeech(SpeechServer):
    """Has tts-1, and speaks PCM alone."""

    def __init__(self, pause_seconds: float = 0.0) -> None:
        super().__init__(pause_seconds)
        self.models = {"tts-1"}

    @property
    def url(self) -> str:
        """What goes into [cloud.openai] base_url."""
        return f"{self.root}/v1"

    def read(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, Any]:
        if path != "/v1/audio/speech":
            return 404, f"unknown address {path}", None
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, "Incorrect API key provided", None
        request = json.loads(body)
        if unknown := set(request) - _FIELDS:
            return 400, f"Unrecognized request argument supplied: {unknown}", None
        if request["model"] not in self.models or request["voice"] not in _VOICES:
            return 400, f"there is no {request['model']} or {request['voice']}", None
        if not 0 < len(request["input"]) <= 4_096 or not 0.25 <= request["speed"] <= 4:
            return 400, "input or speed is out of range", None
        if request["response_format"] != "pcm":
            return 400, f"response_format {request['response_format']}", None
        return 200, "", {**request, "text": request["input"]}
