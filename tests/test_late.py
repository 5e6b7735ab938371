"""What is loaded while the speaker listens already."""

import asyncio

import numpy as np
import pytest

from device.config import TtsConfig
from device.errors import ModelMissing
from device.late import Later, LateStt, LateVoices
from device.pipeline.mock import MockStt
from device.pipeline.stt.chain import ChainStt
from device.pipeline.tts.voicebook import VoiceBook

SAMPLES = np.zeros(1_600, dtype=np.int16)


async def _after(gate: asyncio.Event, stt: MockStt) -> ChainStt:
    await gate.wait()
    return ChainStt([stt])


async def test_what_is_said_before_the_engine_is_there_waits_for_it() -> None:
    gate, stt = asyncio.Event(), MockStt()
    late = LateStt(Later(_after(gate, stt)), "command")
    understanding = asyncio.create_task(late.transcribe(SAMPLES, "en"))
    await asyncio.sleep(0.01)
    assert not understanding.done()
    gate.set()
    assert await understanding == await ChainStt([MockStt()]).transcribe(SAMPLES, "en")
    assert late.name == "command"


async def test_a_turn_that_is_cancelled_does_not_cancel_the_loading() -> None:
    gate, stt = asyncio.Event(), MockStt()
    later = Later(_after(gate, stt))
    impatient = asyncio.create_task(later.get())
    await asyncio.sleep(0)
    impatient.cancel()
    gate.set()
    assert isinstance(await later.get(), ChainStt)
    assert impatient.cancelled()


async def test_whoever_waits_is_told_why_nothing_comes() -> None:
    async def fail() -> VoiceBook:
        raise ModelMissing("no voice")

    voices = LateVoices(Later(fail()))
    for _ in range(2):
        with pytest.raises(ModelMissing):
            await voices.find("en")


async def test_voices_speak_as_soon_as_they_can() -> None:
    async def book() -> VoiceBook:
        return await asyncio.to_thread(VoiceBook, TtsConfig(), "en")

    voices = LateVoices(Later(book()))
    assert (await voices.find("en")).voice.language.startswith("en")
    (await voices.book()).close()


async def test_what_is_not_needed_any_more_is_dropped_and_so_is_its_error() -> None:
    async def fail() -> None:
        raise ModelMissing("gone")

    endless, failed = Later(asyncio.sleep(3600)), Later(fail())
    await asyncio.sleep(0)
    await endless.discard()
    await failed.discard()
    with pytest.raises(asyncio.CancelledError):
        await endless.get()
