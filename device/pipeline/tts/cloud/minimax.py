"""MiniMax T2A v2.

POST {base_url}/t2a_v2?GroupId= with model, text, stream, voice_setting and audio_setting. The
answer is one JSON object on each `data:` line: data.audio is hexadecimal, data.status 1 while it
is made and 2 at the end, base_resp.status_code 0 unless something is wrong; HTTP says 200 then too
(platform.minimax.io, API reference, speech, T2A; error codes).
"""

import json
from typing import Any, Final

from device.errors import EngineBusy, EngineError, EngineRefused
from device.pipeline.tts.cloud.dialect import Request
from device.pipeline.tts.cloud.sound import Decoder, Sound, documented
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.types import Voice

ABILITIES: Final = Abilities(rate=(0.5, 2.0), volume=(0.01, 2.0), pitch=True)
RATE: Final = 32_000

_MODEL: Final = "speech-01-turbo"
_SEMITONES: Final = 12
_MOST_LINE_BYTES: Final = 16_000_000
"""The last line may hold the whole sentence once more."""
_REFUSED: Final = (1004, 2049)
_BUSY: Final = (1002, 1008, 1039)
"""Too many requests, no money left, too many tokens."""
_MADE: Final = 2


class MiniMaxSpeech:
    """One voice there."""

    name = "minimax"

    def __init__(
        self, base_url: str, group_id: str, key: str, voice: Voice, model: str = "",
        prosody: Prosody | None = None,
    ) -> None:  # fmt: skip
        """Newer accounts have no group."""
        self.base_url = base_url.rstrip("/")
        self.voice = voice
        self._url = f"{self.base_url}/t2a_v2" + (f"?GroupId={group_id}" if group_id else "")
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        spoken = possible(prosody or Prosody(), ABILITIES, self.name)
        self._asked = {
            "model": model or _MODEL, "stream": True,
            "stream_options": {"exclude_aggregated_audio": True},
            "voice_setting": {
                "voice_id": voice.name, "speed": spoken.rate, "vol": spoken.volume,
                "pitch": round(_SEMITONES * spoken.pitch),
            },
            "audio_setting": {"sample_rate": RATE, "format": "pcm", "channel": 1},
        }  # fmt: skip

    def ask(self, text: str) -> Request:
        """The request for a sentence."""
        return Request(self._url, json.dumps({**self._asked, "text": text}).encode(), self._headers)

    def decoder(self, content_type: str) -> Decoder:
        """Reads the answer to it."""
        return MiniMaxLines()


class MiniMaxLines:
    """The sound in the lines of one answer."""

    def __init__(self) -> None:
        self._waiting = b""
        self._begun = self._made = False

    def feed(self, data: bytes) -> list[Sound]:
        """The sound in the lines that are complete now."""
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        if len(self._waiting) > _MOST_LINE_BYTES:
            raise EngineError("it answers with a line that does not end")
        with documented():
            return [sound for line in lines for sound in self._read(line.strip())]

    def end(self) -> list[Sound]:
        """The sound in a last line without an end."""
        with documented():
            rest = self._read(self._waiting.strip())
        if not self._made:
            raise EngineError("its answer ends before the sentence does")
        return rest

    def _read(self, line: bytes) -> list[Sound]:
        if not line.startswith((b"data:", b"{")):
            return []
        answer = json.loads(line.removeprefix(b"data:"))
        _check(answer)
        data = answer.get("data") or {}
        made = data.get("status") == _MADE
        # At the end it says everything once more, unless it has said nothing yet.
        audio = b"" if made and self._begun else bytes.fromhex(data.get("audio") or "")
        self._made = self._made or made
        self._begun = self._begun or bool(audio)
        return [Sound(audio, RATE)]


def _check(answer: Any) -> None:
    """Raises EngineError for an answer that tells of a mistake, or of another rate."""
    about = answer.get("base_resp") or {}
    code = about.get("status_code", 0)
    if code in _REFUSED:
        raise EngineRefused(f"MiniMax refused the key ({code}); check [cloud.minimax] key_file")
    if code in _BUSY:
        raise EngineBusy(f"MiniMax speaks no more for now ({code}); look at the account")
    if code:
        raise EngineError(f"it answered with an error ({code})")
    rate = (answer.get("extra_info") or {}).get("audio_sample_rate", RATE)
    if rate != RATE:
        raise EngineError(f"it answers with sound at {rate} Hz, and {RATE} was asked for")
