"""A gateway without a room: people come over the network, and nobody listens in the house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from device.audio.timeline import Timeline
from device.bus import Bus
from device.company import Company
from device.config import Config
from device.core import Core
from device.daemon import open_gateway, open_house, open_household, open_ringer, save_often
from device.guests import Guests
from device.running import Part, supervised
from device.services import open_services
from device.tasks import end


@asynccontextmanager
async def open_gatehouse(config: Config) -> AsyncIterator[None]:
    """Serve inside the block, which begins when the engines are there.

    Raises ConfigError and EngineError.
    """
    gateway = config.gateway.model_copy(update={"enabled": True})
    config = config.model_copy(update={"gateway": gateway})
    async with AsyncExitStack() as stack:
        timeline = Timeline()
        bus = Bus(lambda: timeline.seconds)
        stack.callback(bus.close)
        core = Core(config, stack, bus, timeline, asyncio.Queue(), rehearsal=True)
        house = await open_house(core)
        company = Company(Guests(config, house), core.inbox, core.bus)
        parts: list[Part] = [
            company.run, *open_gateway(core, house, company.welcome),
            *open_services(core, house), open_ringer(core, house.known).run,
            save_often(core, house),
        ]  # fmt: skip
        if config.mqtt.enabled:
            parts += [house.client.run, open_household(core, house).run]
        await house.engines.loaded()
        await house.engines.warm_up()
        tasks = [asyncio.create_task(supervised(part)) for part in parts]
        stack.push_async_callback(end, *tasks)
        yield
