"""WebRTC from far away: aiortc speaks, sees, hears and is sent away, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress

import numpy as np
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from benchmarks.far_peer import FarPeer
from device.gateway.webrtc.track import RATE
from tests.fakes.ice_server import LENT, SEEN, IceServer
from tests.gateway.house import House, open_house, spoken

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def knocks() -> "asyncio.Queue[bytes]":
    """Requests that a LiveKit server has had, all of which it refused."""
    return asyncio.Queue()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, knocks: "asyncio.Queue[bytes]"
) -> AsyncIterator[House]:
    """One for all: everybody who comes has a conversation of his own."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    folder = tmp_path_factory.mktemp("house")
    credential = folder / "credential"
    credential.write_text("secret\n")
    credential.chmod(0o600)
    async with IceServer.running("parlor", "secret") as ice:
        place = f"127.0.0.1:{ice.port}"
        turn = {"url": f"turn:{place}", "username": "parlor", "credential_file": credential}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STATE_DIRECTORY", str(folder / "state"))
            servers = [{"url": f"stun:{place}"}, turn]
            server = await asyncio.start_server(refuse, "127.0.0.1", 0)
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            livekit = {"url": url, "token_file": credential}
            async with (
                server,
                open_house(
                    folder, sessions=2, token_file=credential, ice_server=servers, livekit=livekit
                ) as opened,
            ):
                yield opened


def calling(house: House) -> AbstractAsyncContextManager[FarPeer]:
    return FarPeer.calling(f"{house.ws}/ws/phone?token=secret")


async def told(house: House, path: str, *messages: str | bytes) -> tuple[list[str], int | None]:
    """Codes of the errors that these messages lead to, and the code that it ends with."""
    codes = []
    async with connect(f"{house.ws}{path}?token=secret") as line:
        for message in messages:
            await line.send(message)
        with suppress(ConnectionClosedError):
            async for answer in line:
                codes.append(json.loads(answer)["code"])
    return codes, line.close_code


async def test_who_speaks_from_afar_switches_the_lamp_and_hears_it_said(house: House) -> None:
    house.lamps.forget()
    async with calling(house) as far, asyncio.timeout(30):
        far.say(spoken("turn on the kitchen light", RATE))
        await far.hears(loud=True, frames=10)
        done = await far.event("response.done")
        await far.event("output_audio_buffer.stopped")
    assert done["response"]["status"] == "completed"
    assert house.lamps.forget() == [("kitchen light", {"state": "ON"})]


async def test_what_is_said_over_a_reply_silences_it(house: House) -> None:
    async with calling(house) as far, asyncio.timeout(30):
        far.type("what can you do")
        await far.hears(loud=True, frames=20)
        far.say(spoken("turn on the kitchen light", RATE, lead_seconds=0.0))
        await far.event("output_audio_buffer.cleared")
        loud = sum(np.abs(frame).mean() > 300 for frame in far.heard if len(frame))
    assert loud < 150, "the whole reply takes seven seconds"


async def test_what_is_typed_is_answered_aloud_and_can_be_cut(house: House) -> None:
    async with calling(house) as far, asyncio.timeout(30):
        created = await far.event("session.created")
        far.type("what can you do")
        await far.hears(loud=True, frames=10)
        far.tell({"type": "response.cancel"})
        done = await far.event("response.done")
        await far.hears(loud=False, frames=10)
    kinds = {event["type"] for event in far.events}
    assert created["session"]["type"] == "realtime"
    assert done["response"]["status"] == "cancelled"
    assert {"output_audio_buffer.started", "response.output_audio_transcript.delta"} <= kinds
    assert "response.output_audio.delta" not in kinds, "sound has a track of its own"
    assert "error" not in kinds


async def test_a_full_house_says_so_and_those_inside_stay(house: House) -> None:
    async with calling(house) as one, calling(house):
        with pytest.raises(ConnectionRefusedError, match="house-full"):
            async with calling(house):
                pass
        async with asyncio.timeout(10):
            await one.hears(loud=False, frames=5)


async def test_servers_that_are_configured_lend_their_addresses(house: House) -> None:
    async with calling(house) as far:
        answered = far.connection.remoteDescription.sdp
    for (host, port), kind in ((SEEN, "srflx"), (LENT, "relay")):
        assert f" {host} {port} typ {kind}" in answered


async def test_a_livekit_room_is_joined_with_the_token_of_its_file(
    house: House, knocks: "asyncio.Queue[bytes]"
) -> None:
    async with asyncio.timeout(30):
        assert b"authorization: bearer secret" in (await knocks.get()).lower()


async def test_nonsense_is_answered_until_it_is_too_much(house: House) -> None:
    messages: list[str | bytes] = ["{", b"\x00", '{"type": "answer", "sdp": ""}', *["[]"] * 20]
    codes, closed = await told(house, "/ws/phone", *messages)
    assert codes == ["not-json", "not-json", "unexpected-answer", *["not-json"] * 14]
    assert closed == 1008


async def test_a_name_that_is_none_is_refused(house: House) -> None:
    assert await told(house, "/ws/a.b") == (["bad-client-id"], 1008)


async def test_who_has_no_token_is_not_even_asked_to_offer(house: House) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{house.ws}/ws/phone")
    assert refused.value.response.status_code == 401


async def test_a_page_shows_its_token_among_the_subprotocols(house: House) -> None:
    offered = [Subprotocol("parlor-token.secret"), Subprotocol("parlor")]
    async with connect(f"{house.ws}/ws/phone", subprotocols=offered) as line:
        assert line.subprotocol == "parlor"
