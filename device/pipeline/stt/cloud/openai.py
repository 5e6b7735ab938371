"""OpenAI's transcription endpoint, which Groq and many local servers have too.

POST {base_url}/audio/transcriptions, multipart (platform.openai.com, API reference, audio): file,
model, language, response_format, temperature. verbose_json tells how sure the model was, segment
by segment; the gpt-4o models know json only.
"""

import math
from typing import Any, Final

from device.pipeline.elsewhere import Json
from device.pipeline.stt.cloud.posted import Request
from device.pipeline.stt.cloud.service import Heard
from device.pipeline.stt.whisper_rules import Decoding

_PLAIN: Final = "transcribe"
"""In the names of models that tell the text only."""


class OpenAiForm:
    """Asks OpenAI, or who speaks as it does."""

    def __init__(self, base_url: str, key: str, model: str) -> None:
        """An empty key is for servers that ask for none."""
        self._url = base_url.rstrip("/") + "/audio/transcriptions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._model = model

    def request(self, wav: bytes, language: str) -> Request:
        """What to post for a sentence."""
        data = {
            "model": self._model,
            "language": language.split("-")[0].lower(),
            "response_format": "json" if _PLAIN in self._model else "verbose_json",
            "temperature": "0",
        }
        file = ("speech.wav", wav, "audio/wav")
        return Request(self._url, self._headers, {"data": data, "files": {"file": file}})

    def read(self, answer: Json) -> Heard:
        """What was understood, without what the model itself does not believe."""
        segments = answer.get("segments")
        if not segments:
            return Heard(_text(answer))
        believed = [one for one in segments if _is_believed(one)]
        if not believed:
            return Heard("", 0.0)
        mean = sum(float(one.get("avg_logprob", 0.0)) for one in believed) / len(believed)
        return Heard("".join(_text(one) for one in believed), min(1.0, math.exp(mean)))


def _is_believed(segment: Json) -> bool:
    text = _text(segment)
    written = Decoding(
        text, (), 1, float(segment.get("avg_logprob", 0.0)),
        float(segment.get("no_speech_prob", 0.0)),
    )  # fmt: skip
    return bool(text.strip()) and not written.is_silence and not written.runs_on


def _text(holder: Json) -> str:
    text: Any = holder["text"]
    if not isinstance(text, str):
        raise TypeError("text is none")
    return text
