"""site.yml makes a broker and a speaker of bare Debian roots, and then changes nothing."""

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fleet.chroots import chroot, reached
from tests.fleet.controller import Controller

_PASSWORDS = {"homeassistant": "one", "kitchen": "two"}


@dataclass(frozen=True, slots=True)
class Home:
    """A broker and a speaker, nothing in them yet, and who provisions them."""

    controller: Controller
    hub: Path
    kitchen: Path


@pytest.fixture
def home(cache: Path, tmp_path: Path) -> Iterator[Home]:
    with chroot(cache, tmp_path / "hub") as hub, chroot(cache, tmp_path / "kitchen") as kitchen:
        controller = Controller(cache, tmp_path)
        controller.inventory(
            {
                "hubs": {"hub": reached(hub)},
                "speakers": {"kitchen": {**reached(kitchen), "parlor_area": "Kitchen"}},
            },
            parlor_offline_debs=str(cache / "debs/debs.tar"),
            parlor_bundles=str(cache / "bundles"),
            parlor_version="0.1.0",
            parlor_signers=str(cache / "bundles/allowed_signers"),
            parlor_broker="localhost",
            mosquitto_names=["localhost", "127.0.0.1"],
            mosquitto_passwords=_PASSWORDS,
        )
        yield Home(controller, hub, kitchen)


def inside(root: Path, *command: str) -> str:
    done = subprocess.run(
        ["chroot", root, *command], stdout=subprocess.PIPE, text=True, check=True, timeout=120
    )
    return done.stdout


def test_a_bare_root_becomes_a_speaker_and_the_second_run_changes_nothing(
    home: Home, figure: Callable[[str], None]
) -> None:
    first_look = home.controller.play("site.yml", "--check", "--diff")
    assert first_look.code == 0, first_look.output
    assert not (home.kitchen / "opt/parlor").exists()

    first = home.controller.play("site.yml")
    assert first.code == 0, first.output
    assert "good" in inside(home.kitchen, "parlor", "config", "check")
    assert '"current": "0.1.0-' in inside(home.kitchen, "parlor", "release", "list", "--json")
    secret = home.kitchen / "etc/parlor/credentials/mqtt.password"
    assert secret.read_text() == "two"
    assert secret.stat().st_mode & 0o777 == 0o600

    inside(home.hub, "nft", "--file", "/etc/nftables.conf")
    rules = inside(home.hub, "nft", "list", "table", "inet", "parlor")
    assert "policy drop" in rules
    assert "tcp dport { 22, 8883 } accept" in rules

    started = time.monotonic()
    second = home.controller.play("site.yml")
    seconds = time.monotonic() - started
    assert second.code == 0, second.output
    assert second.changed("kitchen") == second.changed("hub") == []
    assert second.counts("kitchen")["changed"] == second.counts("hub")["changed"] == 0
    figure(f"site.yml on a provisioned broker and speaker, by chroot: {seconds:.1f} s, n = 1")

    second_look = home.controller.play("site.yml", "--check", "--diff")
    assert second_look.code == 0, second_look.output
    assert second_look.changed("kitchen") == second_look.changed("hub") == []

    variables = home.controller.folder / "hosts.yml"
    variables.write_text(
        variables.read_text().replace("parlor_area: Kitchen", "base_timezone: UTC")
    )
    refused = home.controller.play("site.yml", "--limit", "kitchen")
    assert refused.code != 0
    assert "missing required arguments: parlor_area" in refused.output
    assert refused.counts("kitchen")["changed"] == 0
