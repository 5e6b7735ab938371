"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file (TOML).", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
