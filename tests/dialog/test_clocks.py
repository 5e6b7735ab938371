import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device.dialog.clocks import boot_id, system_instant, system_zone, virtual_instant

ZONES = Path("/usr/share/zoneinfo")
needs_zones = pytest.mark.skipif(
    not (ZONES / "Europe/Berlin").exists(), reason="this machine has no time zone files"
)


@pytest.mark.parametrize("named", ["Asia/Kolkata", ":Asia/Kolkata"])
def test_the_zone_that_is_named_wins(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("TZ", named)

    assert str(system_zone()) == "Asia/Kolkata"


@needs_zones
def test_the_zone_of_the_machine_is_known_by_its_link(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "localtime").symlink_to(ZONES / "Europe/Berlin")

    assert str(system_zone(tmp_path / "localtime")) == "Europe/Berlin"


@needs_zones
@pytest.mark.parametrize("named", ["", "Mars/Base", "../../etc/passwd"])
def test_a_copy_of_the_zone_serves_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    monkeypatch.setenv("TZ", named)
    shutil.copy(ZONES / "Europe/Berlin", tmp_path / "localtime")

    zone = system_zone(tmp_path / "localtime")
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("content", [None, b"", b"no time zone"])
def test_without_a_zone_it_is_utc(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    if content is not None:
        (tmp_path / "localtime").write_bytes(content)

    assert system_zone(tmp_path / "localtime") is UTC


def test_virtual_clocks_go_with_the_loop() -> None:
    loop_time = 100.0
    now = virtual_instant(lambda: loop_time)
    began = now()
    loop_time = 160.0

    assert now().wall - began.wall == pytest.approx(60)
    assert now().ticks - began.ticks == pytest.approx(60)


def test_the_boot_has_a_name_and_ticks_go_on() -> None:
    first, second = system_instant(), system_instant()

    assert boot_id() == boot_id()
    assert bool(boot_id()) == Path("/proc/sys/kernel/random/boot_id").exists()
    assert second.ticks >= first.ticks
