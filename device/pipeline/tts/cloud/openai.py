"""OpenAI's speech endpoint, and every server that has the same.

POST {base_url}/audio/speech with model, input, voice, response_format and speed (0.25 to 4);
`pcm` is 24 kHz, 16 bit, mono, without a header, and streamed as it is made (platform.openai.com,
API reference, audio; guide, text to speech).
"""

import json
from typing import Final

from device.errors import EngineError
from device.pipeline.tts.cloud.dialect import Request
from device.pipeline.tts.cloud.sound import Decoder, RawPcm
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.types import Voice

ABILITIES: Final = Abilities(rate=(0.25, 4.0))
RATE: Final = 24_000

_MODEL: Final = "tts-1"
_NO_PCM: Final = ("text/", "application/json", "audio/mpeg", "audio/ogg", "audio/aac", "audio/flac")


class OpenAiSpeech:
    """One voice there."""

    name = "openai"

    def __init__(
        self, base_url: str, key: str, voice: Voice, model: str = "", prosody: Prosody | None = None
    ) -> None:
        """An empty key is for servers that ask for none."""
        self.base_url = base_url.rstrip("/")
        self.voice = voice
        self._headers = {"content-type": "application/json"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        spoken = possible(prosody or Prosody(), ABILITIES, self.name)
        self._asked = {
            "model": model or _MODEL, "voice": voice.name, "response_format": "pcm",
            "speed": spoken.rate,
        }  # fmt: skip

    def ask(self, text: str) -> Request:
        """The request for a sentence."""
        body = json.dumps({**self._asked, "input": text}).encode()
        return Request(f"{self.base_url}/audio/speech", body, self._headers)

    def decoder(self, content_type: str) -> Decoder:
        """Reads the answer to it."""
        return RawPcm(pcm_rate(content_type, RATE))


def pcm_rate(content_type: str, usual: int) -> int:
    """The rate that `audio/pcm;rate=22050` tells of. Raises EngineError for what is no PCM."""
    kind, *about = content_type.lower().replace(" ", "").split(";")
    if kind.startswith(_NO_PCM):
        raise EngineError(f"it answers with {kind} and not with PCM; check its base_url")
    told = [one.removeprefix("rate=") for one in about if one.startswith("rate=")]
    rate = int(told[0]) if told and told[0].isdecimal() else usual
    if not 8_000 <= rate <= 48_000:
        raise EngineError(f"it answers with sound at {rate} Hz")
    return rate
