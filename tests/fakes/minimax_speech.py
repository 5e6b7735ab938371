"""MiniMax's `POST /v1/t2a_v2` (platform.minimax.io, API reference, T2A HTTP; error codes).

Errors of the account come with HTTP 200 and a `base_resp`; the last line repeats the whole sound
unless that was asked to be left out.
"""

import json
from typing import Any, Final

from tests.fakes.speech_server import KEY, SpeechServer

GROUP: Final = "1234567890"
_FIELDS: Final = {
    "model", "text", "stream", "stream_options", "voice_setting", "audio_setting", "language_boost",
    "pronunciation_dict", "output_format", "subtitle_enable",
}  # fmt: skip
_VOICE: Final = {"voice_id", "speed", "vol", "pitch", "emotion"}
_AUDIO: Final = {"sample_rate", "bitrate", "format", "channel"}


class FakeMiniMaxSpeech(SpeechServer):
    """Has speech-01-turbo, and speaks streamed PCM at 32 kHz alone."""

    rate = 32_000
    content_type = "text/event-stream"
    garbage = b'data: {"data": {"audio": "xyz", "status": 1}}\n\n'

    def __init__(self, pause_seconds: float = 0.0) -> None:
        super().__init__(pause_seconds)
        self.models = {"speech-01-turbo"}
        self.code = 0
        """What `base_resp` says."""
        self.told_rate = self.rate
        """What the end of an answer says."""
        self.aggregates = False
        """Whether the last line repeats the whole sound though it was asked not to."""

    @property
    def url(self) -> str:
        """What goes into [cloud.minimax] base_url."""
        return f"{self.root}/v1"

    def read(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, Any]:
        if path != f"/v1/t2a_v2?GroupId={GROUP}":
            return 404, f"unknown address {path}", None
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, "login fail", None
        request = json.loads(body)
        voice, audio = request["voice_setting"], request["audio_setting"]
        if set(request) - _FIELDS or set(voice) - _VOICE or set(audio) - _AUDIO:
            return 400, f"unknown fields in {request}", None
        if request["model"] not in self.models or audio != {
            "sample_rate": 32_000, "format": "pcm", "channel": 1,
        }:  # fmt: skip
            return 400, f"{request['model']} {audio}", None
        if not (0.5 <= voice["speed"] <= 2 and 0 < voice["vol"] <= 10):
            return 400, f"out of range: {voice}", None
        if not isinstance(voice["pitch"], int) or abs(voice["pitch"]) > 12:
            return 400, f"out of range: {voice}", None
        return 200, "", request

    def encode(self, pcm: bytes) -> bytes:
        if self.code:
            return self._line({}, status=0)
        return self._line({"audio": pcm.hex(), "status": 1})

    def last(self, pcm: bytes) -> bytes:
        audio = {"audio": pcm.hex()} if self.aggregates else {}
        told = {"extra_info": {"audio_sample_rate": self.told_rate, "audio_channel": 1}}
        return self._line({**audio, "status": 2}, **told)

    def _line(self, data: dict[str, Any], **more: Any) -> bytes:
        base = {"status_code": self.code, "status_msg": "success"}
        answer = {"data": data, **more, "trace_id": "01b8bf9b", "base_resp": base}
        return b"data: " + json.dumps(answer).encode() + b"\n\n"
