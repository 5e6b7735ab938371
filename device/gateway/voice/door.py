"""The door for browser voice chat: `/voice`, and the simple dialect at `/`."""

import secrets
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, WebSocket

from device.errors import DeviceError, HouseFull, VisitOver
from device.gateway.access import subprotocol
from device.gateway.home_view import HomeView
from device.gateway.line import Line, open_line
from device.gateway.reception import Reception
from device.gateway.voice.caller import Caller
from device.gateway.voice.codec import Opus
from device.gateway.voice.fullchat import FullChat
from device.gateway.voice.simplechat import HEARD_RATE, SPOKEN_RATE, WAV_SECONDS, SimpleChat
from device.gateway.voice.voicechat import RATE

_LEAD_SECONDS: Final = 0.2
_SIMPLE_LEAD_SECONDS: Final = 2 * WAV_SECONDS
"""A file is sent when it is full, and then the one before it is still being heard."""
_NORMAL, _FAILED, _COME_BACK_LATER = 1000, 1011, 1013


def router(reception: Reception, home: HomeView | None = None) -> APIRouter:
    """Both dialects; `home` is shown to those who ask for events."""
    routes = APIRouter()

    @routes.websocket("/voice")
    async def voice(socket: WebSocket) -> None:
        def full(line: Line) -> Caller:
            chat = FullChat(secrets.token_hex(8), lambda: Opus(RATE))
            return Caller(line, chat, RATE, RATE, _LEAD_SECONDS, home)

        await _receive(reception, socket, full, hands_free=False)

    @routes.websocket("/")
    async def simple(socket: WebSocket) -> None:
        def plain(line: Line) -> Caller:
            return Caller(line, SimpleChat(), HEARD_RATE, SPOKEN_RATE, _SIMPLE_LEAD_SECONDS)

        await _receive(reception, socket, plain, hands_free=True)

    return routes


async def _receive(
    reception: Reception, socket: WebSocket, call: Callable[[Line], Caller], *, hands_free: bool
) -> None:
    """Talk with one client until it goes or its time is over. Raises NotAdmitted."""
    reception.check(socket)
    async with open_line(socket, subprotocol(socket.scope["subprotocols"])) as line:
        caller = call(line)
        try:
            async with reception.visit("voice", caller.microphone, caller.speaker) as visit:
                await caller.talk(visit, hands_free=hands_free)
        except DeviceError as error:
            caller.tell_failure(error)
            line.close(_code(error), error.code)


def _code(error: DeviceError) -> int:
    match error:
        case HouseFull():
            return _COME_BACK_LATER
        case VisitOver():
            return _NORMAL
    return _FAILED
