"""A telephone call: a greeting, a spoken command that switches the lamp, a goodbye that hangs up.

Run `.venv/bin/python -m examples.phone_turn`: a broker, a lamp and a gateway are started on this
machine with the default engines, espeak-ng speaks, and the telephone company is one that speaks
Twilio's Media Streams as they are documented.
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
from benchmarks.lamp import Lamps
from benchmarks.phone_client import Company, Telephone
from device.audio.files import write_sound
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.config import Config
from device.gatehouse import open_gatehouse
from device.gateway.mulaw import PHONE_RATE

COMMAND, GOODBYE = "turn on the kitchen light", "goodbye"
CALLER = "+4930901820"
LAMP = {"name": "kitchen light", "domain": "light", "preset": "zigbee2mqtt"}

console = Console(highlight=False)


class Call:
    """One call, and when everything happened in it."""

    def __init__(self, telephone: Telephone) -> None:
        self.table = Table("seconds", "what", title="After the call was answered")
        self._telephone = telephone
        self._began = time.perf_counter()

    def note(self, what: str) -> None:
        """This happened just now."""
        self.table.add_row(f"{time.perf_counter() - self._began:.2f}", what)

    async def listen(self, what: str) -> None:
        """Wait until something is heard, and until it was heard to its end."""
        telephone = self._telephone
        before = telephone.heard_seconds
        await telephone.until(lambda: telephone.heard_seconds > before)
        self.note(f"{what} is heard")
        await telephone.listen()

    def say(self, samples: Samples, words: str) -> None:
        """Say something."""
        self.note(f"the caller says “{words}”, {len(samples) / PHONE_RATE:.1f} s")
        self._telephone.say(samples)


async def hold(config: Config, company: Company, said: dict[str, Samples]) -> tuple[Table, Samples]:
    """Call, command, and take leave; what happened, and what was heard."""
    async with open_gatehouse(config):
        await answers(config.gateway.port)
        async with company.call(company.form(CALLER)) as telephone, asyncio.timeout(60):
            call = Call(telephone)
            await call.listen("a greeting")
            call.say(said[COMMAND], COMMAND)
            await call.listen("the answer")
            call.say(said[GOODBYE], GOODBYE)
            await telephone.over.wait()
            call.note("the speaker hung up")
            return call.table, np.concatenate(telephone.heard)


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


def main(out: Path) -> int:
    """Show one call; 0 when the lamp was really switched on."""
    out.mkdir(parents=True, exist_ok=True)
    port = free_port()
    company = Company(f"http://127.0.0.1:{port}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STATE_DIRECTORY"] = folder
        token = Path(folder, "token")
        token.touch(mode=0o600)
        token.write_text(company.token)
        with Broker(Path(folder)) as broker, Lamps("127.0.0.1", broker.port) as lamps:
            phone = {
                "auth_token_file": token, "public_url": company.public_url, "callers": [CALLER],
            }  # fmt: skip
            config = Config.model_validate({
                "mqtt": {"host": "127.0.0.1", "port": broker.port},
                "home": {"entity": [LAMP]},
                "gateway": {"port": port, "simple_port": 0, "phone": phone},
            })  # fmt: skip
            said = {
                words: resample(speak(words).samples, RATE, PHONE_RATE)
                for words in (COMMAND, GOODBYE)
            }
            console.print(f"\n[bold]{CALLER}[/] calls\n")
            table, heard = asyncio.run(hold(config, company, said))
    write_sound(out / "phone-reply.wav", resample(heard, PHONE_RATE))
    console.print(table)
    if lamps.commands != [("kitchen light", {"state": "ON"})]:
        console.print(f"\n[red]the lamp was told {lamps.commands}, not to switch on[/]")
        return 1
    console.print(
        "\nThe lamp was told [bold]ON[/]. "
        f"What the caller heard is in [bold]{out / 'phone-reply.wav'}[/]."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
