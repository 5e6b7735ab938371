"""`parlor bench turn`: end of speech to first sound, by stage, with the default engines.

Spoken commands go through the whole speaker in real time, with a real broker and lamps that
obey. End of speech is the corpus' label, not the speaker's own opinion.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.broker import Broker
from benchmarks.corpus import end_of_speech, random_manner
from benchmarks.espeak import Manner, speak
from benchmarks.lamp import Lamps
from benchmarks.plots import stage_waterfall
from benchmarks.report import Figure, Report, percentile, wilson
from device import events as e
from device.audio.format import RATE, Samples
from device.config import Config, EntityConfig, HomeConfig
from device.config_file import load
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.metrics import STAGES
from device.types import Domain

TARGET_MS = 700.0
SLOT_SECONDS = 7
_ROOMS = ("kitchen", "bedroom", "office", "hallway")


@dataclass(frozen=True, slots=True)
class Command:
    """One spoken command in its slot."""

    samples: Samples
    """The whole slot."""
    end_sample: int
    """First sample after the speech, within the slot."""
    entity: str
    """What it is about."""
    payload: str
    """What that must be told."""


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure turns: 20, or 100 with `full`."""
    commands = [spoken_command(number) for number in range(100 if full else 20)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port),
    ):
        told = asyncio.run(_hear(with_lights(load(config), broker), commands))
    turns = _right_turns(told, commands)
    if plot is not None:
        stage_waterfall(plot, {stage: _values(turns, stage) for stage in STAGES})
    return Report("turn", [*_figures(turns), _share(len(turns), len(commands))])


def spoken_command(number: int, manner: Manner | None = None) -> Command:
    """One of a hundred: the wake word and an order to a light, by default in a voice of its own."""
    rng = np.random.default_rng(number)
    room = next(islice(cycle(_ROOMS), number, None))
    # The wake word in the one voice that wakes reliably: this bench is about what comes after it.
    wake = speak("hey jarvis").samples
    state = "on" if number % 2 else "off"
    order = speak(f"turn {state} the {room} light", manner or random_manner(rng))
    gap = np.zeros(int(rng.uniform(0.0, 0.3) * RATE), dtype=np.int16)
    said = np.concatenate((np.zeros(RATE, dtype=np.int16), wake, gap, order.samples))
    start = len(said) - len(order.samples)
    slot = np.zeros(SLOT_SECONDS * RATE, dtype=np.int16)
    slot[: len(said)] = said
    end = start + end_of_speech(order.samples)
    return Command(slot, end, f"light.{room}_light", f'{{"state": "{state.upper()}"}}')


def with_lights(config: Config, broker: Broker) -> Config:
    """The configuration with the lights that the commands are about."""
    lights = tuple(
        EntityConfig(name=f"{room} light", domain=Domain.LIGHT, area=room, preset="zigbee2mqtt")
        for room in _ROOMS
    )
    return config.model_copy(update={"home": HomeConfig(entity=lights), "mqtt": broker.config})


async def _hear(config: Config, commands: list[Command]) -> list[e.Event]:
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker()) as parlor:
        events = parlor.bus.subscribe(size=1_000_000)
        async with parlor.running():
            await microphone.play(np.concatenate([command.samples for command in commands]))
            await parlor.settled(1.0)
        events.close()
        return [event async for event in events]


def _right_turns(told: list[e.Event], commands: list[Command]) -> list[dict[str, float]]:
    """Stage times of the turns that did what was said; end of speech as the corpus labels it."""
    ended = {event.turn_id: event for event in told if isinstance(event, e.TurnEnded)}
    done: dict[int, list[tuple[str, str]]] = {}
    for event in told:
        if isinstance(event, e.ActionRequested):
            done.setdefault(event.turn_id, []).append((event.entity, event.payload))
    turns = []
    for measured in told:
        if isinstance(measured, e.TurnMeasured) and measured.turn_id in ended:
            at = ended[measured.turn_id].at
            slot = int(at / SLOT_SECONDS)
            command = commands[slot]
            if done.get(measured.turn_id) == [(command.entity, command.payload)]:
                true_end = slot * SLOT_SECONDS + command.end_sample / RATE
                turns.append(_relabelled(measured.stages, (at - true_end) * 1000))
    return turns


def _relabelled(stages: dict[str, float], vad_ms: float) -> dict[str, float]:
    """The same stages with the end of speech where it really was."""
    late = vad_ms - stages["vad"]
    return {**stages, "vad": vad_ms, "end_to_end": stages["end_to_end"] + late}


def _values(turns: list[dict[str, float]], stage: str) -> list[float]:
    return [turn[stage] for turn in turns if stage in turn]


def _figures(turns: list[dict[str, float]]) -> list[Figure]:
    figures = []
    for stage in reversed(STAGES):
        values = _values(turns, stage)
        for share in (0.5, 0.95):
            name = f"{stage}_p{round(share * 100)}"
            target = TARGET_MS if name == "end_to_end_p50" else None
            value = percentile(values, share) if values else float("nan")
            figures.append(Figure(name, round(value, 1), "ms", "lower", len(values), target))
    return figures


def _share(obeyed: int, commands: int) -> Figure:
    share = obeyed / commands
    interval = wilson(obeyed, commands)
    return Figure("commands_obeyed", share, "share", "higher", commands, interval=interval)
