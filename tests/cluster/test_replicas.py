"""Replicas and gateways that die while people speak: nobody is left without an answer."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from openai import AsyncOpenAI

from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from device.audio.format import RATE
from device.audio.wav import wav
from device.tasks import end
from tests.cluster.balancer import balancing
from tests.cluster.load import COMMAND, Load
from tests.cluster.programs import TOKEN, Cluster, Gateway
from tests.gateway.house import spoken

PEOPLE = 2
SENTENCE = "The quick brown fox jumps over the lazy dog."


@asynccontextmanager
async def speaking(ports: list[int]) -> AsyncIterator[Load]:
    """People who speak inside the block; a turn that has begun is waited for."""
    async with balancing(ports) as port:
        load = Load(f"ws://127.0.0.1:{port}/voice")
        people = [asyncio.create_task(load.speaker()) for _ in range(PEOPLE)]
        try:
            yield load
            load.end()
            await asyncio.wait(people, timeout=60)
        finally:
            await end(*people)


async def replaced(cluster: Cluster, name: str, dead: int) -> None:
    """Wait until there are two again."""
    while len(set(cluster.replicas(name)) - {dead}) < 2:
        await asyncio.sleep(0.5)


async def test_a_replica_of_each_engine_dies_under_load_and_no_turn_fails(
    cluster: Cluster, gateways: list[Gateway], lamps: Lamps
) -> None:
    before = len(lamps.commands)
    async with speaking([one.port for one in gateways]) as load:
        await load.reach(3)
        for name in ("Ears", "Voices", "Front"):
            (victim, _) = cluster.replicas(name)
            os.kill(victim, signal.SIGKILL)
            await load.reach(3)
            await replaced(cluster, name, victim)
        await load.reach(3)
    load.show("a replica of each engine dies", gateways)
    assert load.wrong == []
    assert load.again == 0
    assert len(lamps.commands) - before >= load.done


async def test_a_gateway_dies_under_load_and_the_other_one_answers(
    gateways: list[Gateway],
) -> None:
    async with speaking([one.port for one in gateways]) as load:
        await load.reach(3)
        gateways[0].kill()
        await load.reach(9)
    load.show("a gateway dies", gateways)
    assert load.wrong == []
    assert load.again > 0


async def test_what_dies_with_the_question_is_asked_of_another_replica(cluster: Cluster) -> None:
    url = f"http://127.0.0.1:{cluster.port}/v1"
    file = ("said.wav", wav(spoken(COMMAND, RATE)))
    async with AsyncOpenAI(base_url=url, api_key=TOKEN, max_retries=0) as client:

        async def ask() -> str:
            return (await client.audio.transcriptions.create(model="any", file=file)).text

        asking = [asyncio.create_task(ask()) for _ in range(6)]
        await asyncio.sleep(0.3)
        (victim, _) = cluster.replicas("Ears")
        os.kill(victim, signal.SIGKILL)
        assert await asyncio.gather(*asking) == [COMMAND] * 6
        await replaced(cluster, "Ears", victim)


async def test_the_cluster_speaks_as_a_house_does(cluster: Cluster) -> None:
    url = f"http://127.0.0.1:{cluster.port}/v1"
    async with AsyncOpenAI(base_url=url, api_key=TOKEN, max_retries=0) as client:
        answer = await client.audio.speech.create(
            model="any", voice="alloy", input=SENTENCE, response_format="pcm"
        )
    seconds = len(answer.content) / 2 / 24_000
    assert seconds == pytest.approx(len(speak(SENTENCE).samples) / RATE, rel=0.3)
