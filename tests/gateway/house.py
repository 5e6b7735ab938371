"""A house with a gateway: a real broker, lamps, and the doors open, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.config import Config, EntityConfig, GatewayConfig, HomeConfig, MqttConfig
from device.gatehouse import open_gatehouse
from device.types import Domain

LAMPS = ("kitchen light", "bedroom lamp")


@dataclass(frozen=True, slots=True)
class House:
    """Where to knock, and what the lamps were told."""

    config: Config
    lamps: Lamps

    @property
    def address(self) -> str:
        """host:port of all doors."""
        return f"{self.config.gateway.host}:{self.config.gateway.port}"

    @property
    def http(self) -> str:
        """Base URL."""
        return f"http://{self.address}"

    @property
    def ws(self) -> str:
        """Base URL of WebSockets."""
        return f"ws://{self.address}"

    @property
    def simple(self) -> str:
        """Of the simple dialect's own port."""
        return f"ws://{self.config.gateway.host}:{self.config.gateway.simple_port}"


@asynccontextmanager
async def open_house(
    folder: Path, config: Config | None = None, **gateway: Any
) -> AsyncIterator[House]:
    """A house whose doors are open inside the block; `gateway` are options of [gateway].

    `config` is given the broker, the lamps and the gateway. It starts in about a second, so let
    tests share one where what they do leaves nothing behind.
    """
    with Broker(folder) as broker, Lamps("127.0.0.1", broker.port) as lamps:
        made = config_of(config or Config(), broker, **gateway)
        async with open_gatehouse(made):
            await doors_opened(made.gateway)
            yield House(made, lamps)


def config_of(config: Config, broker: Broker, **gateway: Any) -> Config:
    """The configuration of such a house."""
    entities = tuple(
        EntityConfig(name=name, domain=Domain.LIGHT, preset="zigbee2mqtt") for name in LAMPS
    )
    options = {
        "port": free_port(),
        "simple_port": free_port(),
        "knocks_per_minute": 60_000,
        **gateway,
    }
    return config.model_copy(
        update={
            "mqtt": MqttConfig(host="127.0.0.1", port=broker.port),
            "home": HomeConfig(entity=entities),
            "gateway": GatewayConfig.model_validate(options),
        }
    )  # fmt: skip


def spoken(text: str, rate: int = 24_000, lead_seconds: float = 0.3) -> Samples:
    """A sentence as a client's microphone hears it, mono, shape (n,); silence comes first."""
    said = resample(speak(text).samples, RATE, rate)
    return np.concatenate((np.zeros(round(lead_seconds * rate), np.int16), said))


async def doors_opened(config: GatewayConfig) -> None:
    """Wait until somebody answers at every port."""
    for port in filter(None, (config.port, config.simple_port)):
        while True:
            try:
                _, writer = await asyncio.open_connection(str(config.host), port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
