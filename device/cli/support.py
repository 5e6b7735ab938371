"""`parlor support`: what somebody who helps needs to know, in one file."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from device import config_file
from device.care.support.bundle import Item, gather, write
from device.cli.doctor import look
from device.cli.options import ConfigOption, JsonOption


def support(
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write (tar.gz).", show_default=False)
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="Log file, in place of the journal.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write versions, set-up, health and log into one file, without words, names and secrets."""
    loaded = config_file.load(config)
    items = gather(loaded, look(loaded), log)
    file = output or Path(f"parlor-support-{datetime.now():%Y%m%d-%H%M%S}.tar.gz")
    if not as_json:
        _show(items)
        if not yes:
            typer.confirm(f"Write this to {file}?", abort=True, default=True)
    write(items, file)
    if as_json:
        contents = {item.name: item.about for item in items}
        typer.echo(json.dumps({"file": str(file), "contents": contents}))
    else:
        typer.echo(f"written: {file}; look into it before you send it")


def _show(items: list[Item]) -> None:
    table = Table("file", "bytes", "what is in it", box=None)
    for item in items:
        table.add_row(item.name, f"{len(item.text):,}", item.about)
    Console(highlight=False).print(table)
