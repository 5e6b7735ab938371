"""Azure AI Speech by REST.

POST {base_url}/cognitiveservices/v1 with SSML, the headers Ocp-Apim-Subscription-Key,
X-Microsoft-OutputFormat and User-Agent (learn.microsoft.com, Speech service, text to speech REST
API; SSML, voice and sound, prosody).
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from device.pipeline.tts.cloud.dialect import Request
from device.pipeline.tts.cloud.openai import pcm_rate
from device.pipeline.tts.cloud.sound import Decoder, RawPcm
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.types import Voice

ABILITIES: Final = Abilities(rate=(0.5, 2.0), volume=(0.0, 1.0), pitch=True)
RATE: Final = 24_000

_FORMAT: Final = "raw-24khz-16bit-mono-pcm"
_WIDEST_PITCH: Final = 50
"""Per cent of the voice's own."""


class AzureSpeech:
    """One voice there."""

    name = "azure"

    def __init__(
        self, base_url: str, key: str, voice: Voice, prosody: Prosody | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.voice = voice
        self._prosody = possible(prosody or Prosody(), ABILITIES, self.name)
        self._headers = {
            "ocp-apim-subscription-key": key, "content-type": "application/ssml+xml",
            "x-microsoft-outputformat": _FORMAT, "user-agent": "parlor",
        }  # fmt: skip

    def ask(self, text: str) -> Request:
        """The request for a sentence."""
        body = ssml(text, self.voice, self._prosody).encode()
        return Request(f"{self.base_url}/cognitiveservices/v1", body, self._headers)

    def decoder(self, content_type: str) -> Decoder:
        """Reads the answer to it."""
        return RawPcm(pcm_rate(content_type, RATE))


def ssml(text: str, voice: Voice, prosody: Prosody) -> str:
    """A sentence for one voice; nothing in it is taken for markup."""
    rate = f"{round(100 * (prosody.rate - 1)):+d}%"
    pitch = f"{round(_WIDEST_PITCH * prosody.pitch):+d}%"
    return (
        '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis"'
        f" xml:lang={quoteattr(voice.language)}><voice name={quoteattr(voice.name)}>"
        f'<prosody rate="{rate}" pitch="{pitch}" volume="{round(100 * prosody.volume)}">'
        f"{escape(text)}</prosody></voice></speak>"
    )
