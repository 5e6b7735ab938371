"""`parlor ask`: a typed turn."""

import asyncio
from typing import Annotated

import typer

from device import clock, config_file
from device import events as e
from device.cli.options import BROKER_SECONDS, ConfigOption, JsonOption
from device.cli.show import Show, ShowTurn, show_events, show_json
from device.config import Config
from device.daemon import open_parlor
from device.errors import UsageError
from device.hal.wav import WavMicrophone, WavSpeaker


def ask(
    text: Annotated[str, typer.Argument(help="What you would say.")],
    language: Annotated[
        str, typer.Option("--language", help="Language it is in; empty: that of the device.")
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Ask in writing; the answer is written too, and the home obeys."""
    if not text.strip():
        raise UsageError("there is no question; give a text")
    typed = e.UtteranceGiven(text=text, language=language, spoken=False)
    show = show_json if as_json else ShowTurn()
    clock.run_virtual(_ask(config_file.load(config), typed, show))


async def _ask(config: Config, typed: e.UtteranceGiven, show: Show) -> None:
    async with open_parlor(config, WavMicrophone(), WavSpeaker(), rehearsal=True) as parlor:
        showing = asyncio.create_task(show_events(parlor.bus, show))
        async with parlor.running():
            await parlor.online(BROKER_SECONDS)
            parlor.session.post(typed)
            await parlor.settled(0.2)
    await showing
