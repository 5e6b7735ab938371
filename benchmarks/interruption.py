"""How soon somebody who talks over a reply is heard, and how often a reply stops for nothing.

The speaker's own ear with its detector and recogniser hears what a front end leaves: the person,
the room, and some of our own voice. Times are seconds of audio; onset is the corpus' label.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.commands import Bench
from benchmarks.interruption_corpus import Over, overs
from benchmarks.report import Figure, Report, percentile, wilson
from device import events as e
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.audio.timeline import Timeline
from device.clock import run_virtual
from device.conversation.base import Conversation
from device.conversation.cascade import Cascade
from device.dialog.agent import LocalAgent
from device.executor import InlineExecutor
from device.hearing import Hearing
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.interruptions import Interruptions
from device.pipeline.base import VadEngine
from device.pipeline.frontend.base import EchoState
from device.pipeline.mock import MockTts, MockWake
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.silero import SileroVad

SUSPICION_TARGET_MS: Final = 120.0
FALSE_TARGET: Final = 1 / 50
_IS: Final = "energy threshold only: 15 dB over the room's level for 100 ms"
_CHUNK: Final = RATE // 100
_BEFORE: Final = 4 * RATE


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one reply: events with the sample they came at."""

    over: Over
    events: tuple[tuple[int, e.Event], ...]
    energy_at: int | None
    """Sample at which the baseline stops the reply."""

    def delay_ms(self, *kinds: type[e.Event]) -> float | None:
        """From the onset to the first such event, in milliseconds of audio; None: there is none."""
        late = [
            at for at, event in self.events if isinstance(event, kinds) and at > self.over.begin
        ]
        return (late[0] - self.over.begin) * 1_000 / RATE if late else None

    @property
    def stopped(self) -> bool:
        """Whether the reply fell silent."""
        return any(isinstance(event, e.Interrupted | e.StopRequested) for _, event in self.events)


class Ear:
    """The speaker's ear, with a home whose commands it knows."""

    def __init__(self, config: Path | None = None) -> None:
        self._vad: VadEngine = SileroVad()
        self._conversation = _conversation(config)

    def hear(self, over: Over, sensitivity: float = 0.5) -> Heard:
        """Let a reply pass by."""
        events = run_virtual(_pass(over, self._vad, self._conversation, sensitivity))
        return Heard(over, tuple(events), _energy(over.captured))


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure: 80 replies of each kind, 25 with `quick`, or 400 with `full`."""
    many, ear = 400 if full else 25 if quick else 80, Ear(config)
    heard = {
        kind: [ear.hear(over) for over in overs(kind, many)]
        for kind in ("sentence", "stop", "backchannel", "cough", "noise", "nothing")
    }
    heard["echo"] = [ear.hear(over) for over in overs("nothing", many, seed=2, excess_db=15.0)]
    innocent = [one for kind in ("backchannel", "cough", "noise") for one in heard[kind]]
    figures = [
        *_delays("suspicion", heard["sentence"], SUSPICION_TARGET_MS, e.SpeechSuspected),
        *_delays("confirmation", heard["sentence"], None, e.Interrupted, e.StopRequested),
        *_delays("stop_word", heard["stop"], None, e.StopRequested, e.Interrupted),
        _share("interruptions_heard", heard["sentence"], None, better="higher"),
        _share("stop_words_heard", heard["stop"], None, better="higher"),
        _share("false_stops", innocent, FALSE_TARGET),
        *(_share(f"false_stops_{kind}", heard[kind], None) for kind in
          ("backchannel", "cough", "noise", "nothing", "echo")),
        *(_ducks(kind, heard[kind]) for kind in ("cough", "noise", "nothing", "echo")),
    ]  # fmt: skip
    return Report("interruption", figures)


def _delays(
    name: str, heard: Sequence[Heard], target: float | None, *kinds: type[e.Event]
) -> list[Figure]:
    delays = [delay for one in heard if (delay := one.delay_ms(*kinds)) is not None]
    energy = [
        (one.energy_at - one.over.begin) * 1_000 / RATE
        for one in heard if one.energy_at is not None and one.energy_at > one.over.begin
    ]  # fmt: skip
    return [
        Figure(
            f"{name}_p{share * 100:.0f}", round(percentile(delays, share)), "ms", "lower",
            len(delays), target if share > 0.9 else None,
            round(percentile(energy, share)) if energy else None, _IS,
        )
        for share in (0.5, 0.95)
    ]  # fmt: skip


def _share(
    name: str, heard: Sequence[Heard], target: float | None, better: str = "lower"
) -> Figure:
    stopped = sum(one.stopped for one in heard)
    energy = sum(one.energy_at is not None for one in heard)
    return Figure(
        name, round(stopped / len(heard), 4), "of replies",
        "higher" if better == "higher" else "lower", len(heard), target,
        round(energy / len(heard), 4), _IS, wilson(stopped, len(heard)),
    )  # fmt: skip


def _ducks(kind: str, heard: Sequence[Heard]) -> Figure:
    ducked = sum(
        any(isinstance(event, e.SpeechSuspected) for _, event in one.events) for one in heard
    )
    interval = wilson(ducked, len(heard))
    share = round(ducked / len(heard), 4)
    return Figure(f"ducked_{kind}", share, "of replies", "lower", len(heard), interval=interval)


async def _pass(
    over: Over, vad: VadEngine, conversation: Conversation, sensitivity: float
) -> list[tuple[int, e.Event]]:
    timeline, events = Timeline(), list[tuple[int, e.Event]]()
    hearing = Hearing(
        timeline, MockWake(), vad, lambda begin, _patience: Endpointing(begin_sample=begin),
        InlineExecutor(), lambda event: None,
    )  # fmt: skip

    def post(event: e.Event) -> None:
        events.append((timeline.end - _BEFORE, event))

    def played(start: int, stop: int) -> Samples:
        silence = np.zeros(_BEFORE, dtype=np.int16)
        return np.concatenate((silence, over.played))[start:stop]

    def echo() -> EchoState:
        now = min(max(0, timeline.end - _BEFORE) // _CHUNK, len(over.residual_dbfs) - 1)
        return EchoState(playing=True, residual_dbfs=float(over.residual_dbfs[now]))

    ear = Interruptions(hearing, conversation, post, echo, lambda: "", played, sensitivity)
    room = np.random.default_rng(1).normal(0, 8, _BEFORE).astype(np.int16)
    timeline.write(room)
    running = asyncio.create_task(ear.run(1))
    await asyncio.sleep(0)
    for start in range(0, len(over.captured), _CHUNK):
        timeline.write(over.captured[start : start + _CHUNK])
        await asyncio.sleep(0.01)
        if any(isinstance(event, e.Interrupted | e.StopRequested) for _, event in events):
            break
    running.cancel()
    await asyncio.wait([running])
    return events


def _energy(captured: Samples) -> int | None:
    """Where a plain threshold stops the reply: ten loud blocks of 10 ms in a row."""
    levels = [dbfs(captured[at : at + _CHUNK]) for at in range(0, len(captured), _CHUNK)]
    floor, run_length = float(np.median(levels)), 0
    for number, level in enumerate(levels):
        run_length = run_length + 1 if level > floor + 15 else 0
        if run_length == 10:
            return (number + 1) * _CHUNK
    return None


def _conversation(config: Path | None) -> Conversation:
    bench = Bench(config)
    devices = load_devices(bench.config.home.entity)
    home = Home(devices)
    return Cascade(
        bench.recogniser, LocalAgent(home.entities, home), Actuator(SimulatedHome(devices)),
        MockTts(), InlineExecutor(), "en",
    )  # fmt: skip
