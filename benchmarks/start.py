"""`parlor bench start`: time from the command to "listening", and resident memory.

A real `parlor listen --realtime` process is started again and again; the first one fills the
caches and is told apart as cold.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
    """Start cold once and warm 5 times (15 with `full`)."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "turn.wav"
        quiet = np.zeros(_IDLE_SECONDS * RATE, dtype=np.int16)
        said = speak("hey jarvis, what time is it").samples
        write_sound(sound, np.concatenate((quiet, said, quiet[:RATE])))
        state = Path(folder) / "state"
        starts = [_start(sound, config, state) for _ in range(16 if full else 6)]
    cold, warm = starts[0], starts[1:]
    if plot is not None:
        seconds = median(start.ready_seconds for start in warm)
        bars(plot, {"cold": cold.ready_seconds, "warm": seconds}, "seconds to listening")
    return Report("start", list(_figures(cold, warm)))


def _figures(cold: Start, warm: list[Start]) -> Iterator[Figure]:
    seconds = median(start.ready_seconds for start in warm)
    yield Figure(
        "start_to_listening", round(seconds, 3), "s", "lower", len(warm), 2.0,
        round(cold.ready_seconds, 3), "cold cache",
    )  # fmt: skip
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


def _memory(pid: int, key: str) -> float:
    """A memory figure of a process in MiB (proc(5), /proc/pid/status)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024
