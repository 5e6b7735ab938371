"""Deepgram's live transcription, and whoever speaks as it does.

WebSocket {base_url}/listen (developers.deepgram.com, reference, live audio): PCM as binary
messages, `{"type": "CloseStream"}` at the end; Results come while it goes on, those with is_final
change no more, and Metadata comes last.
"""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from device.audio.format import RATE
from device.errors import EngineError
from device.pipeline.elsewhere import read_json
from device.pipeline.stt.cloud.service import Heard
from device.pipeline.stt.cloud.wire import Address, Message, joined

_NAME: Final = "Deepgram"


class Deepgram:
    """Asks Deepgram."""

    paced = False
    signed = False

    def __init__(self, base_url: str, key: str, model: str, endpointing_ms: int) -> None:
        """What was said is final after so long a pause."""
        self._url = base_url.rstrip("/") + "/listen?"
        self._headers = {"Authorization": f"Token {key}"} if key else {}
        self._model = model
        self._endpointing_ms = endpointing_ms

    def address(self, language: str, now: float) -> Address:
        """Where to connect."""
        asked = {
            "model": self._model, "language": language, "encoding": "linear16",
            "sample_rate": RATE, "channels": 1, "interim_results": "true",
            "endpointing": self._endpointing_ms, "punctuate": "true",
        }  # fmt: skip
        return Address(self._url + urlencode(asked), self._headers)

    def open(self, language: str) -> "DeepgramSentence":
        """A new sentence."""
        return DeepgramSentence()


class DeepgramSentence:
    """Final results in a row, and the interim one that follows them."""

    def __init__(self) -> None:
        self._final: list[str] = []
        self._confidences: list[float] = []
        self._interim = ""

    @property
    def heard(self) -> Heard:
        """What is understood so far."""
        sure = self._confidences
        return Heard(joined([*self._final, self._interim]), sum(sure) / len(sure) if sure else 0.0)

    def audio(self, pcm: bytes) -> Sequence[Message]:
        """Bare PCM."""
        return (pcm,)

    def end(self) -> Sequence[Message]:
        """Have the rest understood, and part."""
        return (json.dumps({"type": "CloseStream"}),)

    def take(self, message: Message) -> bool:
        """Read an answer; whether it was the last. Raises EngineError."""
        answer = read_json(_NAME, message)
        match answer.get("type"):
            case "Results":
                best = answer["channel"]["alternatives"][0]
                self._note(str(best["transcript"]), float(best["confidence"]), answer["is_final"])
            case "Error":
                raise EngineError(f"{_NAME} gave the sentence up ({answer.get('err_code')!s:.40})")
        return answer.get("type") == "Metadata"

    def _note(self, text: str, confidence: float, is_final: bool) -> None:
        self._interim = "" if is_final else text
        if is_final and text:
            self._final.append(text)
            self._confidences.append(min(1.0, max(0.0, confidence)))
