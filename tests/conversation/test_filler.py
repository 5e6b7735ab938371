"""One moment: when it is said, and when it is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.clock import run_virtual
from device.conversation.base import Done, Heeded, Item, ReplyAudio, ReplyPart, StageFailure
from device.conversation.filler import fill
from device.errors import EngineError
from device.types import Transcript

ANSWER = ReplyAudio(AudioChunk.from_samples(np.full(RATE, 7, np.int16)), "Because.")
FILLER_SECONDS = 0.55


async def one_moment() -> AsyncIterator[ReplyAudio]:
    samples = np.full(round(FILLER_SECONDS * RATE), 1_000, np.int16)
    yield ReplyAudio(AudioChunk.from_samples(samples), "One moment.")


async def answering(
    understood: float, thought: float, *, addressed: bool = True
) -> AsyncIterator[Item]:
    await asyncio.sleep(understood)
    yield Transcript("why")
    yield Heeded(addressed)
    await asyncio.sleep(thought)
    if addressed:
        yield ReplyPart("Because.")
        yield ANSWER
    yield Done()


def told(items: AsyncIterator[Item], seconds: float = 1.2) -> list[tuple[float, Item]]:
    """Every item with its time."""

    async def story() -> list[tuple[float, Item]]:
        loop = asyncio.get_running_loop()
        items_told = [(loop.time(), item) async for item in fill(items, one_moment, seconds)]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return items_told

    return run_virtual(story())


def fillers(items: list[tuple[float, Item]]) -> list[tuple[float, AudioChunk]]:
    return [
        (at, item.chunk) for at, item in items if isinstance(item, ReplyAudio) and not item.text
    ]


def kinds(items: list[tuple[float, Item]]) -> list[type[Item]]:
    return [type(item) for _, item in items]


@pytest.mark.parametrize(
    ("understood", "thought"), [(0.1, 1.0), (1.1, 0.1), (1.19, 0.0), (3.0, 0.14)]
)
def test_an_answer_in_time_comes_alone(understood: float, thought: float) -> None:
    items = told(answering(understood, thought))
    assert kinds(items) == [Transcript, Heeded, ReplyPart, ReplyAudio, Done]


def test_it_is_said_once_and_whole_while_the_answer_takes_its_time() -> None:
    items = told(answering(0.1, 60.0))
    said = fillers(items)
    assert said[0][0] == pytest.approx(1.2)
    assert sum(chunk.seconds for _, chunk in said) == pytest.approx(FILLER_SECONDS)
    assert kinds(items)[-3:] == [ReplyPart, ReplyAudio, Done]
    assert items[-2][1] is ANSWER


def test_it_stands_for_no_text() -> None:
    assert {item.text for _, item in told(answering(0, 9)) if isinstance(item, ReplyAudio)} == {
        "", "Because.",
    }  # fmt: skip


def test_it_is_handed_on_hardly_faster_than_it_is_heard() -> None:
    for at, chunk in fillers(told(answering(0, 9))):
        assert chunk.seconds <= 0.1
        assert at <= 1.2 + FILLER_SECONDS
    times = [at for at, _ in fillers(told(answering(0, 9)))]
    assert times[-1] - times[0] >= FILLER_SECONDS - 0.1 - 0.2 - 0.1


def test_the_answer_cuts_it_short_with_a_fade() -> None:
    items = told(answering(0.1, 1.25))
    said = fillers(items)
    assert 0 < sum(chunk.seconds for _, chunk in said) < FILLER_SECONDS
    last = said[-1][1].pcm()
    assert last[0] > 900
    assert abs(int(last[-1])) < 50
    assert items[-2][0] == pytest.approx(1.35)
    assert items[-2][1] is ANSWER


def test_it_waits_until_the_sentence_is_understood() -> None:
    assert fillers(told(answering(5.0, 9.0)))[0][0] == pytest.approx(5.15)


def test_it_is_never_said_to_people_who_talk_to_each_other() -> None:
    assert fillers(told(answering(0.1, 9.0, addressed=False))) == []


def test_a_filler_that_cannot_be_said_is_left_out() -> None:
    async def mute() -> AsyncIterator[ReplyAudio]:
        raise StageFailure("tts", EngineError("no voice"))
        yield ANSWER

    async def story() -> list[Item]:
        return [item async for item in fill(answering(0.1, 5.0), mute, 1.2)]

    assert run_virtual(story())[-2:] == [ANSWER, Done()]


def test_a_failure_of_the_answer_passes_through() -> None:
    async def failing() -> AsyncIterator[Item]:
        yield Heeded()
        await asyncio.sleep(2)
        raise StageFailure("agent", EngineError("broken"))

    with pytest.raises(StageFailure):
        told(failing())


@pytest.mark.parametrize("after", [0.05, 1.0, 1.3])
def test_cancelling_closes_the_answer_and_leaves_no_task(after: float) -> None:
    closed: list[bool] = []

    async def endless() -> AsyncIterator[Item]:
        try:
            yield Heeded()
            await asyncio.sleep(1_000)
        finally:
            closed.append(True)

    async def story() -> None:
        async def take() -> None:
            async with aclosing(fill(endless(), one_moment, 1.2)) as items:
                async for _ in items:
                    pass

        taking = asyncio.create_task(take())
        await asyncio.sleep(after)
        taking.cancel()
        await asyncio.wait([taking])
        assert closed == [True]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(story())
