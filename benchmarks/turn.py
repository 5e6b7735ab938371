"""`parlor bench turn`: end of speech to first sound, by stage, with the default engines.

Spoken commands go through the whole speaker in real time, with a real broker and lamps that
obey. End of speech is the corpus' label, not the speaker's own opinion. The baseline is the same
speaker with every trick off: it waits for 700 ms of silence, begins to understand only then, and
makes every reply when it is said.
"""

import asyncio
import tempfile
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final

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

TARGETS_MS: Final = {"end_to_end_p50": 450.0, "end_to_end_p95": 700.0}
SLOT_SECONDS = 6
_QUICK, _FULL = 12, 100
_PLAIN_SILENCE_MS: Final = 700
_PLAIN: Final = "the same speaker with every trick off"
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
    """Measure 12 turns each way, or 100 with `full`."""
    count = _FULL if full else _QUICK
    commands = [spoken_command(number, _clear(number)) for number in range(count)]
    usual = load(config)
    turns, plain = (_measure(one, commands) for one in (usual, plainly(usual)))
    if plot is not None:
        stage_waterfall(plot, {stage: _values(turns, stage) for stage in STAGES})
    return Report(
        "turn", [*_figures(turns, plain), _thrown_away(turns), _obeyed(turns, plain, commands)]
    )


def _clear(number: int) -> Manner:
    """A voice that is understood: what is asked is how soon it is answered, not who is heard."""
    return Manner(words_a_minute=140 + 7 * number % 40, pitch=35 + 7 * number % 40)


def plainly(config: Config) -> Config:
    """The configuration with every trick off."""
    fixed = {"strategy": "fixed", "silence_ms": _PLAIN_SILENCE_MS}
    return config.model_copy(
        update={
            "vad": config.vad.model_copy(update=fixed),
            "stt": config.stt.model_copy(update={"early": False}),
            "tts": config.tts.model_copy(update={"cache_mb": 0}),
        }
    )


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


def _measure(config: Config, commands: list[Command]) -> list[e.TurnMeasured]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port),
    ):
        told = asyncio.run(_hear(with_lights(config, broker), commands))
    return _right_turns(told, commands)


async def _hear(config: Config, commands: list[Command]) -> list[e.Event]:
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker()) as parlor:
        events = parlor.bus.subscribe(size=1_000_000)
        async with parlor.running():
            await microphone.play(np.concatenate([command.samples for command in commands]))
            await parlor.settled(1.0)
        events.close()
        return [event async for event in events]


def _right_turns(told: list[e.Event], commands: list[Command]) -> list[e.TurnMeasured]:
    """The turns that did what was said; end of speech as the corpus labels it."""
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
                stages = _relabelled(measured.stages, (at - true_end) * 1000)
                turns.append(replace(measured, stages=stages))
    return turns


def _relabelled(stages: dict[str, float], vad_ms: float) -> dict[str, float]:
    """The same stages with the end of speech where it really was."""
    late = vad_ms - stages["vad"]
    return {**stages, "vad": vad_ms, "end_to_end": stages["end_to_end"] + late}


def _values(turns: list[e.TurnMeasured], stage: str) -> list[float]:
    return [turn.stages[stage] for turn in turns if stage in turn.stages]


def _figures(turns: list[e.TurnMeasured], plain: list[e.TurnMeasured]) -> list[Figure]:
    figures = []
    for stage in reversed(STAGES):
        values, others = _values(turns, stage), _values(plain, stage)
        for share in (0.5, 0.95) if values else ():
            name = f"{stage}_p{round(share * 100)}"
            figures.append(
                Figure(
                    name, round(percentile(values, share), 1), "ms", "lower", len(values),
                    TARGETS_MS.get(name), round(percentile(others, share), 1) if others else None,
                    f"{_PLAIN}, n={len(others)}",
                )
            )  # fmt: skip
    return figures


def _thrown_away(turns: list[e.TurnMeasured]) -> Figure:
    """How often what was said so far was understood, and then more was said."""
    count = sum(turn.speculations_discarded for turn in turns)
    return Figure("speculations_thrown_away", float(count), "in all turns", "lower", len(turns))


def _obeyed(
    turns: list[e.TurnMeasured], plain: list[e.TurnMeasured], commands: list[Command]
) -> Figure:
    n = len(commands)
    return Figure(
        "commands_obeyed", len(turns) / n, "share", "higher", n,
        baseline=len(plain) / n, baseline_is=_PLAIN, interval=wilson(len(turns), n),
    )  # fmt: skip
