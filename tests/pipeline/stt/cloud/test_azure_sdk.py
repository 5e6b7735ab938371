"""Azure hears along, through the real Speech SDK."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.local_server import serving
from device.audio.format import RATE
from device.errors import EngineError, EngineRefused
from device.outside import Unit
from tests.fakes.azure_streaming import FakeAzureStreaming
from tests.fakes.spoken_speech import Fault
from tests.leaving import Left
from tests.pipeline.stt.cloud.accounts import HOST, SAID, Spent, opened

pytest.importorskip("azure.cognitiveservices.speech")


@pytest.fixture
def fake() -> Iterator[FakeAzureStreaming]:
    with serving(FakeAzureStreaming()) as running:
        yield running


def engine(fake: FakeAzureStreaming, folder: Path, **values: Any) -> Any:
    options = {"streaming": True, "timeout_seconds": values.pop("seconds", 5)}
    return opened("azure", fake.url, folder, options=options, **values)


def test_a_sentence_is_understood_while_it_is_said(
    fake: FakeAzureStreaming, tmp_path: Path
) -> None:
    left: Left = []
    spent: Spent = []

    async def story() -> tuple[str, Any]:
        stream = engine(fake, tmp_path, left=left, spent=spent).open(language="de")
        told = ""
        for stop in range(RATE // 10, RATE + 1, RATE // 10):
            told = await stream.follow(SAID[:stop])
        while not told:
            await asyncio.sleep(0.01)
            told = await stream.follow(SAID)
        assert left == [(True, HOST)]
        return told, await stream.finish(SAID)

    told, heard = asyncio.run(story())
    assert fake.text.startswith(told)
    assert (heard.text, heard.engine, heard.language) == (fake.text, "azure", "de")
    assert heard.confidence == pytest.approx(0.9)
    assert left == [(True, HOST), (False, HOST)]
    assert fake.heard == [pytest.approx(1.0)]
    assert fake.languages == ["de-DE"]
    assert spent == [("azure", Unit.REQUESTS, 1), ("azure", Unit.AUDIO_SECONDS, 1.0)]


def test_a_sentence_that_is_over_is_understood_too(
    fake: FakeAzureStreaming, tmp_path: Path
) -> None:
    heard = asyncio.run(engine(fake, tmp_path).transcribe(SAID, "en"))
    assert heard.text == fake.text


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.CUT, Fault.BROKEN])
def test_what_goes_wrong_is_an_error_and_nothing_else(
    fake: FakeAzureStreaming, tmp_path: Path, fault: Fault
) -> None:
    fake.fault = fault
    left: Left = []
    with pytest.raises(EngineError):
        asyncio.run(engine(fake, tmp_path, left=left, seconds=2).transcribe(SAID, "en"))
    assert left == [(True, HOST), (False, HOST)]


def test_a_wrong_key_is_told(fake: FakeAzureStreaming, tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="does not accept the key"):
        asyncio.run(engine(fake, tmp_path, key="wrong-key").transcribe(SAID, "en"))


def test_nothing_goes_on_leaving_when_nobody_waits(
    fake: FakeAzureStreaming, tmp_path: Path
) -> None:
    left: Left = []

    async def story() -> None:
        stream = engine(fake, tmp_path, left=left).open()
        await stream.follow(SAID)
        await asyncio.sleep(0.05)
        await stream.close()
        await stream.close()
        assert left == [(True, HOST), (False, HOST)]

    asyncio.run(story())
