"""The client of a Moshi server against one without weights, over a real socket."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from device.audio.format import Samples
from device.audio.level import dbfs
from device.conversation.duplex.base import FRAME_SAMPLES, Link, ModelAudio, ModelText, Output
from device.conversation.duplex.server import MoshiServer
from device.errors import EngineBusy, EngineError
from device.outside import Unit
from tests.fakes.moshi_server import FakeMoshi, Fault
from tests.fakes.speech_model import SILENCE, TONE
from tests.leaving import Left, noting

pytest.importorskip("av")

SPOKEN = [TONE] * 5 + [SILENCE] * 20
Used = list[tuple[str, Unit, float]]


async def talk(link: Link, frames: list[Samples], outputs: int) -> list[Output]:
    """Let it hear frames, and give so many outputs or all until it falls silent."""
    told: list[Output] = []

    async def listen() -> None:
        stream: Any = link.outputs()
        async with aclosing(stream):
            async for output in stream:
                told.append(output)
                if len(told) == outputs:
                    return

    listening = asyncio.create_task(listen())
    for frame in frames:
        await link.send(frame)
    await listening
    return told


@pytest.mark.parametrize("long_handshake", [False, True])
async def test_it_is_heard_and_answers_with_sound_and_words(long_handshake: bool) -> None:
    async with FakeMoshi(["good day"], long_handshake=long_handshake) as server:
        async with MoshiServer(server.url, noting([])).open() as link:
            told = await talk(link, SPOKEN, 25)
        assert server.refused == []
        (heard,) = server.heard
    assert dbfs(heard[:FRAME_SAMPLES]) == pytest.approx(dbfs(TONE), abs=3)
    assert dbfs(heard[-FRAME_SAMPLES:]) < -60
    text = "".join(output.text for output in told if isinstance(output, ModelText))
    assert text == " good day"
    sound = [output.chunk for output in told if isinstance(output, ModelAudio)]
    assert sum(dbfs(chunk.pcm()) > -30 for chunk in sound) == pytest.approx(6, abs=1)
    assert {chunk.format.rate for chunk in sound} == {48_000}


async def test_the_cloud_light_is_on_while_it_listens_and_what_it_heard_is_counted() -> None:
    left: Left = []
    used: Used = []
    door = noting(left)
    door.spend = lambda *what: used.append(what)
    async with FakeMoshi() as server:
        async with MoshiServer(server.url, door).open() as link:
            assert left == [(True, "127.0.0.1")]
            await talk(link, [SILENCE] * 10, 5)
        assert left == [(True, "127.0.0.1"), (False, "127.0.0.1")]
    (requests, seconds) = used
    assert requests == ("duplex", Unit.REQUESTS, 1)
    assert seconds[:2] == ("duplex", Unit.AUDIO_SECONDS)
    assert seconds[2] >= 0.8


async def test_the_connection_ends_with_the_conversation() -> None:
    async with FakeMoshi() as server:
        async with MoshiServer(server.url, noting([])).open():
            assert server.open == 1
        while server.open:
            await asyncio.sleep(0.01)


async def test_what_is_not_as_it_should_be_is_ignored() -> None:
    async with FakeMoshi(["good day"]) as server:
        server.fault = Fault.NOISE
        async with MoshiServer(server.url, noting([])).open() as link:
            told = await talk(link, SPOKEN, 25)
    text = "".join(output.text for output in told if isinstance(output, ModelText))
    assert text == " good day"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.UNAUTHORIZED, "HTTP 401"),
        (Fault.BUSY, "HTTP 429"),
        (Fault.BROKEN, "HTTP 500"),
        (Fault.PORTAL, "HTTP 200"),
    ],
)
async def test_a_refusal_is_told(fault: Fault, message: str) -> None:
    left: Left = []
    async with FakeMoshi() as server:
        server.fault = fault
        with pytest.raises(EngineError, match=message):
            async with MoshiServer(server.url, noting(left)).open():
                pass
    assert left[-1] == (False, "127.0.0.1")


async def test_who_talks_to_somebody_else_is_busy() -> None:
    async with FakeMoshi() as server:
        server.fault = Fault.TAKEN
        with pytest.raises(EngineBusy, match="somebody else"):
            async with MoshiServer(server.url, noting([])).open():
                pass


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.LOST, "cannot be reached"),
        (Fault.STALLED, "does not answer"),
        (Fault.GIVES_UP, "gives up: 'CUDA out of memory'"),
    ],
)
async def test_a_model_that_is_lost_is_told(fault: Fault, message: str) -> None:
    async with FakeMoshi() as server:
        server.fault = fault
        async with MoshiServer(server.url, noting([])).open() as link:
            with pytest.raises(EngineError, match=message):
                await talk(link, [SILENCE] * 12, 100)


async def test_nobody_is_there() -> None:
    async with FakeMoshi() as server:
        url = server.url
    with pytest.raises(EngineError, match="cannot be reached"):
        async with MoshiServer(url, noting([])).open():
            pass


async def test_a_name_that_nobody_has() -> None:
    with pytest.raises(EngineError, match="cannot be reached"):
        async with MoshiServer("http://nobody.invalid:8998", noting([])).open():
            pass
