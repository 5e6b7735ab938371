import os
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.notify_socket import notify_socket
from device.notify import Notifier, open_notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_the_manager_is_told_at_a_path_and_at_an_abstract_name(
    abstract: bool, tmp_path: Path
) -> None:
    address = f"@parlor-{uuid4()}" if abstract else str(tmp_path / "notify")
    with notify_socket(address) as manager:
        notifier = open_notifier({"NOTIFY_SOCKET": manager.address})
        assert notifier.heard
        assert notifier.loading("loads\n the wake word")
        assert notifier.ready()
        assert notifier.alive()
        assert notifier.stopping()
        assert manager.told() == [
            {"STATUS": "loads the wake word", "EXTEND_TIMEOUT_USEC": "60000000"},
            {"READY": "1"},
            {"WATCHDOG": "1"},
            {"STOPPING": "1", "STATUS": "stops"},
        ]


def test_without_a_manager_nobody_is_told() -> None:
    notifier = open_notifier({})
    assert not notifier.heard
    assert notifier.ready()


def test_a_manager_that_is_gone_or_does_not_take_it_is_noticed(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    assert not Notifier(address).ready()
    with notify_socket(address) as manager:
        notifier = Notifier(address)
        taken = sum(notifier.status("x" * 1_000) for _ in range(10_000))
        assert 0 < taken < 10_000, "a manager that reads nothing holds nobody up"
        assert len(manager.told()) == taken
        assert notifier.ready(), "and is told again once it reads"


def test_a_status_with_line_breaks_is_one_line_and_says_nothing_else(tmp_path: Path) -> None:
    with notify_socket(str(tmp_path / "notify")) as manager:
        Notifier(manager.address).status("light\nREADY=1")
        assert manager.told() == [{"STATUS": "light READY=1"}]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({"WATCHDOG_USEC": "-5"}, 0.0),
    ],
)
def test_the_watchdog_of_this_process_counts(environment: dict[str, str], seconds: float) -> None:
    assert open_notifier(environment).watchdog_seconds == seconds


@given(st.dictionaries(st.sampled_from(["WATCHDOG_USEC", "WATCHDOG_PID"]), st.text()))
def test_no_environment_is_too_strange(environment: dict[str, str]) -> None:
    assert open_notifier(environment).watchdog_seconds >= 0
