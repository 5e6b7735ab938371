"""`parlor bench fleet`: a thousand speakers and one Mosquitto, on one computer.

The speakers have no ears and no mouth; their line, bridge, topics, announcement to Home Assistant
and bids are the device's own (`benchmarks.fleet_speaker`). Two to four of them share a room.

connect    all start in the same moment, as after a power cut
announce   every speaker is told to say something, all at once, five times
discovery  Home Assistant starts, and everybody announces himself again
bids       in every room all hear one wake word, fifty speakers a second, three times
idle       nothing happens for ten seconds
restart    the broker stops, everybody changes, and five seconds later it is there again
killed     the same after a power cut of the broker; with --full only
frozen     the same after connections that stay open and say nothing; with --full only

The broker asks everybody for a password and has the access list of the mosquitto role. Broker and
speakers share the processor, which is at our expense. What is the broker's own is its
CPU time, by scene; `timers_late_p99` says how late the speakers' own timers were.
"""

import asyncio
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.broker import Broker
from benchmarks.fleet_crews import Crews, Note, crews
from benchmarks.fleet_hub import HUB
from benchmarks.fleet_scenes import (
    IDLE_SECONDS,
    Scene,
    announce,
    bids,
    connect,
    discovery,
    frozen,
    idle,
    killed,
    restart,
)  # fmt: skip
from benchmarks.fleet_speaker import device_id
from benchmarks.plots import bars
from benchmarks.process import cpu_seconds, resident_kib
from benchmarks.report import Figure, Report

ACL: Final = Path(__file__).parents[1] / "ansible/roles/mosquitto/files/acl"
ROOM: Final = ("max_queued_messages 20000",)
"""Mosquitto drops what it cannot deliver at once beyond 1,000 messages, of what it retains, too."""
FULL: Final = 1_000
QUICK: Final = 200
SCENES: Final[tuple[Scene, ...]] = (connect, announce, discovery, bids, idle, restart)
FAULTS: Final[tuple[Scene, ...]] = (killed, frozen)
PROCESSES: Final = 4
_OTHER_FILES: Final = 256


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """200 speakers, or 1,000 with `full`."""
    count = FULL if full else QUICK
    console = Console(stderr=True, highlight=False)
    console.print(f"{count} speakers in {PROCESSES} processes; {raise_file_limit(count)}")
    scenes = (*SCENES, *FAULTS) if full else SCENES
    with guarded_broker(count) as (broker, passwords):
        figures = asyncio.run(simulate(broker, passwords, count, scenes, console))
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("fleet", figures)


def raise_file_limit(count: int) -> str:
    """Let this process and those it starts hold a socket a speaker; what was done, in words."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if soft >= wanted:
        return f"{soft} open files are allowed"
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return f"the limit of open files was raised from {soft} to {raised}, {wanted} are needed"


@contextmanager
def guarded_broker(count: int, acl: Path | None = ACL) -> Iterator[tuple[Broker, Path]]:
    """A broker as the mosquitto role sets it up, and the folder of the speakers' passwords."""
    names = [device_id(number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        passwords = Path(folder)
        for name in names:
            (passwords / name).touch(mode=0o600)
            (passwords / name).write_text(name)
        users = {name: name for name in (HUB, *names)}
        with Broker(passwords, users, acl=acl, settings=ROOM) as broker:
            yield broker, passwords


async def simulate(
    broker: Broker, passwords: Path, count: int, scenes: Sequence[Scene], console: Console,
    processes: int = PROCESSES,
) -> list[Figure]:  # fmt: skip
    """All scenes, one after the other."""
    empty = resident_kib(broker.pid)
    figures: list[Figure] = []
    async with crews(broker.port, passwords, count, processes) as fleet:
        alone = await fleet.usage()
        for scene in scenes:
            with console.status(f"{scene.__name__}: {(scene.__doc__ or '').strip()}"):
                figures += await _played(scene, broker, fleet)
        used = await fleet.usage()
    return [*figures, *_of_memory(count, resident_kib(broker.pid) - empty, alone, used)]


async def _played(scene: Scene, broker: Broker, fleet: Crews) -> list[Figure]:
    """The figures of a scene, and what it cost; a broker that starts anew has cost nothing yet."""
    pid, ours, theirs = broker.pid, await fleet.usage(), cpu_seconds(broker.pid)
    figures = await scene(broker, fleet)
    spent = cpu_seconds(broker.pid) - (theirs if broker.pid == pid else 0.0)
    used = await fleet.usage()
    speakers = _sum(used, "cpu_seconds") - _sum(ours, "cpu_seconds")
    costs = [("broker_cpu", spent, "s"), ("speakers_cpu", speakers, "s")]
    if scene is idle:
        costs = [(name, 100 * value / IDLE_SECONDS, "%") for name, value, _ in costs]
    late = max(one["lag_ms"] for one in used)
    costs.append(("timers_late_p99", late, "ms"))
    return figures + [
        Figure(f"{scene.__name__}_{name}", round(value, 2), unit, "lower", fleet.count)
        for name, value, unit in costs
    ]


def _of_memory(
    count: int, broker: int, alone: Sequence[Note], used: Sequence[Note]
) -> Iterator[Figure]:
    """What each speaker takes of memory; in the device there is one of its lines."""
    strangers = int(_sum(used, "strangers"))
    yield Figure("announcements_of_others", strangers, "", "lower", count, 0.0)
    grown = (_sum(used, "resident_kib") - _sum(alone, "resident_kib")) / count
    yield Figure("broker_memory_per_speaker", round(broker / count, 1), "KiB", "lower", count)
    yield Figure("line_memory_per_speaker", round(grown, 1), "KiB", "lower", count)


def _sum(notes: Sequence[Note], key: str) -> float:
    return float(sum(note[key] for note in notes))
