"""One WebRTC connection with aiortc at its other end; nobody answers what is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, DataChunk

from device.audio.chunk import AudioChunk
from device.gateway.webrtc.peer import Peer
from device.gateway.webrtc.signalling import Candidate, IceServer, Refused
from device.gateway.webrtc.track import RATE, OutgoingTrack, Playout
from device.hal.network import NetworkMicrophone
from device.tasks import end
from tests.fakes import ice_server
from tests.gateway.slow import slow

TONE = (9_000 * np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE)).astype(np.int16)


class Far:
    """The other end."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.voice = Playout()
        self.connection.addTrack(OutgoingTrack(self.voice))
        self.channel = self.connection.createDataChannel("events")
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.channel.on("message", self.told.put_nowait)

    async def offer(self) -> str:
        """As who names more candidates later."""
        await self.connection.setLocalDescription()
        sdp: str = self.connection.localDescription.sdp
        return sdp.replace("a=end-of-candidates\r\n", "")

    async def take(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Peer, Far, NetworkMicrophone]]:
    microphone, far = NetworkMicrophone(RATE), Far()
    peer = Peer(microphone.feed, Playout())
    try:
        await far.take(await peer.answer(await far.offer()))
        async with asyncio.timeout(10):
            await peer.connected.wait()
            while far.channel.readyState != "open":
                await asyncio.sleep(0.01)
        yield peer, far, microphone
    finally:
        await peer.close()
        await far.connection.close()


async def test_the_peers_voice_reaches_the_microphone() -> None:
    async with connected() as (_, far, microphone), asyncio.timeout(10):
        far.voice.add(AudioChunk.from_samples(TONE, RATE))
        loud = 0
        while loud < 20:
            chunk = await microphone.read()
            assert chunk is not None
            loud += float(np.abs(chunk.pcm()).mean()) > 3_000


async def test_text_goes_both_ways_on_the_data_channel() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(10):
        far.channel.send("from afar")
        assert await anext(peer.messages()) == "from afar"
        peer.send("from here")
        assert await far.told.get() == "from here"


async def test_what_is_told_before_there_is_a_channel_comes_when_there_is() -> None:
    far = Far()
    peer = Peer(NetworkMicrophone(RATE).feed, Playout())
    for number in range(100):
        peer.send(str(number))
    await far.take(await peer.answer(await far.offer()))
    async with asyncio.timeout(10):
        told = [await far.told.get() for _ in range(64)]
    await peer.close()
    await far.connection.close()
    assert told == [str(number) for number in range(36, 100)]


async def test_an_event_that_is_longer_than_the_peer_takes_ends_it() -> None:
    async with connected() as (peer, _, _):
        peer.send("x" * 300_000)
        assert peer.gone.is_set()


async def test_a_second_data_channel_is_closed() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(10):
        second = far.connection.createDataChannel("more")
        while second.readyState != "closed":
            await asyncio.sleep(0.01)
        far.channel.send("still here")
        assert await anext(peer.messages()) == "still here"


async def test_who_says_more_than_is_read_is_left() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(10):
        for _ in range(300):
            far.channel.send("x")
        await peer.gone.wait()


@slow
async def test_who_sends_more_than_sound_and_events_is_left() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(20):
        reading = asyncio.create_task(read_all(peer))
        for _ in range(100):
            far.channel.send(b"x" * 200_000)
        await peer.gone.wait()
        await end(reading)


@slow
async def test_who_sends_a_message_without_an_end_is_left() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(20):
        transport = far.connection.sctp
        assert transport is not None
        for number in range(1_200):
            piece = DataChunk(flags=SCTP_DATA_FIRST_FRAG if not number else 0)
            piece.tsn, piece.stream_id = transport._local_tsn + number, far.channel.id or 0
            piece.stream_seq, piece.protocol = 1, 51
            piece.user_data = b"x" * 1_000
            await transport._send_chunk(piece)
            await asyncio.sleep(0.003)
        await peer.gone.wait()


@slow
async def test_who_vanishes_without_a_word_is_gone_within_a_minute() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(60):
        assert far.connection.sctp is not None
        await far.connection.sctp.transport.transport.stop()
        await peer.gone.wait()


async def read_all(peer: Peer) -> None:
    async for _ in peer.messages():
        pass


async def test_who_does_not_read_is_left() -> None:
    async with connected() as (peer, far, _):
        # Nothing that arrives is taken any more, and so nothing is acknowledged.
        assert far.connection.sctp is not None
        await far.connection.sctp.transport.transport.stop()
        for _ in range(200):
            peer.send("x" * 16_000)
        assert peer.gone.is_set()


async def test_a_peer_that_leaves_is_gone_at_once() -> None:
    async with connected() as (peer, far, _), asyncio.timeout(10):
        await far.connection.close()
        await peer.gone.wait()


async def test_what_the_parser_cannot_take_ends_it() -> None:
    peer = Peer(NetworkMicrophone(RATE).feed, Playout())
    with pytest.raises(Refused) as refused:
        await peer.answer("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF x\r\na=rtpmap:111 opus/48000/2\r\n")
    assert refused.value.final
    await peer.close()


@pytest.mark.parametrize("address", ["192.0.2.300", "example.org", "::1%x", "0.0.0.0"])
async def test_an_address_that_cannot_be_reached_leaves_the_connection_as_it_is(
    address: str,
) -> None:
    async with connected() as (peer, far, _):
        await peer.add(Candidate(f"1 1 udp 1 {address} 9 typ host", "0", 0))
        peer.send("still here")
        assert await asyncio.wait_for(far.told.get(), 10) == "still here"


async def test_addresses_that_come_after_the_last_one_change_nothing() -> None:
    async with connected() as (peer, far, _):
        await peer.add(Candidate("", None, 0))
        await peer.add(Candidate("", None, 0))
        await peer.add(Candidate("1 1 udp 1 192.0.2.7 9 typ host", "0", 0))
        peer.send("still here")
        assert await asyncio.wait_for(far.told.get(), 10) == "still here"


async def test_no_server_is_asked_for_our_address_unless_one_is_named() -> None:
    peer, far = Peer(NetworkMicrophone(RATE).feed, Playout()), Far()
    answered = await peer.answer(await far.offer())
    kinds = {line.split(" typ ")[1][:4] for line in answered.splitlines() if " typ " in line}
    assert kinds == {"host"}
    await peer.close()
    await far.connection.close()


async def test_named_servers_lend_addresses_to_who_knows_the_password() -> None:
    async with ice_server.IceServer.running("parlor", "secret") as server:
        place = f"127.0.0.1:{server.port}"
        servers = [IceServer(f"stun:{place}"), IceServer(f"turn:{place}", "parlor", "secret")]
        peer, far = Peer(NetworkMicrophone(RATE).feed, Playout(), servers), Far()
        answered = await peer.answer(await far.offer())
        await peer.close()
        await far.connection.close()
    for (host, port), kind in ((ice_server.SEEN, "srflx"), (ice_server.LENT, "relay")):
        assert f" {host} {port} typ {kind}" in answered
