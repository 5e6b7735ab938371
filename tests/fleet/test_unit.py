"""The unit in a booted Debian: how it starts, hangs, is restarted, and is given up."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.root import Machine, boot, debian_root
from tests.fleet.speaker import BINDS, add_broken_release, install_speaker, name_current

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="Debian 12 has Python 3.11, this environment another"
)


@pytest.fixture
def root(cache: Path, tmp_path: Path) -> Iterator[Path]:
    """A root in which Parlor is installed."""
    with debian_root(cache, tmp_path / "pi") as made:
        install_speaker(made)
        yield made


@pytest.fixture
def machine(cache: Path, root: Path) -> Iterator[Machine]:
    """It is booted, and its speaker listens."""
    with boot(cache, root, BINDS) as booted:
        booted.wait_for("parlor.service", "ActiveState", "active", seconds=180)
        yield booted


def as_speaker(machine: Machine, command: str) -> str:
    """What a shell says in the place of the speaker: its mounts, its user, its groups."""
    pid = machine.property("parlor.service", "MainPID")
    user = ("setpriv", "--reuid=parlor", "--regid=parlor", "--init-groups")
    enter = ("nsenter", f"--target={pid}", "--mount")
    return machine.run(*enter, *user, "sh", "-c", f"{command} 2>&1", check=False)


def test_the_speaker_listens_as_its_own_user(machine: Machine) -> None:
    machine.wait_for("parlor.service", "StatusText", "listens for hey jarvis")
    assert machine.property("parlor.service", "NRestarts") == "0"
    pid = machine.property("parlor.service", "MainPID")
    who = machine.run("ps", "-o", "user=,group=,supgrp=", pid).split()
    assert who == ["parlor", "parlor", "audio,parlor"]
    assert '"listening": true' in machine.run("cat", "/run/parlor/health.json")


def test_what_hears_goes_before_everything_else(machine: Machine) -> None:
    if not machine.run("sh", "-c", "prlimit --nice=25:25 echo yes", check=False):
        pytest.skip("this computer lets nobody raise a limit (CAP_SYS_RESOURCE)")
    pid = machine.property("parlor.service", "MainPID")
    assert "-5" in machine.run("ps", "-L", "-o", "ni=", pid).split()


def test_the_speaker_can_change_its_state_and_nothing_else(machine: Machine) -> None:
    assert as_speaker(machine, "touch /var/lib/parlor/x /var/cache/parlor/x /run/parlor/x") == ""
    for change, refused in {
        "touch /var/lib/parlor/models/x": "Read-only file system",
        "mv /var/lib/parlor/models /var/lib/parlor/others": "Device or resource busy",
        "touch /opt/parlor/x": "Read-only file system",
        "ls /etc/parlor/credentials": "Permission denied",
        "ls /root": "Permission denied",
    }.items():
        assert refused in as_speaker(machine, change), change


def test_a_credential_is_found_by_its_name(cache: Path, root: Path) -> None:
    secret = root / "etc/parlor/credentials/mqtt.password"
    secret.parent.mkdir(mode=0o700)
    secret.write_text("a secret")
    secret.chmod(0o600)
    config = root / "etc/parlor/parlor.toml"
    mqtt = '[mqtt]\nusername = "kitchen"\npassword_file = "mqtt.password"\n'
    config.write_text(config.read_text().replace("[mqtt]\nenabled = false\n", mqtt))
    with boot(cache, root, BINDS) as machine:
        machine.wait_for("parlor.service", "ActiveState", "active", seconds=180)
        machine.wait_for("parlor.service", "NRestarts", "0")
        assert "cannot read the secret" not in machine.log("parlor.service")


def test_a_card_that_hangs_makes_systemd_begin_anew(root: Path, machine: Machine) -> None:
    card = root / "srv/card"
    (card / "stalled").touch()
    machine.wait_for("parlor.service", "NRestarts", "1")
    assert "Watchdog timeout" in machine.log("parlor.service")
    (card / "stalled").unlink()
    machine.wait_for("parlor.service", "ActiveState", "active")
    machine.wait_for("parlor.service", "StatusText", "listens for hey jarvis")


def test_an_unplugged_card_is_opened_again_without_a_restart(root: Path, machine: Machine) -> None:
    card = root / "srv/card"
    (card / "unplugged").touch()
    machine.run("sleep", "20", seconds=60)
    assert machine.property("parlor.service", "StatusText").startswith("hears nothing; the micro")
    (card / "unplugged").unlink()
    machine.wait_for("parlor.service", "StatusText", "listens for hey jarvis")
    assert machine.property("parlor.service", "NRestarts") == "0"


def test_who_fails_too_often_is_tried_again_later_until_somebody_stops_it(
    root: Path, machine: Machine
) -> None:
    add_broken_release(root, trial=False)
    machine.run("systemctl", "restart", "parlor", check=False)
    machine.wait_for("parlor.service", "ActiveState", "failed")
    machine.wait_for("parlor-again.timer", "ActiveState", "active")
    name_current(root, "good")
    machine.wait_for("parlor.service", "ActiveState", "active", seconds=180)
    name_current(root, "broken")
    machine.run("systemctl", "restart", "parlor", check=False)
    machine.wait_for("parlor-again.timer", "ActiveState", "active")
    machine.run("systemctl", "stop", "parlor")
    assert machine.property("parlor-again.timer", "ActiveState") == "inactive"


def test_a_configuration_that_is_wrong_is_not_tried_again_at_once(
    root: Path, machine: Machine
) -> None:
    (root / "etc/parlor/parlor.toml").write_text("[audoi]\n")
    machine.run("systemctl", "restart", "parlor", check=False)
    machine.wait_for("parlor.service", "ActiveState", "failed")
    assert machine.property("parlor.service", "NRestarts") == "0"
    assert "did you mean 'audio'?" in machine.log("parlor.service")


def test_a_release_on_trial_that_fails_again_and_again_gives_way_to_the_last_good_one(
    root: Path, machine: Machine
) -> None:
    add_broken_release(root, trial=True)
    machine.run("systemctl", "restart", "parlor", check=False)
    machine.wait_for("parlor.service", "ActiveState", "active", seconds=180)
    assert machine.run("readlink", "/opt/parlor/current").strip() == "releases/good"
    assert not (root / "opt/parlor/trial").exists()
    assert machine.log("parlor.service").count("status=3") >= 4, "the start before counts, too"
    assert "it failed again and again" in (root / "opt/parlor/history.jsonl").read_text()


def test_a_release_that_was_on_trial_when_the_power_went_is_not_started_again(
    cache: Path, root: Path
) -> None:
    add_broken_release(root, trial=True)
    with boot(cache, root, BINDS) as machine:
        machine.wait_for("parlor.service", "ActiveState", "active", seconds=180)
        assert machine.run("readlink", "/opt/parlor/current").strip() == "releases/good"
        assert "status=3" not in machine.log("parlor.service")
        assert "the power went" in (root / "opt/parlor/history.jsonl").read_text()
