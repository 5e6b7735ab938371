"""A command over the network: what a browser's voice chat does, message by message.

A broker, a lamp and a gateway are started on this machine; a client says "turn on the kitchen
light" to the gateway over a WebSocket, hears the reply, and leaves it as a WAV.

    python -m examples.voice_chat [FOLDER]
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from benchmarks.voice_client import Turn, VoiceClient, voice_client
from device.audio.files import write_sound
from device.audio.format import RATE as SPOKEN_RATE
from device.audio.resample import resample
from device.config import Config, EntityConfig, GatewayConfig, HomeConfig, MqttConfig
from device.gatehouse import open_gatehouse
from device.gateway.voice.voicechat import RATE
from device.types import Domain

WORDS = "turn on the kitchen light"
LAMP = "kitchen light"

console = Console(highlight=False)


async def talk(port: int) -> tuple[Turn, VoiceClient]:
    """Say the words to a gateway on this machine, and hear it out."""
    said = resample(speak(WORDS).samples, SPOKEN_RATE, RATE)
    async with voice_client(f"ws://127.0.0.1:{port}/voice") as client:
        await client.came("status", status="listening")
        return await client.say(said), client


async def serve_and_talk(broker: Broker) -> tuple[Turn, VoiceClient]:
    """The same with a gateway that is open for as long as that takes."""
    lamp = EntityConfig(name=LAMP, domain=Domain.LIGHT, preset="zigbee2mqtt")
    gateway = GatewayConfig(port=free_port(), simple_port=0)
    config = Config(
        mqtt=MqttConfig(host="127.0.0.1", port=broker.port),
        home=HomeConfig(entity=(lamp,)),
        gateway=gateway,
    )
    async with open_gatehouse(config):
        while True:
            try:
                return await talk(gateway.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)


def show(message: dict[str, Any]) -> None:
    """One message of the gateway's on a line."""
    fields = {key: value for key, value in message.items() if key not in ("type", "session_id")}
    told = "  ".join(f"{key}={value!r}" for key, value in fields.items())
    console.print(f"  [bold]{message['type']:<20}[/]{told}")


def main(out: Path) -> int:
    """Show one turn; 0 when the lamp was really switched on."""
    out.mkdir(parents=True, exist_ok=True)
    console.print(f"\nA client says [bold]“{WORDS}”[/], and is told:\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port) as lamps,
    ):
        turn, client = asyncio.run(serve_and_talk(broker))
    for message in client.messages:
        show(message)
    write_sound(out / "reply.wav", turn.sound, RATE)
    console.print(
        f"\nThe first sound came [bold]{turn.first_sound_seconds:.2f} s[/] after the last word. "
        f"The reply, {len(turn.sound) / RATE:.1f} s, is in [bold]{out / 'reply.wav'}[/]."
    )
    switched = lamps.commands == [(LAMP, {"state": "ON"})]
    console.print("The lamp was told ON." if switched else f"[red]The lamp: {lamps.commands}[/]")
    return 0 if switched else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
