"""`parlor profile`: what people asked to be remembered, to read, change and delete."""

import json
from typing import Annotated

import click
import typer

from device.cli.options import JsonOption
from device.dialog.profile import PROFILE_FILE, Profile
from device.errors import UsageError
from device.folders import state_folder

app = typer.Typer(help="What people asked to be remembered.", no_args_is_help=True)


@app.command()
def show(as_json: JsonOption = False) -> None:
    """Show every sentence with its number."""
    facts = _profile().facts
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    elif not facts:
        typer.echo("nothing is remembered")
    else:
        for number, fact in enumerate(facts, 1):
            typer.echo(f"{number:3}  {fact}")


@app.command()
def add(fact: Annotated[str, typer.Argument(help="A sentence to remember.")]) -> None:
    """Remember a sentence."""
    profile = _profile()
    profile.remember(fact)
    _raise_if_lost(profile)


@app.command()
def edit() -> None:
    """Change the sentences in your editor, one a line."""
    profile = _profile()
    before = profile.facts
    edited = click.edit("\n".join(before) + "\n", extension=".txt")
    if edited is None:
        typer.echo("nothing was changed")
        return
    after = [line.strip() for line in edited.splitlines() if line.strip()]
    # What the speaker was told meanwhile stays.
    profile.forget([fact for fact in before if fact not in after])
    for fact in after:
        profile.remember(fact)
    _raise_if_lost(profile)


@app.command()
def delete(
    number: Annotated[
        int | None, typer.Argument(help="Number that show gives; none: everything.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget one sentence, or everything."""
    profile = _profile()
    facts = profile.facts
    if number is not None and not 1 <= number <= len(facts):
        raise UsageError(f"there is no sentence {number}; see: parlor profile show")
    if number is not None:
        profile.forget([facts[number - 1]])
    elif yes or typer.confirm(f"Forget all {len(facts)} sentences?", abort=True):
        profile.forget_all()
    _raise_if_lost(profile)


def _profile() -> Profile:
    return Profile(state_folder() / PROFILE_FILE)


def _raise_if_lost(profile: Profile) -> None:
    if profile.error is not None:
        raise profile.error
