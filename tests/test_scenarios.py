"""The scenarios that ship: all in virtual time, the one that must be shown in real time too."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import soundcard
from benchmarks.broker import find_mosquitto
from benchmarks.scenario.judge import LATE
from benchmarks.scenario.parse import read
from benchmarks.scenario.play import play
from benchmarks.scenario.shipped import FOLDER
from benchmarks.scenario.voices import needed

MUST_SHOW = ("wake-word-over-reply", "command-over-reply")

pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(find_mosquitto() is None, reason="no mosquitto; run: make setup"),
]


def holds(path: Path, *, live: bool) -> None:
    """Play a scenario; every expectation is met."""
    scenario = read(path)
    if missing := needed(scenario, path.parent):
        pytest.skip(f"there is no {missing[0]}; set PARLOR_RECORDINGS")
    if scenario.model and find_spec("openai") is None:
        pytest.skip("openai is not installed")
    outcome = play(scenario, path.parent, live=live)
    if any("too busy" in trouble for trouble in outcome.account.troubles):
        pytest.skip("the machine is too busy to play without holes")
    # In real time, how soon is a matter of the machine: `parlor scenario --live` tells it.
    missed = [one for one in outcome.verdicts if not one.met and not (live and one.why == LATE)]
    events = "\n".join(f"{one.at:9.3f} {one.told}" for one in outcome.account.happenings)
    assert not missed, f"{missed}\n{events}"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_scenario_goes_as_it_says_in_virtual_time(path: Path) -> None:
    assert read(path).name == path.stem
    holds(path, live=False)


@pytest.mark.soundcard
@pytest.mark.skipif(bool(soundcard.missing()), reason=f"{soundcard.missing()}; run: make setup")
@pytest.mark.parametrize("name", MUST_SHOW)
def test_a_scenario_goes_as_it_says_in_real_time(name: str) -> None:
    holds(FOLDER / f"{name}.yaml", live=True)
