"""A gateway with one door that repeats what it hears, and nobody behind it: quick to open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import WebSocket

from benchmarks.broker import free_port
from device.brief import Brief, Exchanges
from device.bus import Bus, Subscription
from device.config import GatewayConfig
from device.events import Event
from device.gateway.guarded import Patience
from device.gateway.home_view import HomeView
from device.gateway.line import Line, open_line
from device.gateway.reception import Reception
from device.gateway.server import Gateway, make_app
from device.tasks import end
from tests.gateway.doors import nobody
from tests.gateway.house import doors_opened

Door = Callable[[Line], Awaitable[None]]


class Room:
    """A conversation in which nothing happens but what a test tells."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.posted: list[Event] = []
        self.busy = False
        self.thinks = False
        self.forgotten = 0
        self.recalled: list[Exchanges] = []
        self.briefed: list[Brief] = []

    def subscribe(self) -> Subscription:
        return self.bus.subscribe()

    def post(self, event: Event) -> None:
        self.posted.append(event)
        self.bus.tell(event)

    def forget(self) -> None:
        self.forgotten += 1

    def recall(self, exchanges: Exchanges) -> None:
        self.recalled.append(exchanges)

    def brief(self, brief: Brief) -> None:
        self.briefed.append(brief)


def toy(config: GatewayConfig) -> str:
    """URL of that door."""
    return f"ws://{config.host}:{config.port}/toy"


async def echo(line: Line) -> None:
    """Repeat everything."""
    async for message in line:
        line.send(message)


@asynccontextmanager
async def serving(
    door: Door = echo, patience: Patience | None = None, **options: Any
) -> AsyncIterator[GatewayConfig]:
    """A gateway whose `/toy` is that door; `options` of [gateway]."""
    options = {"port": free_port(), "simple_port": 0, "knocks_per_minute": 60_000, **options}
    config = GatewayConfig.model_validate(options)
    reception = Reception(config, nobody)
    app = make_app(reception, config, HomeView(list, list, lambda _entity: None, datetime.now))

    @app.websocket("/toy")
    async def enter(socket: WebSocket) -> None:
        reception.check(socket)
        async with open_line(socket) as line:
            await door(line)

    running = asyncio.create_task(Gateway(config, app, patience).run())
    try:
        await doors_opened(config)
        yield config
    finally:
        await end(running)
