"""The door through which metrics are read: what comes in by it, and who is shown out."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Address

import pytest

from benchmarks.broker import free_port
from device.config import MetricsConfig
from device.metrics.scrape import MAX_HEAD_BYTES, Page, Pages
from device.metrics_server import MOST_CLIENTS, MetricsServer
from device.tasks import end

ASK = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
PAGES: Pages = {"/metrics": lambda: Page("figures\n"), "/long": lambda: Page("x" * 20_000_000)}


@asynccontextmanager
async def serving(pages: Pages = PAGES, patience_seconds: float = 5.0) -> AsyncIterator[int]:
    config = MetricsConfig(enabled=True, port=free_port())
    task = asyncio.create_task(MetricsServer(config, pages, patience_seconds).run())
    try:
        yield config.port
    finally:
        await end(task)


async def visit(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        with suppress(ConnectionRefusedError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.01)


async def ask(port: int, sent: bytes = ASK) -> bytes:
    """What is answered until the connection ends; half an answer when it is cut."""
    reader, writer = await visit(port)
    answered = b""
    with suppress(ConnectionError):
        writer.write(sent)
        while read := await reader.read(1 << 16):
            answered += read
    writer.close()
    return answered


async def test_one_request_is_answered_and_the_connection_ends() -> None:
    async with serving() as port:
        assert (await ask(port, ASK + ASK)).count(b"HTTP/1.1 200") == 1
        assert (await ask(port)).endswith(b"\r\n\r\nfigures\n")


async def test_a_request_in_pieces_is_one_request() -> None:
    async with serving() as port:
        reader, writer = await visit(port)
        for byte in ASK:
            writer.write(bytes((byte,)))
            await writer.drain()
        assert (await reader.read()).endswith(b"figures\n")
        writer.close()


async def test_headers_without_end_are_refused() -> None:
    async with serving() as port:
        answered = await ask(port, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 2 * MAX_HEAD_BYTES)
        assert answered.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nX: "])
async def test_who_does_not_ask_in_time_is_shown_out(sent: bytes) -> None:
    async with serving(patience_seconds=0.1) as port:
        assert await ask(port, sent) == b""
        assert await ask(port)


async def test_who_does_not_take_the_answer_is_shown_out() -> None:
    async with serving(patience_seconds=0.2) as port:
        reader, writer = await visit(port)
        writer.write(b"GET /long HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.6)
        taken = 0
        with suppress(ConnectionError):
            while read := await reader.read(1 << 16):
                taken += len(read)
        assert taken < 20_000_000
        writer.close()


async def test_a_crowd_is_told_to_come_again_and_the_next_is_served() -> None:
    async with serving() as port:
        idlers = [await visit(port) for _ in range(MOST_CLIENTS)]
        assert (await ask(port)).startswith(b"HTTP/1.1 503 ")
        for _, writer in idlers:
            writer.close()
        while not (await ask(port)).startswith(b"HTTP/1.1 200 "):
            await asyncio.sleep(0.01)


async def test_a_page_that_cannot_be_made_takes_nobody_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Page:
        raise ValueError("no figures today")

    async with serving({**PAGES, "/broken": broken}) as port:
        assert await ask(port, b"GET /broken HTTP/1.1\r\n\r\n") == b""
        assert (await ask(port)).endswith(b"figures\n")
    assert "no figures today" in caplog.text


async def test_a_port_that_is_taken_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    config = MetricsConfig(enabled=True, port=free_port())
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", config.port):
        task = asyncio.create_task(MetricsServer(config, PAGES).run())
        while not caplog.text:
            await asyncio.sleep(0.01)
        await end(task)
    assert f"no metrics at 127.0.0.1:{config.port}" in caplog.text
    assert "check [metrics]" in caplog.text


async def test_an_address_that_others_reach_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for host, warned in (("127.0.0.1", False), ("0.0.0.0", True)):
        caplog.clear()
        task = asyncio.create_task(
            MetricsServer(MetricsConfig(host=IPv4Address(host), port=free_port()), PAGES).run()
        )
        while "/metrics" not in caplog.text:
            await asyncio.sleep(0.01)
        await end(task)
        assert ("everybody who reaches" in caplog.text) is warned
