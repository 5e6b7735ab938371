"""A booted machine that is broker and speaker at once: this clone's release, systemd, SSH, TLS."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.null_card import install
from tests.fleet.controller import Controller
from tests.fleet.root import Machine
from tests.fleet.ssh import booted

_CARD = """#!/bin/sh
exec /opt/card/{name} "$@"
"""


@pytest.fixture
def home(cache: Path, tmp_path: Path) -> Iterator[tuple[Controller, Machine]]:
    with booted(cache, tmp_path / "machine", 2210) as (machine, way):
        install(machine.root / "opt/card", "/usr/bin/python3")
        for name in ("arecord", "aplay"):
            program = machine.root / "usr/local/bin" / name
            program.write_text(_CARD.format(name=name))
            program.chmod(0o755)
        controller = Controller(cache, tmp_path)
        kitchen = {**way, "parlor_area": "Kitchen"}
        controller.inventory(
            {"hubs": {"kitchen": kitchen}, "speakers": {"kitchen": {}}},
            parlor_offline_debs=str(cache / "debs/debs.tar"),
            parlor_bundles=str(cache / "bundles"),
            parlor_version="0.1.0",
            parlor_settings={"audio": {"backend": "subprocess"}},
            parlor_health_seconds=180,
            base_firewall=False,  # the machine shares our network, and may not change it
            mosquitto_passwords={"homeassistant": "one", "kitchen": "two"},
        )
        yield controller, machine


def test_a_bare_machine_hears_and_tells_its_broker_and_can_be_purged(
    home: tuple[Controller, Machine], figure: Callable[[str], None]
) -> None:
    controller, machine = home
    first = controller.play("site.yml")
    assert first.code == 0, first.output
    machine.wait_for("parlor.service", "ActiveState", "active")
    assert '"broker": "connected"' in machine.run("cat", "/run/parlor/health.json")

    started = time.monotonic()
    second = controller.play("site.yml")
    seconds = time.monotonic() - started
    assert second.code == 0, second.output
    assert second.changed("kitchen") == []
    figure(f"site.yml on a provisioned broker and speaker, by SSH: {seconds:.1f} s, n = 1")

    looked = controller.play("doctor.yml")
    assert looked.code == 0, looked.output
    assert "runs: 0.1.0-" in looked.output

    refused = controller.play("purge.yml", "-e", "parlor_uninstall=true")
    assert refused.code != 0
    assert "-e parlor_purge=kitchen" in refused.output
    purged = controller.play(
        "purge.yml", "-e", "parlor_uninstall=true", "-e", "parlor_purge=kitchen"
    )
    assert purged.code == 0, purged.output
    for gone in ("opt/parlor", "etc/parlor", "var/lib/parlor", "etc/systemd/system/parlor.service"):
        assert not (machine.root / gone).exists()
    assert "parlor" not in (machine.root / "etc/passwd").read_text()
