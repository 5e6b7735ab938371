"""`parlor bench soak`: what grows in a speaker that is talked to for hours.

Spoken commands with their turns go through the whole speaker in virtual time, as fast as it goes,
with a real broker and lamps that obey. After every one memory, tasks, threads and file handles
are counted. A full run may be cut off and run again: it goes on in a process of its own, which has
a level of its own but should have the same slope, none.
"""

import asyncio
import gc
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress

from benchmarks.broker import Broker
from benchmarks.espeak import Manner
from benchmarks.lamp import Lamps
from benchmarks.plots import curve
from benchmarks.report import Figure, Report, wilson
from benchmarks.trend import trend
from benchmarks.turn import SLOT_SECONDS, Command, spoken_command, with_lights
from device import clock
from device.config import Config
from device.config_file import load
from device.daemon import open_parlor
from device.folders import state_folder
from device.hal.wav import WavMicrophone, WavSpeaker

FULL_SECONDS, QUICK_SECONDS = 2 * 3600.0, 300.0
WARM_SHARE = 0.25
"""Of every process: caches fill in the beginning, and that is no leak."""
_UNITS = {"memory": "KiB/h", "tasks": "1/h", "threads": "1/h", "handles": "1/h"}
_COMMANDS = 24


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted after one command."""

    process: str
    seconds: float
    """Audio that this process has heard."""
    memory: float
    """Resident and not of files, KiB."""
    tasks: int
    threads: int
    handles: int
    obeyed: bool
    """Whether the lamp was told."""


class Diary:
    """Every point on a line of its own, so that a run that was cut off can go on.

    Nothing of it is kept in memory, which would grow by it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.length = len(self.points())
        """Points so far."""

    def points(self) -> list[Point]:
        """All of them, the oldest first."""
        return [*_read(self._path)] if self._path.is_file() else []

    def add(self, point: Point) -> None:
        """Write one more down."""
        self.length += 1
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            # On a line of its own, also when the last run was killed in the middle of one.
            file.write("\n" + json.dumps(asdict(point)))

    @property
    def seconds(self) -> float:
        """Audio of all processes."""
        return self.length * float(SLOT_SECONDS)

    def finish(self) -> None:
        """The run is complete: the next one begins anew."""
        self._path.unlink(missing_ok=True)


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Talk to the speaker for 5 minutes of audio, or for 2 hours with `full`."""
    kept = state_folder() / "bench" / "soak.jsonl"
    commands = [spoken_command(number, _manner(number)) for number in range(_COMMANDS)]
    with (
        own_state() as folder,
        Broker(folder) as broker,
        Lamps("127.0.0.1", broker.port) as lamps,
    ):
        diary = Diary(kept if full else folder / "soak.jsonl")
        speaker = with_lights(load(config), broker)
        length = FULL_SECONDS if full else QUICK_SECONDS
        clock.run_virtual(_talk(speaker, commands, lamps, diary, length))
        points = diary.points()
        diary.finish()
    if plot is not None:
        hours = [number * SLOT_SECONDS / 3600 for number in range(len(points))]
        curve(plot, hours, [point.memory / 1024 for point in points], "hours", "MiB")
    return Report("soak", list(figures(points)))


def _manner(number: int) -> Manner:
    """A clear voice: what is asked is what is left of turns, not who is heard."""
    return Manner(words_a_minute=140 + number % 40, pitch=35 + 7 * number % 40)


@contextmanager
def own_state() -> Iterator[Path]:
    """A folder for this speaker alone."""
    usual = os.environ.get("STATE_DIRECTORY")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STATE_DIRECTORY"] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ["STATE_DIRECTORY"]
            if usual is not None:
                os.environ["STATE_DIRECTORY"] = usual


async def _talk(
    config: Config, commands: list[Command], lamps: Lamps, diary: Diary, length: float
) -> None:
    microphone, speaker, process, heard = WavMicrophone(), WavSpeaker(), uuid4().hex, 0.0
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("soak", total=length)
        async with open_parlor(config, microphone, speaker) as parlor, parlor.running():
            await parlor.online(5.0)
            while diary.seconds < length:
                command = commands[diary.length % len(commands)]
                await microphone.play(command.samples)
                await parlor.settled(0.5)
                heard += SLOT_SECONDS
                obeyed = [_order(name, payload) for name, payload in lamps.forget()]
                speaker.forget()
                diary.add(count(process, heard, obeyed == [(command.entity, command.payload)]))
                progress.update(bar, completed=diary.seconds)


def _order(name: str, payload: dict[str, Any]) -> tuple[str, str]:
    return f"light.{name.replace(' ', '_')}", json.dumps(payload)


def count(process: str, seconds: float, obeyed: bool) -> Point:
    """Count what this process holds now."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return Point(
        process, seconds, float(memory.split()[1]), len(asyncio.all_tasks()),
        threading.active_count(), len(list(Path("/proc/self/fd").iterdir())), obeyed,
    )  # fmt: skip


def figures(points: list[Point]) -> Iterator[Figure]:
    """Slopes in the hours after the beginning; and the share of commands obeyed, so that nobody
    counts a speaker that did nothing."""
    warm = [
        _warm([one for one in points if one.process == process]) for process in _processes(points)
    ]
    n = sum(map(len, warm))
    for name, unit in _UNITS.items():
        found = trend(
            [([p.seconds / 3600 for p in run], [getattr(p, name) for p in run]) for run in warm]
        )
        interval = (round(found.low, 3), round(found.high, 3))
        yield Figure(f"{name}_slope", round(found.slope, 3), unit, "lower", n, interval=interval)
        yield Figure(f"{name}_sure_growth", round(found.sure, 3), unit, "lower", n, 0.0)
    seconds = len(points) * float(SLOT_SECONDS)
    yield Figure("audio", round(seconds / 3600, 3), "h", "higher", len(points))
    obeyed = sum(point.obeyed for point in points)
    share, interval = obeyed / max(1, len(points)), wilson(obeyed, len(points))
    yield Figure("commands_obeyed", share, "share", "higher", len(points), interval=interval)


def _processes(points: list[Point]) -> list[str]:
    return list(dict.fromkeys(point.process for point in points))


def _warm(run: list[Point]) -> list[Point]:
    return run[int(len(run) * WARM_SHARE) :]


def _read(path: Path) -> Iterator[Point]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield Point(**json.loads(line))
        except (ValueError, TypeError):  # the last line of a run that was killed
            continue
