"""One run at a time."""

import os
import threading
from pathlib import Path

import pytest

from benchmarks.hil.lock import locked
from device.errors import DeviceBusy


def test_a_second_run_is_told_who_has_the_devices(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    told: list[str] = []
    with (
        locked(place),
        pytest.raises(DeviceBusy, match=f"process {os.getpid()} of"),
        locked(place, waiting=told.append),
    ):
        pass
    assert told == []


def test_a_run_that_ended_leaves_the_devices_free(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), locked(place):
        raise ZeroDivisionError
    with locked(place):
        pass


def test_a_second_run_may_wait_for_the_first(tmp_path: Path) -> None:
    place, told, free = tmp_path / "lock", threading.Event(), threading.Event()
    holders: list[str] = []

    def first() -> None:
        with locked(place):
            free.set()
            told.wait(10)

    def waiting(holder: str) -> None:
        holders.append(holder)
        told.set()

    thread = threading.Thread(target=first)
    thread.start()
    free.wait(10)
    with locked(place, 30, waiting):
        pass
    thread.join(10)
    assert len(holders) == 1
    assert str(os.getpid()) in holders[0]
