"""The host of a model in this process: one model, many conversations, one step at a time."""

import asyncio
import logging
import threading
import time
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from device import clock
from device.audio.format import Samples
from device.conversation.duplex.base import Link, ModelAudio, ModelText, Output
from device.conversation.duplex.host import DuplexHost, SpeechModel, Step
from device.errors import EngineBusy, EngineError, ModelMissing, TookTooLong
from device.executor import InlineExecutor, WorkerExecutor
from tests.fakes.speech_model import SILENCE, TONE, FakeSpeechModel, Mind

SPOKEN = [TONE] * 5 + [SILENCE] * 20


async def talk(link: Link, frames: list[Samples], outputs: int) -> list[Output]:
    for frame in frames:
        await link.send(frame)
    told: list[Output] = []
    stream: Any = link.outputs()
    async with aclosing(stream):
        async for output in stream:
            told.append(output)
            if len(told) == outputs:
                break
    return told


def said(told: list[Output]) -> str:
    return "".join(output.text for output in told if isinstance(output, ModelText))


async def test_it_answers_with_sound_and_words() -> None:
    host = DuplexHost(lambda _name: FakeSpeechModel(["good day"]), InlineExecutor())
    await host.warm_up("any")
    async with host.variant("any").open() as link:
        told = await talk(link, SPOKEN, 26)
    assert said(told) == " good day"
    sound = [output.chunk for output in told if isinstance(output, ModelAudio)]
    assert {(chunk.samples, chunk.format.rate) for chunk in sound} == {(1_920, 24_000)}


async def test_a_variant_is_loaded_once_and_warmed_before_anybody_talks_to_it() -> None:
    loaded: dict[str, FakeSpeechModel] = {}

    def load(name: str) -> SpeechModel:
        assert name not in loaded
        return loaded.setdefault(name, FakeSpeechModel())

    host = DuplexHost(load, InlineExecutor())
    await asyncio.gather(host.warm_up("moshiko"), host.warm_up("moshiko"), host.warm_up("moshika"))
    assert set(loaded) == {"moshiko", "moshika"}
    assert all(mind.steps == 4 for mind in loaded["moshiko"].minds)
    async with host.variant("moshika").open() as link:
        await talk(link, [SILENCE] * 5, 3)
    assert loaded["moshika"].minds[-1].steps == 5


async def test_conversations_share_the_model_and_nothing_else() -> None:
    model = FakeSpeechModel(["one"])
    host = DuplexHost(lambda _name: model, WorkerExecutor("duplex"), sessions=2)
    await host.warm_up("any")
    async with host.open("any") as first, host.open("any") as second:
        one, other = await asyncio.gather(talk(first, SPOKEN, 24), talk(second, SPOKEN[2:], 22))
    assert said(one) == " one"
    assert said(other) == " one"


async def test_only_one_step_is_taken_at_a_time_and_all_in_one_thread() -> None:
    class Watched(FakeSpeechModel):
        inside = 0
        most = 0
        threads: set[int] = set()  # noqa: RUF012 - one model a test

        def step(self, state: Mind, frame: Samples) -> Step:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.threads.add(threading.get_ident())
            time.sleep(0.001)
            self.inside -= 1
            return super().step(state, frame)

    model = Watched()
    host = DuplexHost(lambda _name: model, WorkerExecutor("duplex"), sessions=3)
    await host.warm_up("any")
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(host.open("any")) for _ in range(3)]
        await asyncio.gather(*(talk(link, [SILENCE] * 20, 18) for link in links))
    assert model.most == 1
    assert len(model.threads) == 1
    assert threading.get_ident() not in model.threads


async def test_a_full_house_is_a_clear_answer_and_a_place_comes_back() -> None:
    host = DuplexHost(lambda _name: FakeSpeechModel(), InlineExecutor(), sessions=1)
    await host.warm_up("any")
    async with host.open("any"):
        with pytest.raises(EngineBusy, match="somebody else"):
            async with host.open("any"):
                pass
    async with host.open("any"):
        pass


async def test_what_is_not_loaded_yet_is_not_waited_for() -> None:
    host = DuplexHost(lambda _name: FakeSpeechModel(), InlineExecutor())
    with pytest.raises(EngineBusy, match="still being loaded"):
        async with host.open("any"):
            pass


async def test_weights_that_are_not_there_are_told_and_may_come_later() -> None:
    there = False

    def load(name: str) -> SpeechModel:
        if not there:
            raise ModelMissing(f"no {name}")
        return FakeSpeechModel()

    host = DuplexHost(load, InlineExecutor())
    with pytest.raises(ModelMissing):
        await host.warm_up("any")
    with pytest.raises(ModelMissing):
        async with host.open("any"):
            pass
    there = True
    await host.warm_up("any")
    async with host.open("any"):
        pass


async def test_what_a_step_raises_ends_the_conversation_and_gives_its_place_back() -> None:
    model = FakeSpeechModel(fails={6: EngineError("lost")})
    host = DuplexHost(lambda _name: model, InlineExecutor())
    await host.warm_up("any")
    with pytest.raises(EngineError, match="lost"):
        async with host.open("any") as link:
            await talk(link, [SILENCE] * 10, 10)
    async with host.open("any"):
        pass


async def test_a_model_that_cannot_follow_is_given_up() -> None:
    host = DuplexHost(lambda _name: FakeSpeechModel(), InlineExecutor())
    await host.warm_up("any")
    async with host.open("any") as link:
        with pytest.raises(TookTooLong, match="more slowly than people speak"):
            await talk(link, [SILENCE] * 100, 1)


def test_a_model_that_is_too_slow_to_talk_with_is_told_at_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Slow(FakeSpeechModel):
        def step(self, state: Mind, frame: Samples) -> Step:
            time.sleep(0.1)
            return super().step(state, frame)

    async def warm(model: SpeechModel) -> None:
        await DuplexHost(lambda _name: model, InlineExecutor()).warm_up("any")

    with caplog.at_level(logging.WARNING):
        clock.run_virtual(warm(FakeSpeechModel()))
        assert not caplog.records
        clock.run_virtual(warm(Slow()))
    assert "too slow to talk with" in caplog.text
