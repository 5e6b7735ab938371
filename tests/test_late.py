"""What is loaded while the speaker listens already."""

import asyncio
import threading
import weakref

import numpy as np
import pytest

from device.audio.format import Samples
from device.config import TtsConfig
from device.conversation.anticipation import Followable
from device.errors import ModelMissing
from device.executor import WorkerExecutor
from device.late import Later, LateStt, LateVoices
from device.pipeline.base import Partial
from device.pipeline.mock import MockStt
from device.pipeline.stt.chain import ChainStt
from device.pipeline.tts.voicebook import VoiceBook
from device.types import Transcript

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


class Worker(MockStt):
    """Understands in a thread of its own."""

    def __init__(self, *texts: str) -> None:
        super().__init__(texts)
        self._executor = WorkerExecutor("mock-stt")

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        await self._executor.run(lambda: None)
        return await super().transcribe(samples, language, phrases)

    def close(self) -> None:
        self._executor.close()


async def _chain(stt: MockStt) -> ChainStt:
    return ChainStt([stt])


async def _fail() -> ChainStt:
    raise ModelMissing("gone")


async def _book(config: TtsConfig | None = None) -> VoiceBook:
    return await asyncio.to_thread(VoiceBook, config or TtsConfig(cache_mb=0), "en")


async def test_another_engine_takes_over_and_the_old_one_leaves_no_memory_and_no_thread() -> None:
    worker = Worker()
    old, late = weakref.ref(worker), LateStt(Later(_chain(worker)), "command")
    del worker
    await late.transcribe(SAMPLES, "en")
    with pytest.raises(ModelMissing):
        await late.exchange(_fail())
    assert old() is not None
    new = MockStt()
    await late.exchange(_chain(new))
    await late.transcribe(SAMPLES, "en")
    assert len(new.heard) == 1
    assert old() is None
    for thread in threading.enumerate():
        if thread.name.startswith("mock-stt"):
            await asyncio.to_thread(thread.join, 5)
            assert not thread.is_alive()


async def test_a_sentence_is_understood_by_the_engine_that_has_followed_it() -> None:
    late = LateStt(Later(_chain(Worker("turn on the light"))), "command")
    sentence = late.open("en")
    await sentence.follow(SAMPLES)
    await late.exchange(_chain(MockStt(["something else"])))
    assert (await sentence.finish(SAMPLES)).text == "turn on the light"


async def test_a_reply_that_is_being_spoken_ends_in_the_voice_that_began_it() -> None:
    voices = LateVoices(Later(_book()))
    voice = await voices.find("en")
    assert [chunk async for chunk in voice.synthesize("One.")]
    await voices.exchange(_book(TtsConfig(rate=2.0)))
    assert [chunk async for chunk in voice.synthesize("Two.")]
    assert await voices.find("en") is not voice


async def test_loading_that_nobody_waits_for_any_more_ends_with_it() -> None:
    late = LateStt(Later(_chain(MockStt(["yes"]))), "command")
    exchanging = asyncio.create_task(late.exchange(_after(asyncio.Event(), MockStt())))
    await asyncio.sleep(0.01)
    exchanging.cancel()
    await asyncio.wait([exchanging])
    assert [task for task in asyncio.all_tasks() if task.get_name() == "load"] == []
    assert (await late.transcribe(SAMPLES, "en")).text == "yes"


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
