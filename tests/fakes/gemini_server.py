"""A server of Gemini's Live API on a free loopback port.

It takes the documented client messages (ai.google.dev/api/live, "Live API - WebSockets API
reference": setup, clientContent, realtimeInput, toolResponse), hangs up on unknown fields with 1007
as the service does, and answers a turn with the documented server messages. What it can get wrong
is in `Fault`. It lives in the loop of the test.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from tests.fakes.websocket_server import WebSocketServer, cut

Json = dict[str, Any]

KEY: Final = "gm-local"
MODEL: Final = "parrot-live"
PATH: Final = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_SETUP: Final = {
    "model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig",
    "inputAudioTranscription", "outputAudioTranscription", "sessionResumption",
    "contextWindowCompression", "proactivity", "historyConfig",
}  # fmt: skip
_FIELDS: Final[dict[str, set[str]]] = {
    "setup": _SETUP,
    "clientContent": {"turns", "turnComplete"},
    "realtimeInput": {"audio", "text", "activityStart", "activityEnd", "audioStreamEnd"},
    "toolResponse": {"functionResponses"},
}


class Fault(Enum):
    """What goes wrong."""

    REFUSED = auto()
    """401."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    NEVER_BEGINS = auto()
    """The set-up is never complete."""
    CUT_BEFORE_ANSWER = auto()
    CUT_IN_ANSWER = auto()
    """The connection breaks after two words."""
    GARBAGE = auto()
    """The second word is no JSON."""
    MISSHAPEN = auto()
    """Its sound is no string."""
    SILENT = auto()
    """Nothing is answered."""
    ENDLESS = auto()
    """The answer never ends."""


@dataclass(frozen=True)
class Use:
    """An answer that uses tools: name and arguments of each."""

    calls: Sequence[tuple[str, Json]]


Reply = Callable[[str], str | Use]
"""From what was said, or the results of tools as JSON, to what is answered."""


@dataclass
class FakeGemini(WebSocketServer):
    """The server; an async context manager."""

    reply: Reply
    said: Sequence[str] = ()
    """What is understood of each spoken turn, one after the other."""
    fault: Fault | None = None
    word_seconds: float = 0.0
    setups: list[Json] = field(default_factory=list)
    turns: list[Json] = field(default_factory=list)
    """What was sent as clientContent."""
    heard_seconds: list[float] = field(default_factory=list)
    """Of each spoken turn."""
    results: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._said = iter(self.said)

    @property
    def url(self) -> str:
        """What goes into [cloud.gemini] base_url."""
        return self.root

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.fault is Fault.PORTAL:
            return connection.respond(HTTPStatus.OK, "<html>Please log in to the hotel</html>\n")
        if self.fault is Fault.REFUSED or request.headers.get("x-goog-api-key") != KEY:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "API key not valid\n")
        if request.path != PATH:
            self.refused.append(request.path)
            return connection.respond(HTTPStatus.NOT_FOUND, "no such method\n")
        return None

    async def converse(self, connection: ServerConnection) -> None:
        samples, set_up = 0, False
        async for text in connection:
            message = json.loads(text)
            if mistake := _mistake(message, set_up):
                self.refused.append(mistake)
                await connection.close(1007, mistake[:100])
                return
            (kind,) = message
            body = message[kind]
            match kind:
                case "setup":
                    set_up = True
                    self.setups.append(body)
                    if self.fault is not Fault.NEVER_BEGINS:
                        await _send(connection, {"setupComplete": {}})
                case "clientContent":
                    self.turns += body["turns"]
                    if body.get("turnComplete"):
                        await self._answer(connection, body["turns"][-1]["parts"][0]["text"])
                case "toolResponse":
                    responses = body["functionResponses"]
                    self.results += [one["response"] for one in responses]
                    await self._answer(connection, json.dumps(responses))
                case "realtimeInput" if "audio" in body:
                    samples += len(base64.b64decode(body["audio"]["data"])) // 2
                case "realtimeInput" if "activityEnd" in body:
                    self.heard_seconds.append(samples / 16_000)
                    samples = 0
                    await self._answer_spoken(connection)

    async def _answer_spoken(self, connection: ServerConnection) -> None:
        said = next(self._said, "")
        for piece in said.split():
            content = {"inputTranscription": {"text": f"{piece} "}}
            await _send(connection, {"serverContent": content})
        await self._answer(connection, said)

    async def _answer(self, connection: ServerConnection, said: str) -> None:
        if self.fault is Fault.CUT_BEFORE_ANSWER:
            cut(connection)
        if self.fault is Fault.SILENT:
            return
        reply = self.reply(said)
        if isinstance(reply, Use):
            calls = [
                {"id": f"call_{number}", "name": name, "args": arguments}
                for number, (name, arguments) in enumerate(reply.calls)
            ]
            await _send(connection, {"toolCall": {"functionCalls": calls}})
            return
        for number, word in enumerate(_words(reply, endless=self.fault is Fault.ENDLESS)):
            await self._fail(connection, number)
            content = {"outputTranscription": {"text": word}}
            await _send(connection, {"serverContent": content})
            broken = number == 1 and self.fault is Fault.MISSHAPEN
            blob = {"mimeType": "audio/pcm;rate=24000", "data": 7 if broken else _TONE}
            turn = {"role": "model", "parts": [{"inlineData": blob}]}
            await _send(connection, {"serverContent": {"modelTurn": turn}})
            await asyncio.sleep(self.word_seconds)
        await _send(connection, {"serverContent": {"generationComplete": True}})
        usage = {"promptTokenCount": 100, "responseTokenCount": 50, "totalTokenCount": 150}
        await _send(connection, {"serverContent": {"turnComplete": True}, "usageMetadata": usage})

    async def _fail(self, connection: ServerConnection, number: int) -> None:
        if number == 2 and self.fault is Fault.CUT_IN_ANSWER:
            cut(connection)
        if number == 1 and self.fault is Fault.GARBAGE:
            await connection.send("{")


async def _send(connection: ServerConnection, message: Json) -> None:
    # The service sends its JSON as binary messages.
    await connection.send(json.dumps(message).encode())


def _words(text: str, *, endless: bool) -> Any:
    first, *rest = text.split(" ")
    yield first
    yield from (f" {word}" for word in rest)
    while endless:
        yield " more"


def _mistake(message: Json, set_up: bool) -> str:
    """What is not as documented; empty when everything is."""
    if len(message) != 1 or not set(message) <= set(_FIELDS):
        return f"exactly one of {', '.join(_FIELDS)} is expected"
    (kind,) = message
    body = message[kind]
    if unknown := set(body) - _FIELDS[kind]:
        return f'Unknown name "{sorted(unknown)[0]}" at {kind!r}'
    if (kind == "setup") is set_up:
        return "setup comes first, and once"
    if kind == "setup" and body.get("model") != f"models/{MODEL}":
        return f"{body.get('model')} is not found"
    if "audio" in body and body["audio"].get("mimeType") != "audio/pcm;rate=16000":
        return f"cannot read {body['audio'].get('mimeType')}"
    return ""


_TONE: Final = base64.b64encode(
    (8_000 * np.sin(2 * np.pi * 300 * np.arange(6_000) / 24_000)).astype("<i2").tobytes()
).decode()
