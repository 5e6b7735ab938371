"""Azure's `POST /cognitiveservices/v1` (learn.microsoft.com, text to speech REST API; SSML)."""

import xml.etree.ElementTree as ET
from typing import Any, Final

from tests.fakes.speech_server import KEY, SpeechServer

_SSML: Final = "{http://www.w3.org/2001/10/synthesis}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class FakeAzureSpeech(SpeechServer):
    """Speaks raw-24khz-16bit-mono-pcm alone."""

    content_type = "audio/basic"

    @property
    def url(self) -> str:
        """What goes into [cloud.azure] base_url."""
        return self.root

    def read(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, Any]:
        if path != "/cognitiveservices/v1":
            return 404, f"unknown address {path}", None
        if headers.get("ocp-apim-subscription-key") != KEY:
            return 401, "the subscription key is wrong", None
        if headers.get("content-type") != "application/ssml+xml":
            return 415, "Unsupported media type", None
        if headers.get("x-microsoft-outputformat") != "raw-24khz-16bit-mono-pcm":
            return 400, "another output format", None
        if not 0 < len(headers.get("user-agent", "")) < 255:
            return 400, "User-Agent is required", None
        try:
            return 200, "", _read(ET.fromstring(body))
        except (ET.ParseError, KeyError, ValueError, AttributeError) as error:
            return 400, f"SSML: {error}", None


def _read(speak: ET.Element) -> dict[str, Any]:
    if speak.tag != f"{_SSML}speak" or speak.attrib["version"] != "1.0":
        raise ValueError(speak.tag)
    (voice,) = speak
    (prosody,) = voice
    if voice.tag != f"{_SSML}voice" or prosody.tag != f"{_SSML}prosody" or len(prosody):
        raise ValueError("other elements than speak, voice and prosody")
    spoken = dict(prosody.attrib)
    if set(spoken) != {"rate", "pitch", "volume"}:
        raise ValueError(f"prosody {spoken}")
    language, name = speak.attrib[_LANG], voice.attrib["name"]
    return {"text": prosody.text or "", "voice": name, "language": language, **spoken}
