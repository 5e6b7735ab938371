"""ElevenLabs' WebSocket `/v1/text-to-speech/{voice_id}/stream-input` (its API reference).

The first message is a space with settings, an empty text ends, and the last answer says isFinal.
Mistakes are told as {"message", "error", "code"} before it closes with 1008.
"""

import asyncio
import base64
import json
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.fakes.speech_server import KEY, Fault, tone

RATE: Final = 24_000
_QUERY: Final = {
    "model_id", "language_code", "enable_logging", "enable_ssml_parsing", "output_format",
    "inactivity_timeout", "sync_alignment", "auto_mode", "apply_text_normalization", "seed",
}  # fmt: skip
_FIRST: Final = {"text", "voice_settings", "generation_config"}
_LATER: Final = {"text", "try_trigger_generation", "voice_settings", "flush"}
_SETTINGS: Final = {"stability", "similarity_boost", "style", "use_speaker_boost", "speed"}


class FakeElevenLabs:
    """Has eleven_turbo_v2_5 and any voice, and speaks pcm_24000 alone."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.asked: list[dict[str, Any]] = []
        """What was asked for: voice, query, settings, text."""
        self.accepted = 0
        """Connections so far."""
        self.open = 0
        """Connections at present."""
        self.error = ""
        """What is answered instead of sound."""
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        """Where it runs."""
        self._server: Server | None = None
        self._connections: set[ServerConnection] = set()

    @property
    def url(self) -> str:
        """What goes into [cloud.elevenlabs] base_url."""
        return f"ws://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._server = await serve(
            self._talk, "127.0.0.1", self.port, process_request=self._check, close_timeout=0.1
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def hang_up(self) -> None:
        """Close every connection, as when they waited too long for a text."""
        for socket in tuple(self._connections):
            await socket.close(1008, "input_timeout_exceeded")

    def _check(self, socket: ServerConnection, request: Request) -> Response | None:
        broken = {Fault.REFUSED: 401, Fault.BUSY: 429, Fault.BROKEN: 500, Fault.PORTAL: 200}
        if self.fault in broken:
            return socket.respond(broken[self.fault], "<html>Please log in</html>")
        if request.headers.get("xi-api-key") != KEY:
            return socket.respond(401, "invalid_api_key")
        path, query = urlsplit(request.path).path.split("/"), parse_qs(urlsplit(request.path).query)
        if [*path[:3], path[4]] != ["", "v1", "text-to-speech", "stream-input"]:
            return socket.respond(404, "unknown address")
        if set(query) - _QUERY or query["output_format"] != ["pcm_24000"]:
            return socket.respond(400, f"{query}")
        if query["model_id"] not in (["eleven_turbo_v2_5"], ["eleven_multilingual_v2"]):
            return socket.respond(403, "model_not_found")
        if query["model_id"] == ["eleven_multilingual_v2"] and "language_code" in query:
            return socket.respond(400, "unsupported_language")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        self.accepted += 1
        self.open += 1
        self._connections.add(socket)
        try:
            await self._speak(socket, await self._listen(socket))
        except ConnectionClosed:
            pass
        finally:
            self.open -= 1
            self._connections.discard(socket)

    async def _listen(self, socket: ServerConnection) -> str:
        """The text of all messages up to the empty one."""
        first = json.loads(await socket.recv())
        if set(first) - _FIRST or first["text"] != " " or set(first["voice_settings"]) - _SETTINGS:
            await socket.close(1008, f"first message {first}")
        text = ""
        while (message := json.loads(await socket.recv()))["text"]:
            if set(message) - _LATER or not message["text"].endswith(" "):
                await socket.close(1008, f"message {message}")
            text += message["text"]
        assert socket.request is not None
        about = urlsplit(socket.request.path)
        query = {name: value for name, (value,) in parse_qs(about.query).items()}
        self.asked.append(
            {"voice": about.path.split("/")[3], "text": text.strip(), **first["voice_settings"],
             **query}
        )  # fmt: skip
        return text.strip()

    async def _speak(self, socket: ServerConnection, text: str) -> None:
        if self.error:
            told = {"message": "no", "error": self.error, "code": 1008}
            await socket.send(json.dumps(told))
            await socket.close(1008, self.error)
        if self.fault is Fault.LOST:
            socket.transport.abort()
        if self.fault is Fault.SILENT:
            await socket.wait_closed()
        pcm, step = tone(text, RATE).astype("<i2").tobytes(), 4_800
        begin = len(pcm) if self.fault is Fault.EMPTY else 0
        while begin < len(pcm) or self.fault is Fault.ENDLESS:
            if begin <= len(pcm) // 2 < begin + step and not await self._half_way(socket):
                return
            await self._tell(socket, pcm[begin : begin + step] or pcm[:step])
            begin += step
        await socket.send(json.dumps({"isFinal": True}))
        await socket.close()

    async def _half_way(self, socket: ServerConnection) -> bool:
        """Whether it goes on."""
        if self.fault is Fault.CUT:
            await self._tell(socket, b"\x01")
            await asyncio.sleep(0.05)
            socket.transport.abort()
            return False
        if self.fault is Fault.STALLED:
            await socket.wait_closed()
        if self.fault is Fault.GARBAGE:
            await socket.send('{"audio": "%%%"}')
        return True

    async def _tell(self, socket: ServerConnection, pcm: bytes) -> None:
        alignment = {"charStartTimesMs": [0], "charDurationsMs": [100], "chars": ["a"]}
        audio = base64.b64encode(pcm).decode()
        told = {"audio": audio, "isFinal": None, "normalizedAlignment": alignment}
        await socket.send(json.dumps({**told, "alignment": alignment}))


def spoken(text: str) -> bytes:
    """The whole sound of a text."""
    return tone(text, RATE).astype("<i2").tobytes()
