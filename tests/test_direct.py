"""Nobody but who is configured is connected to."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response

from device.direct import http_client, web_socket

HEADERS = {"xi-api-key": "the-key"}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy", "socks_proxy")


class Host:
    """Answers, and keeps who asked; sends elsewhere if told to."""

    def __init__(self, elsewhere: str = "") -> None:
        self.elsewhere = elsewhere
        self.asked: list[Request] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address, `host:port`."""
        async with serve(_echo, "127.0.0.1", 0, process_request=self._take) as server:
            yield f"127.0.0.1:{_port(server)}"

    def _take(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request)
        if not self.elsewhere:
            return None
        answer = connection.respond(302, "")
        answer.headers["Location"] = self.elsewhere
        return answer


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def talk(address: str) -> str | bytes:
    socket = await web_socket(
        f"ws://{address}", HEADERS, most_bytes=1_000, open_seconds=5, close_seconds=1
    )
    async with socket:
        await socket.send("secret words")
        return await socket.recv()


def test_a_redirect_takes_no_key_to_another_host() -> None:
    async def flow() -> None:
        other = Host()
        async with other.serving() as there, Host(f"ws://{there}").serving() as here:
            with pytest.raises(InvalidStatus, match="302"):
                await talk(here)
        assert not other.asked

    asyncio.run(flow())


def test_http_follows_no_redirect_either() -> None:
    pytest.importorskip("httpx2")

    async def flow() -> None:
        other = Host()
        async with (
            other.serving() as there, Host(f"http://{there}").serving() as here,
            http_client() as client,
        ):  # fmt: skip
            assert (await client.get(f"http://{here}", headers=HEADERS)).status_code == 302
        assert not other.asked

    asyncio.run(flow())


def test_a_proxy_in_the_environment_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("httpx2")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    async def flow() -> None:
        proxy, service = Host(), Host()
        async with proxy.serving() as between, service.serving() as here, Host("/").serving() as at:
            for name in PROXIES:
                monkeypatch.setenv(name, f"http://{between}")
            assert await talk(here) == "secret words"
            async with http_client() as client:
                assert (await client.get(f"http://{at}")).status_code == 302
        assert service.asked
        assert not proxy.asked

    asyncio.run(flow())


def test_neither_the_key_nor_what_is_said_gets_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    async def flow() -> None:
        async with Host().serving() as here:
            await talk(here)

    # The server that stands in for the service logs for itself.
    logging.getLogger("websockets.server").setLevel(logging.INFO)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "device"):
        asyncio.run(flow())
    assert "secret words" not in caplog.text
    assert "the-key" not in caplog.text
