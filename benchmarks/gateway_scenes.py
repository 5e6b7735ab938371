"""What clients do with a gateway that is measured: real sockets, and the pace of speech."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final

from benchmarks.corpus import end_of_speech
from benchmarks.espeak import Manner, speak
from benchmarks.gateway_process import ROOMS, Served
from benchmarks.voice_client import VoiceClient, voice_client
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.gateway.voice.voicechat import RATE as LINE_RATE

PERIOD_SECONDS: Final = 15.0
"""Everybody says one command in so long."""
_QUESTION: Final = "what time is it"
_AT_A_TIME: Final = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One command and what came of it."""

    wait_ms: float
    """End of speech to first sound; infinite: nothing came."""
    understood: bool


@dataclass(frozen=True, slots=True)
class Point:
    """What a gateway used after so many visits."""

    visits: int
    memory_kib: int
    handles: int


async def commands(served: Served, sessions: int, rounds: int, *, together: bool) -> list[Said]:
    """Everybody says a command each `PERIOD_SECONDS`: all at once, or evenly one after another."""
    gap = 0.0 if together else PERIOD_SECONDS / sessions
    async with AsyncExitStack() as stack:
        opening = [stack.enter_async_context(voice_client(served.voice)) for _ in range(sessions)]
        clients = [await one for one in opening]
        talks = (_say(one, number, rounds, number * gap) for number, one in enumerate(clients))
        said = await asyncio.gather(*talks)
    return [one for his in said for one in his]


async def memory_mib(served: Served, sessions: int) -> float:
    """What each of so many conversations takes beside what the first one left."""
    async with AsyncExitStack() as stack:

        async def join(number: int) -> None:
            client = await stack.enter_async_context(voice_client(served.voice))
            await client.say(command(number)[0])

        await join(0)
        before = served.memory_kib
        for number in range(1, sessions + 1):
            await join(number)
        return (served.memory_kib - before) / 1_024 / sessions


async def cpu_share(
    served: Served, sessions: int, seconds: float, *, listen: str, speaks: bool
) -> float:
    """Of a core, that each of so many conversations takes in which nobody says anything."""
    async with AsyncExitStack() as stack:
        for _ in range(sessions):
            client = voice_client(served.voice, speaks=speaks, listen=listen)
            await stack.enter_async_context(client)
        await asyncio.sleep(1.0)
        before = served.cpu_seconds
        await asyncio.sleep(seconds)
        return (served.cpu_seconds - before) / seconds / sessions


async def churn(served: Served, seconds: float) -> list[Point]:
    """People come, ask, and go, every other one in the middle of the answer."""
    loop, points, numbers = asyncio.get_running_loop(), list[Point](), count(1)
    until = loop.time() + seconds

    async def come_and_go() -> None:
        while loop.time() < until:
            number = next(numbers)
            async with voice_client(served.voice) as client:
                if number % 2:
                    await client.ask(_QUESTION)
                else:
                    await client.send("text", content=_QUESTION)
                    await client.came("tts_start")
            points.append(Point(number, served.memory_kib, served.handles))

    await asyncio.gather(*(come_and_go() for _ in range(_AT_A_TIME)))
    return points


async def _say(client: VoiceClient, number: int, rounds: int, wait: float) -> list[Said]:
    loop, said = asyncio.get_running_loop(), list[Said]()
    await asyncio.sleep(wait)
    for turn in range(rounds):
        began = loop.time()
        samples, words = command(number + turn)
        try:
            answered = await client.say(samples)
        except TimeoutError:
            said.append(Said(float("inf"), False))
        else:
            waited = answered.first_sound_seconds
            ms = float("inf") if waited is None else 1_000 * waited
            said.append(Said(ms, answered.transcript == words))
        if turn + 1 < rounds:
            await asyncio.sleep(max(0.0, began + PERIOD_SECONDS - loop.time()))
    return said


@cache
def command(number: int) -> tuple[Samples, str]:
    """About three seconds at the rate of the line, up to the end of speech; and its words."""
    words = f"turn {'on' if number % 2 else 'off'} the {ROOMS[number % len(ROOMS)]} light please"
    said = speak(words, Manner(words_a_minute=110 + 7 * number % 30, pitch=35 + 7 * number % 40))
    return resample(said.samples[: end_of_speech(said.samples)], RATE, LINE_RATE), words


def late_share(said: Sequence[Said], limit_ms: float) -> int:
    """How many were answered later."""
    return sum(one.wait_ms > limit_ms for one in said)
