"""`parlor run`: the daemon."""

import asyncio
import gc
import os
import signal
from typing import Annotated

import typer

from device import config_file
from device.cli.options import ConfigOption, JsonOption
from device.cli.show import show_events, show_json
from device.config import Config
from device.daemon import open_parlor
from device.events import Event
from device.hal import open_microphone, open_speaker
from device.logs import set_up_log
from device.notify import Notifier, open_notifier


def run(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log what the parts do.")] = False,
) -> None:
    """Be a speaker until stopped."""
    # What the speaker keeps is nobody else's business; its unit says the same.
    os.umask(0o077)
    set_up_log(verbose)
    notifier = open_notifier()
    notifier.loading("reads its configuration")
    asyncio.run(_run(config_file.load(config), notifier, as_json=as_json))


async def _run(config: Config, notifier: Notifier, *, as_json: bool) -> None:
    microphone = open_microphone(config.audio)
    speaker = open_speaker(config.audio)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    notifier.loading("loads what hears wake words")
    async with open_parlor(config, microphone, speaker) as parlor:
        showing = asyncio.create_task(show_events(parlor.bus, show_json if as_json else _quiet))
        async with parlor.running():
            gc.freeze()  # what is there now stays, and need not be looked at again and again
            await stopped.wait()
            notifier.stopping()
    await showing


def _quiet(event: Event) -> None:
    """Show nothing: the log tells what a person cares about."""
