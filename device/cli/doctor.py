"""`parlor doctor`: try every part once and say what is wrong and what to do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from device import config_file
from device.cli.languages import languages_told
from device.cli.options import ConfigOption, JsonOption
from device.cli.privacy import tell_privacy
from device.config import Config
from device.daemon import open_recogniser
from device.errors import BrokerUnreachable, DeviceError, ModelMissing
from device.folders import state_folder
from device.hal import open_microphone, open_speaker
from device.mqtt.client import MqttClient
from device.pipeline.frontend import open_frontend
from device.pipeline.stt.no_recogniser import NoRecogniser
from device.pipeline.tts import open_tts
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.vad import open_vad
from device.pipeline.wake import open_wake
from device.tasks import end
from device.turn_log import TurnLog

_BROKER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    healthy: bool
    message: str
    code: str = ""
    """Stable code of device/errors.py; empty when healthy."""


def doctor(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    privacy: Annotated[
        bool, typer.Option("--privacy", help="Tell what may leave and what is kept instead.")
    ] = False,
) -> None:
    """Check microphone, loudspeaker, engines and broker. Exit code 1 when something is ill."""
    loaded = config_file.load(config)
    if privacy:
        tell_privacy(loaded, as_json)
        return
    findings = asyncio.run(_examine(loaded))
    console = Console(highlight=False)
    for finding in findings:
        if as_json:
            typer.echo(json.dumps(asdict(finding)))
        else:
            mark = "[green]✓[/]" if finding.healthy else "[red]✗[/]"
            code = f" [dim]\\[{finding.code}][/]" if finding.code else ""
            console.print(f"{mark} {finding.check:<12} {escape(finding.message)}{code}")
    if not all(finding.healthy for finding in findings):
        raise typer.Exit(1)


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
