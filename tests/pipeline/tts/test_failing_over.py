import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from device import clock
from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.breaker import Breaker, BreakerState
from device.errors import EngineError
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.failing_over import FailingOverTts
from device.types import Voice
from tests.pipeline.tts.fakes import spelt

TEXT = "The kitchen light is on, and the front door is locked."


class Speller:
    """Makes a chunk of every letter, until it is told to fail."""

    def __init__(self, name: str) -> None:
        self.voice = Voice(name, name, "en", 16_000)
        self.fails_after: int | None = None
        """So many letters are spoken."""
        self.asked: list[str] = []
        self.warmed = 0
        """Times that it was warmed up."""

    async def warm_up(self) -> None:
        self.warmed += 1
        if self.fails_after is not None:
            raise EngineError("the service cannot be reached")

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        self.asked.append(text)
        for place, letter in enumerate(text):
            await asyncio.sleep(0.01)
            if place == self.fails_after:
                raise EngineError("the service fell silent")
            yield AudioChunk(letter.encode("utf-16-le"), AudioFormat())
        if self.fails_after is not None and self.fails_after >= len(text):
            raise EngineError("the service fell silent at the end")


class Pair:
    """A voice that may fail, and its spare one."""

    def __init__(self) -> None:
        self.first, self.spare = Speller("far"), Speller("near")
        self.store = PhraseStore(1_000_000)
        self.breaker = Breaker(failures=2, rest_seconds=30)
        self.tts = FailingOverTts(
            CachedTts(self.first, self.store), CachedTts(self.spare, self.store), self.breaker
        )

    async def say(self, text: str = TEXT) -> str:
        return spelt([chunk async for chunk in self.tts.synthesize(text)])


def test_the_first_voice_speaks_and_is_remembered() -> None:
    async def flow() -> None:
        pair = Pair()
        assert [await pair.say(), await pair.say()] == [TEXT, TEXT]
        assert (pair.first.asked, pair.spare.asked) == ([TEXT], [])
        assert (pair.tts.hits, pair.tts.voice.name) == (1, "far")

    clock.run_virtual(flow())


def test_a_voice_that_does_not_begin_is_replaced_in_the_same_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = 0
        assert await pair.say() == TEXT
        assert "near goes on [engine-failed]: the service fell silent" in caplog.text

    clock.run_virtual(flow())


def test_what_was_heard_of_a_sentence_is_not_said_from_its_beginning_again() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = 27
        assert await pair.say() == TEXT[:27] + "on, and the front door is locked."

    clock.run_virtual(flow())


def test_a_voice_that_fails_at_the_very_end_has_its_last_words_repeated_only() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = len(TEXT)
        assert await pair.say() == TEXT + "is locked."

    clock.run_virtual(flow())


def test_a_sentence_of_two_voices_is_not_kept_as_one_of_the_first() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = 27
        await pair.say()
        pair.first.fails_after = None
        assert await pair.say() == TEXT
        assert pair.first.asked == [TEXT, TEXT]

    clock.run_virtual(flow())


def test_a_dead_service_is_not_asked_for_every_sentence_and_is_back_when_it_works() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = 0
        for text in ("One.", "Two.", "Three.", "Four."):
            assert await pair.say(text) == text
        assert pair.first.asked == ["One.", "Two."]
        await asyncio.sleep(31)
        pair.first.fails_after = None
        assert await pair.say("Five.") == "Five."
        assert await pair.say("Six.") == "Six."
        assert pair.first.asked == ["One.", "Two.", "Five.", "Six."]

    clock.run_virtual(flow())


def test_what_is_remembered_is_spoken_by_the_first_voice_though_it_is_dead() -> None:
    async def flow() -> None:
        pair = Pair()
        await pair.say("Good morning.")
        pair.first.fails_after = 0
        await pair.say("One.")
        await pair.say("Two.")
        assert pair.breaker.state is BreakerState.OPEN
        spare = len(pair.spare.asked)
        assert await pair.say("Good morning.") == "Good morning."
        assert len(pair.spare.asked) == spare
        assert pair.breaker.state is BreakerState.OPEN

    clock.run_virtual(flow())


@pytest.mark.parametrize(("letters", "state"), [(0, BreakerState.OPEN), (3, BreakerState.CLOSED)])
def test_a_listener_who_goes_away_lets_the_service_be_tried_again(
    letters: int, state: BreakerState
) -> None:
    async def flow() -> None:
        pair = Pair()
        for _ in range(2):
            pair.breaker.failed(0.0)
        await asyncio.sleep(31)

        async def listen() -> None:
            async with aclosing(pair.tts.synthesize(TEXT)) as sound:  # type: ignore[type-var]
                for _ in range(letters):
                    await anext(sound)
                if not letters:
                    await anext(sound)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.005 if not letters else 1)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert pair.breaker.state is state
        assert pair.breaker.allows(asyncio.get_running_loop().time())

    clock.run_virtual(flow())


def test_both_are_warmed_up() -> None:
    async def flow() -> None:
        pair = Pair()
        await pair.tts.warm_up()
        assert (pair.first.warmed, pair.spare.warmed) == (1, 1)

    clock.run_virtual(flow())


def test_a_service_that_could_not_be_reached_before_is_not_waited_for_in_a_sentence() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = 0
        for _ in range(2):
            with pytest.raises(EngineError, match="cannot be reached"):
                await pair.tts.warm_up()
        assert await pair.say() == TEXT
        assert pair.first.asked == []
        await pair.tts.warm_up()
        assert (pair.first.warmed, pair.spare.warmed) == (2, 3)

    clock.run_virtual(flow())


def test_nothing_is_paid_for_that_may_never_be_said() -> None:
    async def flow() -> None:
        pair = Pair()
        await pair.tts.render(["Turned on the light."])
        assert pair.first.asked == []

    clock.run_virtual(flow())


def test_both_silent_is_an_error() -> None:
    async def flow() -> None:
        pair = Pair()
        pair.first.fails_after = pair.spare.fails_after = 0
        with pytest.raises(EngineError):
            await pair.say()

    clock.run_virtual(flow())
