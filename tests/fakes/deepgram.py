"""Deepgram's live transcription (developers.deepgram.com, reference, live audio)."""

import json
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from tests.fakes.spoken_speech import KEY, Fault, Json, SpokenSpeech

_ASKED: Final = {
    "model", "language", "encoding", "sample_rate", "channels", "interim_results", "endpointing",
    "punctuate",
}  # fmt: skip


class FakeDeepgram(SpokenSpeech):
    """Interim results word by word, the final one at the end."""

    def __init__(self, text: str = "turn on the light") -> None:
        super().__init__(text)
        self.endpointing: list[str] = []
        self.final_words = 0
        """So many words are final already while the sentence goes on."""

    @property
    def url(self) -> str:
        """What goes into [cloud.deepgram] base_url."""
        return f"{self.root}/v1"

    def verdict(self, request: Request) -> tuple[int, Json]:
        place = urlsplit(request.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path != "/v1/listen":
            return 404, {"err_code": "NOT_FOUND", "err_msg": place.path}
        if request.headers.get("Authorization") != f"Token {KEY}":
            return 401, {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}
        if set(asked) != _ASKED or (asked["encoding"], asked["sample_rate"]) != (
            "linear16", "16000",
        ):  # fmt: skip
            return 400, {"err_code": "Bad Request", "err_msg": f"asked for {sorted(asked)}"}
        self.languages.append(asked["language"])
        self.models.append(asked["model"])
        self.endpointing.append(asked["endpointing"])
        return 200, {}

    async def converse(self, connection: ServerConnection) -> None:
        told = 0
        async for message in connection:
            if isinstance(message, str):
                assert json.loads(message) == {"type": "CloseStream"}
                break
            if not told and self.final_words and len(self.words().split()) >= self.final_words:
                told = self.final_words
                first = " ".join(self.text.split()[:told])
                await self.tell(connection, _results(first, is_final=True))
            rest = " ".join(self.words().split()[told:])
            await self.hear(connection, len(message), _results(rest))
        rest = " ".join(self.text.split()[told:])
        while self.fault is Fault.ENDLESS:
            await self.tell(connection, _results(self.text * 10, is_final=True))
        await self.tell(connection, _results(rest, is_final=True))
        await self.tell(connection, _METADATA, last=True)


_METADATA: Final[Json] = {
    "type": "Metadata", "transaction_key": "deprecated", "request_id": "r-1", "sha256": "0",
    "created": "2026-11-21T17:00:00.000Z", "duration": 1.2, "channels": 1,
}  # fmt: skip


def _results(text: str, *, is_final: bool = False) -> Json:
    words = [
        {"word": word, "start": 0.1, "end": 0.3, "confidence": 0.9, "punctuated_word": word}
        for word in text.split()
    ]
    best = {"transcript": text, "confidence": 0.9 if text else 0.0, "words": words}
    return {
        "type": "Results", "channel_index": [0, 1], "duration": 1.0, "start": 0.0,
        "is_final": is_final, "speech_final": is_final, "channel": {"alternatives": [best]},
        "metadata": {"request_id": "r-1", "model_info": {"name": "n"}, "model_uuid": "u"},
        "from_finalize": False,
    }  # fmt: skip
