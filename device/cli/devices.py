"""`parlor devices`: microphones and loudspeakers."""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device import config_file
from device.cli.options import ConfigOption, JsonOption
from device.hal import list_devices


def devices(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """List the audio devices that the configuration can name."""
    found = list_devices(config_file.load(config).audio)
    if as_json:
        for device in found:
            typer.echo(json.dumps(asdict(device)))
        return
    table = Table("name", "backend", "index", "inputs", "outputs", "rate", box=None)
    for device in found:
        index = "" if device.index is None else str(device.index)
        channels = (str(device.inputs or ""), str(device.outputs or ""), str(device.rate or ""))
        table.add_row(escape(device.name), device.backend, index, *channels)
    Console(highlight=False).print(table if found else "no audio device was found; is ALSA set up?")
