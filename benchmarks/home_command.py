"""From the end of speech to the lamp: when a spoken command arrives where it was published to."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.broker import Broker
from benchmarks.espeak import Manner
from benchmarks.lamp import Lamps
from benchmarks.report import Figure, percentile, wilson
from benchmarks.turn import SLOT_SECONDS, Command, spoken_command, with_lights
from device.audio.format import RATE
from device.config import Config
from device.config_file import load
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker


def measure(commands: int, config: Path | None) -> list[Figure]:
    """Speak so many commands to a whole speaker in real time, with a broker and its lamps."""
    spoken = [spoken_command(number, _manner(number)) for number in range(commands)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port) as lamps,
    ):
        began = asyncio.run(_speak(with_lights(load(config), broker), spoken))
        late = late_seconds(lamps, spoken, began)
    figures = [
        Figure(
            f"speech_to_command_p{round(100 * share)}",
            1000 * percentile(late, share) if late else float("nan"),
            "ms",
            "lower",
            len(late),
        )
        for share in (0.5, 0.95)
    ]
    right = Figure(
        "spoken_commands_obeyed", len(late) / commands, "share", "higher", commands,
        interval=wilson(len(late), commands),
    )  # fmt: skip
    return [*figures, right]


def _manner(number: int) -> Manner:
    """A clear voice, slow to fast and low to high: how long it takes is asked, not who is heard."""
    return Manner(words_a_minute=140 + number % 60, pitch=35 + 7 * number % 40)


async def _speak(config: Config, commands: Sequence[Command]) -> float:
    """Loop time at which the first slot began."""
    said = np.concatenate([command.samples for command in commands])
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker()) as parlor, parlor.running():
        await microphone.play(said)
        began = asyncio.get_running_loop().time() - len(said) / RATE
        await parlor.settled(1.0)
    return began


def late_seconds(lamps: Lamps, commands: Sequence[Command], began: float) -> list[float]:
    """Seconds from the end of each command that was obeyed until its lamp was told."""
    told: dict[int, list[tuple[float, tuple[str, str]]]] = {}
    for (name, payload), at in zip(lamps.commands, lamps.times, strict=True):
        order = (f"light.{name.replace(' ', '_')}", json.dumps(payload))
        told.setdefault(int((at - began) / SLOT_SECONDS), []).append((at, order))
    late = []
    for slot, command in enumerate(commands):
        orders = told.get(slot, [])
        if [order for _, order in orders] == [(command.entity, command.payload)]:
            late.append(orders[0][0] - began - slot * SLOT_SECONDS - command.end_sample / RATE)
    return late
