"""Plays scenarios on a rig, one after the other, and gathers the report."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks import soundcard
from benchmarks.broker import find_mosquitto
from benchmarks.card import CUSHION_MS, Card
from benchmarks.hil import board, daemon
from benchmarks.hil.applicable import Rig, judged, obstacle
from benchmarks.hil.devices import Devices
from benchmarks.hil.figures import figures
from benchmarks.hil.report import HilReport, Run, played
from benchmarks.hil.wired import wired_card
from benchmarks.scenario import live
from benchmarks.scenario.judge import judge
from benchmarks.scenario.outcome import Outcome
from benchmarks.scenario.script import Scenario
from benchmarks.sound_server import sound_server
from device import __version__
from device.config import Config
from device.errors import UsageError


@contextmanager
def card_for(devices: Devices | None) -> Iterator[Card]:
    """The card of a rig, or a virtual one. Raises UsageError where none can be."""
    if devices is not None:
        with wired_card(devices) as wired:
            yield wired
        return
    if lacking := soundcard.missing():
        raise UsageError(
            f"there is no virtual sound card: {lacking}; run: make setup, or name the devices of a"
            " rig (docs/hil.md)"
        )
    with soundcard.sound_card() as virtual:
        yield virtual


def repeated(scenario: Scenario, times: int) -> Scenario:
    """Its script and expectations so many times over."""
    return scenario.model_copy(update={"repeat": scenario.repeat * times})


def runs(
    scenarios: Iterable[tuple[Scenario, Path]], devices: Devices | None, config: Config | None,
    cushion_ms: int = CUSHION_MS,
) -> Iterator[Run]:  # fmt: skip
    """Play each; `config`: of the speaker that runs by itself, None: one is started for each.

    Raises UsageError where something is missing, DeviceError where the rig or the speaker is.
    """
    if config is None and find_mosquitto() is None:
        raise UsageError("there is no mosquitto; run: make setup")
    rig = Rig(devices is None, devices is None or not devices.in_a_room, config)
    for scenario, beside in scenarios:
        if why := obstacle(scenario, rig):
            yield Run(scenario.name, obstacle=why)
            continue
        # A card of its own for each: none hears what another one left.
        with card_for(devices) as card:
            card.cushion_ms = cushion_ms
            if config is None:
                account = live.play(scenario, beside, card=card)
            else:
                account = daemon.play(scenario, beside, card, config)
        can, cannot = judged(scenario, rig)
        yield Run(scenario.name, Outcome(scenario, account, (*judge(can, account), *cannot), True))


def report(
    done: Sequence[Run], name: str, devices: Devices | None, config: Config | None
) -> HilReport:
    """What is left of a run."""
    heard = [one.outcome.account for one in done if one.outcome is not None]
    accounts = [one for one in heard if live.HOLES not in one.troubles]
    words = [word.name for word in (config or Config()).wake.word]
    wired = devices is None or not devices.in_a_room
    return HilReport(
        board=name, at=datetime.now().astimezone().isoformat(timespec="seconds"),
        parlor=__version__, speaker="runs by itself" if config else "started for each scenario",
        rig=_rig(devices), machine=board.facts(),
        figures=tuple(figures(accounts, words, wired=wired)),
        scenarios=tuple(map(played, done)),
    )  # fmt: skip


def _rig(devices: Devices | None) -> dict[str, str]:
    if devices is None:
        return {"card": f"virtual ({sound_server().name})"}
    return {
        "card": "in a room" if devices.in_a_room else "wired", "player": devices.player,
        "ear": devices.ear, "tap": devices.tap, "microphone": devices.microphone,
        "loudspeaker": devices.loudspeaker,
    }  # fmt: skip
