"""`parlor listen`: the WAVs are the microphone."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from device import clock, config_file
from device.audio.files import check_writable, read_sound
from device.audio.format import Samples
from device.cli.options import BROKER_SECONDS, ConfigOption, JsonOption
from device.cli.show import Show, ShowTurn, show_events, show_json
from device.config import Config
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker

_QUIET_SECONDS: Final = 1.0
"""The next sound starts so long after the return to idle."""


def listen(
    wavs: Annotated[list[Path], typer.Argument(help="Sound files that the microphone hears.")],
    as_json: JsonOption = False,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="As fast as life, not as fast as possible.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Leave what the loudspeaker said here.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Let recordings talk to the speaker and show what happens."""
    loaded = config_file.load(config)
    if output is not None:
        check_writable(output)
    sounds = [read_sound(wav) for wav in wavs]
    show = show_json if as_json else ShowTurn()
    main = _listen(loaded, sounds, output, show)
    if realtime:
        asyncio.run(main)
    else:
        clock.run_virtual(main)


async def _listen(config: Config, sounds: list[Samples], output: Path | None, show: Show) -> None:
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker(output), rehearsal=True) as parlor:
        showing = asyncio.create_task(show_events(parlor.bus, show))
        async with parlor.running():
            await parlor.online(BROKER_SECONDS)
            for sound in sounds:
                await microphone.play(sound)
                await parlor.settled(_QUIET_SECONDS)
    await showing
