import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from device.clock import run_virtual
from device.errors import EngineError
from device.pipeline.tts.ahead import Line, Spoken, speak_ahead
from tests.pipeline.tts.fakes import FakeTts, spelt


async def _each(*sentences: str) -> AsyncIterator[Line]:
    for sentence in sentences:
        yield Line(sentence, sentence)


def _spelt(parts: list[Line | Spoken]) -> str:
    return spelt([part.chunk for part in parts if isinstance(part, Spoken)])


async def _sound(audio: AsyncIterator[Line | Spoken]) -> Spoken:
    """The next part of the sound."""
    while not isinstance(part := await anext(audio), Spoken):
        pass
    return part


def test_every_part_of_the_sound_tells_what_it_stands_for_in_writing() -> None:
    async def lines() -> AsyncIterator[Line]:
        yield Line("It is 5°.", "It is five degrees.")
        yield Line("---", "")
        yield Line("Bye.", "Bye.")

    async def flow() -> list[Line | Spoken]:
        return [part async for part in speak_ahead(FakeTts(), lines())]

    parts = run_virtual(flow())
    assert _spelt(parts) == "It is five degrees.Bye."
    assert [part.text for part in parts if isinstance(part, Line) or part.chunk.audio] == [
        *["It is 5°."] * 3, "---", *["Bye."] * 3,
    ]  # fmt: skip


def test_sentences_come_out_whole_and_in_order() -> None:
    async def flow() -> str:
        return _spelt([part async for part in speak_ahead(FakeTts(), _each("One.", "Two.", ""))])

    assert run_virtual(flow()) == "One.Two."


def test_the_next_sentence_is_made_while_one_plays_and_no_further() -> None:
    async def flow() -> None:
        tts = FakeTts(seconds=0.1)
        audio: Any = speak_ahead(tts, _each("One.", "Two.", "Three."), ahead=1)
        async with aclosing(audio):
            await _sound(audio)
            await asyncio.sleep(10)
            assert tts.begun == ["One.", "Two."]
            await _sound(audio)
            await _sound(audio)
            await asyncio.sleep(10)
            assert tts.begun == ["One.", "Two.", "Three."]

    run_virtual(flow())


def test_playing_costs_only_the_first_sentences_making() -> None:
    async def flow() -> float:
        loop = asyncio.get_running_loop()
        sentences = _each(*(f"This is sentence {i}." for i in range(5)))
        async for part in speak_ahead(FakeTts(seconds=0.2), sentences):
            await asyncio.sleep(0.5 if isinstance(part, Spoken) else 0)
        return loop.time()

    assert run_virtual(flow()) == pytest.approx(0.1 + 10 * 0.5)


def test_the_first_chunk_does_not_wait_for_the_last_sentence() -> None:
    async def slow() -> AsyncIterator[Line]:
        yield Line("First.", "First.")
        await asyncio.sleep(60)
        yield Line("Last.", "Last.")

    async def flow() -> float:
        audio: Any = speak_ahead(FakeTts(seconds=0.2), slow())
        async with aclosing(audio):
            await _sound(audio)
            return asyncio.get_running_loop().time()

    assert run_virtual(flow()) == pytest.approx(0.1)


def test_closing_early_stops_the_voice_and_the_text_and_leaves_no_task() -> None:
    closed: list[str] = []

    async def endless() -> AsyncIterator[Line]:
        try:
            while True:
                yield Line("More and more.", "More and more.")
        finally:
            closed.append("text")

    async def flow() -> None:
        tts = FakeTts()
        audio: Any = speak_ahead(tts, endless())
        async with aclosing(audio):
            await _sound(audio)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert closed == ["text"]
        assert tts.finished == []

    run_virtual(flow())


def test_cancelling_the_taker_leaves_no_task() -> None:
    async def take() -> None:
        async for _ in speak_ahead(FakeTts(seconds=100), _each("One.", "Two.")):
            pass

    async def flow() -> None:
        taker = asyncio.create_task(take())
        await asyncio.sleep(1)
        taker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taker
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(flow())


def test_a_sentence_that_fails_is_told_after_everything_before_it_was_given() -> None:
    heard: list[Line | Spoken] = []

    async def flow() -> None:
        async for part in speak_ahead(FakeTts(), _each("Fine.", "fail me", "Never.")):
            heard.append(part)

    with pytest.raises(EngineError, match="try another"):
        run_virtual(flow())
    assert _spelt(heard) == "Fine."


def test_a_text_that_fails_is_told_too() -> None:
    async def broken() -> AsyncIterator[Line]:
        yield Line("Fine.", "Fine.")
        raise EngineError("the agent is gone; try again")

    async def flow() -> None:
        async for _ in speak_ahead(FakeTts(), broken()):
            pass

    with pytest.raises(EngineError, match="the agent is gone"):
        run_virtual(flow())
