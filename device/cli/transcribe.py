"""`parlor transcribe` and `parlor vad`: what is in a recording."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from device import config_file
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.cli.options import ConfigOption, JsonOption
from device.config import STT_ENGINES, Config, SttConfig
from device.daemon import open_recogniser
from device.errors import UsageError
from device.folders import state_folder
from device.ledger import Ledger
from device.outside import Outside, Spend
from device.pipeline.stt.chain import ChainStt
from device.pipeline.stt.openai_whisper import OpenAiWhisperStt
from device.pipeline.stt.whisper import WhisperStt
from device.pipeline.stt.whisper_files import FileTranscription
from device.pipeline.vad import open_vad, recording_settings
from device.pipeline.vad.segments import SpeechSegment, speech_segments
from device.types import Segment


def transcribe(
    wavs: Annotated[list[Path], typer.Argument(help="Sound files.")],
    engine: Annotated[
        str, typer.Option("--engine", help=f"{', '.join(STT_ENGINES)}; empty: those of [stt].")
    ] = "",
    language: Annotated[
        str,
        typer.Option("--language", help="auto: found out; empty: that of the device."),
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write down what is said in recordings, stretch by stretch."""
    loaded = config_file.load(config)
    if engine and engine not in STT_ENGINES:
        raise UsageError(f"there is no engine {engine!r}; choose one of {', '.join(STT_ENGINES)}")
    if engine:
        only = {"engines": (engine,), "languages": {}}
        stt = SttConfig.model_validate({**loaded.stt.model_dump(), **only})
        loaded = loaded.model_copy(update={"stt": stt})
    ledger = Ledger(state_folder(), date.today, time.monotonic)
    try:
        asyncio.run(_transcribe(loaded, wavs, language, ledger.add, as_json=as_json))
    finally:
        ledger.save()


def vad(
    wav: Annotated[Path, typer.Argument(help="Sound file.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the stretches of speech in a recording."""
    samples = read_sound(wav)
    loaded = config_file.load(config).vad
    engine = open_vad(loaded)
    for segment in speech_segments(engine, samples, recording_settings(loaded)):
        start, stop = round(segment.start_seconds, 3), round(segment.stop_seconds, 3)
        if as_json:
            typer.echo(json.dumps({"event": "speech", "start": start, "stop": stop}))
        else:
            typer.echo(f"{start:8.2f} s to {stop:8.2f} s {stop - start:8.2f} s of speech")


async def _transcribe(
    config: Config, wavs: list[Path], language: str, spend: Spend, *, as_json: bool
) -> None:
    recogniser = await open_recogniser(config, Outside(lambda _event: None, spend))
    detector = open_vad(config.vad)
    spoken = None if language == "auto" else language or config.device.language
    show = _show_json if as_json else _show
    for wav in wavs:
        samples = read_sound(wav)
        if isinstance(recogniser.engines[0], WhisperStt | OpenAiWhisperStt):
            whole = await recogniser.engines[0].transcribe_file(samples, spoken)
        else:
            spoken = spoken or config.device.language
            stretches = speech_segments(detector, samples, recording_settings(config.vad))
            parts = _stretch_by_stretch(recogniser, stretches, samples, spoken)
            whole = FileTranscription(spoken, len(samples) / RATE, parts)
        await show(wav, whole)


async def _stretch_by_stretch(
    recogniser: ChainStt, stretches: Iterator[SpeechSegment], samples: Samples, language: str
) -> AsyncIterator[Segment]:
    for stretch in stretches:
        audio = samples[stretch.start_sample : stretch.stop_sample]
        heard = await recogniser.transcribe(audio, language)
        yield Segment(
            heard.text, stretch.start_seconds, stretch.stop_seconds,
            heard.confidence, heard.engine,
        )  # fmt: skip


async def _show_json(wav: Path, whole: FileTranscription) -> None:
    about = {"file": str(wav), "language": whole.language}
    duration = round(whole.duration_seconds, 3)
    typer.echo(json.dumps({"event": "recording", **about, "duration_seconds": duration}))
    async for segment in whole.segments:
        facts = asdict(replace(segment, confidence=round(segment.confidence, 3)))
        typer.echo(json.dumps({"event": "segment", **about, **facts}, ensure_ascii=False))


async def _show(wav: Path, whole: FileTranscription) -> None:
    console = Console(highlight=False)
    length = f"{whole.duration_seconds:.1f} s, {whole.language}"
    console.print(f"[bold]{escape(wav.name)}[/]  [dim]{length}[/]")
    async for segment in whole.segments:
        text = escape(segment.text) or "[dim](not understood)[/]"
        console.print(
            f"{segment.start_seconds:8.2f} s to {segment.stop_seconds:8.2f} s  {text}"
            f"  [dim]{segment.engine} {segment.confidence:.2f}[/]"
        )
