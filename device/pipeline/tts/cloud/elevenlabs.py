"""ElevenLabs' WebSocket that takes text as it is made (stream-input).

Client: {"text": " ", voice_settings} begins, {"text": "Hello there. "} goes on, {"text": ""} ends;
the key is in the header xi-api-key. Server: {"audio": base64 or null, "isFinal", alignment...}, or
{"error", "message", "code"} before it closes with 1008 (elevenlabs.io, API reference, text to
speech, WebSocket). `auto_mode` makes sound of each message at once, as is right for sentences.
"""

import base64
import json
from typing import Final
from urllib.parse import quote, urlencode

from device.errors import EngineBusy, EngineError, EngineRefused
from device.pipeline.tts.cloud.sound import Sound, documented
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.types import Voice

ABILITIES: Final = Abilities(rate=(0.7, 1.2))
RATE: Final = 24_000

_MODEL: Final = "eleven_turbo_v2_5"
_TOLD_LANGUAGE: Final = "v2_5"
"""Models of other generations guess the language, and refuse to be told."""
_LONGEST_PAUSE_SECONDS: Final = 180
"""A connection that waits for its sentence is closed after so long at most."""
_REFUSED: Final = ("invalid_api_key", "missing_permissions", "needs_authorization")
_BUSY: Final = ("quota_exceeded", "too_many_concurrent_requests", "rate_limit_exceeded")


class ElevenLabsSpeech:
    """One voice there."""

    name = "elevenlabs"

    def __init__(
        self, base_url: str, key: str, voice: Voice, model: str = "", prosody: Prosody | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.voice = voice
        self.headers = {"xi-api-key": key}
        """For the handshake."""
        model = model or _MODEL
        about = {
            "model_id": model, "output_format": f"pcm_{RATE}", "auto_mode": "true",
            "inactivity_timeout": str(_LONGEST_PAUSE_SECONDS),
        }  # fmt: skip
        if model.endswith(_TOLD_LANGUAGE):
            about["language_code"] = voice.language.split("-")[0]
        where = f"{self.base_url}/text-to-speech/{quote(voice.name, safe='')}/stream-input"
        self.url = f"{where}?{urlencode(about)}"
        """Of the handshake."""
        self._rate = possible(prosody or Prosody(), ABILITIES, self.name).rate

    def ask(self, text: str) -> tuple[str, ...]:
        """The messages that ask for a sentence."""
        messages = ({"text": " ", "voice_settings": {"speed": self._rate}}, {"text": f"{text} "})
        return (*(json.dumps(message) for message in messages), json.dumps({"text": ""}))

    def read(self, message: str | bytes) -> Sound | None:
        """The sound in a message of the server; None: that was the last. Raises EngineError."""
        with documented():
            told = json.loads(message)
            if told.get("error"):
                raise self.refusal(str(told["error"]))
            if told.get("isFinal"):
                return None
            return Sound(base64.b64decode(told.get("audio") or "", validate=True), RATE)

    def refusal(self, reason: str) -> EngineError:
        """What the word for an error, or the reason of a close, means."""
        if any(word in reason for word in _REFUSED):
            return EngineRefused("ElevenLabs refused the key; check [cloud.elevenlabs] key_file")
        if any(word in reason for word in _BUSY):
            return EngineBusy(f"ElevenLabs speaks no more for now ({reason}); look at the account")
        return EngineError(f"it answered with an error ({reason})")
