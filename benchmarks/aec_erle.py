"""Echo return loss enhancement: how much quieter the echo is with a canceller than without.

What a canceller takes off below the microphone's own noise is no echo and is not counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.echo_rivals import NoCanceller, PlainWebrtc, plain_nlms
from benchmarks.echo_scene import Canceller, Scene, cleaned, scene
from benchmarks.replies import reply
from benchmarks.report import Figure, wilson
from benchmarks.rooms import random_room
from device.audio.format import RATE, Samples

REPLY_SECONDS: Final = 8.0
PLAY_AT: Final = 0.5
SCENE_SECONDS: Final = PLAY_AT + REPLY_SECONDS + 0.3
STEP_SECONDS: Final = 0.25
"""Time between points of a trace."""
FIRST: Final = (1.0, 3.0)
LATER: Final = (3.0, REPLY_SECONDS)
"""Seconds after the reply begins in which loss is measured: after one second, after three."""

_TARGETS: Final = {
    ("linear", FIRST): 25.0,
    ("linear", LATER): 30.0,
    ("distorted", FIRST): 20.0,
    ("distorted", LATER): 20.0,
}
_NAMES: Final = {FIRST: "1s", LATER: "3s"}
_RIVALS: Final = {
    "webrtc": "WebRTC's chain as it comes (echo cancellation, high-pass), same rooms; none is 0 dB",
    "nlms": "plain NLMS (256 taps, step 0.01) that is told the true delay, same rooms",
}
_TOLERANCE_DB: Final = 0.5
_WEBRTC_RUNS: Final = 3

Window = tuple[float, float]
"""From and to, seconds after the reply begins."""
Open = Callable[[], Canceller]
"""Makes a canceller that knows nothing yet."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What became of the echo in one room."""

    decibels: dict[str, dict[Window, list[float]]]
    """By canceller and window, one of every run: WebRTC's differs by a few dB from run to run."""
    traces: dict[str, NDArray[np.float64]]
    """dB every `STEP_SECONDS` of the reply, over half a second each; NaN in its pauses."""
    work_seconds: float
    """Processor time that ours took."""


def losses(open_ours: Open, rooms: int, distorted: bool) -> Iterator[Loss]:
    """Ours, plain WebRTC and plain NLMS in the same rooms, the same reply and noise."""
    scenes = [
        scene(random_room(seed, distorted), reply(seed, REPLY_SECONDS), PLAY_AT, SCENE_SECONDS)
        for seed in range(rooms)
    ]
    for one, adapted in zip(scenes, plain_nlms(scenes), strict=True):
        began = process_time()
        ours = cleaned(open_ours(), one)
        worked = process_time() - began
        runs = [cleaned(PlainWebrtc(), one) for _ in range(_WEBRTC_RUNS)]
        outputs = {"ours": [ours], "webrtc": runs, "nlms": [adapted]}
        told = {name: _told(one, out) for name, out in outputs.items()}
        yield Loss(told, {name: _trace(one, out[0]) for name, out in outputs.items()}, worked)


def idle_share(open_ours: Open, seconds: float) -> float:
    """Share of a core that the front end takes while nothing is played, less that of the bench."""
    quiet = scene(random_room(1), np.zeros(0, np.int16), 0.0, seconds)
    began = process_time()
    cleaned(open_ours(), quiet)
    worked = process_time() - began
    began = process_time()
    cleaned(NoCanceller(), quiet)
    return (worked - (process_time() - began)) / seconds


def loss_figures(measured: Mapping[str, Sequence[Loss]]) -> Iterator[Figure]:
    """Medians with their intervals, and in how many rooms every run of WebRTC was better."""
    for kind, results in measured.items():
        for window, words in _NAMES.items():
            name = f"erle_{kind}_after_{words}"
            target = _TARGETS.get((kind, window))
            yield _median(name, results, window, "webrtc", target)
            yield _median(f"{name}_beside_nlms", results, window, "nlms", None)
            worse = sum(_worse(one, window) for one in results)
            low, high = wilson(worse, len(results))
            yield Figure(
                f"{name}_rooms_worse_than_webrtc",
                worse,
                "rooms",
                "lower",
                len(results),
                target=0.0,
                interval=(low * len(results), high * len(results)),
            )


def _median(
    name: str, results: Sequence[Loss], window: Window, rival: str, target: float | None
) -> Figure:
    ours = [one.decibels["ours"][window][0] for one in results]
    theirs = [float(np.median(one.decibels[rival][window])) for one in results]
    return Figure(
        name,
        float(np.median(ours)),
        "dB",
        "higher",
        len(ours),
        target=target,
        baseline=float(np.median(theirs)),
        baseline_is=_RIVALS[rival],
        interval=median_interval(ours),
    )


def _worse(one: Loss, window: Window) -> bool:
    ours = one.decibels["ours"][window][0]
    return ours < min(one.decibels["webrtc"][window]) - _TOLERANCE_DB


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the median, by 2000 resamplings."""
    rng = np.random.default_rng(17)
    drawn = rng.choice(np.asarray(values), (2_000, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5))
    return float(low), float(high)


def _told(one: Scene, runs: Sequence[Samples]) -> dict[Window, list[float]]:
    return {window: [_decibels(one, out, *window) for out in runs] for window in _NAMES}


def _decibels(one: Scene, out: Samples, start: float, stop: float) -> float:
    """Power without over power with, in seconds after the reply begins to be heard."""
    begin = one.play_at + one.room.delay_seconds
    place = slice(int((begin + start) * RATE), int((begin + stop) * RATE))
    return 10 * float(np.log10(_power(one.near[place]) / max(_power(out[place]), _floor(one))))


def _trace(one: Scene, out: Samples) -> NDArray[np.float64]:
    starts = np.arange(0, REPLY_SECONDS - 0.5, STEP_SECONDS)
    begin = int((one.play_at + one.room.delay_seconds) * RATE)
    trace = np.full(len(starts), np.nan)
    for at, start in enumerate(starts):
        place = slice(begin + int(start * RATE), begin + int((start + 0.5) * RATE))
        if _power(one.near[place]) > 300 * _floor(one):
            trace[at] = _decibels(one, out, start, start + 0.5)
    return trace


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def _floor(one: Scene) -> float:
    """Power of the microphone's noise."""
    return max(1 / 12, 32_768.0**2 * 10 ** (one.room.noise_dbfs / 10))
