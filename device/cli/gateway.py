"""`parlor gateway`: conversations over the network, without a room of its own."""

import asyncio
import gc
import os
import signal
from typing import Annotated

import typer

from device import config_file
from device.cli.options import ConfigOption
from device.config import Config
from device.gatehouse import open_gatehouse
from device.logs import set_up_log


def gateway(
    config: ConfigOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log what the parts do.")] = False,
) -> None:
    """Serve voices that come over the network; no microphone, no wake word."""
    os.umask(0o077)
    set_up_log(verbose)
    asyncio.run(_serve(config_file.load(config)))


async def _serve(config: Config) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_gatehouse(config):
        gc.freeze()  # what is there now stays; a guest's leavings are found quickly
        await stopped.wait()
