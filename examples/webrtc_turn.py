"""A command goes over WebRTC: Opus in, the lamp on, Opus back, and events on the data channel.

Run `.venv/bin/python -m examples.webrtc_turn`: a broker, a lamp and a gateway are started on this
machine with the default engines, espeak-ng says the command, and aiortc is the far peer.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.far_peer import FarPeer
from benchmarks.lamp import Lamps
from device.audio.files import write_sound
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.config import Config
from device.gatehouse import open_gatehouse
from device.gateway.webrtc import track as line

WORDS = "turn on the kitchen light"
LAMP = {"name": "kitchen light", "domain": "light", "preset": "zigbee2mqtt"}
TOLD = {
    "input_audio_buffer.speech_started": "it hears that somebody speaks",
    "input_audio_buffer.speech_stopped": "it hears that the sentence is over",
    "output_audio_buffer.started": "the reply begins",
    "response.done": "the reply is over",
}

console = Console(highlight=False)


async def answers(port: int) -> None:
    """Wait until somebody listens at a port of this machine."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def turn(config: Config, said: Samples) -> tuple[Table, Samples]:
    """Say it and hear the reply; when everything happened, and what was heard."""
    table = Table("seconds", "what", title="After the first word")
    async with open_gatehouse(config):
        await answers(config.gateway.port)
        url = f"ws://127.0.0.1:{config.gateway.port}/ws/example"
        async with FarPeer.calling(url) as far, asyncio.timeout(60):
            began = time.perf_counter()
            far.say(said)
            for kind, words in TOLD.items():
                await far.event(kind)
                table.add_row(f"{time.perf_counter() - began:.2f}", f"{words} [dim]({kind})[/]")
            return table, np.concatenate(far.heard)


def main(out: Path) -> int:
    """Show one turn; 0 when the lamp was really switched on."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STATE_DIRECTORY"] = folder
        with Broker(Path(folder)) as broker, Lamps("127.0.0.1", broker.port) as lamps:
            config = Config.model_validate({
                "mqtt": {"host": "127.0.0.1", "port": broker.port},
                "home": {"entity": [LAMP]},
                "gateway": {"port": free_port(), "simple_port": 0},
            })  # fmt: skip
            said = resample(speak(WORDS).samples, RATE, line.RATE)
            console.print(f"\nA peer calls, and says [bold]“{WORDS}”[/]\n")
            table, heard = asyncio.run(turn(config, said))
    write_sound(out / "webrtc-reply.wav", resample(heard, line.RATE))
    console.print(table)
    if lamps.commands != [("kitchen light", {"state": "ON"})]:
        console.print(f"\n[red]the lamp was told {lamps.commands}, not to switch on[/]")
        return 1
    console.print(
        "\nThe lamp was told [bold]ON[/]. "
        f"What the peer heard is in [bold]{out / 'webrtc-reply.wav'}[/]."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
