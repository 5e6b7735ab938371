"""Plays a scenario, in virtual time or on the virtual sound card."""

from pathlib import Path

from benchmarks import soundcard
from benchmarks.broker import find_mosquitto
from benchmarks.scenario import fast
from benchmarks.scenario import live as real
from benchmarks.scenario.outcome import Outcome, outcome
from benchmarks.scenario.script import Scenario
from device.errors import UsageError


def play(scenario: Scenario, beside: Path, *, live: bool) -> Outcome:
    """Play it and judge it; `beside`: where its own recordings may lie.

    Raises UsageError where something that it needs is missing.
    """
    lacking = soundcard.missing() if live else ""
    if find_mosquitto() is None:
        lacking = lacking or "no mosquitto"
    if lacking:
        raise UsageError(f"a scenario cannot be played: {lacking}; run: make setup")
    account = (real if live else fast).play(scenario, beside)
    return outcome(scenario, account, live=live)
