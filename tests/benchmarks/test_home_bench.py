"""The figures of a home: what counts as obeyed, what is lost, and the home that is learned."""

import math

import numpy as np
import pytest

from benchmarks import home_load
from benchmarks.home_command import late_seconds
from benchmarks.lamp import Lamps
from benchmarks.learned_home import learned_home
from benchmarks.turn import SLOT_SECONDS, Command
from device.audio.format import RATE

BEGAN = 1_000.0


def command(entity: str, state: str = "ON") -> Command:
    return Command(
        np.zeros(0, np.int16), 3 * RATE, f"light.{entity}_light", f'{{"state": "{state}"}}'
    )


def test_a_learned_home_has_as_many_names_as_things() -> None:
    things = learned_home(2_000)
    assert len({thing.name for thing in things}) == len({thing.id for thing in things}) == 2_000
    assert learned_home(2_000) == things


def test_a_command_is_late_from_the_end_of_its_speech() -> None:
    lamps = Lamps("127.0.0.1", 0)
    lamps.commands = [("office light", {"state": "ON"}), ("attic light", {"state": "OFF"})]
    lamps.times = [BEGAN + 3.5, BEGAN + SLOT_SECONDS + 3.25]
    spoken = [command("office"), command("attic", "OFF")]
    assert late_seconds(lamps, spoken, BEGAN) == pytest.approx([0.5, 0.25])


def test_what_a_lamp_was_not_told_or_told_twice_counts_as_not_obeyed() -> None:
    lamps = Lamps("127.0.0.1", 0)
    lamps.commands = [("office light", {"state": "ON"})] * 2 + [("attic light", {"state": "ON"})]
    lamps.times = [BEGAN + 3.5, BEGAN + 3.6, BEGAN + SLOT_SECONDS + 3.25]
    spoken = [command("office"), command("attic", "OFF"), command("cellar")]
    assert late_seconds(lamps, spoken, BEGAN) == []


@pytest.mark.broker
def test_both_ways_are_counted() -> None:
    figures = {figure.name: figure for figure in home_load.measure(0.5)}
    assert figures["load_commands_in_lost"].value == figures["load_actions_out_lost"].value == 0
    assert figures["load_commands_in_p95"].n == figures["load_actions_out_p95"].n == 100
    assert not math.isnan(figures["load_actions_out_p95"].value)
