"""iFlytek's streaming dictation (xfyun.cn/doc/asr/voicedictation/API.html).

The signature is made here by the documented rule, from what was asked and nothing of ours.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from tests.fakes.spoken_speech import KEY, Fault, Json, SpokenSpeech, forever

APP_ID: Final = "5f5e1234"
SECRET: Final = "secret-of-a-test"
_SKEWED: Final = (
    "HMAC signature cannot be verified, a valid date or x-date header is required for HMAC "
    "Authentication"
)
_SKEW_SECONDS: Final = 300


class FakeIflytek(SpokenSpeech):
    """Corrects itself: every result replaces the one before."""

    def __init__(self, text: str = "打 开 灯") -> None:
        super().__init__(text)
        self.code = 0
        """What it answers to the first message."""
        self.ahead_seconds = 0.0
        """How far its clock is ahead of ours."""
        self._number = 0

    @property
    def url(self) -> str:
        """What goes into [cloud.iflytek] base_url."""
        return f"{self.root}/v2/iat"

    def verdict(self, request: Request) -> tuple[int, Json]:
        place = urlsplit(request.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path != "/v2/iat" or set(asked) != {"authorization", "date", "host"}:
            return 401, {"message": "Unauthorized"}
        said = parsedate_to_datetime(asked["date"]).timestamp()
        if abs(time.time() + self.ahead_seconds - said) > _SKEW_SECONDS:
            return 403, {"message": _SKEWED}
        origin = (
            f"host: {request.headers['Host']}\ndate: {asked['date']}\nGET {place.path} HTTP/1.1"
        )
        made = base64.b64encode(hmac.new(SECRET.encode(), origin.encode(), hashlib.sha256).digest())
        told = base64.b64decode(asked["authorization"], validate=True).decode()
        fields = dict(re.findall(r'(\w+)="([^"]*)"', told))
        expected = {
            "api_key": KEY, "algorithm": "hmac-sha256", "headers": "host date request-line",
            "signature": made.decode(),
        }  # fmt: skip
        if fields != expected:
            return 401, {"message": "HMAC signature does not match"}
        return 200, {}

    async def converse(self, connection: ServerConnection) -> None:
        self._number, status = 0, -1
        async for message in connection:
            asked = json.loads(message)
            if code := self._mistake(asked, first=status == -1) or self.code:
                self.refused.append(str(code))
                await connection.send(json.dumps({"code": code, "message": "no", "sid": "s"}))
                return
            status = asked["data"]["status"]
            if status == 2:
                break
            sound = base64.b64decode(asked["data"]["audio"], validate=True)
            # Without dynamic correction nothing is told before it is certain.
            corrects = self.languages[-1] == "zh_cn"
            await self.hear(connection, len(sound), self._result(self.words() if corrects else ""))
        else:
            return  # who hung up before the end is told nothing
        if self.fault is Fault.ENDLESS:
            await forever(self, connection, self._result(self.text * 1_000))
        await self.tell(connection, self._result(self.text, status=2), last=True)

    def _mistake(self, asked: Json, *, first: bool) -> int:
        if set(asked) != ({"common", "business", "data"} if first else {"data"}):
            return 10163
        data = asked["data"]
        if set(data) != {"status", "format", "encoding", "audio"}:
            return 10163
        if (data["format"], data["encoding"]) != ("audio/L16;rate=16000", "raw"):
            return 10007
        if first:
            if asked["common"] != {"app_id": APP_ID}:
                return 10313
            business = asked["business"]
            if business["language"] != "zh_cn" and "dwa" in business:
                return 10163
            self.languages.append(business["language"])
            return 0 if data["status"] == 0 else 10165
        return 0 if data["status"] in (1, 2) else 10165

    def _result(self, text: str, status: int = 1) -> Json:
        """What replaces all that was told before."""
        self._number += 1
        ws = [{"bg": 0, "cw": [{"sc": 0, "w": word}]} for word in text.split()]
        result: Json = {"bg": 0, "ed": 0, "ls": status == 2, "sn": self._number, "ws": ws}
        if self.languages[-1] == "zh_cn":
            dynamic = {"pgs": "rpl", "rg": [1, self._number - 1]} if self._number > 1 else {}
            result |= dynamic or {"pgs": "apd"}
        data = {"result": result, "status": status}
        return {"code": 0, "message": "success", "sid": "iat", "data": data}
