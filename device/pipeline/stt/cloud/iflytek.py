"""iFlytek's streaming dictation.

WebSocket {base_url} (xfyun.cn/doc/asr/voicedictation/API.html): the address is signed with the
time, which may be 300 s off; JSON messages hold base64 PCM with status 0 (first), 1 or 2 (last).
With dynamic correction (dwa=wpgs, Chinese) a result is appended ("apd") or replaces results rg[0]
to rg[1] ("rpl"); without it every result is appended.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from email.utils import formatdate
from typing import Final
from urllib.parse import urlencode, urlsplit

from device.errors import EngineError
from device.pipeline.elsewhere import Json, read_json
from device.pipeline.stt.cloud.locales import locale
from device.pipeline.stt.cloud.service import Heard
from device.pipeline.stt.cloud.wire import Address, Message, joined

_NAME: Final = "iFlytek"
_FORMAT: Final = {"format": "audio/L16;rate=16000", "encoding": "raw"}
_SIGNED: Final = "host date request-line"
_REASONS: Final = {
    10005: "it does not know the application; check [cloud.iflytek] app_id",
    10313: "it does not know the application; check [cloud.iflytek] app_id",
    11200: "the language or service is not switched on for the account, or the quota is spent",
    11201: "the quota of the day is spent",
    11202: "too much is asked at once",
    11203: "the account has run out",
}


class Iflytek:
    """Asks iFlytek."""

    paced = True
    signed = True

    def __init__(self, base_url: str, app_id: str, key: str, secret: str) -> None:
        """APPID, APIKey and APISecret of the application."""
        self._url = base_url
        self._app_id = app_id
        self._key = key
        self._secret = secret

    def address(self, language: str, now: float) -> Address:
        """Where to connect."""
        date = formatdate(now, usegmt=True)
        return Address(signed_url(self._url, date, self._key, self._secret))

    def open(self, language: str) -> "IflytekSentence":
        """A new sentence. Raises EngineError for a language without a country."""
        return IflytekSentence(self._app_id, language)


def signed_url(url: str, date: str, key: str, secret: str) -> str:
    """The address with host, date and their HMAC-SHA256; `date` as RFC 1123 writes it."""
    place = urlsplit(url)
    origin = f"host: {place.netloc}\ndate: {date}\nGET {place.path} HTTP/1.1"
    digest = hmac.new(secret.encode(), origin.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    signed = (
        f'api_key="{key}", algorithm="hmac-sha256", headers="{_SIGNED}", signature="{signature}"'
    )
    authorization = base64.b64encode(signed.encode()).decode()
    asked = {"authorization": authorization, "date": date, "host": place.netloc}
    return f"{url}?{urlencode(asked)}"


class IflytekSentence:
    """Results by their number, as the service corrects them."""

    def __init__(self, app_id: str, language: str) -> None:
        self._business = _business(language)
        self._app_id = app_id
        self._begun = False
        self._results: dict[int, str] = {}

    @property
    def heard(self) -> Heard:
        """What is understood so far; the service does not tell how sure it is."""
        return Heard(joined([self._results[number] for number in sorted(self._results)]))

    def audio(self, pcm: bytes) -> Sequence[Message]:
        """A message of JSON; the first tells who asks for what."""
        sound = base64.b64encode(pcm).decode()
        data = {"status": int(self._begun), **_FORMAT, "audio": sound}
        about: Json = {"common": {"app_id": self._app_id}, "business": self._business}
        message = {"data": data} if self._begun else {**about, "data": data}
        self._begun = True
        return (json.dumps(message),)

    def end(self) -> Sequence[Message]:
        """All was sent."""
        last = {"data": {"status": 2, **_FORMAT, "audio": ""}}
        return (json.dumps(last),) if self._begun else ()

    def take(self, message: Message) -> bool:
        """Read an answer; whether it was the last. Raises EngineError."""
        answer = read_json(_NAME, message)
        if code := answer["code"]:
            raise EngineError(f"{_NAME}: {_REASONS.get(code, f'it failed ({code!s:.40})')}")
        data = answer.get("data") or {}
        if result := data.get("result"):
            self._note(result)
        return data.get("status") == 2

    def _note(self, result: Json) -> None:
        if result.get("pgs") == "rpl":
            first, last = (int(number) for number in result["rg"])
            gone = [number for number in self._results if first <= number <= last]
            for number in gone:
                del self._results[number]
        words = [str(word["cw"][0]["w"]) for word in result["ws"]]
        self._results[int(result["sn"])] = joined(words)


def _business(language: str) -> Json:
    spoken = locale(language).lower().replace("-", "_")
    business: Json = {"language": spoken, "domain": "iat", "accent": "mandarin"}
    return {**business, "dwa": "wpgs"} if spoken.startswith("zh") else business
