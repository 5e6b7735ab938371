"""Somebody far away with a WebRTC stack of their own: aiortc in a browser's place."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from websockets.asyncio.client import ClientConnection, connect

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.gateway.webrtc.track import RATE, Incoming, OutgoingTrack, Playout
from device.tasks import end

_LOUD: Final = 300
"""Level from which a frame is no silence."""
_PATIENCE_SECONDS: Final = 20.0


class FarPeer:
    """Calls a gateway, speaks into it and keeps what it hears."""

    def __init__(self, signalling: ClientConnection) -> None:
        self.signalling = signalling
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connected = asyncio.Event()
        """The data channel is open, and so sound goes both ways."""
        self.heard: list[Samples] = []
        """Frames of about 20 ms at RATE, silent ones too."""
        self.events: list[dict[str, Any]] = []
        """What was told on the data channel."""
        self._told = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._playout = Playout()
        self.connection.addTrack(OutgoingTrack(self._playout))
        self.connection.on("track", self._listen)
        self.channel = self.connection.createDataChannel("events")
        self.channel.on("open", self.connected.set)
        self.channel.on("message", self._take)

    @classmethod
    @asynccontextmanager
    async def calling(cls, url: str, **options: Any) -> AsyncIterator[Self]:
        """Connect to a gateway's signalling URL, e.g. ws://127.0.0.1:8770/ws/phone."""
        async with connect(url, **options) as signalling:
            peer = cls(signalling)
            try:
                await peer.offer()
                await asyncio.wait_for(peer.connected.wait(), _PATIENCE_SECONDS)
                yield peer
            finally:
                await peer.close()

    async def offer(self) -> None:
        """Offer, and take the answer. Raises ConnectionRefusedError with the error's code."""
        await self.connection.setLocalDescription()
        offered = {"type": "offer", "sdp": self.connection.localDescription.sdp}
        await self.signalling.send(json.dumps(offered))
        told = json.loads(await self.signalling.recv())
        if told["type"] != "answer":
            raise ConnectionRefusedError(told["code"])
        await self.connection.setRemoteDescription(RTCSessionDescription(told["sdp"], "answer"))

    def say(self, samples: Samples) -> None:
        """Speak, mono at RATE, at most two seconds at a time; silence is sent by itself."""
        self._playout.add(AudioChunk.from_samples(samples, RATE))

    def tell(self, event: dict[str, Any]) -> None:
        """Send an event on the data channel."""
        self.channel.send(json.dumps(event))

    def type(self, text: str) -> None:
        """Ask in writing, on the data channel; the answer is spoken."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.tell({"type": "conversation.item.create", "item": item})
        self.tell({"type": "response.create"})

    async def event(self, kind: str) -> dict[str, Any]:
        """The first event of this kind that was or will be told."""
        while True:
            for event in self.events:
                if event["type"] == kind:
                    return event
            self._told.clear()
            await self._told.wait()

    async def hears(self, *, loud: bool, frames: int = 1) -> None:
        """Return when so many frames were loud, or so many in a row silent, from now on."""
        seen, counted = len(self.heard), 0
        while counted < frames:
            await asyncio.sleep(0.01)
            for frame in filter(len, self.heard[seen:]):
                if bool(np.abs(frame).mean() > _LOUD) is loud:
                    counted += 1
                elif not loud:
                    counted = 0
            seen = len(self.heard)

    async def close(self) -> None:
        """Leave."""
        await end(self._listening)
        await self.connection.close()

    def _listen(self, track: Any) -> None:
        self._listening = asyncio.create_task(self._hear(track))

    async def _hear(self, track: Any) -> None:
        incoming = Incoming()
        while True:
            try:
                self.heard.append(incoming.take(await track.recv()))
            except MediaStreamError:
                return

    def _take(self, message: str) -> None:
        self.events.append(json.loads(message))
        self._told.set()
