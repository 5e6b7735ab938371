"""A Home Assistant that knows nothing but its conversation API, on a free loopback port.

It takes the documented messages and refuses every other one as Home Assistant does; sources as in
`device.dialog.conversation_api`.
"""

import json
from collections.abc import Mapping
from enum import Enum, auto
from types import TracebackType
from typing import Any, Final, Self

from websockets.asyncio.server import Server, ServerConnection, serve

Json = dict[str, Any]

_KEYS: Final = {"id", "type", "text", "language", "conversation_id"}
_VERSION: Final = "2026.2.3"
TOKEN: Final = "a long-lived access token"
"""The one that it accepts."""


class Fault(Enum):
    """What goes wrong."""

    SILENT = auto()
    """A sentence is never answered."""
    LOST = auto()
    """The connection breaks when a sentence has come."""
    GARBAGE = auto()
    """The answer is no JSON."""
    NO_MESSAGE = auto()
    """The answer is JSON, and no message."""
    MISSHAPEN = auto()
    """The result holds other types than documented."""
    ENORMOUS = auto()
    """The answer is longer than anybody can listen to."""
    LATE = auto()
    """The answer to another sentence comes first."""
    NOT_LOADED = auto()
    """The conversation integration is not there."""
    STRANGER = auto()
    """It is another server altogether."""


def reply(
    text: str, kind: str = "action_done", language: str = "en", code: str = "",
    *, goes_on: bool = False,
) -> Json:  # fmt: skip
    """A result of conversation/process, without its conversation id."""
    speech = {"plain": {"speech": text, "extra_data": None}}
    data: Json = {"code": code} if code else {"targets": [], "success": [], "failed": []}
    response = {"response_type": kind, "language": language, "speech": speech, "card": {}}
    return {"response": {**response, "data": data}, "continue_conversation": goes_on}


_UNKNOWN: Final = reply("Sorry, I couldn't understand that", "error", code="no_intent_match")


class FakeAssistant:
    """The server; use it as an async context manager."""

    def __init__(self, replies: Mapping[str, Json]) -> None:
        """`replies`: results by sentence."""
        self.fault: Fault | None = None
        self.heard: list[Json] = []
        """Every conversation/process message, in order."""
        self.logins: list[str] = []
        """Every token that was offered."""
        self._replies = replies
        self._server: Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Address of its pages."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await serve(self._handle, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every connection."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _handle(self, socket: ServerConnection) -> None:
        if self.fault is Fault.STRANGER:
            await socket.send(json.dumps({"type": "hello"}))
            return
        await _send(socket, {"type": "auth_required", "ha_version": _VERSION})
        if not await self._let_in(socket):
            return
        last_id = 0
        async for text in socket:
            message = json.loads(text)
            refusal = _refusal(message, last_id)
            last_id = message["id"]
            if refusal is not None:
                await _fail(socket, last_id, *refusal)
                continue
            self.heard.append(message)
            await self._answer(socket, message)

    async def _let_in(self, socket: ServerConnection) -> bool:
        message = json.loads(await socket.recv())
        token = message.get("access_token", "")
        self.logins.append(token)
        if message == {"type": "auth", "access_token": TOKEN}:
            await _send(socket, {"type": "auth_ok", "ha_version": _VERSION})
            return True
        reason = "Invalid access token or password"
        await _send(socket, {"type": "auth_invalid", "message": reason})
        return False

    async def _answer(self, socket: ServerConnection, message: Json) -> None:
        result = self._result(message)
        match self.fault:
            case Fault.SILENT:
                return
            case Fault.LOST:
                socket.transport.abort()
            case Fault.GARBAGE:
                await socket.send("{")
            case Fault.NO_MESSAGE:
                await socket.send("[1]")
            case Fault.MISSHAPEN:
                await _succeed(socket, message["id"], {**result, "response": "Done."})
            case Fault.ENORMOUS:
                await _succeed(socket, message["id"], reply("no end " * 200_000))
            case Fault.NOT_LOADED:
                await _fail(socket, message["id"], "unknown_command", "Unknown command.")
            case _:
                if self.fault is Fault.LATE:
                    await _succeed(socket, message["id"] - 1, reply("of before"))
                await _succeed(socket, message["id"], result)

    def _result(self, message: Json) -> Json:
        known = message.get("conversation_id") or f"conversation-{len(self.heard)}"
        return {**self._replies.get(message["text"], _UNKNOWN), "conversation_id": known}


def _refusal(message: Json, last_id: int) -> tuple[str, str] | None:
    """Code and words for a message that is not as documented; None for one that is."""
    if message["id"] <= last_id:
        return "id_reuse", "Identifier values have to increase."
    if message.get("type") != "conversation/process":
        return "unknown_command", "Unknown command."
    if set(message) - _KEYS or not isinstance(message.get("text"), str):
        return "invalid_format", f"extra or missing keys in {sorted(message)}"
    return None


async def _succeed(socket: ServerConnection, number: int, result: Json) -> None:
    await _send(socket, {"id": number, "type": "result", "success": True, "result": result})


async def _fail(socket: ServerConnection, number: int, code: str, words: str) -> None:
    error = {"code": code, "message": words}
    await _send(socket, {"id": number, "type": "result", "success": False, "error": error})


async def _send(socket: ServerConnection, message: Json) -> None:
    await socket.send(json.dumps(message))
