"""`parlor bench start`: time from the command to "listening", and resident memory.

A real `parlor run` is started again and again, as systemd starts it, with a sound card that does
not exist; it tells by sd_notify(3) when the wake word is listened for, and when what understands
and speaks is there. Cold means that the files of Python, of its packages and of the speaker had
left the page cache; where the kernel keeps them all the same, cold is as warm. Beside each start a
process that loads all engines one after the other before it would listen.
"""

import json
import os
import subprocess
import sys
import sysconfig
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
from benchmarks.notify_socket import notify_socket
from benchmarks.null_card import install
from benchmarks.plots import bars
from benchmarks.process import resident_kib
from benchmarks.report import Figure, Report
from device.audio.files import write_sound
from device.audio.format import RATE
from device.folders import models_folders

_CONFIG = '[audio]\nbackend = "subprocess"\n[mqtt]\nenabled = false\n'
_IDLE_SECONDS = 3
_PACKAGE = Path(__file__).parents[1] / "device"


@dataclass(frozen=True, slots=True)
class Start:
    """One process, from its start on."""

    ready_seconds: float
    """Until the wake word was listened for."""
    able_seconds: float
    """Until it could understand and speak."""
    idle_mib: float
    """Resident memory then."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where processes are started."""

    folder: Path
    config: Path
    """What each is configured with."""

    @property
    def environment(self) -> dict[str, str]:
        """Of each."""
        path = f"{self.folder / 'card'}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "STATE_DIRECTORY": str(self.folder / "state")}


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Start warm 6 times and cold 3 times (15 and 6 with `full`)."""
    with tempfile.TemporaryDirectory() as folder:
        place = _place(Path(folder), config)
        _start(place)
        warm, cold, plain, imports = list[Start](), list[Start](), list[float](), list[float]()
        for number in range(15 if full else 6):
            warm.append(_start(place))
            plain.append(_timed(["-m", "benchmarks.start_plain", str(place.config)], place))
            imports.append(_timed(["-c", "import device.cli.run"], place))
            if number % 2:
                _forget_files()
                cold.append(_start(place))
        peak = _peak_of_a_turn(place)
    if plot is not None:
        usual = {"cold": _ready(cold), "warm": _ready(warm), "in a row": median(plain)}
        bars(plot, usual, "seconds to listening")
    return Report("start", list(_figures(warm, cold, plain, imports, peak)))


def _figures(
    warm: list[Start], cold: list[Start], plain: list[float], imports: list[float], peak: float
) -> Iterator[Figure]:
    in_a_row = "every engine loaded one after the other before"
    yield _seconds(
        "start_to_listening", [one.ready_seconds for one in warm], 2.0, median(plain), in_a_row
    )
    yield _seconds("start_to_listening_cold", [one.ready_seconds for one in cold])
    yield _seconds("start_to_understanding", [one.able_seconds for one in warm])
    yield _seconds("start_to_understanding_cold", [one.able_seconds for one in cold])
    yield _seconds("imports", imports)
    idle = round(median(one.idle_mib for one in warm), 1)
    yield Figure("memory_idle", idle, "MiB", "lower", len(warm))
    yield Figure("memory_peak", round(peak, 1), "MiB", "lower", 1)


def _seconds(
    name: str, values: list[float], target: float | None = None, baseline: float | None = None,
    baseline_is: str | None = None,
) -> Figure:  # fmt: skip
    beside = None if baseline is None else round(baseline, 3)
    return Figure(
        name, round(median(values), 3), "s", "lower", len(values), target, beside, baseline_is,
        _median_interval(values),
    )  # fmt: skip


def _place(folder: Path, config: Path | None) -> Place:
    install(folder / "card")
    written = folder / "parlor.toml"
    written.write_text(_CONFIG if config is None else config.read_text())
    return Place(folder, written)


def _start(place: Place) -> Start:
    """Run the speaker until it can do everything."""
    command = [sys.executable, "-m", "device", "run", "--config", str(place.config)]
    with notify_socket(f"@parlor-bench-{os.getpid()}") as manager:
        environment = {**place.environment, "NOTIFY_SOCKET": manager.address}
        began = time.monotonic()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            manager.wait_for("READY", "1")
            ready = time.monotonic() - began
            manager.wait_until("STATUS", lambda told: "listens" in told and "loads" not in told)
            able = time.monotonic() - began
            idle = resident_kib(process.pid) / 1024
            process.terminate()
    return Start(ready, able, idle)


def _timed(arguments: list[str], place: Place) -> float:
    """Seconds that a Python program takes."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, *arguments], env=place.environment, check=True, stdout=subprocess.PIPE
    )
    return time.monotonic() - began


def _forget_files() -> None:
    """Have the kernel drop what it keeps of the files that a start reads."""
    folders = [_PACKAGE, Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))]
    for folder in [*folders, *models_folders()]:
        for file in folder.rglob("*"):
            if file.is_file():
                with file.open("rb") as stream:
                    os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _peak_of_a_turn(place: Place) -> float:
    """Resident memory at most, MiB, of a speaker that answered a question."""
    quiet = np.zeros(_IDLE_SECONDS * RATE, dtype=np.int16)
    sound = place.folder / "turn.wav"
    said = speak("hey jarvis, what time is it").samples
    write_sound(sound, np.concatenate((quiet, said, quiet[:RATE])))
    command = [sys.executable, "-m", "device", "listen", str(sound), "--json", "--realtime"]
    command += ["--config", str(place.config)]
    peak = 0.0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=place.environment, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "turn_measured":
                peak = resident_kib(process.pid, "VmHWM") / 1024
    return peak


def _ready(starts: list[Start]) -> float:
    return median(start.ready_seconds for start in starts)


def _median_interval(values: list[float]) -> tuple[float, float] | None:
    """95 % interval of the median by order statistics; None where there are too few values."""
    ordered, n = sorted(values), len(values)
    outside = list(accumulate(comb(n, k) / 2**n for k in range(n)))
    rank = sum(2 * share <= 0.05 for share in outside)
    return (round(ordered[rank - 1], 3), round(ordered[n - rank], 3)) if rank else None
