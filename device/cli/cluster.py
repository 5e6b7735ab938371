"""`parlor cluster`: the engines of a house of many speakers, on several machines."""

import asyncio
from typing import Annotated

import typer

from device import config_file
from device.cli.options import ConfigOption
from device.cluster.deployed import serve_engines
from device.logs import set_up_log


def cluster(
    config: ConfigOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log what the parts do.")] = False,
) -> None:
    """Serve the engines of [stt], [tts] and [llm] to speakers and gateways; needs Ray."""
    set_up_log(verbose)
    asyncio.run(serve_engines(config_file.load(config)))
