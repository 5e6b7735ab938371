"""`parlor release`: versions side by side. What it can do is in `device.releases.command`."""

import typer

from device.releases.command import main

PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
"""The command reads its own options: it must work where this command line does not."""


def release(context: typer.Context) -> None:
    """Build, install, switch and roll back versions of the speaker; `parlor release --help`."""
    main(context.args or ["--help"])
