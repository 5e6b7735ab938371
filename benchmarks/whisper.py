"""How long Whisper's encoder works on utterances of different length, beside the usual 30 s.

No weights are needed: a forward pass takes as long on random ones, so the model here has the exact
dimensions of Whisper tiny and random weights, in int8. What it understands is not measured here.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from math import sqrt
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.report import Figure
from benchmarks.toy_whisper import random_spec, vocabulary, write_whisper
from device.audio.format import RATE, Signal
from device.executor import DeferredExecutor
from device.pipeline.stt.whisper import FULL_SECONDS, WhisperStt, as_signal

_WIDTH, _LAYERS, _HEADS = 384, 4, 6
_MARGIN_SECONDS = 2.56
_LENGTHS = (1, 2, 3, 5, 8, 12)
_TOKENS = 16
_SENTENCE_SECONDS = 3
_WHOLE = f"whisper_encode_decode_{_SENTENCE_SECONDS}s_{_TOKENS}_tokens"
_IS = "30 s context, random weights of Whisper tiny's dimensions, int8, 1 thread"


def measure(quick: bool) -> list[Figure]:
    """Medians in ms, features included; 9 passes each (35 unless `quick`)."""
    passes = 9 if quick else 35
    with tempfile.TemporaryDirectory() as folder:
        tokens = vocabulary(multilingual=True)
        spec = random_spec(_WIDTH, _LAYERS, _HEADS, tokens)
        write_whisper(Path(folder), spec, tokens)
        engine = WhisperStt(DeferredExecutor("bench"), folder, threads=1)
    noise = as_signal(np.random.default_rng(1).normal(0, 2_000, 30 * RATE).astype(np.int16))
    lengths = {seconds: noise[: seconds * RATE] for seconds in _LENGTHS}
    said = lengths[_SENTENCE_SECONDS]
    works: dict[str, Callable[[], object]] = {
        f"whisper_encode_{seconds}s": partial(engine.encode, signal, _MARGIN_SECONDS)
        for seconds, signal in lengths.items()
    }
    works["encode_full"] = partial(engine.encode, said, FULL_SECONDS)
    works[_WHOLE] = partial(_whole, engine, said, _MARGIN_SECONDS)
    works["whole_full"] = partial(_whole, engine, said, FULL_SECONDS)
    taken = _interleaved(works, passes)
    full = {name: taken["encode_full"] for name in works if name.startswith("whisper_encode_")}
    full[_WHOLE] = taken["whole_full"]
    return [_figure(name, taken[name], beside) for name, beside in full.items()]


def _whole(engine: WhisperStt, signal: Signal, margin_seconds: float) -> None:
    encoded = engine.encode(signal, margin_seconds)
    prompt = [50_258, 50_259, 50_359, 50_363]
    engine.model.generate(encoded, [prompt], beam_size=1, max_length=2 * _TOKENS)


def _interleaved(works: dict[str, Callable[[], object]], passes: int) -> dict[str, list[float]]:
    """Milliseconds of each pass, taken in turn so that what else runs disturbs all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(passes + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if number:
                taken[name].append((time.perf_counter() - began) * 1_000)
    return taken


def _figure(name: str, short: list[float], full: list[float]) -> Figure:
    return Figure(
        name,
        round(median(short), 1),
        "ms",
        "lower",
        n=len(short),
        baseline=round(median(full), 1),
        baseline_is=_IS,
        interval=_median_interval(short),
    )


def _median_interval(values: list[float]) -> tuple[float, float]:
    """95 % confidence interval of a median, from order statistics."""
    ordered, n = sorted(values), len(values)
    low = max(0, int((n - 1.96 * sqrt(n)) / 2))
    return (round(ordered[low], 1), round(ordered[n - 1 - low], 1))
