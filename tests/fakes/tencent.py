"""Tencent's real-time speech recognition (cloud.tencent.com/document/product/1093/48982).

The signature is made here by the documented rule, from what was asked and nothing of ours.
"""

import base64
import hashlib
import hmac
import json
import time
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from tests.fakes.spoken_speech import KEY, Fault, Json, SpokenSpeech, forever

APP_ID: Final = "1259228442"
SECRET_ID: Final = "AKIDtest"
_ASKED: Final = {
    "engine_model_type", "expired", "needvad", "nonce", "secretid", "timestamp", "voice_format",
    "voice_id",
}  # fmt: skip


class FakeTencent(SpokenSpeech):
    """Tells the sentence by its index, again and again."""

    def __init__(self, text: str = "打 开 灯") -> None:
        super().__init__(text)
        self.code = 0
        """What it answers first, when it is not the signature that it minds."""
        self.ahead_seconds = 0.0
        """How far its clock is ahead of ours."""

    @property
    def url(self) -> str:
        """What goes into [cloud.tencent] base_url."""
        return f"{self.root}/asr/v2"

    def verdict(self, request: Request) -> tuple[int, Json]:
        return (200, {}) if request.path.startswith("/asr/v2/") else (404, {"path": request.path})

    def _code(self, request: Request) -> int:
        place = urlsplit(request.path)
        asked = dict(parse_qsl(place.query))
        signature = asked.pop("signature", "")
        if set(asked) != _ASKED or len(asked["nonce"]) > 10 or asked["voice_format"] != "1":
            return 4001
        query = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
        origin = f"{request.headers['Host']}{place.path}?{query}"
        made = hmac.new(KEY.encode(), origin.encode(), hashlib.sha1).digest()
        now = time.time() + self.ahead_seconds
        is_now = int(asked["timestamp"]) - 300 < now < int(asked["expired"])
        theirs = place.path == f"/asr/v2/{APP_ID}" and asked["secretid"] == SECRET_ID
        if not (is_now and theirs) or base64.b64encode(made).decode() != signature:
            return 4002
        self.models.append(asked["engine_model_type"])
        return self.code

    async def converse(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        if code := self._code(connection.request):
            self.refused.append(str(code))
            await connection.send(json.dumps({"code": code, "message": "鉴权失败"}))
            return
        await connection.send(json.dumps({"code": 0, "message": "success", "voice_id": "v"}))
        async for message in connection:
            if isinstance(message, str):
                assert json.loads(message) == {"type": "end"}
                break
            assert len(message) <= 1_280
            await self.hear(connection, len(message), _result(self._written(self.words()), 1))
        if self.fault is Fault.ENDLESS:
            await forever(self, connection, _result(self.text * 1_000, 1))
        await self.tell(connection, _result(self._written(self.text), 2))
        final = {"code": 0, "message": "success", "voice_id": "v", "message_id": "m", "final": 1}
        await self.tell(connection, final, last=True)

    def _written(self, text: str) -> str:
        """Chinese has no gaps."""
        return text.replace(" ", "") if "zh" in self.models[-1] else text


def _result(text: str, slice_type: int) -> Json:
    result = {
        "slice_type": slice_type, "index": 0, "start_time": 0, "end_time": 1240,
        "voice_text_str": text, "word_size": 0, "word_list": [],
    }  # fmt: skip
    about = {"code": 0, "message": "success", "voice_id": "v", "message_id": "v_11_0"}
    return {**about, "result": result}
