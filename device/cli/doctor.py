"""`parlor doctor`: look at every part once and say what is wrong and what to do.

A speaker that runs is asked how it is; its microphone is its own. Where none runs, every part is
tried. Then the computer is looked at.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from device import config_file
from device.care.health import find_health
from device.care.surroundings import look_around
from device.cli.languages import languages_told
from device.cli.options import ConfigOption, JsonOption
from device.cli.privacy import tell_privacy
from device.config import Config
from device.daemon import open_recogniser
from device.errors import BrokerUnreachable, DeviceError, ModelMissing
from device.folders import state_folder
from device.hal import open_microphone, open_speaker
from device.health import Finding, judge
from device.mqtt.client import MqttClient
from device.pipeline.frontend import open_frontend
from device.pipeline.stt.no_recogniser import NoRecogniser
from device.pipeline.tts import open_tts
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.vad import open_vad
from device.pipeline.wake import open_wake
from device.tasks import end
from device.turn_log import TurnLog

_BROKER_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.5


def doctor(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    privacy: Annotated[
        bool, typer.Option("--privacy", help="Tell what may leave and what is kept instead.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(
            "--wait",
            min=0.0,
            metavar="SECONDS",
            help="Look only at the speaker that runs here, until it is well, for so long at most.",
        ),
    ] = 0.0,
) -> None:
    """Check microphone, loudspeaker, engines and broker. Exit code 1 when something is ill."""
    loaded = config_file.load(config)
    if privacy:
        tell_privacy(loaded, as_json)
        return
    findings = _await_health(wait) if wait else look(loaded)
    show_findings(findings, as_json)
    if not _well(findings):
        raise typer.Exit(1)


def show_findings(findings: Sequence[Finding], as_json: bool) -> None:
    """One line each."""
    console = Console(highlight=False)
    for finding in findings:
        if as_json:
            typer.echo(json.dumps(asdict(finding)))
            continue
        well = "[yellow]![/]" if finding.code else "[green]✓[/]"
        mark = well if finding.healthy else "[red]✗[/]"
        code = f" [dim]\\[{finding.code}][/]" if finding.code else ""
        line = f"{mark} {finding.check:<12} {escape(finding.message)}{code}"
        console.print(line, soft_wrap=True)


def look(config: Config) -> Sequence[Finding]:
    """Judge the speaker that runs here, or try every part."""
    running = find_health()
    speaker = asyncio.run(_examine(config)) if running is None else judge(running, time.time())
    return (*speaker, *look_around(config))


def _await_health(seconds: float) -> Sequence[Finding]:
    deadline = time.monotonic() + seconds
    while True:
        findings = judge(find_health(), time.time())
        if _well(findings) or time.monotonic() >= deadline:
            return findings
        time.sleep(_LOOK_SECONDS)


def _well(findings: Sequence[Finding]) -> bool:
    return all(finding.healthy for finding in findings)


async def _examine(config: Config) -> list[Finding]:
    checks: dict[str, Callable[[Config], Awaitable[str]]] = {
        "microphone": _microphone,
        "loudspeaker": _loudspeaker,
        "front end": _frontend,
        "wake": _wake,
        "vad": _vad,
        "recogniser": _recogniser,
        "voice": _voice,
        "languages": _languages,
        "broker": _broker,
    }
    return [await _find(name, check, config) for name, check in checks.items()]


async def _find(name: str, check: Callable[[Config], Awaitable[str]], config: Config) -> Finding:
    try:
        return Finding(name, True, await check(config))
    except DeviceError as error:
        return Finding(name, False, str(error), error.code)


async def _microphone(config: Config) -> str:
    microphone = open_microphone(config.audio)
    try:
        await microphone.read()
        found = microphone.format
    finally:
        await microphone.close()
    return f"{config.audio.input}: {found.rate} Hz, {found.channels} channel(s), delivers audio"


async def _loudspeaker(config: Config) -> str:
    speaker = open_speaker(config.audio)
    found = speaker.format
    await speaker.close()
    return f"{config.audio.output}: {found.rate} Hz, {found.channels} channel(s)"


async def _frontend(config: Config) -> str:
    parts = open_frontend(config.audio).report.parts
    told = ", ".join(f"{part.replace('_', ' ')}: {engine}" for part, engine in parts.items())
    return "; ".join(filter(None, (told, _echo())))


def _echo() -> str:
    """What the running speaker last found of its own voice."""
    found = TurnLog(state_folder()).echo
    if not {"delay_ms", "drift_ppm", "erle_db"} <= found.keys():
        return ""
    return (
        f"when last measured its own voice came {found['delay_ms']:.0f} ms late, "
        f"{found['drift_ppm']:+.0f} ppm, and was made {found['erle_db']:.0f} dB weaker"
    )


async def _wake(config: Config) -> str:
    engine = open_wake(config.wake)
    engine.open().close()
    return f"wakes to {', '.join(engine.words)}"


async def _vad(config: Config) -> str:
    open_vad(config.vad).open()
    return config.vad.engine


async def _recogniser(config: Config) -> str:
    engines = (await open_recogniser(config)).engines
    if isinstance(engines[0], NoRecogniser):
        raise ModelMissing(engines[0].reason)
    return f"{', '.join(one.name for one in engines)} in {config.device.language}"


async def _languages(config: Config) -> str:
    return languages_told(config)


async def _voice(config: Config) -> str:
    cloud = CloudSpeech(config.cloud)
    tts = open_tts(config.tts, config.device.language, cloud=cloud)
    try:
        await tts.warm_up()
    finally:
        tts.close()
        await cloud.close()
    return f"{tts.voice.engine} {tts.voice.name} ({tts.voice.licence})"


async def _broker(config: Config) -> str:
    if not config.mqtt.enabled:
        return "switched off"
    client = MqttClient(config.mqtt, "")
    task = asyncio.create_task(client.run())
    connected = await client.wait_connected(_BROKER_SECONDS)
    await end(task)
    where = f"{config.mqtt.host}:{config.mqtt.port}"
    if not connected:
        raise client.problem or BrokerUnreachable(f"no answer from {where}; check [mqtt]")
    return f"connected to {where}"
