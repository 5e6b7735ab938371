"""`parlor bench gateway`: how many people one core can talk with, and what each of them costs.

`parlor gateway` runs on one core, its programs too; its clients are real voice chats over loopback
sockets, on the other cores where there are any. Everybody says one command of three seconds every
15 s. Waits are from the end of speech, as it is known, to the first sound at the client; half a
second of them and more is the silence that ends a sentence.

staggered   the commands come evenly one after another, with 6 sessions and as many as keep
            the 95th percentile under a second
together    all say theirs in the same moment
memory      of a session that was answered once, beside the first one
idle        what sessions cost in which nobody speaks
churn       people come, ask and go: what grows; half an hour with --full
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.gateway_process import Served, served
from benchmarks.gateway_scenes import (
    Point,
    Said,
    churn,
    commands,
    cpu_share,
    late_share,
    memory_mib,
)
from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile, wilson
from benchmarks.trend import trend

LIMIT_MS: Final = 1_000.0
TARGET_SESSIONS: Final = 6
TARGET_MIB: Final = 15.0
_MEASURED: Final = 8
"""Sessions of which memory and idleness are measured."""
_IDLE_SECONDS: Final = 8.0
_LADDERS: Final = {"quick": (), "usual": (9, 12), "full": (8, 10, 12, 14, 16)}
"""Sessions that are tried beside the target's."""
_ROUNDS: Final = {"quick": 2, "usual": 4, "full": 10}
_CHURN_SECONDS: Final = {"quick": 20.0, "usual": 60.0, "full": 1_800.0}
_WARM_SHARE: Final = 0.25


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Two minutes, or five, or 45 with `full`; the home is its own, whatever `config` says."""
    length = "quick" if quick else "full" if full else "usual"
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as gateway:
        figures = asyncio.run(_measure(gateway, length))
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("gateway", figures)


async def _measure(gateway: Served, length: str) -> list[Figure]:
    console, rounds, figures = (
        Console(stderr=True, highlight=False),
        _ROUNDS[length],
        list[Figure](),
    )
    with console.status("memory and idleness"):
        mib = await memory_mib(gateway, _MEASURED)
        figures.append(
            Figure("memory_per_session", round(mib, 2), "MiB", "lower", _MEASURED, TARGET_MIB)
        )
        figures += [*await _idle(gateway)]
    ladder: dict[int, list[Said]] = {}
    for sessions in (TARGET_SESSIONS, *_LADDERS[length]):
        with console.status(f"{sessions} sessions, staggered"):
            before = gateway.cpu_seconds
            ladder[sessions] = await commands(gateway, sessions, rounds, together=False)
            spent = gateway.cpu_seconds - before
    figures += [*_of_waits("staggered_6", ladder[TARGET_SESSIONS], LIMIT_MS)]
    turns = len(ladder[sessions])
    figures.append(Figure("cpu_per_turn", round(1_000 * spent / turns, 1), "ms", "lower", turns))
    figures.append(sessions_per_core(ladder))
    with console.status(f"{TARGET_SESSIONS} sessions, together"):
        together = await commands(gateway, TARGET_SESSIONS, rounds, together=True)
    figures += [*_of_waits("together_6", together)]
    with console.status("people come and go"):
        points = await churn(gateway, _CHURN_SECONDS[length])
    return [*figures, *figures_of_churn(points, gateway.sessions)]


async def _idle(gateway: Served) -> Iterator[Figure]:
    """What the line itself takes: those who send silence that nobody listens to, less those who
    send nothing; and what listening to it takes."""
    silent = await cpu_share(gateway, _MEASURED, _IDLE_SECONDS, listen="on_request", speaks=False)
    sends = await cpu_share(gateway, _MEASURED, _IDLE_SECONDS, listen="on_request", speaks=True)
    heard = await cpu_share(gateway, _MEASURED, _IDLE_SECONDS, listen="always", speaks=True)
    chunks = round(_MEASURED * _IDLE_SECONDS / 0.02)
    return iter((
        Figure("line_per_20_ms", round((sends - silent) * 20_000, 1), "us", "lower", chunks),
        Figure("open_session_cpu", round(100 * silent, 2), "%", "lower", _MEASURED),
        Figure("listening_session_cpu", round(100 * heard, 2), "%", "lower", _MEASURED),
    ))  # fmt: skip


def sessions_per_core(ladder: dict[int, list[Said]]) -> Figure:
    """The most that were tried of which 95 of 100 answers came in time, and so for all fewer."""
    most = 0
    for sessions, said in sorted(ladder.items()):
        if late_share(said, LIMIT_MS) > 0.05 * len(said):
            break
        most = sessions
    n = sum(map(len, ladder.values()))
    return Figure("sessions_per_core", most, "", "higher", n, TARGET_SESSIONS)


def _of_waits(name: str, said: Sequence[Said], target: float | None = None) -> Iterator[Figure]:
    waits, n = [one.wait_ms for one in said], len(said)
    yield Figure(f"{name}_p50", round(percentile(waits, 0.5)), "ms", "lower", n)
    yield Figure(f"{name}_p95", round(percentile(waits, 0.95)), "ms", "lower", n, target)
    low, high = wilson(sum(one.understood for one in said), n)
    right = 100 * sum(one.understood for one in said) / n
    yield Figure(
        f"{name}_understood", round(right, 1), "%", "higher", n, interval=(100 * low, 100 * high)
    )


def figures_of_churn(points: Sequence[Point], left: int) -> Iterator[Figure]:
    """Slopes over visits, per hundred; `left`: who is still counted as there."""
    visits = len(points)
    yield Figure("churn_left", left, "", "lower", visits, 0.0)
    warm = points[int(visits * _WARM_SHARE) :]
    hundreds = [one.visits / 100 for one in warm]
    for name, unit in (("memory_kib", "KiB/100"), ("handles", "1/100")):
        found = trend([(hundreds, [float(getattr(one, name)) for one in warm])])
        yield Figure(
            f"churn_{name}_sure_growth", round(found.sure, 3), unit, "lower", visits, 0.0,
            interval=(round(found.low, 3), round(found.high, 3)),
        )  # fmt: skip
