"""`parlor say` and `parlor voices`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device import config_file
from device.audio.chunk import AudioChunk
from device.audio.files import check_writable, write_sound
from device.audio.level import normalise, spoken_dbfs, trim_silence
from device.cli.options import ConfigOption, JsonOption
from device.config import Config
from device.conversation.saying import say_whole
from device.errors import UsageError
from device.hal import open_speaker
from device.pipeline.base import TextToSpeech
from device.pipeline.playback import Playback
from device.pipeline.tts import open_tts
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.tts.voices import ENGINES, LACKS, list_voices

_INSTALL = "install espeak-ng (sudo apt install espeak-ng); Piper voices: parlor models list"


def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="WAV, FLAC, MP3 or Opus file instead of sound.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the text.")] = "",
    config: ConfigOption = None,
) -> None:
    """Speak a text aloud or into a file."""
    if not text.strip():
        raise UsageError("there is nothing to say; give a text")
    if output is not None:
        check_writable(output)
    asyncio.run(_say(config_file.load(config), text, language, output))


def voices(
    engine: Annotated[
        str, typer.Option("--engine", help="espeak, piper or a service; empty: those installed.")
    ] = "",
    language: Annotated[str, typer.Option("--language", help="e.g. de; empty: all.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the voices that are installed, or those of a service."""
    if engine and engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r}; choose one of {', '.join(ENGINES)}")
    found = list_voices(engine or None, language or None)
    if as_json:
        for voice in found:
            typer.echo(json.dumps({**asdict(voice), "without": LACKS[voice.engine]}))
        return
    table = Table("voice", "engine", "language", "rate", "without", "licence", box=None)
    for voice in found:
        lacks = ", ".join(LACKS[voice.engine])
        about = (voice.name, voice.engine, voice.language, str(voice.rate), lacks, voice.licence)
        table.add_row(*map(escape, about))
    missing = f"no voice{f' for {language}' if language else ''} is installed; {_INSTALL}"
    Console(highlight=False, soft_wrap=True).print(table if found else missing)


async def _say(config: Config, text: str, language: str, output: Path | None) -> None:
    spoken = language or config.device.language
    cloud = CloudSpeech(config.cloud)
    audio = _sound(open_tts(config.tts, spoken, cloud=cloud), text, spoken)
    try:
        if output is None:
            await _play(audio, config)
        else:
            await _write(audio, output, spoken_dbfs(config.tts.volume))
    finally:
        await cloud.close()


async def _play(audio: AsyncIterator[AudioChunk], config: Config) -> None:
    speaker = open_speaker(config.audio)
    try:
        await Playback(speaker, config.audio.volume, config.tts.volume).play(audio)
    finally:
        await speaker.close()


async def _sound(tts: TextToSpeech, text: str, language: str) -> AsyncIterator[AudioChunk]:
    async with aclosing(say_whole(tts, text, language, first_clause=False)) as parts:
        async for part in parts:
            yield part.chunk


async def _write(audio: AsyncIterator[AudioChunk], output: Path, level_dbfs: float) -> None:
    chunks = [chunk async for chunk in audio]
    if not chunks:
        raise UsageError("nothing in the text can be spoken; give some words")
    samples = np.concatenate([chunk.pcm() for chunk in chunks])
    rate = chunks[0].format.rate
    write_sound(output, normalise(trim_silence(samples, rate), level_dbfs), rate)
