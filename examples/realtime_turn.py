"""Two commands by OpenAI's Realtime protocol, with OpenAI's own client.

A broker, lamps and a gateway are started on this machine; the client of package openai types one
command, says another one, and the events that come back are shown.

    python -m examples.realtime_turn [--beta]
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from benchmarks.realtime_client import RealtimeClient, Turn, realtime_client
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.config import Config, EntityConfig, GatewayConfig, HomeConfig, MqttConfig
from device.gatehouse import open_gatehouse
from device.gateway.realtime.sound import SPOKEN_RATE
from device.types import Domain

LAMP = "kitchen light"
TYPED, SPOKEN = f"turn on the {LAMP}", f"turn off the {LAMP}"
QUIET = np.zeros(SPOKEN_RATE // 3, np.int16)

console = Console(highlight=False)


async def converse(client: RealtimeClient, said: Samples) -> None:
    """Type one command and say the other one."""
    console.print(f"\n[bold]{TYPED}[/], typed:\n")
    await client.type(TYPED)
    show(await client.until("response.done"))
    console.print(f"\n[bold]{SPOKEN}[/], spoken:\n")
    await client.say(said)
    show(await client.until("response.done"))


def show(turn: Turn) -> None:
    """One line for each event; sound comes in many."""
    console.print(*turn.kinds, sep="\n", style="dim")
    seconds = len(turn.sound) / SPOKEN_RATE
    console.print(f"[bold]{turn.words}[/], {seconds:.1f} s of sound")


def config_of(broker: Broker) -> Config:
    """A house with a lamp and a gateway."""
    lamp = EntityConfig(name=LAMP, domain=Domain.LIGHT, preset="zigbee2mqtt")
    return Config(
        mqtt=MqttConfig(host="127.0.0.1", port=broker.port), home=HomeConfig(entity=(lamp,)),
        gateway=GatewayConfig(port=free_port(), simple_port=0),
    )  # fmt: skip


async def serve(config: Config, *, beta: bool) -> None:
    """Converse with a gateway that is open for as long as that takes."""
    said = np.concatenate((QUIET, resample(speak(SPOKEN).samples, RATE, SPOKEN_RATE)))
    async with open_gatehouse(config):
        while True:
            try:
                url = f"ws://127.0.0.1:{config.gateway.port}"
                async with realtime_client(url, beta=beta) as client:
                    return await converse(client, said)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)


def main(*, beta: bool) -> int:
    """Show both turns; 0 when the lamp did what it was told."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port) as lamps,
    ):
        asyncio.run(serve(config_of(broker), beta=beta))
        done = [command["state"] for _, command in lamps.commands]
    console.print(f"\nthe lamp was told: {', '.join(done)}")
    return done != ["ON", "OFF"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Two commands by the Realtime protocol.")
    parser.add_argument("--beta", action="store_true", help="in its beta form")
    raise SystemExit(main(beta=parser.parse_args().beta))
