"""WebRTC: a peer finds us at /ws/{client_id}, then sound and events go directly both ways.

Events are those of OpenAI's Realtime protocol, on the data channel that the peer opens; sound has
tracks of its own. Who opens no channel is listened to all the time.

The signalling connection stays open for as long as the conversation; closing it ends both.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, WebSocket

from device.audio.chunk import AudioChunk
from device.config import GatewayConfig
from device.errors import DeviceError, EngineMissing, HouseFull
from device.folders import read_key
from device.gateway.access import subprotocol
from device.gateway.line import Line, open_line
from device.gateway.realtime.desk import RealtimeDesk
from device.gateway.reception import Reception, Stay
from device.gateway.webrtc import signalling
from device.gateway.webrtc.signalling import Candidate, IceServer, Offer, Refused, Signalling
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import until_one_ends

if TYPE_CHECKING:
    from device.gateway.webrtc.peer import Peer

_LOGGER = logging.getLogger(__name__)

_OFFER_SECONDS: Final = 10.0
"""Who connects has to offer within this."""
_REACH_SECONDS: Final = 20.0
"""Who was answered has to be reached within this."""
_MOST_WAITING_SECONDS: Final = 5.0
"""Sound that may wait to be heard."""
_NORMAL, _UNWANTED, _LATER = 1000, 1008, 1013
"""Codes of RFC 6455 and IANA's registry for the end of a WebSocket."""


def router(reception: Reception, config: GatewayConfig) -> APIRouter:
    """The door. Raises ConfigError when a password of [[gateway.ice_server]] cannot be read."""
    made = APIRouter()
    servers = _servers(config)

    @made.websocket("/ws/{client_id}")
    async def meet(socket: WebSocket, client_id: str) -> None:
        reception.check(socket)
        async with open_line(socket, subprotocol(socket.scope["subprotocols"])) as line:
            if signalling.is_client_id(client_id):
                await Meeting(client_id, line, servers).run(reception)
            else:
                _part(line, "bad-client-id", "1 to 64 letters, digits, - or _", _UNWANTED)

    return made


class Meeting:
    """One peer, from its knock to its leaving."""

    def __init__(self, name: str, line: Line, servers: Sequence[IceServer]) -> None:
        """`name` is what it calls itself; several may have the same."""
        self._name = name
        self._line = line
        self._servers = servers
        self._said = self._follow()

    async def run(self, reception: Reception) -> None:
        """Until one of both leaves, who is told why if it is the peer."""
        try:
            first = await self._first()
            if first is not None:
                await self._host(reception, first)
        except Refused as refused:
            self._part(refused.code, str(refused), _UNWANTED)
        except DeviceError as error:
            closing = _LATER if isinstance(error, HouseFull) else _NORMAL
            self._part(error.code, str(error), closing)

    def _part(self, code: str, message: str, closing: int) -> None:
        _LOGGER.info("WebRTC: %s was left: %s: %s", self._name, code, message)
        _part(self._line, code, message, closing)

    async def _first(self) -> Offer | Candidate | None:
        """None when the peer hangs up before."""
        try:
            async with asyncio.timeout(_OFFER_SECONDS):
                return await anext(self._said, None)
        except TimeoutError:
            raise Refused("no-offer", "nothing was offered for long") from None

    async def _host(self, reception: Reception, first: Offer | Candidate) -> None:
        try:
            from device.gateway.webrtc.peer import Peer
            from device.gateway.webrtc.track import RATE, Playout
        except ImportError as missing:
            wanted = "this speaker needs more: pip install 'parlor-speaker[webrtc]'"
            raise EngineMissing(wanted) from missing

        playout = Playout()
        desk = RealtimeDesk(lambda text: peer.send(text), carries_sound=False)
        peer = Peer(desk.hear, playout, self._servers)
        microphone = NetworkMicrophone(RATE, _MOST_WAITING_SECONDS)

        def say(chunk: AudioChunk) -> None:
            playout.add(chunk)
            desk.speak(chunk)

        def forget() -> None:
            playout.drop()
            desk.forget()

        speaker = NetworkSpeaker(RATE, say, forget)
        try:
            async with reception.visit("webrtc", microphone, speaker) as visit:
                await until_one_ends(
                    self._signal(peer, first), _stay_connected(peer),
                    _converse(desk, visit, microphone, peer),
                )  # fmt: skip
        finally:
            await peer.close()

    async def _signal(self, peer: "Peer", first: Offer | Candidate) -> None:
        """Answer, and follow what else the peer asks for, until it hangs up."""
        await self._agree(peer, first)
        async for said in self._said:
            await self._agree(peer, said)

    async def _agree(self, peer: "Peer", said: Offer | Candidate) -> None:
        match said:
            case Offer(sdp=sdp):
                self._line.send(signalling.answer(await peer.answer(sdp)))
            case Candidate():
                await peer.add(said)

    async def _follow(self) -> AsyncIterator[Offer | Candidate]:
        """What the peer says that can be followed. Raises Refused when that is enough."""
        messages = Signalling()
        async for message in self._line:
            try:
                yield messages.take(message if isinstance(message, str) else "")
            except Refused as refused:
                if refused.final:
                    raise
                self._line.send(signalling.error(refused.code, str(refused)))


def _part(line: Line, code: str, message: str, closing: int) -> None:
    """Say why, and hang up."""
    line.send(signalling.error(code, message))
    line.close(closing)


async def _stay_connected(peer: "Peer") -> None:
    """Until the peer is gone. Raises Refused, which tells why."""
    try:
        async with asyncio.timeout(_REACH_SECONDS):
            await peer.connected.wait()
    except TimeoutError:
        raise Refused("not-reached", "no address of yours could be reached") from None
    await peer.gone.wait()
    raise Refused("connection-lost", "you cannot be reached any more")


async def _converse(
    desk: RealtimeDesk, visit: Stay, microphone: NetworkMicrophone, peer: "Peer"
) -> None:
    """Listen to the peer from when it can be heard."""
    await peer.connected.wait()
    await desk.serve(visit, microphone, peer.messages())


def _servers(config: GatewayConfig) -> list[IceServer]:
    return [
        IceServer(one.url, one.username, read_key(one.credential_file)) for one in config.ice_server
    ]
