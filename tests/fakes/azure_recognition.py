"""Azure's REST API for short audio (learn.microsoft.com, "Speech to text REST API for short
audio"): the WAV is the body, what is asked is in the address."""

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.fakes.posted_speech import KEY, PostedSpeech, seconds_in

_PATH: Final = "/speech/recognition/conversation/cognitiveservices/v1"
_WAV: Final = "audio/wav; codecs=audio/pcm; samplerate=16000"


class AzureRecognition(PostedSpeech):
    """Understands one text."""

    def __init__(self, text: str = "turn on the light") -> None:
        super().__init__(text)
        self.status = "Success"
        """RecognitionStatus."""

    @property
    def url(self) -> str:
        """What goes into [cloud.azure] base_url."""
        return self.root

    def verdict(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        place = urlsplit(path)
        asked = parse_qs(place.query)
        if place.path != _PATH:
            return 404, f"unknown address {path}"
        if headers.get("ocp-apim-subscription-key") != KEY:
            return 401, "Access denied due to invalid subscription key"
        if set(asked) != {"language", "format"} or asked["format"] != ["detailed"]:
            return 400, f"asked for {asked}"
        if headers.get("content-type") != _WAV:
            return 415, "Unsupported Media Type"
        self.heard.append(seconds_in(body))
        self.languages += asked["language"]
        return 200, ""

    def answer(self) -> dict[str, Any]:
        about = {"RecognitionStatus": self.status, "Offset": 100_000, "Duration": 12_000_000}
        if self.status != "Success":
            return about
        best = {
            "Confidence": 0.87, "Lexical": self.text, "ITN": self.text, "MaskedITN": self.text,
            "Display": self.text.capitalize() + ".",
        }  # fmt: skip
        return {**about, "NBest": [best], "DisplayText": best["Display"]}
