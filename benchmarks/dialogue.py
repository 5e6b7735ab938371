"""`parlor bench dialogue`: what the speaker adds to a language model, in time and in memory.

A whole speaker with a real broker and lamps that obey asks a server on the loopback that streams
as a model does, a word a token. First token to first audio: from the token leaving the server to
the loudspeaker accepting sound, at 50 tokens a second. Overhead: a typed turn of the conversation
in which the model only talks, from the question to the whole answer, less what the bare client
takes for the same messages without tools; the model answers at once. Tool call: from the end of
the model's call for a lamp to the next request, which tells that the lamp has confirmed.

Duplex: what 80 ms of sound cost with a model that hears and speaks at once
(`benchmarks.duplex_model`).

espeak-ng speaks as it is installed. The other voice is Piper with a toy of a medium voice's size.
The server computes in the same process, which is at our expense.
"""

import asyncio
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.broker import Broker
from benchmarks.dialogue_speaker import beside_bare, first_audio, grown_alone, round_trips
from benchmarks.duplex_model import codec_ms, step_ms
from benchmarks.lamp import Lamps
from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile
from benchmarks.soak import Point, own_state
from benchmarks.toy_piper import LAYERS_OF_A_MEDIUM_VOICE, make_piper_voice
from benchmarks.trend import trend
from device.config import MqttConfig, TtsConfig

_TARGETS_MS: Final = {"espeak": 250.0, "piper_sized": 350.0}
_TARGET_OVERHEAD_MS: Final = 15.0
_TARGET_TOOL_MS: Final = 50.0
_TARGET_CODEC_MS: Final = 4.0
"""A twentieth of the sound it is for."""
_TARGET_STEP_MS: Final = 80.0
_WARM_SHARE: Final = 0.25
"""Caches fill in the beginning, and that is no leak."""
_RESAMPLES: Final = 2_000
_NATURAL: Final = {"noise_scale": 0.0, "length_scale": 5.0, "noise_w": 0.0}
"""Phonemes of 80 ms."""
_BARE: Final = "the same messages, without tools, by the bare openai client"


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """12 spoken turns a voice, 60 typed ones, 30 lamps and 1,000 turns; with `full` five times."""
    times = 5 if full else 1
    with (
        own_state() as folder,
        Broker(folder) as broker,
        Lamps("127.0.0.1", broker.port),
    ):
        figures = [
            *_spoken(broker.config, folder, 12 * times),
            *_silent(broker.config, folder, times),
            *figures_of_duplex(folder, 200 * times),
        ]
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("dialogue", figures)


def _spoken(mqtt: MqttConfig, folder: Path, turns: int) -> Iterator[Figure]:
    voices = {"espeak": TtsConfig()}
    if find_spec("piper") and find_spec("onnx"):
        voice = make_piper_voice(
            folder / "voice", layers=LAYERS_OF_A_MEDIUM_VOICE, inference=_NATURAL
        )
        voices["piper_sized"] = TtsConfig(engine="piper", voice=str(voice))
    for name, tts in voices.items():
        waits = asyncio.run(first_audio(mqtt, tts, folder, turns))
        yield from timed(f"{name}_first_token_to_first_audio", waits, _TARGETS_MS[name])


def _silent(mqtt: MqttConfig, folder: Path, times: int) -> Iterator[Figure]:
    ours, theirs = asyncio.run(beside_bare(60 * times))
    yield Figure(
        "turn_p50", round(median(ours), 2), "ms", "lower", len(ours),
        baseline=round(median(theirs), 2), baseline_is=_BARE, interval=interval(ours),
    )  # fmt: skip
    extra = [one - other for one, other in zip(ours, theirs, strict=True)]
    yield from timed("overhead", extra, _TARGET_OVERHEAD_MS)
    trips = asyncio.run(round_trips(mqtt, folder, 30 * times))
    yield from timed("tool_call_round_trip", trips, _TARGET_TOOL_MS)
    yield from figures_of_growth(grown_alone(mqtt, folder, 1_000 * times))


def figures_of_duplex(folder: Path, frames: int) -> Iterator[Figure]:
    """What 80 ms of a conversation cost with a model that hears and speaks at once."""
    if find_spec("av"):
        yield from timed("duplex_codec", codec_ms(frames), _TARGET_CODEC_MS)
    if steps := step_ms(folder / "moshi", frames):
        yield from timed("duplex_toy_step", steps, _TARGET_STEP_MS)


def timed(name: str, values: Sequence[float], target: float) -> Iterator[Figure]:
    """Median and 95th percentile of milliseconds; the target is the median's."""
    middle, late = median(values), percentile(values, 0.95)
    yield Figure(f"{name}_p50", round(middle, 2), "ms", "lower", len(values), target,
                 interval=interval(values))  # fmt: skip
    yield Figure(f"{name}_p95", round(late, 2), "ms", "lower", len(values))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the median, by drawing from the values again."""
    random = np.random.default_rng(1)
    drawn = random.choice(np.asarray(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5))
    return round(float(low), 2), round(float(high), 2)


def figures_of_growth(points: Sequence[Point]) -> Iterator[Figure]:
    """Slopes over turns, per thousand; `seconds` of a point is the number of turns before it."""
    warm = points[int(len(points) * _WARM_SHARE) :]
    thousands, turns = [one.seconds / 1_000 for one in warm], int(points[-1].seconds)
    for name, unit in (("memory", "KiB/1000"), ("tasks", "1/1000")):
        found = trend([(thousands, [float(getattr(one, name)) for one in warm])])
        ends = round(found.low, 3), round(found.high, 3)
        slope = round(found.slope, 3)
        yield Figure(f"{name}_slope", slope, unit, "lower", turns, interval=ends)
        yield Figure(f"{name}_sure_growth", round(found.sure, 3), unit, "lower", turns, 0.0)
