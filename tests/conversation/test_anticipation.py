"""What is understood before a sentence is over is kept when nothing follows, and dropped else."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import numpy as np

from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.conversation.anticipation import Anticipation
from device.conversation.base import Utterance
from device.errors import EngineError
from device.executor import WorkerExecutor
from device.pipeline.base import Partial
from device.types import Transcript


class Ears:
    """Follows sentences, and keeps what it was given."""

    def __init__(self, error: EngineError | None = None) -> None:
        self.opened: list[str | None] = []
        self.lengths: list[float] = []
        self._error = error

    def open(self, language: str | None = None) -> "Ears":
        self.opened.append(language)
        return self

    async def follow(self, samples: Samples) -> Partial:
        self.lengths.append(len(samples) / RATE)
        if self._error is not None:
            raise self._error
        return Partial(f"{len(self.lengths)} words")

    async def close(self) -> None:
        """Nothing to let go of."""

    async def finish(self, samples: Samples, *, guess: bool = False) -> Transcript:
        return Transcript("the whole", "en")


def said(seconds: float, stop_sample: int = 0) -> Utterance:
    return Utterance(np.zeros(int(seconds * RATE), np.int16), stop_sample=stop_sample)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


async def understood(utterance: Utterance) -> Transcript:
    assert utterance.samples is not None
    await asyncio.sleep(1.0)
    return Transcript(f"{len(utterance.samples) / RATE:g} s", "en")


def run(story: Coroutine[Any, Any, None]) -> None:
    run_virtual(story)


def test_a_guess_is_kept_when_nothing_follows() -> None:
    async def story() -> None:
        anticipation = Anticipation(None)
        guess = await anticipation.understand(said(1.0, 9), understood)
        kept = anticipation.take(said(1.3, 9))
        assert guess is not None
        assert kept is not None
        assert await kept is guess
        assert anticipation.thrown_away == 0

    run(story())


def test_a_guess_is_not_for_a_sentence_that_went_on() -> None:
    async def story() -> None:
        anticipation = Anticipation(None)
        await anticipation.understand(said(1.0, 9), understood)
        assert anticipation.take(said(2.0, 10)) is None
        assert anticipation.take(Utterance(None, "typed", stop_sample=9)) is None
        await anticipation.rest()
        assert anticipation.thrown_away == 1

    run(story())


def test_speech_that_goes_on_cancels_the_guess_under_way() -> None:
    async def story() -> None:
        anticipation = Anticipation(Ears())
        guess = asyncio.create_task(anticipation.understand(said(1.0, 9), understood))
        await asyncio.sleep(0.1)
        await anticipation.follow(silence(1.5), "en")
        assert await guess is None
        assert anticipation.thrown_away == 1
        assert [task.get_name() for task in asyncio.all_tasks()].count("anticipate") == 0

    run(story())


def test_at_most_one_guess_is_under_way() -> None:
    async def story() -> None:
        anticipation = Anticipation(None)
        guesses = [
            asyncio.create_task(anticipation.understand(said(number / 2, number), understood))
            for number in range(1, 6)
        ]
        *others, last = await asyncio.gather(*guesses)
        assert others == [None] * 4
        assert last is not None
        assert last.text == "2.5 s"

    run(story())


def test_a_guess_that_is_dropped_leaves_nothing_in_the_queue_of_the_engine() -> None:
    async def story() -> None:
        executor, busy, ran = WorkerExecutor("engine", queue_size=2), threading.Event(), []
        other = asyncio.create_task(executor.run(lambda: busy.wait(10)))

        async def compute(utterance: Utterance) -> Transcript:
            await executor.run(lambda: ran.append(utterance))
            return Transcript("", "en")

        anticipation = Anticipation(None)
        guess = asyncio.create_task(anticipation.understand(said(1.0), compute))
        await asyncio.sleep(0.01)
        await anticipation.drop()
        assert await guess is None
        busy.set()
        await other
        await executor.run(lambda: None)
        assert ran == []
        executor.close()

    asyncio.run(story())


def test_a_guess_ends_with_who_waits_for_it() -> None:
    async def story() -> None:
        guess = asyncio.create_task(Anticipation(None).understand(said(1.0), understood))
        await asyncio.sleep(0.1)
        guess.cancel()
        await asyncio.wait([guess])
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(story())


def test_one_sentence_is_followed_by_one_stream() -> None:
    async def story() -> None:
        ears = Ears()
        anticipation = Anticipation(ears)
        for seconds in (0.5, 1.0):
            told = await anticipation.follow(silence(seconds), "en")
        assert told == Partial("2 words")
        assert ears.opened == ["en"]
        assert await anticipation.finish(silence(1.2), "en") == Transcript("the whole", "en")
        assert await anticipation.finish(silence(1.2), "de") is None
        await anticipation.rest()
        await anticipation.follow(silence(0.5), "en")
        await anticipation.follow(silence(0.6), "de")
        await anticipation.follow(silence(0.3), "de")
        assert ears.opened == ["en", "en", "de", "de"]

    run(story())


def test_an_engine_that_fails_or_cannot_follow_is_asked_at_the_end() -> None:
    async def story() -> None:
        broken = Ears(EngineError("too much to do; wait"))
        for stt in (broken, object()):
            assert await Anticipation(stt).follow(silence(1.0), "en") == Partial("")
        assert await Anticipation(object()).finish(silence(1.0), "en") is None

    run(story())
