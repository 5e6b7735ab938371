"""One WebRTC peer: its sound is heard, ours is sent, and text goes both ways on a data channel."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, Final

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.sdp import candidate_from_sdp
from aiortc.stats import RTCTransportStats

from device.audio.format import Samples
from device.gateway.webrtc.signalling import Candidate, IceServer, Refused
from device.gateway.webrtc.track import Incoming, OutgoingTrack, Playout
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

_MOST_MESSAGES: Final = 256
"""From the data channel, waiting to be read."""
_MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for a peer that reads slowly."""
_MOST_EARLY: Final = 64
"""Messages that wait for a data channel; the newest."""
_MOST_A_SECOND: Final = 1 << 20
"""Bytes from the peer; Opus at its best has 64,000."""
_WATCH_SECONDS: Final = 0.5
_CLOSE_SECONDS: Final = 5.0


class Peer:
    """Connects with one peer, until it goes."""

    def __init__(
        self,
        hear: Callable[[Samples], None],
        playout: Playout,
        servers: Sequence[IceServer] = (),
    ) -> None:
        """`hear` is given sound at RATE. Without `servers` both must see each other's addresses."""
        self.connected = asyncio.Event()
        """It was reached, and shown to be who offered."""
        self.gone = asyncio.Event()
        """It cannot be reached any more, or asked too much."""
        # None would ask a server of Google's.
        asked = [RTCIceServer(one.url, one.username or None, one.credential) for one in servers]
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=asked))
        self._hear = hear
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel: Any = None
        self._early: deque[str] = deque(maxlen=_MOST_EARLY)
        self._messages: asyncio.Queue[str | bytes] = asyncio.Queue(_MOST_MESSAGES)
        spoken = self.connection.addTransceiver(OutgoingTrack(playout), "sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        spoken.setCodecPreferences([codec for codec in codecs if codec.name == "opus"])
        self.connection.on("track", self._listen)
        self.connection.on("datachannel", self._open)
        self.connection.on("connectionstatechange", self._follow)

    async def answer(self, sdp: str) -> str:
        """Accept an offer; the answer's SDP names all our candidates. Raises Refused."""
        try:
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await self.connection.setLocalDescription()
        except Exception as error:  # its parser raises whatever a bad line leads to
            _LOGGER.debug("offer refused", exc_info=True)
            text = f"the offer cannot be accepted: {error}"
            raise Refused("bad-offer", text, final=True) from error
        answered: str = self.connection.localDescription.sdp
        return answered

    async def add(self, candidate: Candidate) -> None:
        """Try another address; one that cannot be is passed over."""
        parsed = None
        if candidate.line:
            parsed = candidate_from_sdp(candidate.line)
            parsed.sdpMid, parsed.sdpMLineIndex = candidate.mid, candidate.index
        await self.connection.addIceCandidate(parsed)

    def send(self, text: str) -> None:
        """Tell the peer on the data channel, once it has opened one; never waits."""
        if self._channel is None:
            self._early.append(text)
        elif self._channel.bufferedAmount > _MOST_UNSENT:
            self._leave("does not read what it is sent")
        elif self._channel.readyState == "open":
            try:
                self._channel.send(text)
            except ValueError as error:  # longer than it takes
                self._leave(str(error))

    async def messages(self) -> AsyncIterator[str | bytes]:
        """What the peer says on the data channel."""
        while True:
            yield await self._messages.get()

    async def close(self) -> None:
        """Leave the peer."""
        await end(*self._tasks)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.connection.close()
        except TimeoutError:
            _LOGGER.warning("a WebRTC connection did not close in %.0f s", _CLOSE_SECONDS)

    def _follow(self) -> None:
        state = self.connection.connectionState
        if state == "connected" and not self.connected.is_set():
            self.connected.set()
            self._begin(self._watch())
        elif state in ("failed", "closed"):
            self.gone.set()

    def _listen(self, track: Any) -> None:
        self._begin(self._follow_track(track))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        """Leave who floods us, for aiortc takes whatever comes."""
        before = 0
        while not self.gone.is_set():
            await asyncio.sleep(_WATCH_SECONDS)
            stats = (await self.connection.getStats()).values()
            received = sum(one.bytesReceived for one in stats if isinstance(one, RTCTransportStats))
            if received - before > _MOST_A_SECOND * _WATCH_SECONDS:
                self._leave("sends more than sound and events")
            # Below 0: a message that never ends is longer than we said that we keep.
            elif getattr(self.connection.sctp, "_advertised_rwnd", 0) < 0:
                self._leave("sends a message without an end")
            before = received

    async def _follow_track(self, track: Any) -> None:
        incoming = Incoming()
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self._hear(incoming.take(frame))

    def _open(self, channel: Any) -> None:
        """The first is for events; a second one would tell everything twice."""
        if self._channel is not None:
            channel.close()
            return
        self._channel = channel
        channel.on("message", self._take)
        while self._early:
            self.send(self._early.popleft())

    def _take(self, message: str | bytes) -> None:
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            self._leave("says more than is read")

    def _leave(self, why: str) -> None:
        if not self.gone.is_set():
            _LOGGER.warning("a WebRTC peer is left: %s", why)
            self.gone.set()
