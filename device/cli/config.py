"""`parlor config`: show the configuration in force, check a file."""

import json
from pathlib import Path
from typing import Annotated

import tomlkit
import typer

from device import config_file
from device.cli.options import ConfigOption, JsonOption
from device.hal.board import check_pins
from device.home.entities import load_devices

app = typer.Typer(help="Show or check the configuration.", no_args_is_help=True)


@app.command()
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every key with the value in force. Secrets are file paths, so there are none to hide."""
    values = config_file.load(config).model_dump(mode="json", exclude_none=True)
    typer.echo(json.dumps(values) if as_json else tomlkit.dumps(values))


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="File to check by itself, before it is put into place.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check a configuration file and say every mistake at once."""
    loaded = config_file.load_alone(file) if file else config_file.load(config)
    devices = load_devices(loaded.home.entity)
    check_pins(loaded.leds, loaded.gpio)
    typer.echo(
        f"the configuration is good: {len(devices)} entities, "
        f"wakes to {', '.join(word.label for word in loaded.wake.word)}"
    )
