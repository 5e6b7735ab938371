"""`parlor bench tts`: how soon the first audio of a sentence is there, and the whole of it.

espeak-ng is measured as installed. The Piper voice is a toy made on the spot: its figures tell what
Piper costs around the network (phonemes, onnxruntime, our code), not what a real voice takes.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile
from benchmarks.toy_piper import make_piper_voice
from device.executor import DeferredExecutor
from device.pipeline.base import TextToSpeech
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.espeak import EspeakTts
from device.pipeline.tts.piper import PiperTts

SENTENCES = (
    "Turned on the light.",
    "It is half past seven.",
    "The living room is at twenty-one degrees.",
    "I cannot reach the kitchen lamp, so I left it as it was.",
    "Your timer for the pasta has two minutes and ten seconds left.",
)
_TARGET_FIRST_MS = 200.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence made."""

    first_ms: float
    """From the call to the first chunk."""
    whole_ms: float
    """From the call to the end."""
    audio_ms: float
    """How long it sounds."""


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
    engines: dict[str, TextToSpeech] = {"espeak": espeak, "cached": cached}
    if find_spec("piper") and find_spec("onnx"):
        make_piper_voice(folder)
        engines["toy_piper"] = PiperTts(DeferredExecutor("piper"), folders=[folder])
    spoken: dict[str, list[Spoken]] = {}
    for name, engine in engines.items():
        await _speak(engine, SENTENCES[0])
        spoken[name] = [await _speak(engine, text) for text in SENTENCES * rounds]
    return spoken


async def _speak(engine: TextToSpeech, text: str) -> Spoken:
    began = time.perf_counter()
    first, seconds = 0.0, 0.0
    async for chunk in engine.synthesize(text):
        first = first or time.perf_counter() - began
        seconds += chunk.seconds
    return Spoken(first * 1_000, (time.perf_counter() - began) * 1_000, seconds * 1_000)


def _figures(spoken: dict[str, list[Spoken]]) -> Iterator[Figure]:
    usual = median(one.first_ms for one in spoken["espeak"])
    for name, all_of_it in spoken.items():
        firsts = [one.first_ms for one in all_of_it]
        beside = round(usual, 2) if name == "cached" else None
        yield Figure(
            f"{name}_first_audio_p50",
            round(median(firsts), 4),
            "ms",
            "lower",
            n=len(firsts),
            target=None if name.startswith("toy") else _TARGET_FIRST_MS,
            baseline=beside,
            baseline_is="espeak-ng, same sentences" if beside else None,
        )
        yield _plain(f"{name}_first_audio_p95", percentile(firsts, 0.95), "ms", firsts)
        factors = [one.whole_ms / one.audio_ms for one in all_of_it]
        yield _plain(f"{name}_real_time_factor_p50", median(factors), "x", factors)


def _plain(name: str, value: float, unit: str, values: Sequence[float]) -> Figure:
    return Figure(name, round(value, 4), unit, "lower", n=len(values))
