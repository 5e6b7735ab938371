"""Azure's REST API for short audio: one sentence, no more than a minute.

POST {base_url}/speech/recognition/conversation/cognitiveservices/v1 with the WAV as the body
(learn.microsoft.com, "Speech to text REST API for short audio").
"""

from typing import Final

from device.errors import EngineError
from device.pipeline.elsewhere import Json
from device.pipeline.stt.cloud.locales import locale
from device.pipeline.stt.cloud.posted import Request
from device.pipeline.stt.cloud.service import Heard

_PATH: Final = "/speech/recognition/conversation/cognitiveservices/v1"
_WAV: Final = "audio/wav; codecs=audio/pcm; samplerate=16000"
_NOTHING: Final = ("NoMatch", "InitialSilenceTimeout", "BabbleTimeout")
"""Nobody spoke, or nothing that is speech."""


class AzureForm:
    """Asks Azure AI Speech."""

    def __init__(self, base_url: str, region: str, key: str) -> None:
        """Empty `base_url`: the host of the region."""
        self._url = azure_url(base_url, region) + _PATH
        self._headers = {
            "Ocp-Apim-Subscription-Key": key, "Content-Type": _WAV, "Accept": "application/json",
        }  # fmt: skip

    def request(self, wav: bytes, language: str) -> Request:
        """What to post for a sentence. Raises EngineError."""
        query = f"?language={locale(language)}&format=detailed"
        return Request(self._url + query, self._headers, {"content": wav})

    def read(self, answer: Json) -> Heard:
        """What was understood. Raises EngineError when the service says that it failed."""
        status = answer["RecognitionStatus"]
        if status in _NOTHING:
            return Heard("", 0.0)
        if status != "Success":
            raise EngineError(f"Azure could not understand the sentence ({status!s:.40})")
        best = answer["NBest"][0]
        return Heard(str(best["Display"]), min(1.0, max(0.0, float(best["Confidence"]))))


def azure_url(base_url: str, region: str) -> str:
    """Where the service is that listens."""
    return base_url.rstrip("/") or f"https://{region}.stt.speech.microsoft.com"
