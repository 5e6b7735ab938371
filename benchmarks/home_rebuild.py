"""A home of two thousand learned things: how the recogniser and the templates bear it."""

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.espeak import speak
from benchmarks.home_sentences import Sampler
from benchmarks.learned_home import learned_home
from benchmarks.report import Figure, percentile
from device.audio.format import RATE
from device.dialog.grammar import home_grammar
from device.dialog.templates import Templates
from device.executor import WorkerExecutor
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.chain import ChainStt
from device.pipeline.stt.command import CommandRecogniser
from device.tasks import end
from device.types import Entity

ENTITIES: Final = 2_000
REBUILD_TARGET_SECONDS: Final = 10.0
MATCH_TARGET_MS: Final = 60.0
_SMALL_HOME: Final = 20
_SPOKEN: Final = 10
_TICK_SECONDS: Final = 0.01
_REST_SECONDS: Final = 3.0
_LANGUAGE: Final = "en"


def measure(quick: bool) -> list[Figure]:
    """Learn two thousand things beside a running loop, then hear and understand sentences."""
    entities = learned_home(ENTITIES)
    figures = asyncio.run(_rebuild(entities))
    return [*figures, *_match(entities, 100 if quick else 500)]


async def _rebuild(entities: Sequence[Entity]) -> list[Figure]:
    small = home_grammar(_LANGUAGE, learned_home(_SMALL_HOME), None)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        model = acoustic_model(_LANGUAGE)
        engine = CommandRecogniser(WorkerExecutor("stt"), small, model, cache=cache)
        chain = ChainStt([engine], {engine.name: _LANGUAGE})
        grammar = partial(home_grammar, _LANGUAGE, entities, cache)
        hearing_few = _real_time_factor(engine, entities)
        async with _ticking() as late_at_rest:
            await asyncio.sleep(_REST_SECONDS)
        before, worked = _resident_mb(), _child_seconds()
        async with _ticking() as late:
            began = time.perf_counter()
            await chain.adopt(_LANGUAGE, grammar, [entity.name for entity in entities])
            seconds = time.perf_counter() - began
        grown, worked = _resident_mb() - before, _child_seconds() - worked
        hearing = _real_time_factor(engine, entities)
        chain.close()
    return [
        _lower("rebuild_2000", seconds, "s", 1, REBUILD_TARGET_SECONDS),
        Figure(
            "rebuild_2000_loop_late_max", 1000 * max(late), "ms", "lower", len(late),
            baseline=1000 * max(late_at_rest),
            baseline_is="the same loop with nothing to do",
        ),
        _lower("rebuild_2000_child_cpu", worked, "s", 1, None),
        _lower("rebuild_2000_memory", grown, "MB", 1, None),
        Figure(
            "hear_2000_real_time_factor", hearing, "x real time (CPU)", "lower", _SPOKEN,
            baseline=hearing_few, baseline_is=f"the same sounds in a home of {_SMALL_HOME} things",
        ),
    ]  # fmt: skip


def _real_time_factor(engine: CommandRecogniser, entities: Sequence[Entity]) -> float:
    audio = work = 0.0
    for sentence in islice(Sampler(Templates(_LANGUAGE, entities), 1).sentences(_SPOKEN), _SPOKEN):
        samples = speak(sentence.text).samples
        began = time.process_time()
        engine.hear(samples)
        work += time.process_time() - began
        audio += len(samples) / RATE
    return work / audio


def _match(entities: Sequence[Entity], count: int) -> list[Figure]:
    templates = Templates(_LANGUAGE, entities, entities[0].area)
    times = []
    for sentence in Sampler(templates, seed=2).sentences(count):
        began = time.perf_counter()
        templates.recognize(sentence.text)
        times.append(1000 * (time.perf_counter() - began))
    return [
        _lower("match_2000_p50", percentile(times, 0.5), "ms", count, None),
        _lower("match_2000_p95", percentile(times, 0.95), "ms", count, MATCH_TARGET_MS),
    ]


@asynccontextmanager
async def _ticking() -> AsyncIterator[list[float]]:
    """How late each tick of a timer was, in seconds."""
    late = [0.0]

    async def tick() -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + _TICK_SECONDS
        while True:
            await asyncio.sleep(due - loop.time())
            late.append(loop.time() - due)
            due = loop.time() + _TICK_SECONDS

    task = asyncio.create_task(tick())
    try:
        yield late
    finally:
        await end(task)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _child_seconds() -> float:
    """CPU time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _lower(name: str, value: float, unit: str, n: int, target: float | None) -> Figure:
    return Figure(name, value, unit, "lower", n, target=target)
