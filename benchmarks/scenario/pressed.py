"""`parlor run` for benches: a pin is pressed for every line on its standard input, and every event
tells the loop's time at which it was told.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Final

from device.buttons import Buttons
from device.cli.show import show_events
from device.config import Config
from device.config_file import load
from device.daemon import open_parlor
from device.event import Event
from device.hal import open_microphone, open_speaker
from device.hal.drivers import SimulatedDrivers
from device.hal.gpio import Contact
from device.hal.simulated.gpio import SimulatedGpio
from device.tasks import end

STAMP: Final = "told_at"
"""Key of the time."""
_PIN: Final = 17
_PRESS_SECONDS: Final = 0.1


async def _run(config: Config) -> None:
    microphone, speaker = open_microphone(config.audio), open_speaker(config.audio)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    gpio = SimulatedDrivers().gpio
    async with open_parlor(config, microphone, speaker) as parlor:
        showing = asyncio.create_task(show_events(parlor.bus, _show))
        button = Contact(gpio, _PIN, active_low=True)
        buttons = Buttons(parlor.session.post, button, None, config.gpio.debounce_ms / 1_000)
        async with parlor.running():
            tasks = [asyncio.create_task(buttons.run()), asyncio.create_task(_press(gpio))]
            await stopped.wait()
            await end(*tasks)
    await showing


def _show(event: Event) -> None:
    told = {**event.as_dict(), STAMP: asyncio.get_running_loop().time()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def _press(gpio: SimulatedGpio) -> None:
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    async for _line in lines:
        gpio.drive(_PIN, 0)
        await asyncio.sleep(_PRESS_SECONDS)
        gpio.drive(_PIN, 1)


if __name__ == "__main__":
    asyncio.run(_run(load(Path(sys.argv[1]))))
