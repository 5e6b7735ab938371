import json
import math
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.ledger import FILE, Ledger
from device.outside import Unit

TODAY = date(2026, 11, 21)


class Clocks:
    """Both hands, moved by hand."""

    def __init__(self) -> None:
        self.day = TODAY
        self.seconds = 0.0

    def ledger(self, folder: Path | None = None) -> Ledger:
        return Ledger(folder, lambda: self.day, lambda: self.seconds)


def test_what_was_used_is_counted_by_service_and_unit() -> None:
    ledger = Clocks().ledger()
    ledger.add("openai", Unit.REQUESTS, 1)
    ledger.add("openai", Unit.REQUESTS, 1)
    ledger.add("openai", Unit.INPUT_TOKENS, 120)
    ledger.add("azure", Unit.REQUESTS, 1)
    assert ledger.spent("openai", Unit.REQUESTS) == 2
    assert ledger.spent("openai", Unit.INPUT_TOKENS) == 120
    assert ledger.spent("azure", Unit.REQUESTS) == 1
    assert ledger.spent("azure", Unit.INPUT_TOKENS) == 0


def test_a_new_day_begins_at_nothing_and_the_day_before_is_still_known() -> None:
    clocks = Clocks()
    ledger = clocks.ledger()
    ledger.add("openai", Unit.REQUESTS, 3)
    clocks.day += timedelta(days=1)
    assert ledger.spent("openai", Unit.REQUESTS) == 0
    ledger.add("openai", Unit.REQUESTS, 1)
    assert [day["openai"]["requests"] for day in ledger.days().values()] == [3, 1]


def test_the_last_minute_slides() -> None:
    clocks = Clocks()
    ledger = clocks.ledger()
    ledger.add("openai", Unit.REQUESTS, 1)
    clocks.seconds = 30.0
    ledger.add("openai", Unit.REQUESTS, 1)
    clocks.seconds = 59.0
    assert ledger.spent_lately("openai", Unit.REQUESTS) == 2
    clocks.seconds = 60.0
    assert ledger.spent_lately("openai", Unit.REQUESTS) == 1
    clocks.seconds = 90.0
    assert ledger.spent_lately("openai", Unit.REQUESTS) == 0
    assert ledger.spent("openai", Unit.REQUESTS) == 2


def test_it_outlives_a_restart(tmp_path: Path) -> None:
    first = Clocks().ledger(tmp_path)
    first.add("openai", Unit.CHARACTERS, 40)
    first.save()
    second = Clocks().ledger(tmp_path)
    assert second.spent("openai", Unit.CHARACTERS) == 40
    assert second.spent_lately("openai", Unit.CHARACTERS) == 0


def test_nothing_is_written_while_nothing_is_used(tmp_path: Path) -> None:
    ledger = Clocks().ledger(tmp_path)
    ledger.save()
    assert not list(tmp_path.iterdir())
    ledger.add("openai", Unit.REQUESTS, 1)
    ledger.save()
    written = (tmp_path / FILE).stat().st_mtime_ns
    ledger.save()
    assert (tmp_path / FILE).stat().st_mtime_ns == written


def test_two_processes_count_on_the_same_file(tmp_path: Path) -> None:
    speaker, typed = Clocks().ledger(tmp_path), Clocks().ledger(tmp_path)
    speaker.add("openai", Unit.REQUESTS, 2)
    typed.add("openai", Unit.REQUESTS, 3)
    typed.save()
    speaker.save()
    assert speaker.spent("openai", Unit.REQUESTS) == 5
    assert Clocks().ledger(tmp_path).spent("openai", Unit.REQUESTS) == 5


def test_threads_lose_nothing(tmp_path: Path) -> None:
    ledger = Clocks().ledger(tmp_path)

    def use() -> None:
        for _ in range(50):
            ledger.add("openai", Unit.REQUESTS, 1)
            ledger.save()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.spent("openai", Unit.REQUESTS) == 200


def test_a_month_is_kept(tmp_path: Path) -> None:
    clocks = Clocks()
    ledger = clocks.ledger(tmp_path)
    for _ in range(40):
        ledger.add("openai", Unit.REQUESTS, 1)
        clocks.day += timedelta(days=1)
    ledger.save()
    days = list(ledger.days())
    assert (len(days), days[-1]) == (31, (clocks.day - timedelta(days=1)).isoformat())


@pytest.mark.parametrize(
    "damage",
    [
        "", "{broken", "[1]", "7", "null", '{"2026-11-21": 5}', '{"2026-11-21": {"openai": 1}}',
        '{"2026-11-21": {"openai": {"requests": "many"}}}', '{"someday": {"openai": {}}}',
        '{"someday": {"openai": {"requests": 1}}}', '{"2026-11-21": {"openai": {"beans": 1}}}',
        "\x00", "[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_file_counts_as_nothing_and_is_written_anew(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage)
    ledger = Clocks().ledger(tmp_path)
    assert ledger.spent("openai", Unit.REQUESTS) == 0
    ledger.add("openai", Unit.REQUESTS, 1)
    ledger.save()
    kept = json.loads((tmp_path / FILE).read_text())
    assert kept == {TODAY.isoformat(): {"openai": {"requests": 1}}}


def test_a_disk_that_cannot_be_written_loses_nothing_while_the_speaker_runs(
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("no folder")
    ledger = Clocks().ledger(blocked)
    ledger.add("openai", Unit.REQUESTS, 1)
    ledger.save()
    assert ledger.spent("openai", Unit.REQUESTS) == 1
    blocked.unlink()
    ledger.save()
    assert Clocks().ledger(blocked).spent("openai", Unit.REQUESTS) == 1


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf, -5.0, 0.0])
def test_what_is_no_amount_counts_as_nothing(tmp_path: Path, amount: float) -> None:
    ledger = Clocks().ledger(tmp_path)
    ledger.add("openai", Unit.REQUESTS, amount)
    assert ledger.spent("openai", Unit.REQUESTS) == 0
    assert ledger.days() == {}


USES = st.lists(
    st.tuples(
        st.sampled_from(["openai", "azure"]), st.sampled_from(Unit), st.integers(1, 1000),
        st.integers(0, 1), st.booleans(),
    ),
    max_size=20,
)  # fmt: skip


@given(USES)
def test_restarts_and_days_going_by_change_no_sum(
    tmp_path_factory: pytest.TempPathFactory, uses: list[tuple[str, Unit, int, int, bool]]
) -> None:
    folder, clocks = tmp_path_factory.mktemp("ledger"), Clocks()
    ledger = clocks.ledger(folder)
    for service, unit, amount, days, restart in uses:
        clocks.day += timedelta(days=days)
        ledger.add(service, unit, amount)
        if restart:
            ledger.save()
            ledger = clocks.ledger(folder)
    known = [n for day in ledger.days().values() for one in day.values() for n in one.values()]
    assert sum(known) == sum(amount for _, _, amount, _, _ in uses)
