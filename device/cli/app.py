"""The `parlor` command: one file per command group, gathered here."""

from typing import Annotated

import typer

from device import __version__
from device.cli.ask import ask
from device.cli.bench import bench
from device.cli.cluster import cluster
from device.cli.config import app as config_app
from device.cli.devices import devices
from device.cli.doctor import doctor
from device.cli.gateway import gateway
from device.cli.hil import app as hil_app
from device.cli.listen import listen
from device.cli.metrics import metrics
from device.cli.models import app as models_app
from device.cli.profile import app as profile_app
from device.cli.purge import purge_command
from device.cli.release import PASSED_ON, release
from device.cli.run import run
from device.cli.say import say, voices
from device.cli.scenario import scenario
from device.cli.selftest import selftest
from device.cli.support import support
from device.cli.transcribe import transcribe, vad
from device.cli.wake import wake

app = typer.Typer(
    help="A private smart speaker for the Raspberry Pi.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
COMMANDS = (
    run, listen, ask, transcribe, vad, say, voices, devices, doctor, selftest, metrics, wake, bench,
    scenario, support, gateway, cluster,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)
app.command("purge")(purge_command)
app.command("release", context_settings=PASSED_ON)(release)
app.add_typer(config_app, name="config")
app.add_typer(models_app, name="models")
app.add_typer(profile_app, name="profile")
app.add_typer(hil_app, name="hil")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"parlor {__version__}")
        raise typer.Exit


@app.callback()
def parlor(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Talk to your home."""
