"""The package edge-tts against a server that shows a certificate for the name it insists on.

Not shown here: Microsoft's own certificate, its addresses, and what its servers think of the token.
"""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from benchmarks.broker import Certificate
from benchmarks.local_server import serving
from device.errors import EngineError
from device.executor import DeferredExecutor
from device.outside import Unit
from device.pipeline.tts.cloud.base import CloudTts
from device.pipeline.tts.cloud.edge import EdgeSpeech
from device.pipeline.tts.prosody import Prosody
from tests.fakes.edge_speech import HOST, FakeEdge, spoken
from tests.fakes.speech_server import Fault
from tests.pipeline.tts.cloud.speaking import (
    HASTE,
    PATIENCE,
    TEXT,
    WRONGS,
    Door,
    patience,
    run,
    voice,
)  # fmt: skip

communicate = pytest.importorskip("edge_tts.communicate", reason="pip install edge-tts")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    made = Certificate(tmp_path_factory.mktemp("edge"), HOST)
    # The package trusts the authorities of certifi; here one more.
    communicate._SSL_CTX.load_verify_locations(made.file)
    return made


@pytest.fixture
def fake(certificate: Certificate) -> Iterator[FakeEdge]:
    with serving(FakeEdge(certificate)) as running:
        yield running


def tts(
    fake: FakeEdge, door: Door | None = None, prosody: Prosody | None = None,
    wait_seconds: float = PATIENCE,
) -> CloudTts:  # fmt: skip
    xiaoxiao = voice("zh-CN-XiaoxiaoNeural", "edge", language="zh-CN")
    service = EdgeSpeech(DeferredExecutor("mp3"), fake.url, xiaoxiao, prosody)
    return CloudTts(service, (door or Door()).outside, wait_seconds)


async def all_of(voice: CloudTts, text: str = TEXT) -> bytes:
    return b"".join([chunk.audio async for chunk in voice.synthesize(text)])


def test_a_sentence_sounds_as_its_mp3_does(fake: FakeEdge) -> None:
    door = Door()
    assert run(all_of(tts(fake, door))) == spoken(TEXT)
    (asked,) = fake.asked
    assert asked["text"] == TEXT
    assert asked["voice"].endswith("(zh-CN, XiaoxiaoNeural)")
    assert fake.names == [HOST]
    assert door.spent == [("edge", Unit.REQUESTS, 1), ("edge", Unit.CHARACTERS, len(TEXT))]
    assert door.active == [True, False]


def test_text_is_text(fake: FakeEdge) -> None:
    text = "<break/> 厨房的灯 & more"
    assert run(all_of(tts(fake), text)) == spoken(text)


def test_the_first_sound_is_handed_on_while_the_rest_is_made(fake: FakeEdge) -> None:
    fake.fault = Fault.STALLED

    async def first() -> int:
        async with aclosing(tts(fake).synthesize(TEXT)) as sound:  # type: ignore[type-var]
            return len((await anext(sound)).audio)

    assert 0 < run(first()) < len(spoken(TEXT)) / 2


@pytest.mark.parametrize(
    ("prosody", "told"),
    [
        (Prosody(), ("+0%", "+0%", "+0Hz")),
        (Prosody(0.75, 0.5, -1), ("-25%", "-50%", "-50Hz")),
        (Prosody(4, 2, 1), ("+100%", "+100%", "+50Hz")),
    ],
)
def test_the_prosody_is_told_within_what_it_can(
    fake: FakeEdge, prosody: Prosody, told: tuple[str, ...]
) -> None:
    run(all_of(tts(fake, prosody=prosody)))
    (asked,) = fake.asked
    assert (asked["rate"], asked["volume"], asked["pitch"]) == told


def test_no_proxy_of_the_environment_is_told(
    fake: FakeEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "WSS_PROXY", "wss_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert run(all_of(tts(fake))) == spoken(TEXT)


def test_a_clock_that_is_wrong_is_corrected_by_what_the_server_says(fake: FakeEdge) -> None:
    fake.refusals = 1
    assert run(all_of(tts(fake))) == spoken(TEXT)
    assert len(fake.names) == 2


def test_a_certificate_of_somebody_else_is_not_trusted(tmp_path: Path, fake: FakeEdge) -> None:
    foreign = FakeEdge(Certificate(tmp_path, "foreign"))
    with serving(foreign), pytest.raises(EngineError, match="cannot be reached"):
        run(all_of(tts(foreign)))
    assert foreign.asked == []


def test_a_listener_who_goes_away_hangs_up(fake: FakeEdge) -> None:
    fake.fault, door = Fault.ENDLESS, Door()

    async def listen_briefly() -> None:
        async with aclosing(tts(fake, door).synthesize(TEXT)) as sound:  # type: ignore[type-var]
            await anext(sound)
        assert door.active == [True, False]
        async with asyncio.timeout(5):
            while fake.open:
                await asyncio.sleep(0.01)

    run(listen_briefly())


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.STALLED])
def test_a_network_that_is_gone_is_not_waited_for_to_say_goodbye(
    fake: FakeEdge, fault: Fault
) -> None:
    fake.fault = fault

    async def speak() -> None:
        # The package itself would wait for 10 s.
        async with asyncio.timeout(HASTE + 8):
            await all_of(tts(fake, wait_seconds=HASTE))

    with pytest.raises(EngineError, match="does not answer in time"):
        run(speak())


@pytest.mark.parametrize(("fault", "error"), WRONGS)
def test_what_goes_wrong_is_an_error_that_names_the_host(
    fake: FakeEdge, fault: Fault, error: type[EngineError]
) -> None:
    fake.fault, door = fault, Door()
    with pytest.raises(EngineError, match=r"127\.0\.0\.1") as raised:
        run(all_of(tts(fake, door, wait_seconds=patience(fault))))
    assert type(raised.value) is error
    assert door.active == [True, False]
