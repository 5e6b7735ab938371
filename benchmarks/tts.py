"""`parlor bench tts`: how soon the first audio of a sentence is there, and the whole of it.

espeak-ng is measured as installed, beside the same program started when the sentence is there and
read when it has ended. The Piper voice is a toy made on the spot: its figures tell what
Piper costs around the network (phonemes, onnxruntime, our code), not what a real voice takes.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile
from benchmarks.toy_piper import make_piper_voice
from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.executor import DeferredExecutor
from device.pipeline.base import TextToSpeech
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.espeak import LICENCE, EspeakTts
from device.pipeline.tts.piper import PiperTts
from device.types import Voice

SENTENCES = (
    "Turned on the light.",
    "It is half past seven.",
    "The living room is at twenty-one degrees.",
    "I cannot reach the kitchen lamp, so I left it as it was.",
    "Your timer for the pasta has two minutes and ten seconds left.",
)
_TARGET_FIRST_MS = 200.0
_REST_SECONDS = 0.1
"""Between two sentences: a reply comes long after the one before."""
_BASELINES = {
    "espeak": ("cold_espeak", "espeak-ng started for every sentence and read at its end"),
    "cached": ("espeak", "espeak-ng, same sentences"),
}
"""What is measured beside an engine, and what that is in words."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence made."""

    first_ms: float
    """From the call to the first chunk."""
    whole_ms: float
    """From the call to the end."""
    audio_ms: float
    """How long it sounds."""


class ColdEspeak:
    """Starts the program for every sentence and waits for its end."""

    voice = Voice("en", "espeak", "en", 22_050, LICENCE)

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """The whole sentence in one chunk."""
        command = ["espeak-ng", "-v", "en", "-s", "175", "--stdin", "--stdout", "-z", "-b", "1"]
        done = await asyncio.to_thread(
            subprocess.run, command, input=text.encode(), capture_output=True, check=True
        )
        yield AudioChunk(done.stdout[44:], AudioFormat(22_050, 2, 1))


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Speak 5 sentences 4 times (40 with `full`) with each engine and from the cache."""
    rounds = 40 if full else 4
    with tempfile.TemporaryDirectory() as folder:
        spoken = asyncio.run(_measure(Path(folder), rounds))
    figures = list(_figures(spoken))
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("tts", figures)


async def _measure(folder: Path, rounds: int) -> dict[str, list[Spoken]]:
    espeak = EspeakTts(DeferredExecutor("espeak"))
    cached = CachedTts(espeak, PhraseStore(16_000_000))
    await cached.render(SENTENCES)
    engines: dict[str, TextToSpeech] = {
        "cold_espeak": ColdEspeak(), "espeak": espeak, "cached": cached
    }  # fmt: skip
    if find_spec("piper") and find_spec("onnx"):
        make_piper_voice(folder)
        engines["toy_piper"] = PiperTts(DeferredExecutor("piper"), folders=[folder])
    spoken: dict[str, list[Spoken]] = {}
    for name, engine in engines.items():
        await _speak(engine, SENTENCES[0])
        spoken[name] = [await _speak(engine, text) for text in SENTENCES * rounds]
    return spoken


async def _speak(engine: TextToSpeech, text: str) -> Spoken:
    await asyncio.sleep(_REST_SECONDS)
    began = time.perf_counter()
    first, seconds = 0.0, 0.0
    async for chunk in engine.synthesize(text):
        first = first or time.perf_counter() - began
        seconds += chunk.seconds
    return Spoken(first * 1_000, (time.perf_counter() - began) * 1_000, seconds * 1_000)


def _figures(spoken: dict[str, list[Spoken]]) -> Iterator[Figure]:
    for name, all_of_it in spoken.items():
        firsts = [one.first_ms for one in all_of_it]
        baseline, words = _BASELINES.get(name, ("", None))
        beside = round(median(one.first_ms for one in spoken[baseline]), 2) if baseline else None
        yield Figure(
            f"{name}_first_audio_p50",
            round(median(firsts), 4),
            "ms",
            "lower",
            n=len(firsts),
            target=_TARGET_FIRST_MS if name in _BASELINES else None,
            baseline=beside,
            baseline_is=words,
        )
        yield _plain(f"{name}_first_audio_p95", percentile(firsts, 0.95), "ms", firsts)
        factors = [one.whole_ms / one.audio_ms for one in all_of_it]
        yield _plain(f"{name}_real_time_factor_p50", median(factors), "x", factors)


def _plain(name: str, value: float, unit: str, values: Sequence[float]) -> Figure:
    return Figure(name, round(value, 4), unit, "lower", n=len(values))
