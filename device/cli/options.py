"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file (TOML).", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
BROKER_SECONDS: Final = 5.0
"""How long a command waits for the broker before it goes on without."""
