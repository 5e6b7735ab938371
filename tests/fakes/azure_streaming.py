"""Azure's speech recognition over a WebSocket, as Microsoft's Speech SDK speaks it.

The protocol is that of docs.microsoft.com, "Speech Service WebSocket protocol": text messages have
headers and JSON, binary ones the length of their headers in two bytes, headers and sound. Text
comes as speech.hypothesis while somebody speaks, and as speech.phrase; a phrase with EndOfDictation
and turn.end come when the sound, an empty message at its end, is understood.
"""

import json
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request
from websockets.typing import Subprotocol

from tests.fakes.spoken_speech import KEY, Fault, Json, SpokenSpeech

_PATH: Final = "/speech/recognition/conversation/cognitiveservices/v1"
_STARTED: Final[Json] = {"context": {"serviceTag": "t"}}
_HEADER_BYTES: Final = 44
"""The sound begins with the header of a WAV."""


class FakeAzureStreaming(SpokenSpeech):
    """Hypotheses word by word, the phrase at the end."""

    @property
    def url(self) -> str:
        """What goes into [cloud.azure] base_url."""
        return self.root.replace("ws", "http", 1)

    async def start(self) -> None:
        """Listen, as one who speaks USP."""
        self._server = await serve(
            self._serve, "127.0.0.1", self._port, process_request=self._look, close_timeout=1,
            subprotocols=[Subprotocol("USP")],
        )  # fmt: skip
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    def verdict(self, request: Request) -> tuple[int, Json]:
        place = urlsplit(request.path)
        asked = parse_qs(place.query)
        if place.path != _PATH:
            return 404, {"path": place.path}
        if request.headers.get("Ocp-Apim-Subscription-Key") != KEY:
            return 401, {"error": "Access denied due to invalid subscription key"}
        self.languages += asked["language"]
        return 200, {}

    async def converse(self, connection: ServerConnection) -> None:
        begun = ""
        async for message in connection:
            if isinstance(message, str):
                continue
            size = int.from_bytes(message[:2], "big")
            headers = dict(
                line.split(":", 1) for line in message[2 : 2 + size].decode().split("\r\n") if line
            )
            sound, request = message[2 + size :], headers["X-RequestId"]
            if not begun:
                begun = request
                await self._say(connection, request, "turn.start", _STARTED)
                await self._say(connection, request, "speech.startDetected", {"Offset": 0})
                sound = sound[_HEADER_BYTES:] if sound.startswith(b"RIFF") else sound
            elif not sound:
                break
            before = self.words()
            self.heard[-1] += len(sound) / 32_000
            if self.words() != before:
                await self._say(connection, request, "speech.hypothesis", _about(self.words()))
        await self._conclude(connection, begun)

    async def _conclude(self, connection: ServerConnection, request: str) -> None:
        best = {
            "Confidence": 0.9, "Lexical": self.text, "ITN": self.text, "MaskedITN": self.text,
            "Display": self.text,
        }  # fmt: skip
        phrase = {"RecognitionStatus": "Success", "DisplayText": self.text, "NBest": [best]}
        # What no phrase covers the SDK sends again.
        ticks = round(self.heard[-1] * 10_000_000)
        covered = {"Offset": 0, "Duration": ticks}
        await self._say(connection, request, "speech.phrase", {**phrase, **covered})
        over = {"RecognitionStatus": "EndOfDictation", "Offset": ticks, "Duration": 0}
        await self._say(connection, request, "speech.phrase", over)
        self.finished += self.fault is None
        await self._say(connection, request, "turn.end", {})
        await connection.wait_closed()

    async def _say(
        self, connection: ServerConnection, request: str, path: str, answer: Json
    ) -> None:
        match self.fault:
            case Fault.SILENT:
                return
            case Fault.CUT if len(self.words().split()) > 1:
                connection.transport.abort()
            case Fault.GARBAGE if path.startswith("speech"):
                await connection.send("{]")
                return
        head = f"X-RequestId:{request}\r\nContent-Type:application/json; charset=utf-8\r\n"
        await connection.send(f"{head}Path:{path}\r\n\r\n{json.dumps(answer)}")
        if path == "speech.hypothesis":
            self.told.set()


def _about(text: str) -> Json:
    return {"Text": text, "Offset": 100_000, "Duration": 5_000_000}
