"""Gemini's `generateContent` with sound in the request (ai.google.dev, API reference and "Audio
understanding"); unknown fields are refused, as Google does."""

import base64
import json
from typing import Any, Final

from tests.fakes.posted_speech import KEY, PostedSpeech, seconds_in

_FIELDS: Final = {"system_instruction", "contents", "generationConfig"}


class GeminiTranscription(PostedSpeech):
    """Understands one text."""

    def __init__(self, text: str = "turn on the light") -> None:
        super().__init__(text)
        self.blocked = False
        """It does not answer, for its own reasons."""
        self.tasks: list[str] = []

    @property
    def url(self) -> str:
        """What goes into [cloud.gemini] base_url."""
        return self.root

    def verdict(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        models, _, verb = path.removeprefix("/v1beta/models/").partition(":")
        if not path.startswith("/v1beta/models/") or verb != "generateContent":
            return 404, f"unknown address {path}"
        if headers.get("x-goog-api-key") != KEY:
            return 400, "API key not valid. Please pass a valid API key."
        asked = json.loads(body)
        if unknown := set(asked) - _FIELDS:
            return 400, f"Invalid JSON payload received. Unknown name {unknown}"
        (content,) = asked["contents"]
        (part,) = content["parts"]
        sound = part["inline_data"]
        if (content["role"], sound["mime_type"]) != ("user", "audio/wav"):
            return 400, "Unsupported MIME type"
        self.heard.append(seconds_in(base64.b64decode(sound["data"], validate=True)))
        self.tasks.append(asked["system_instruction"]["parts"][0]["text"])
        self.models.append(models)
        return 200, ""

    def answer(self) -> dict[str, Any]:
        used = {"promptTokenCount": 71, "candidatesTokenCount": 5, "totalTokenCount": 76}
        about = {"usageMetadata": used, "modelVersion": "gemini"}
        if self.blocked:
            return {**about, "promptFeedback": {"blockReason": "SAFETY"}}
        content = {"parts": [{"text": self.text + "\n"}], "role": "model"}
        return {**about, "candidates": [{"content": content, "finishReason": "STOP", "index": 0}]}
