"""What a cluster's answers cost, and that all replicas earn them."""

import asyncio
from collections.abc import Awaitable, Callable

from openai import AsyncOpenAI
from rich.console import Console
from rich.table import Table

from benchmarks.process import cpu_seconds, resident_kib
from device.audio.format import RATE
from device.audio.wav import wav
from tests.cluster.load import COMMAND
from tests.cluster.programs import TOKEN, Cluster
from tests.gateway.house import spoken

REQUESTS = 40
AT_ONCE = 4
REPLY = "I turned on the light in the kitchen, for the {}th time."


async def many(ask: Callable[[], Awaitable[object]]) -> None:
    """So many requests, a few at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with places:
            await ask()

    await asyncio.gather(*(one() for _ in range(REQUESTS)))


async def test_replicas_share_the_work(cluster: Cluster) -> None:
    url = f"http://127.0.0.1:{cluster.port}/v1"
    file = ("said.wav", wav(spoken(COMMAND, RATE)))
    table = Table("", "processor a request", "memory of a replica", box=None)
    async with AsyncOpenAI(base_url=url, api_key=TOKEN, max_retries=0) as client:

        async def understand() -> object:
            return await client.audio.transcriptions.create(model="any", file=file)

        # What was spoken once is remembered.
        numbers = iter(range(REQUESTS))

        async def speak() -> object:
            return await client.audio.speech.create(
                model="any", voice="alloy", input=REPLY.format(next(numbers)), response_format="pcm"
            )

        for name, ask in (("Ears", understand), ("Voices", speak)):
            watched = {kind: cluster.replicas(kind) for kind in (name, "Front")}
            before = {pid: cpu_seconds(pid) for pids in watched.values() for pid in pids}
            await many(ask)
            for kind, pids in watched.items():
                used = [cpu_seconds(pid) - before[pid] for pid in pids]
                memory = max(resident_kib(pid) for pid in pids) / 1_024
                table.add_row(
                    f"{kind} ({ask.__name__})", f"{sum(used) / REQUESTS * 1_000:.0f} ms",
                    f"{memory:.0f} MiB",
                )  # fmt: skip
                assert min(used) > 0.15 * sum(used), f"one {kind} did nearly all of it"
    Console().print(table)
