"""A command goes through the whole speaker: what `make demo` shows.

A broker and a lamp are started on this machine, espeak-ng records "hey jarvis, turn on the kitchen
light", and `parlor listen` hears it with its real engines.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from device.audio.files import write_sound
from device.audio.format import RATE

WORDS = "hey jarvis, turn on the kitchen light"
CONFIG = """
[mqtt]
host = "127.0.0.1"
port = {port}

[[home.entity]]
name = "kitchen light"
domain = "light"
area = "Kitchen"
preset = "zigbee2mqtt"
"""

console = Console(highlight=False)


def record(path: Path) -> None:
    """Speak the command into a file, with a second of silence around it."""
    quiet = np.zeros(RATE, dtype=np.int16)
    write_sound(path, np.concatenate((quiet, speak(WORDS).samples, quiet)))


def main(out: Path) -> int:
    """Show one turn; 0 when the lamp was really switched on."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with Broker(place) as broker, Lamps("127.0.0.1", broker.port) as lamps:
            console.print(
                f"\nA broker on port {broker.port}, a lamp, and a recording: [bold]“{WORDS}”[/]\n"
            )
            record(out / "command.wav")
            config = place / "parlor.toml"
            config.write_text(CONFIG.format(port=broker.port))
            parlor = [sys.executable, "-m", "device", "listen", str(out / "command.wav")]
            subprocess.run(
                [*parlor, "--config", str(config), "--output", str(out / "reply.wav")], check=True
            )
    if lamps.commands != [("kitchen light", {"state": "ON"})]:
        console.print(f"\n[red]the lamp was told {lamps.commands}, not to switch on[/]")
        return 1
    console.print(
        "\nThe lamp was told [bold]ON[/] and reported it. "
        f"The reply is in [bold]{out / 'reply.wav'}[/]."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
