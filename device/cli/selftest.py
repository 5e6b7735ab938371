"""`parlor selftest`: let the speaker hear what it should understand, and judge what came of it."""

import asyncio
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from device import clock, config_file
from device import events as e
from device.audio.format import RATE
from device.bus import Subscription
from device.care.acoustics.plan import plan
from device.care.acoustics.results import results
from device.care.acoustics.take import perform
from device.care.acoustics.verdict import verdict
from device.care.health import find_health
from device.care.recorded import Rehearsal, judged, recorded_word, rehearsal
from device.care.recordings import recording
from device.cli.doctor import show_findings
from device.cli.options import ConfigOption, JsonOption
from device.config import Config
from device.daemon import open_parlor
from device.errors import DeviceBusy, DeviceError
from device.folders import cache_folder
from device.hal import open_microphone, open_speaker
from device.hal.wav import WavMicrophone, WavSpeaker
from device.health import Finding

_SETTLED_SECONDS: Final = 1.0
_PAUSE: Final = np.zeros(RATE, np.int16)


def selftest(
    recorded: Annotated[
        bool,
        typer.Option("--recorded", help="Without sound: a recording goes through the speaker."),
    ] = False,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=50, help="How often the wake word is said.")
    ] = 5,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Let the speaker hear itself and judge loudspeaker, microphone, echo and wake word.

    Exit code 1 when something is not as it should be.
    """
    loaded = config_file.load(config)
    findings = _recorded(loaded) if recorded else _acoustic(loaded, repeats)
    show_findings(findings, as_json)
    if not all(finding.healthy for finding in findings):
        raise typer.Exit(1)


def _acoustic(config: Config, repeats: int) -> tuple[Finding, ...]:
    if find_health() is not None:
        message = (
            "the speaker runs and has the microphone; stop it, and start it again afterwards: "
            "systemctl stop parlor"
        )
        return (Finding("devices", False, message, DeviceBusy.code),)
    try:
        return asyncio.run(_sound(config, repeats))
    except DeviceError as error:
        return (Finding("devices", False, str(error), error.code),)


async def _sound(config: Config, repeats: int) -> tuple[Finding, ...]:
    word = recorded_word(config)
    items = plan(recording(word), repeats)
    microphone, speaker = open_microphone(config.audio), open_speaker(config.audio)
    console = Console(stderr=True)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("The speaker listens to itself", total=len(items))
        try:
            take = await perform(
                microphone, speaker, config.audio.volume, items,
                lambda played: progress.update(task, completed=played),
            )  # fmt: skip
        finally:
            await speaker.close()
            await microphone.close()
    with console.status("Measuring what was heard"):
        return verdict(results(take, speaker.counters.underflows, config, word), config.audio)


def _recorded(config: Config) -> tuple[Finding, ...]:
    tried, told = rehearsal(config), list[e.Event]()
    with _own_folders(), _quiet():
        try:
            clock.run_virtual(_rehearse(tried, told))
        except DeviceError as error:
            return (Finding("speaker", False, str(error), error.code),)
    return judged(tried, told)


@contextmanager
def _own_folders() -> Iterator[None]:
    """Keep nothing: who tries a release may be root, and the speaker could not change it."""
    cache, names = cache_folder(), ("STATE_DIRECTORY", "CACHE_DIRECTORY")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        with tempfile.TemporaryDirectory(prefix="parlor-selftest-") as folder:
            os.environ["STATE_DIRECTORY"] = folder
            os.environ["CACHE_DIRECTORY"] = str(cache) if _is_ours(cache) else folder
            yield
    finally:
        for name in names:
            del os.environ[name]
        os.environ.update(before)


def _is_ours(folder: Path) -> bool:
    return folder.exists() and folder.stat().st_uid == os.geteuid()


@contextmanager
def _quiet() -> Iterator[None]:
    """There is no lamp to switch on; what matters is told by the findings."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


async def _rehearse(tried: Rehearsal, told: list[e.Event]) -> None:
    microphone = WavMicrophone()
    async with open_parlor(tried.config, microphone, WavSpeaker(), rehearsal=True) as parlor:
        noting = asyncio.create_task(_note(parlor.bus.subscribe(), told))
        async with parlor.running():
            if tried.word is None:
                parlor.session.post(e.ListenRequested())
            await microphone.play(np.concatenate((_PAUSE, recording(tried.word))))
            await parlor.settled(_SETTLED_SECONDS)
    await noting


async def _note(events: Subscription, told: list[e.Event]) -> None:
    async for event in events:
        told.append(event)
