"""`parlor bench start`: time from the command to "listening", and resident memory.

A real `parlor listen --realtime` process is started again and again; the first one fills the
caches and is told apart as cold. Beside it a process that loads all engines one after the other
before it would listen.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import comb
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.espeak import speak
from benchmarks.plots import bars
from benchmarks.report import Figure, Report
from device.audio.files import write_sound
from device.audio.format import RATE

_IDLE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Start:
    """One process."""

    ready_seconds: float
    """From the command to the event `ready`."""
    idle_mib: float
    """Resident memory while it waits for the wake word."""
    peak_mib: float
    """Resident memory at most, a turn with reply included."""


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Start cold once and warm 6 times (15 with `full`)."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "turn.wav"
        quiet = np.zeros(_IDLE_SECONDS * RATE, dtype=np.int16)
        said = speak("hey jarvis, what time is it").samples
        write_sound(sound, np.concatenate((quiet, said, quiet[:RATE])))
        state = Path(folder) / "state"
        cold, warm, plain = _start(sound, config, state), list[Start](), list[float]()
        for _ in range(15 if full else 6):
            warm.append(_start(sound, config, state))
            plain.append(_start_plain(config, state))
    if plot is not None:
        seconds = median(start.ready_seconds for start in warm)
        usual = {"cold": cold.ready_seconds, "warm": seconds, "in a row": median(plain)}
        bars(plot, usual, "seconds to listening")
    return Report("start", list(_figures(cold, warm, plain)))


def _figures(cold: Start, warm: list[Start], plain: list[float]) -> Iterator[Figure]:
    ready = [start.ready_seconds for start in warm]
    yield Figure(
        "start_to_listening", round(median(ready), 3), "s", "lower", len(warm), 2.0,
        round(median(plain), 3), "every engine loaded one after the other before",
        _median_interval(ready),
    )  # fmt: skip
    yield Figure("start_to_listening_cold", round(cold.ready_seconds, 3), "s", "lower", 1)
    yield Figure("memory_idle", median(one.idle_mib for one in warm), "MiB", "lower", len(warm))
    yield Figure("memory_peak", median(one.peak_mib for one in warm), "MiB", "lower", len(warm))


def _start(sound: Path, config: Path | None, state: Path) -> Start:
    command = [sys.executable, "-m", "device", "listen", str(sound), "--json", "--realtime"]
    command += ["--config", str(config)] if config else []
    environment = {**os.environ, "STATE_DIRECTORY": str(state)}
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        ready, idle, peak = 0.0, 0.0, 0.0
        for line in process.stdout:
            event = json.loads(line)["event"]
            if event == "ready":
                ready = time.monotonic() - began
            elif event == "wake_word_detected":
                idle = _memory(process.pid, "VmRSS")
            elif event == "turn_measured":
                peak = _memory(process.pid, "VmHWM")
    return Start(ready, idle, peak)


def _median_interval(values: list[float]) -> tuple[float, float] | None:
    """95 % interval of the median by order statistics; None where there are too few values."""
    ordered, n = sorted(values), len(values)
    outside = list(accumulate(comb(n, k) / 2**n for k in range(n)))
    rank = sum(2 * share <= 0.05 for share in outside)
    return (round(ordered[rank - 1], 3), round(ordered[n - rank], 3)) if rank else None


def _start_plain(config: Path | None, state: Path) -> float:
    """Seconds from the command until everything is loaded in a row."""
    command = [sys.executable, "-m", "benchmarks.start_plain", *([str(config)] if config else [])]
    began = time.monotonic()
    environment = {**os.environ, "STATE_DIRECTORY": str(state)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return time.monotonic() - began


def _memory(pid: int, key: str) -> float:
    """A memory figure of a process in MiB (proc(5), /proc/pid/status)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024
