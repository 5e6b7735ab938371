import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.local_server import serving
from device.errors import EngineBusy, EngineError, EngineRefused
from device.outside import Unit
from device.pipeline.tts.cloud.base import CloudTts
from device.pipeline.tts.cloud.elevenlabs import ElevenLabsSpeech
from device.pipeline.tts.cloud.websocket import WebSocketService
from device.pipeline.tts.prosody import Prosody
from tests.fakes.elevenlabs_speech import FakeElevenLabs, spoken
from tests.fakes.speech_server import KEY, Fault
from tests.pipeline.tts.cloud.speaking import PATIENCE, TEXT, WRONGS, Door, patience, run, voice


@pytest.fixture
def fake() -> Iterator[FakeElevenLabs]:
    with serving(FakeElevenLabs()) as running:
        yield running


def dialect(
    fake: FakeElevenLabs, key: str = KEY, model: str = "", prosody: Prosody | None = None
) -> ElevenLabsSpeech:
    rachel = voice("21m00Tcm4TlvDq8ikWAM", "elevenlabs", language="de-DE")
    return ElevenLabsSpeech(fake.url, key, rachel, model, prosody)


@asynccontextmanager
async def speaking(
    asked: ElevenLabsSpeech, door: Door, wait_seconds: float = PATIENCE
) -> AsyncIterator[CloudTts]:
    service = WebSocketService(asked)
    try:
        yield CloudTts(service, door.outside, wait_seconds)
    finally:
        await service.close()


async def all_of(tts: CloudTts, text: str = TEXT) -> bytes:
    return b"".join([chunk.audio async for chunk in tts.synthesize(text)])


def said(
    asked: ElevenLabsSpeech, door: Door | None = None, wait_seconds: float = PATIENCE
) -> bytes:
    async def speak() -> bytes:
        async with speaking(asked, door or Door(), wait_seconds) as tts:
            return await all_of(tts)

    return run(speak())


def test_every_sample_of_a_sentence_comes_as_it_was_made(fake: FakeElevenLabs) -> None:
    door = Door()
    assert said(dialect(fake), door=door) == spoken(TEXT)
    assert door.spent == [
        ("elevenlabs", Unit.REQUESTS, 1), ("elevenlabs", Unit.CHARACTERS, len(TEXT)),
    ]  # fmt: skip
    assert door.active == [True, False]
    (asked,) = fake.asked
    assert (asked["voice"], asked["text"]) == ("21m00Tcm4TlvDq8ikWAM", TEXT)
    assert (asked["language_code"], asked["auto_mode"]) == ("de", "true")


def test_the_speed_is_told_within_what_it_can(
    fake: FakeElevenLabs, caplog: pytest.LogCaptureFixture
) -> None:
    said(dialect(fake, prosody=Prosody(rate=1.1)))
    said(dialect(fake, prosody=Prosody(rate=2.0)))
    assert [one["speed"] for one in fake.asked] == [1.1, 1.2]
    assert "elevenlabs cannot speak as" in caplog.text


def test_an_older_model_is_not_told_the_language(fake: FakeElevenLabs) -> None:
    assert said(dialect(fake, model="eleven_multilingual_v2")) == spoken(TEXT)


def test_the_connection_for_a_sentence_is_made_before_it_is_needed(fake: FakeElevenLabs) -> None:
    async def flow() -> None:
        async with speaking(dialect(fake), Door()) as tts:
            await tts.warm_up()
            await tts.warm_up()
            await until(lambda: fake.accepted == 1)
            assert fake.asked == []
            assert await all_of(tts) == spoken(TEXT)
            # After a sentence the connection for the next one is made.
            await until(lambda: fake.accepted == 2)
            assert await all_of(tts, "Again.") == spoken("Again.")
            await until(lambda: fake.accepted == 3 and fake.open == 1)

    run(flow())


def test_a_connection_that_waited_too_long_is_made_again(fake: FakeElevenLabs) -> None:
    async def flow() -> None:
        async with speaking(dialect(fake), Door()) as tts:
            await tts.warm_up()
            await fake_hangs_up(fake)
            assert await all_of(tts) == spoken(TEXT)

    run(flow())


async def fake_hangs_up(fake: FakeElevenLabs) -> None:
    assert fake.loop is not None
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(fake.hang_up(), fake.loop))


@pytest.mark.parametrize("letters", [0, 1])
def test_a_listener_who_goes_away_hangs_up(fake: FakeElevenLabs, letters: int) -> None:
    fake.fault, door = (Fault.ENDLESS if letters else Fault.SILENT), Door()

    async def flow() -> None:
        async with speaking(dialect(fake), door) as tts:

            async def listen() -> None:
                async with aclosing(tts.synthesize(TEXT)) as sound:  # type: ignore[type-var]
                    await anext(sound)

            listening = asyncio.create_task(listen())
            await until(lambda: bool(fake.asked))
            if not letters:
                listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await until(lambda: not fake.open)
            assert door.active == [True, False]
            # Though nothing was heard of it, it may have to be paid for.
            assert door.spent[1:] == [("elevenlabs", Unit.CHARACTERS, len(TEXT))]

    run(flow())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("fault", "error"), WRONGS)
def test_what_goes_wrong_is_an_error_that_names_the_host(
    fake: FakeElevenLabs, fault: Fault, error: type[EngineError]
) -> None:
    fake.fault, door = fault, Door()
    with pytest.raises(EngineError, match=r"127\.0\.0\.1") as raised:
        said(dialect(fake), door, patience(fault))
    assert type(raised.value) is error
    assert door.active == [True, False]


def test_a_wrong_key_and_nobody_there_are_told_apart(fake: FakeElevenLabs) -> None:
    with pytest.raises(EngineRefused, match="key_file"):
        said(dialect(fake, key="wrong"))
    fake.port = 1
    with pytest.raises(EngineError, match="cannot be reached"):
        said(dialect(fake))


@pytest.mark.parametrize(
    ("word", "error"),
    [("invalid_api_key", EngineRefused), ("quota_exceeded", EngineBusy), ("oops", EngineError)],
)
def test_what_it_says_before_it_closes_tells_what_is_wrong(
    fake: FakeElevenLabs, word: str, error: type[EngineError]
) -> None:
    fake.error = word
    with pytest.raises(error) as raised:
        said(dialect(fake))
    assert type(raised.value) is error


@given(st.text() | st.binary() | st.recursive(st.none() | st.integers(), st.lists).map(str))
def test_no_message_does_more_than_fail_cleanly(message: str | bytes) -> None:
    asked = ElevenLabsSpeech("ws://nas.local", KEY, voice("any", "elevenlabs"))
    with pytest.raises(EngineError):
        asked.read(message)
