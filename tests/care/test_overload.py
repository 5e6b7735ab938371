"""What is given up is given up between turns, told, and taken back."""

import asyncio
from pathlib import Path

import pytest

from device import events as e
from device.bus import Bus
from device.care.overload import Computer, Overload
from device.clock import run_virtual
from device.config import CareConfig
from device.errors import ModelMissing
from device.hal.thermal import read_celsius, read_throttled

IDLE, LISTENING = e.TurnState.IDLE, e.TurnState.LISTENING
LATE = e.BudgetMissed(stages={"stt": 900.0}, budgets={"stt": 500})
OVER = e.TurnsMeasured(stages={})


class Frugal:
    """Can do without two things."""

    steps = ("beam", "model")

    def __init__(self, error: ModelMissing | None = None) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._error = error

    async def spare(self, given_up: tuple[str, ...]) -> None:
        self.asked.append(given_up)
        if self._error is not None:
            raise self._error


def live(
    *story: tuple[float, e.Event], degrade: bool = True, spares: Frugal | None = None,
    firmware: Path | None = None, zones: Path | None = None, seconds: float = 0.0,
) -> list[e.DegradationChanged]:  # fmt: skip
    """What is told of a story; each event comes so many seconds after the one before."""
    nowhere = Path("/nonexistent")
    computer = Computer(
        lambda: read_celsius(zones or nowhere), lambda: read_throttled(firmware or nowhere)
    )
    told: list[e.DegradationChanged] = []

    async def main() -> None:
        bus = Bus()
        everything = bus.subscribe()
        overload = Overload(
            CareConfig(degrade=degrade), spares or Frugal(), bus.subscribe(), bus.tell, computer
        )
        running = asyncio.create_task(overload.run())
        for wait, event in story:
            await asyncio.sleep(wait)
            bus.tell(event)
        await asyncio.sleep(seconds)
        bus.close()
        await running
        told.extend([one async for one in everything if isinstance(one, e.DegradationChanged)])

    run_virtual(main())
    return told


LATE_TURNS = [(1.0, event) for _ in range(3) for event in (LATE, OVER)]


def test_late_turns_cost_a_step_and_good_minutes_bring_it_back() -> None:
    spares = Frugal()
    fallen, risen = live(*LATE_TURNS, spares=spares, seconds=400.0)
    assert (fallen.level, fallen.reason, fallen.given_up) == (1, "budget", ("beam",))
    assert (risen.level, risen.reason, risen.given_up) == (0, "recovered", ())
    assert spares.asked == [("beam",), ()]


def test_turns_in_time_cost_nothing() -> None:
    assert live(*[(1.0, OVER) for _ in range(20)], seconds=100.0) == []


def test_nothing_is_exchanged_while_somebody_speaks() -> None:
    spares = Frugal()
    begun = (0.0, e.StateChanged(old=IDLE, new=LISTENING))
    assert live(begun, *LATE_TURNS, spares=spares, seconds=5.0) == []
    assert spares.asked == []
    ended = (1.0, e.StateChanged(old=LISTENING, new=IDLE))
    assert [one.level for one in live(begun, *LATE_TURNS, ended)] == [1]


def test_heat_and_throttling_are_read_from_the_computer(tmp_path: Path) -> None:
    (tmp_path / "thermal_zone0").mkdir()
    (tmp_path / "thermal_zone0" / "temp").write_text("81000\n")
    hot = live(zones=tmp_path, seconds=65.0)
    assert [(one.level, one.reason) for one in hot] == [(1, "temperature"), (2, "temperature")]
    firmware = tmp_path / "get_throttled"
    firmware.write_text("50005\n")
    (throttled,) = live(firmware=firmware, seconds=5.0)
    assert throttled.reason == "throttled"


@pytest.mark.parametrize("bits", ["0", "50000", "1", "nonsense", ""])
def test_what_is_over_and_what_is_no_heat_is_no_reason(tmp_path: Path, bits: str) -> None:
    firmware = tmp_path / "get_throttled"
    firmware.write_text(bits)
    assert not read_throttled(firmware)


@pytest.mark.parametrize("bits", ["2", "4", "8", "50005", "0xe0008"])
def test_a_computer_that_slows_itself_down_says_so(tmp_path: Path, bits: str) -> None:
    firmware = tmp_path / "get_throttled"
    firmware.write_text(bits)
    assert read_throttled(firmware)


def test_what_cannot_be_exchanged_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    assert live(*LATE_TURNS, spares=Frugal(ModelMissing("gone")), seconds=5.0) == []
    assert "cannot do without" in caplog.text


def test_whoever_wants_it_so_gives_up_nothing() -> None:
    assert live(*LATE_TURNS, degrade=False, seconds=5.0) == []
