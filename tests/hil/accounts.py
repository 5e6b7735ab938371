"""Made-up runs, told as a rig would tell them."""

from typing import Any

import numpy as np

from benchmarks.hil.report import HilReport, Played
from benchmarks.report import Figure
from benchmarks.scenario.account import Account, Delays, Happening, Said, Sound
from benchmarks.scenario.parse import parse
from benchmarks.scenario.script import Scenario

RATE = 16_000


def scenario(**values: Any) -> Scenario:
    base = {"name": "one", "shows": "it", "script": [{"say": "hey jarvis"}]}
    return parse(str({**base, **values}).replace("True", "true").replace("False", "false"))


def happened(*events: tuple[float, str, dict[str, Any]]) -> list[Happening]:
    return [Happening(at, {"event": name, **told}) for at, name, told in events]


def loud(*pieces: tuple[float, int]) -> Sound:
    """A tone of so many seconds and peak, one after the other, from time 0 on."""
    parts = [np.sin(np.arange(round(seconds * RATE))) * peak for seconds, peak in pieces]
    return Sound(np.concatenate(parts).astype(np.int16), RATE)


def account(
    *events: tuple[float, str, dict[str, Any]], said: list[Said], played: Sound | None = None,
    heard: Sound | None = None, delays: list[Delays] | None = None,
) -> Account:  # fmt: skip
    return Account(
        happened(*events), played or Sound(), said=said, heard=heard or Sound(),
        delays=delays or [],
    )  # fmt: skip


def report(board: str, *figures: Figure, states: dict[str, Any] | None = None) -> HilReport:
    played = tuple(Played(name=name, state=state) for name, state in (states or {}).items())
    return HilReport(
        board=board, at="2026-01-01T00:00:00+00:00", parlor="1.0", speaker="runs by itself",
        rig={"card": "wired"}, machine={"cpu": f"cpu of {board}", "cores": 4}, figures=figures,
        scenarios=played,
    )  # fmt: skip
