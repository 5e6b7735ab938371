"""OpenAI, Azure and MiniMax: what they are asked, what they say, and all that goes wrong."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.local_server import serving
from device.errors import EngineBusy, EngineError, EngineRefused
from device.outside import Unit
from device.pipeline.tts.cloud.azure import AzureSpeech
from device.pipeline.tts.cloud.base import CloudTts
from device.pipeline.tts.cloud.http import HttpService, HttpWay
from device.pipeline.tts.cloud.minimax import MiniMaxLines, MiniMaxSpeech
from device.pipeline.tts.cloud.openai import OpenAiSpeech
from device.pipeline.tts.prosody import Prosody
from tests.fakes.azure_speech import FakeAzureSpeech
from tests.fakes.minimax_speech import GROUP, FakeMiniMaxSpeech
from tests.fakes.openai_speech import FakeOpenAiSpeech
from tests.fakes.speech_server import KEY, Fault, SpeechServer
from tests.pipeline.tts.cloud.speaking import PATIENCE, TEXT, Door, by_http, patience, run, voice

pytest.importorskip("httpx2")

PARTS = (
    b"data: ", b"{", b"}\n\n", b'{"data": {"audio": "0102", "status": 1}}\n', b"\n",
    b'{"data": [1]}\n',
    b'data: {"data": {"audio": 5}}\n', b'data: {"base_resp": 7}\n', b"[" * 5_000 + b"\n",
    b'{"data": null, "extra_info": null, "base_resp": null}\n', b"data: 1\n",
)  # fmt: skip
SERVICES = ("openai", "azure", "minimax")


@pytest.fixture(params=SERVICES)
def fake(request: pytest.FixtureRequest) -> Iterator[SpeechServer]:
    made: dict[str, type[SpeechServer]] = {
        "openai": FakeOpenAiSpeech, "azure": FakeAzureSpeech, "minimax": FakeMiniMaxSpeech,
    }  # fmt: skip
    with serving(made[request.param]()) as running:
        yield running


def dialect(fake: Any, key: str = KEY, prosody: Prosody | None = None) -> Any:
    """The voice that the fake has."""
    match fake:
        case FakeOpenAiSpeech():
            return OpenAiSpeech(fake.url, key, voice("nova", "openai"), "", prosody)
        case FakeAzureSpeech():
            katja = voice("de-DE-KatjaNeural", "azure", language="de-DE")
            return AzureSpeech(fake.url, key, katja, prosody)
        case _:
            shaonv = voice("female-shaonv", "minimax", 32_000)
            return MiniMaxSpeech(fake.url, GROUP, key, shaonv, "", prosody)


def test_every_sample_of_a_sentence_comes_as_it_was_made(fake: SpeechServer) -> None:
    assert by_http(dialect(fake)) == fake.pcm(TEXT)
    assert [one["text"] for one in fake.asked] == [TEXT]
    assert not fake.refused


def test_text_of_any_script_and_markup_is_text(fake: SpeechServer) -> None:
    for text in ('<break time="9s"/> & "quotes" \\', "厨房的灯开着。", "Größe: 3 < 5 €"):
        assert by_http(dialect(fake), text) == fake.pcm(text)
        assert fake.asked[-1]["text"] == text


def test_control_characters_are_not_sent_and_nothing_is_asked_for_nothing(
    fake: SpeechServer,
) -> None:
    assert by_http(dialect(fake), "\x00 \x1b\n") == b""
    by_http(dialect(fake), "a\x00b")
    assert [one["text"] for one in fake.asked] == ["a b"]


def test_what_it_costs_is_counted_and_it_is_told_that_something_leaves(fake: SpeechServer) -> None:
    door, asked = Door(), dialect(fake)
    by_http(asked, door=door)
    requests = (asked.name, Unit.REQUESTS, 1)
    assert door.spent == [requests, (asked.name, Unit.CHARACTERS, len(TEXT))]
    assert door.active == [True, False]


def test_the_first_sound_is_handed_on_while_the_rest_is_made(fake: SpeechServer) -> None:
    fake.fault = Fault.STALLED

    async def first() -> float:
        way = HttpWay()
        tts = CloudTts(HttpService(dialect(fake), way), Door().outside, PATIENCE)
        async with aclosing(tts.synthesize(TEXT)) as sound:  # type: ignore[type-var]
            chunk = await anext(sound)
        await way.close()
        return float(chunk.seconds)

    assert 0.1 <= run(first()) < len(fake.pcm(TEXT)) / 2 / fake.rate / 2


def test_a_listener_who_goes_away_hangs_up_and_nothing_leaves_any_more(fake: SpeechServer) -> None:
    fake.fault, door = Fault.ENDLESS, Door()

    async def listen_briefly() -> None:
        way = HttpWay()
        tts = CloudTts(HttpService(dialect(fake), way), door.outside, PATIENCE)
        async with aclosing(tts.synthesize(TEXT)) as sound:  # type: ignore[type-var]
            await anext(sound)
        assert door.active == [True, False]
        assert door.spent[1:] == [(dialect(fake).name, Unit.CHARACTERS, len(TEXT))]
        async with asyncio.timeout(5):
            while fake.open:
                await asyncio.sleep(0.01)
        await way.close()

    run(listen_briefly())


def test_no_proxy_of_the_environment_is_told(
    fake: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert by_http(dialect(fake)) == fake.pcm(TEXT)


def test_warming_up_makes_the_connection_that_the_sentence_uses(fake: SpeechServer) -> None:
    async def warm_and_speak() -> None:
        way = HttpWay()
        tts = CloudTts(HttpService(dialect(fake), way), Door().outside, PATIENCE)
        await tts.warm_up()
        assert (fake.accepted, fake.asked) == (1, [])
        async for _ in tts.synthesize(TEXT):
            pass
        await way.close()

    run(warm_and_speak())
    assert fake.accepted == 1


def test_a_service_that_makes_sound_as_slowly_as_it_sounds_is_heard_to_its_end() -> None:
    with serving(FakeOpenAiSpeech(pause_seconds=0.1)) as fake:
        assert by_http(dialect(fake)) == fake.pcm(TEXT)


def test_a_service_that_trickles_is_given_up_when_the_whole_takes_too_long() -> None:
    async def listen(fake: FakeOpenAiSpeech) -> None:
        way = HttpWay()
        service = HttpService(dialect(fake), way)
        tts = CloudTts(service, Door().outside, PATIENCE, total_seconds=1.0)
        try:
            async for _ in tts.synthesize(TEXT):
                pass
        finally:
            await way.close()

    with serving(FakeOpenAiSpeech(pause_seconds=0.5)) as fake:
        with pytest.raises(EngineError, match="does not answer in time"):
            run(listen(fake))
        assert fake.asked


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.REFUSED, EngineRefused), (Fault.BUSY, EngineBusy), (Fault.BROKEN, EngineError),
        (Fault.PORTAL, EngineError), (Fault.LOST, EngineError), (Fault.SILENT, EngineError),
        (Fault.EMPTY, EngineError), (Fault.CUT, EngineError), (Fault.STALLED, EngineError),
        (Fault.ENDLESS, EngineError),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_an_error_that_names_the_host(
    fake: SpeechServer, fault: Fault, error: type[EngineError]
) -> None:
    fake.fault, door = fault, Door()
    with pytest.raises(EngineError, match=r"127\.0\.0\.1") as raised:
        by_http(dialect(fake), door=door, wait_seconds=patience(fault))
    assert type(raised.value) is error
    assert door.active == [True, False]
    assert KEY not in str(raised.value)


def test_a_wrong_key_is_refused(fake: SpeechServer) -> None:
    with pytest.raises(EngineRefused, match=r"check \[cloud\.\w+\] key_file"):
        by_http(dialect(fake, key="wrong"))


def test_a_key_that_no_header_can_hold_is_an_error(fake: SpeechServer) -> None:
    with pytest.raises(EngineError, match=r"127\.0\.0\.1"):
        by_http(dialect(fake, key="schlüssel\n"))


def test_nobody_at_the_address_is_an_error(fake: SpeechServer) -> None:
    fake.port = 1
    with pytest.raises(EngineError, match="cannot be reached"):
        by_http(dialect(fake))


def test_a_name_that_nobody_has_is_an_error() -> None:
    asked = OpenAiSpeech("http://no-such-host.invalid/v1", KEY, voice("nova", "openai"))
    with pytest.raises(EngineError, match=r"no-such-host\.invalid cannot be reached"):
        by_http(asked)


@pytest.mark.parametrize(
    ("prosody", "told"),
    [
        (Prosody(), ("+0%", "+0%", "100")),
        (Prosody(1.5, 0.5, -1), ("+50%", "-50%", "50")),
        (Prosody(4, 2, 1), ("+100%", "+50%", "100")),
    ],
)
def test_azure_is_told_the_prosody_in_ssml(prosody: Prosody, told: tuple[str, ...]) -> None:
    with serving(FakeAzureSpeech()) as fake:
        by_http(dialect(fake, prosody=prosody))
    (asked,) = fake.asked
    assert (asked["rate"], asked["pitch"], asked["volume"]) == told
    assert (asked["voice"], asked["language"]) == ("de-DE-KatjaNeural", "de-DE")


def test_minimax_is_told_the_prosody_as_numbers() -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        by_http(dialect(fake, prosody=Prosody(1.5, 0.5, -0.5)))
    (asked,) = fake.asked
    spoken = {"voice_id": "female-shaonv", "speed": 1.5, "vol": 0.5, "pitch": -6}
    assert asked["voice_setting"] == spoken


def test_openai_is_told_the_speed_and_what_it_lacks_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(FakeOpenAiSpeech()) as fake:
        by_http(dialect(fake, prosody=Prosody(1.5, 1.0, 0.5)))
    assert fake.asked[0]["speed"] == 1.5
    assert "openai cannot speak as" in caplog.text


def test_openai_needs_no_key_where_none_is_asked_for() -> None:
    asked = OpenAiSpeech("http://nas.local/v1", "", voice("nova", "openai"))
    assert "authorization" not in asked.ask(TEXT).headers


def test_minimax_tells_of_mistakes_in_an_answer_that_looks_well() -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        for code, error in ((1004, EngineRefused), (1002, EngineBusy), (1042, EngineError)):
            fake.code = code
            with pytest.raises(EngineError, match=str(code)) as raised:
                by_http(dialect(fake))
            assert type(raised.value) is error


@given(st.lists(st.binary(max_size=40) | st.sampled_from(PARTS)))
def test_no_answer_of_minimax_does_more_than_fail_cleanly(pieces: list[bytes]) -> None:
    lines = MiniMaxLines()
    with suppress(EngineError):
        for piece in pieces:
            assert all(len(sound.pcm) <= len(b"".join(pieces)) for sound in lines.feed(piece))
        lines.end()


def test_minimax_that_repeats_the_whole_sound_at_the_end_is_heard_once() -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        fake.aggregates = True
        assert by_http(dialect(fake)) == fake.pcm(TEXT)


def test_minimax_at_another_rate_than_asked_for_is_an_error() -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        fake.told_rate = 16_000
        with pytest.raises(EngineError, match="16000 Hz, and 32000"):
            by_http(dialect(fake))


def test_minimax_whose_hexadecimal_is_none_is_an_error() -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        fake.fault = Fault.GARBAGE
        with pytest.raises(EngineError, match="not as documented"):
            by_http(dialect(fake))


def test_a_compatible_server_may_tell_another_rate() -> None:
    with serving(FakeOpenAiSpeech()) as fake:
        fake.content_type = "audio/pcm; rate=22050"

        async def rates() -> set[int]:
            way = HttpWay()
            tts = CloudTts(HttpService(dialect(fake), way), Door().outside, PATIENCE)
            found = {chunk.format.rate async for chunk in tts.synthesize(TEXT)}
            await way.close()
            return found

        assert run(rates()) == {22_050}


def test_a_compatible_server_that_sends_mp3_is_not_played_as_noise() -> None:
    with serving(FakeOpenAiSpeech()) as fake:
        fake.content_type = "audio/mpeg"
        with pytest.raises(EngineError, match="audio/mpeg and not with PCM"):
            by_http(dialect(fake))
