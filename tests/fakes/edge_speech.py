"""The WebSocket that Microsoft Edge reads pages aloud by, as the package edge-tts knows it.

Both sides send headers, an empty line and a body; sound comes in binary messages that begin with
the length of their headers (github.com/rany2/edge-tts, communicate.py, drm.py).
"""

import asyncio
import io
import json
import ssl
import xml.etree.ElementTree as ET
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import soundfile
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from benchmarks.broker import Certificate
from tests.fakes.speech_server import Fault, tone

HOST: Final = "speech.platform.bing.com"
RATE: Final = 24_000
_PATH: Final = "/consumer/speech/synthesize/readaloud/edge/v1"
_QUERY: Final = {"TrustedClientToken", "ConnectionId", "Sec-MS-GEC", "Sec-MS-GEC-Version"}
_CONFIG: Final = {
    "context": {
        "synthesis": {
            "audio": {
                "metadataoptions": {
                    "sentenceBoundaryEnabled": "true", "wordBoundaryEnabled": "false",
                },
                "outputFormat": "audio-24khz-48kbitrate-mono-mp3",
            }
        }
    }
}  # fmt: skip
_SSML: Final = "{http://www.w3.org/2001/10/synthesis}"
_STEP_BYTES: Final = 720
_ID: Final = "X-RequestId:9d6a6d1bb7b64c1f8c1e5b1d7c1a2b3c\r\n"


class FakeEdge:
    """Shows a certificate for the name of the real one."""

    def __init__(self, certificate: Certificate) -> None:
        self.fault: Fault | None = None
        self.refusals = 0
        """So many handshakes are answered with 403 first: their clock is wrong."""
        self.asked: list[dict[str, Any]] = []
        """What was asked for: text, voice, prosody."""
        self.names: list[str] = []
        """Hosts that were meant."""
        self.open = 0
        """Connections at present."""
        self.port = 0
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate.file, certificate.key)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """What goes into [cloud.edge] base_url."""
        return f"wss://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await serve(
            self._talk, "127.0.0.1", self.port, ssl=self._tls, process_request=self._check,
            close_timeout=0.1,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _check(self, socket: ServerConnection, request: Request) -> Response | None:
        self.names.append(request.headers["host"])
        broken = {Fault.REFUSED: 403, Fault.BUSY: 429, Fault.BROKEN: 500, Fault.PORTAL: 200}
        if self.fault in broken:
            return socket.respond(broken[self.fault], "<html>Please log in</html>")
        address = urlsplit(request.path)
        query = parse_qs(address.query)
        if address.path != _PATH or set(query) != _QUERY:
            return socket.respond(404, f"unknown address {request.path}")
        self.refusals -= 1
        return socket.respond(403, "the token is too old") if self.refusals >= 0 else None

    async def _talk(self, socket: ServerConnection) -> None:
        self.open += 1
        try:
            path, config = _read(await socket.recv())
            if path != "speech.config" or json.loads(config) != _CONFIG:
                await socket.close(1007, "speech.config")
            path, ssml = _read(await socket.recv())
            if path != "ssml":
                await socket.close(1007, path)
            request = _ssml(ssml)
            self.asked.append(request)
            await self._speak(socket, request["text"])
        except (ConnectionClosed, ET.ParseError, ValueError):
            pass
        finally:
            self.open -= 1

    async def _speak(self, socket: ServerConnection, text: str) -> None:
        if self.fault is Fault.LOST:
            socket.transport.abort()
        if self.fault is Fault.SILENT:
            await self._vanish(socket)
        await socket.send(_text("turn.start", {"context": {"serviceTag": "1"}}))
        await socket.send(_text("response", {"audio": {"type": "inline", "streamId": "2"}}))
        mp3 = b"" if self.fault is Fault.EMPTY else encoded(text)
        await socket.send(_text("audio.metadata", _boundary(text)))
        begin = 0
        while begin < len(mp3) or self.fault is Fault.ENDLESS:
            if begin <= len(mp3) // 2 < begin + _STEP_BYTES and not await self._half_way(socket):
                return
            await socket.send(_audio(mp3[begin : begin + _STEP_BYTES] or mp3[-3 * _STEP_BYTES :]))
            begin += _STEP_BYTES
            await asyncio.sleep(0.001)  # who hangs up is noticed
        await socket.send(_binary(f"{_ID}Path:audio\r\n", b""))
        await socket.send(_text("turn.end", {}))
        await socket.wait_closed()

    async def _vanish(self, socket: ServerConnection) -> None:
        """As when the network is gone: not even a goodbye is answered."""
        socket.transport.pause_reading()
        await socket.wait_closed()

    async def _half_way(self, socket: ServerConnection) -> bool:
        """Whether it goes on."""
        if self.fault is Fault.CUT:
            await asyncio.sleep(0.05)
            socket.transport.abort()
            return False
        if self.fault is Fault.STALLED:
            await self._vanish(socket)
        if self.fault is Fault.GARBAGE:
            await socket.send(b"\x00")
        return True


def encoded(text: str) -> bytes:
    """The MP3 of a text."""
    file = io.BytesIO()
    soundfile.write(
        file, tone(text, RATE), RATE, format="MP3", subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT", compression_level=0.75,
    )  # fmt: skip
    return file.getvalue()


def spoken(text: str) -> bytes:
    """The whole sound of a text, as whoever decodes its MP3 at once hears it."""
    samples, _ = soundfile.read(io.BytesIO(encoded(text)), dtype="int16")
    return bytes(samples.astype("<i2").tobytes())


def _read(message: str | bytes) -> tuple[str, str]:
    """Path and body of a message of the client."""
    if not isinstance(message, str):
        raise TypeError("the client sends text")
    head, _, body = message.partition("\r\n\r\n")
    headers = dict(line.split(":", 1) for line in head.split("\r\n"))
    return headers["Path"], body


def _ssml(text: str) -> dict[str, Any]:
    (voice,) = ET.fromstring(text)
    (prosody,) = voice
    if voice.tag != f"{_SSML}voice" or prosody.tag != f"{_SSML}prosody":
        raise ValueError("other elements than speak, voice and prosody")
    return {"text": prosody.text or "", "voice": voice.attrib["name"], **prosody.attrib}


def _boundary(text: str) -> dict[str, Any]:
    ticks = len(tone(text, RATE)) * 10_000_000 // RATE
    about = {"Text": text, "Length": len(text), "BoundaryType": "SentenceBoundary"}
    data = {"Offset": 0, "Duration": ticks, "text": about}
    return {"Metadata": [{"Type": "SentenceBoundary", "Data": data}]}


def _text(path: str, body: dict[str, Any]) -> str:
    kind = "Content-Type:application/json; charset=utf-8\r\n"
    return f"{_ID}{kind}Path:{path}\r\n\r\n{json.dumps(body)}"


def _audio(data: bytes) -> bytes:
    return _binary(f"{_ID}Content-Type:audio/mpeg\r\nX-StreamId:2\r\nPath:audio\r\n", data)


def _binary(headers: str, data: bytes) -> bytes:
    return len(headers).to_bytes(2, "big") + headers.encode() + data
