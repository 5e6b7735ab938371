"""OpenAI's Realtime protocol over WebSocket, at `/v1/realtime?model=`.

The header `OpenAI-Beta: realtime=v1`, or a page's sub-protocol `openai-beta.realtime-v1`, selects
the beta form.
"""

from typing import Final

from fastapi import APIRouter, WebSocket

from device.errors import HouseFull, VisitOver
from device.gateway.access import subprotocol
from device.gateway.line import Line, open_line
from device.gateway.realtime.desk import RealtimeDesk
from device.gateway.realtime.sound import SPOKEN_RATE
from device.gateway.reception import Reception
from device.hal.network import NetworkMicrophone, NetworkSpeaker

_BETA: Final = "openai-beta.realtime-v1"
_TRY_LATER, _GOING_AWAY = 1013, 1001
_LONGEST_MODEL: Final = 100


def router(reception: Reception) -> APIRouter:
    """The door."""
    door = APIRouter()

    @door.websocket("/v1/realtime")
    async def realtime(socket: WebSocket) -> None:
        reception.check(socket)
        offered = socket.scope["subprotocols"]
        is_beta = _BETA in offered or "realtime=v1" in socket.headers.get("openai-beta", "")
        model = socket.query_params.get("model", "")[:_LONGEST_MODEL]
        async with open_line(socket, subprotocol(offered)) as line:
            await _converse(reception, line, RealtimeDesk(line.send, model, is_beta=is_beta))

    return door


async def _converse(reception: Reception, line: Line, desk: RealtimeDesk) -> None:
    microphone = NetworkMicrophone(SPOKEN_RATE)
    speaker = NetworkSpeaker(SPOKEN_RATE, desk.speak, desk.forget)
    try:
        async with reception.visit("realtime", microphone, speaker) as visit:
            await desk.serve(visit, microphone, line)
    except HouseFull as full:
        desk.refuse("rate_limit_exceeded", str(full))
        line.close(_TRY_LATER)
    except VisitOver as over:
        desk.refuse("session_expired", str(over))
        line.close(_GOING_AWAY)
