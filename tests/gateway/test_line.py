"""A client that reads slowly, or not at all, costs the speaker a bounded amount."""

import asyncio

from websockets.asyncio.client import connect

from device.gateway.line import Line
from device.tasks import end
from tests.gateway.toy import serving, toy


async def test_what_is_sent_arrives_in_order_before_the_goodbye() -> None:
    async def greet(line: Line) -> None:
        for number in range(500):
            line.send(str(number) if number % 2 else bytes([number % 256]))
        line.close(1000, "that is all")
        line.send("too late")

    async with serving(greet) as config, connect(toy(config)) as client:
        got = [message async for message in client]
    assert got == [str(n) if n % 2 else bytes([n % 256]) for n in range(500)]
    assert (client.close_code, client.close_reason) == (1000, "that is all")


async def test_sound_that_waits_can_be_taken_back_and_words_cannot() -> None:
    async def cut(line: Line) -> None:
        for number in range(10):
            line.send(bytes(1_000))
            line.send(str(number))
        line.drop_sound()
        waiting.append(line.waiting_bytes)
        line.send(b"new")

    waiting: list[int] = []
    async with serving(cut) as config, connect(toy(config)) as client:
        got = [message async for message in client]
    assert got == [*map(str, range(10)), b"new"]
    assert waiting == [10]


async def test_whoever_takes_nothing_is_cut_off() -> None:
    waiting: list[int] = []

    async def flood(line: Line) -> None:
        async def pour() -> None:
            while True:
                line.send(bytes(10_000))
                waiting.append(line.waiting_bytes)
                await asyncio.sleep(0)

        pouring = asyncio.create_task(pour())
        async for _ in line:
            pass
        ended.set()
        await end(pouring)

    ended = asyncio.Event()
    async with serving(flood) as config, connect(toy(config), max_queue=1, close_timeout=0.1):
        await asyncio.wait_for(ended.wait(), 20)
    assert max(waiting) < 3_000_000
