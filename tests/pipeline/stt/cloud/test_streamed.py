"""Services that hear a sentence while it is said."""

import asyncio
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from benchmarks.local_server import serving
from device.audio.format import RATE, Samples
from device.errors import ConfigError, EngineBusy, EngineError, EngineRefused
from device.outside import Unit
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.iflytek import FakeIflytek
from tests.fakes.spoken_speech import Fault, SpokenSpeech
from tests.fakes.tencent import FakeTencent
from tests.leaving import Left
from tests.pipeline.stt.cloud.accounts import HOST, SAID, SPOKEN, Spent, opened


@pytest.fixture(params=list(SPOKEN))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def language(engine: str) -> str:
    return "en" if engine == "deepgram" else "zh"


def text(fake: SpokenSpeech) -> str:
    return fake.text if isinstance(fake, FakeDeepgram) else fake.text.replace(" ", "")


async def along(stream: Any, samples: Samples, step: int = RATE // 10) -> list[str]:
    """Follow a sentence as it grows, until something is understood of it."""
    told = [await stream.follow(samples[:stop]) for stop in range(step, len(samples) + 1, step)]
    while not told[-1]:
        await asyncio.sleep(0.01)
        told.append(await stream.follow(samples))
    return told


def test_a_sentence_is_understood_while_it_is_said(engine: str, fake: Any, tmp_path: Path) -> None:
    left: Left = []
    spent: Spent = []

    async def story() -> tuple[list[str], Any]:
        recogniser = opened(engine, fake.url, tmp_path, language(engine), left=left, spent=spent)
        stream = recogniser.open()
        assert left == []
        told = await along(stream, SAID)
        assert left == [(True, HOST)]
        return told, await stream.finish(SAID)

    told, heard = asyncio.run(story())
    assert text(fake).startswith(told[-1])
    assert heard.text == text(fake)
    assert (heard.engine, heard.language, heard.is_final) == (engine, language(engine), True)
    assert left == [(True, HOST), (False, HOST)]
    assert fake.heard == [pytest.approx(1.0)]
    assert fake.finished == 1
    assert spent == [(engine, Unit.REQUESTS, 1), (engine, Unit.AUDIO_SECONDS, 1.0)]


def test_a_sentence_that_is_over_is_sent_once_and_as_a_whole(
    engine: str, fake: Any, tmp_path: Path
) -> None:
    async def story() -> str:
        recogniser = opened(engine, fake.url, tmp_path, language(engine))
        await recogniser.transcribe(SAID)
        return str((await recogniser.transcribe(SAID, None, (text(fake), "no"))).text)

    assert asyncio.run(story()) == text(fake)
    assert fake.heard == [pytest.approx(1.0)]


def test_what_goes_on_after_a_pause_is_understood_as_a_whole(
    engine: str, fake: Any, tmp_path: Path
) -> None:
    async def story() -> str:
        stream = opened(engine, fake.url, tmp_path, language(engine)).open()
        await stream.finish(SAID[: RATE // 2])
        await stream.follow(SAID)
        return str((await stream.finish(SAID)).text)

    assert asyncio.run(story()) == text(fake)
    assert fake.heard == [pytest.approx(0.5), pytest.approx(1.0)]


def test_nothing_goes_on_leaving_when_nobody_waits(engine: str, fake: Any, tmp_path: Path) -> None:
    left: Left = []
    spent: Spent = []

    async def story() -> None:
        recogniser = opened(engine, fake.url, tmp_path, language(engine), left=left, spent=spent)
        stream = recogniser.open()
        await along(stream, SAID)
        await stream.close()
        await stream.close()
        assert left == [(True, HOST), (False, HOST)]

    asyncio.run(story())
    assert fake.finished == 0
    assert spent[0] == (engine, Unit.REQUESTS, 1)


@pytest.mark.parametrize("fault", list(Fault))
def test_what_goes_wrong_is_an_error_and_nothing_else(
    engine: str, fake: Any, tmp_path: Path, fault: Fault
) -> None:
    fake.fault = fault
    left: Left = []
    waits = fault in (Fault.SILENT, Fault.LATE, Fault.ENDLESS)
    limit = {"timeout_seconds": 0.7 if waits else 20}

    async def story() -> None:
        recogniser = opened(engine, fake.url, tmp_path, language(engine), left=left, options=limit)
        await recogniser.open().finish(SAID)

    with pytest.raises(EngineError) as caught:
        asyncio.run(story())
    assert left == [(True, HOST), (False, HOST)]
    expected = {
        Fault.SILENT: "in time", Fault.LATE: "in time", Fault.PORTAL: "login",
        Fault.REDIRECT: "login", Fault.BUSY: "too much", Fault.BROKEN: "500",
        Fault.GARBAGE: "JSON", Fault.DEEP: "JSON",
    }  # fmt: skip
    assert expected.get(fault, "") in str(caught.value)
    assert isinstance(caught.value, EngineBusy) is (fault is Fault.BUSY)


def test_a_stream_that_failed_says_so_until_the_sentence_is_over(
    engine: str, fake: Any, tmp_path: Path
) -> None:
    fake.fault = Fault.BROKEN

    async def story() -> None:
        stream = opened(engine, fake.url, tmp_path, language(engine)).open()
        with pytest.raises(EngineError, match="500"):
            await along(stream, SAID)
        with pytest.raises(EngineError, match="500"):
            await stream.finish(SAID)
        fake.fault = None
        assert (await stream.finish(SAID)).text == text(fake)

    asyncio.run(story())


def test_a_wrong_key_is_told_without_being_repeated(engine: str, fake: Any, tmp_path: Path) -> None:
    recogniser = opened(engine, fake.url, tmp_path, language(engine), key="wrong-key")
    with pytest.raises(EngineRefused, match="does not accept the key") as caught:
        asyncio.run(recogniser.transcribe(SAID))
    assert "wrong-key" not in str(caught.value)
    assert fake.refused


@pytest.mark.parametrize("engine", ["tencent", "iflytek"])
@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_wrong_is_named(fake: Any, tmp_path: Path, hours: int) -> None:
    fake.ahead_seconds = 3600.0 * hours
    fake.date = formatdate(time.time() + fake.ahead_seconds, usegmt=True)
    with pytest.raises(EngineError, match=r"clock differs from .* by 180 minutes"):
        asyncio.run(_opened(fake, tmp_path).transcribe(SAID))


@pytest.mark.parametrize(
    ("code", "told"), [(4003, "not switched on"), (4004, "quota"), (4006, "at once")]
)
def test_tencent_says_in_its_first_answer_what_it_minds(
    tmp_path: Path, code: int, told: str
) -> None:
    with serving(FakeTencent()) as fake:
        fake.code = code
        with pytest.raises(EngineError, match=told):
            asyncio.run(_opened(fake, tmp_path).transcribe(SAID))


@pytest.mark.parametrize(("code", "told"), [(10313, "app_id"), (11201, "quota"), (10700, "10700")])
def test_iflytek_says_what_it_minds(tmp_path: Path, code: int, told: str) -> None:
    with serving(FakeIflytek()) as fake:
        fake.code = code
        with pytest.raises(EngineError, match=told):
            asyncio.run(_opened(fake, tmp_path).transcribe(SAID))


def test_iflytek_hears_english_without_corrections(tmp_path: Path) -> None:
    with serving(FakeIflytek("turn on the light")) as fake:
        heard = asyncio.run(_opened(fake, tmp_path).transcribe(SAID, "en"))
    assert heard.text == "turn on the light"
    assert fake.languages == ["en_us"]


def test_deepgram_gathers_what_is_final_already(tmp_path: Path) -> None:
    with serving(FakeDeepgram()) as fake:
        fake.final_words = 2
        heard = asyncio.run(opened("deepgram", fake.url, tmp_path).transcribe(SAID))
    assert heard.text == "turn on the light"
    assert heard.confidence == pytest.approx(0.9)


def test_who_cannot_be_found_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nobody knows where"):
        asyncio.run(opened("deepgram", "ws://no.such.host.invalid", tmp_path).transcribe(SAID))
    with pytest.raises(EngineError, match="cannot be reached"):
        asyncio.run(opened("deepgram", "ws://127.0.0.1:9", tmp_path).transcribe(SAID))


@pytest.mark.parametrize("engine", ["tencent", "iflytek"])
def test_an_account_that_is_not_complete_is_told_at_start(engine: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"\[cloud.{engine}\] key_file"):
        opened(engine, "ws://127.0.0.1:9", tmp_path, key="")


def _opened(fake: FakeTencent | FakeIflytek, folder: Path) -> Any:
    name = "tencent" if isinstance(fake, FakeTencent) else "iflytek"
    return opened(name, fake.url, folder, "zh")
