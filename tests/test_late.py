"""What is loaded while the speaker listens already."""

import asyncio

import numpy as np
import pytest

from device.config import TtsConfig
from device.conversation.anticipation import Followable
from device.errors import ModelMissing
from device.late import Later, LateStt, LateVoices
from device.pipeline.base import Partial
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


async def test_a_sentence_that_begins_before_the_engine_is_there_is_followed_all_the_same() -> None:
    gate, stt = asyncio.Event(), MockStt()
    late = LateStt(Later(_after(gate, stt)), "command")
    assert isinstance(late, Followable)
    sentence = late.open("en")
    following = asyncio.create_task(sentence.follow(SAMPLES))
    await asyncio.sleep(0.01)
    assert not following.done()
    gate.set()
    assert await following == Partial("")
    assert await sentence.finish(SAMPLES) == await ChainStt([MockStt()]).transcribe(SAMPLES, "en")


async def test_another_engine_takes_over_and_the_old_one_is_closed() -> None:
    class Closing(MockStt):
        closed = False

        def close(self) -> None:
            self.closed = True

    async def chain(stt: MockStt) -> ChainStt:
        return ChainStt([stt])

    async def fail() -> ChainStt:
        raise ModelMissing("gone")

    old, new = Closing(), Closing()
    late = LateStt(Later(chain(old)), "command")
    with pytest.raises(ModelMissing):
        await late.exchange(fail())
    assert not old.closed
    await late.exchange(chain(new))
    await late.transcribe(SAMPLES, "en")
    assert old.closed
    assert (len(old.heard), len(new.heard)) == (0, 1)


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
