"""`parlor bench idle`: what listening for wake words costs while nobody says one.

A real `parlor listen --realtime` process hears a room; once everything is loaded, its processor
time is read second by second. Beside it the same process with openWakeWord hearing everything,
with no first stage before it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from benchmarks.corpus import background, to_samples
from benchmarks.plots import bars
from benchmarks.process import cpu_seconds
from benchmarks.report import Figure, Report
from device.audio.files import write_sound
from device.audio.format import RATE, Samples

TARGET = 5.0
_SETTLE_SECONDS = 8
_UNGATED = {"PARLOR_WAKE__ENGINE": "openwakeword"}


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Listen to silence and to a room for 15 s each; for 2 minutes, and to talk, with `full`."""
    seconds = 120 if full else 15
    measured: dict[str, tuple[list[float], list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("silence", "room", "talk") if full else ("silence", "room"):
            wav = Path(folder) / f"{name}.wav"
            write_sound(wav, _room(name, (seconds + _SETTLE_SECONDS + 4) * RATE))
            usual = _load(wav, config, {}, folder, seconds)
            measured[name] = (usual, _load(wav, config, _UNGATED, folder, seconds))
    if plot is not None:
        pairs = {f"{name}, {how}": fmean(both[place]) for name, both in measured.items()
                 for place, how in enumerate(("usual", "ungated"))}  # fmt: skip
        bars(plot, pairs, "per cent of a core")
    return Report("idle", [_figure(name, *both) for name, both in measured.items()])


def _room(name: str, samples: int) -> Samples:
    """A quiet living room at a microphone that speech reaches at -25 dB, or talk in it."""
    kind, dbfs = {"silence": ("", 0.0), "room": ("pink", -45.0), "talk": ("babble", -30.0)}[name]
    if not kind:
        return np.zeros(samples, dtype=np.int16)
    sound = background(kind, samples, np.random.default_rng(0))
    return to_samples(sound * np.float32(10 ** (dbfs / 20)))


def _load(
    wav: Path, config: Path | None, changes: dict[str, str], folder: str, seconds: int
) -> list[float]:
    """Per cent of one core, second by second, once everything is loaded."""
    command = [sys.executable, "-m", "device", "listen", str(wav), "--json", "--realtime"]
    command += ["--config", str(config)] if config else []
    quiet = {"STATE_DIRECTORY": folder, "PARLOR_MQTT__ENABLED": "false"}
    environment = {**os.environ, **quiet, **changes}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if json.loads(line)["event"] == "ready")
        time.sleep(_SETTLE_SECONDS)
        loads = [*_watch(process, seconds)]
        process.terminate()
    return loads


def _watch(process: "subprocess.Popen[str]", seconds: int) -> Iterator[float]:
    used, at = cpu_seconds(process.pid), time.monotonic()
    for _ in range(seconds):
        time.sleep(1.0)
        now, later = cpu_seconds(process.pid), time.monotonic()
        yield 100 * (now - used) / (later - at)
        used, at = now, later


def _figure(name: str, usual: list[float], ungated: list[float]) -> Figure:
    error = 1.96 * stdev(usual) / len(usual) ** 0.5
    mean = fmean(usual)
    return Figure(
        f"idle_{name}", round(mean, 2), "% of a core", "lower", len(usual),
        None if name == "talk" else TARGET, round(fmean(ungated), 2), "openWakeWord ungated",
        (round(mean - error, 2), round(mean + error, 2)),
    )  # fmt: skip
