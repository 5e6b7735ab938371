"""Tencent Cloud's real-time speech recognition.

WebSocket {base_url}/{app id} (cloud.tencent.com/document/product/1093/48982): a signed address,
PCM as binary messages at the pace of speech, `{"type": "end"}`; the answer tells piece by piece,
by index, what was said, and `"final": 1` comes last.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from device.errors import EngineError, EngineRefused
from device.pipeline.elsewhere import read_json
from device.pipeline.stt.cloud.service import Heard
from device.pipeline.stt.cloud.wire import Address, Message, joined

_NAME: Final = "Tencent"
_MODELS: Final = {
    "zh": "16k_zh", "zh-tw": "16k_zh-TW", "yue": "16k_yue", "en": "16k_en", "ja": "16k_ja",
    "ko": "16k_ko", "th": "16k_th", "id": "16k_id", "ms": "16k_ms", "ar": "16k_ar",
    "vi": "16k_vi", "pt": "16k_pt", "tr": "16k_tr", "es": "16k_es", "hi": "16k_hi",
    "fr": "16k_fr", "de": "16k_de",
}  # fmt: skip
"""engine_model_type by language."""
_PCM: Final = 1
_VALID_SECONDS: Final = 3_600
_REFUSED: Final = 4002
_REASONS: Final = {
    4003: "speech recognition is not switched on for the account",
    4004: "nothing is left of the quota",
    4005: "the account is not paid",
    4006: "too much is asked at once",
}


class Tencent:
    """Asks Tencent."""

    paced = True
    signed = True

    def __init__(
        self, base_url: str, app_id: str, secret_id: str, key: str, model: str = ""
    ) -> None:
        """Empty model: by language."""
        self._url = f"{base_url.rstrip('/')}/{app_id}"
        self._secret_id = secret_id
        self._key = key
        self._model = model

    def address(self, language: str, now: float) -> Address:
        """Where to connect. Raises EngineError for a language that it does not know."""
        model = self._model or _model(language)
        asked = {
            "engine_model_type": model, "expired": int(now) + _VALID_SECONDS, "needvad": 1,
            "nonce": secrets.randbelow(10**9) + 1, "secretid": self._secret_id,
            "timestamp": int(now), "voice_format": _PCM, "voice_id": secrets.token_hex(8),
        }  # fmt: skip
        return Address(signed_url(self._url, asked, self._key))

    def open(self, language: str) -> "TencentSentence":
        """A new sentence."""
        return TencentSentence()


def signed_url(url: str, asked: Mapping[str, object], key: str) -> str:
    """The address with what is asked, in alphabetic order, and its HMAC-SHA1."""
    query = urlencode(sorted(asked.items()))
    place = urlsplit(url)
    signed = hmac.new(key.encode(), f"{place.netloc}{place.path}?{query}".encode(), hashlib.sha1)
    signature = base64.b64encode(signed.digest()).decode()
    return f"{url}?{query}&signature={quote(signature, safe='')}"


class TencentSentence:
    """Pieces of a sentence by their index; the last word on each counts."""

    def __init__(self) -> None:
        self._pieces: dict[int, str] = {}

    @property
    def heard(self) -> Heard:
        """What is understood so far; the service does not tell how sure it is."""
        return Heard(joined([self._pieces[index] for index in sorted(self._pieces)]))

    def audio(self, pcm: bytes) -> Sequence[Message]:
        """Bare PCM."""
        return (pcm,)

    def end(self) -> Sequence[Message]:
        """All was sent."""
        return (json.dumps({"type": "end"}),)

    def take(self, message: Message) -> bool:
        """Read an answer; whether it was the last. Raises EngineError."""
        answer = read_json(_NAME, message)
        if (code := answer["code"]) == _REFUSED:
            raise EngineRefused(f"{_NAME} does not accept the key; check [cloud.tencent]")
        if code:
            raise EngineError(f"{_NAME}: {_REASONS.get(code, f'it failed ({code!s:.40})')}")
        if result := answer.get("result"):
            self._pieces[int(result["index"])] = str(result["voice_text_str"])
        return answer.get("final") == 1


def _model(language: str) -> str:
    spoken = language.lower().replace("_", "-")
    model = _MODELS.get(spoken) or _MODELS.get(spoken.split("-")[0])
    if model is None:
        raise EngineError(f"{_NAME} does not know the language {language!r}")
    return model
