"""The playbooks are well formed, and the example inventory makes configurations that speakers take.

Ansible is not among the speaker's packages: these tests use the one of `make test-fleet`, or of the
system, and are skipped where there is none.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from device import config_file

_ANSIBLE: Final = Path(__file__).parents[2] / "ansible"
_CACHE: Final = Path(os.environ.get("PARLOR_FLEET_CACHE", "/var/tmp/parlor-test-fleet"))
_PLACES: Final = f"{_CACHE / 'ansible/bin'}:{os.environ['PATH']}"
_PLAYBOOK = shutil.which("ansible-playbook", path=_PLACES)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_PLAYBOOK is None, reason="no ansible-playbook; make test-fleet gets one"),
]


def run_playbooks(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(_ANSIBLE / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_ROLES_PATH": str(_ANSIBLE / "roles"),
        "ANSIBLE_FILTER_PLUGINS": str(_ANSIBLE / "roles/parlor/filter_plugins"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": _PLACES,
    }
    assert _PLAYBOOK is not None
    return subprocess.run(
        [_PLAYBOOK, *arguments],
        env=environment, cwd=_ANSIBLE, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def configure_only(folder: Path) -> Path:
    """A playbook that asks the role what it would write, and writes it into a folder."""
    check = {"include_role": {"name": "parlor", "tasks_from": "check", "public": True}}
    template = {
        "src": str(_ANSIBLE / "roles/parlor/templates/parlor.toml.j2"),
        "dest": f"{folder}/{{{{ inventory_hostname }}}}.toml",
        "mode": "0644",
    }
    tasks = [check, {"ansible.builtin.template": template}]
    file = folder / "playbook.yml"
    file.write_text(yaml.safe_dump([{"hosts": "speakers", "tasks": tasks}]))
    return file


def test_an_inventory_makes_configurations_that_speakers_take_or_says_what_is_missing(
    tmp_path: Path,
) -> None:
    incomplete = {"attic": {}, "cellar": {"parlor_area": "Cellar"}}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"speakers": {"hosts": incomplete}}))
    inventories = ("-i", _ANSIBLE / "inventories/example", "-i", inventory)
    done = run_playbooks(tmp_path, *inventories, "-c", "local", configure_only(tmp_path))

    kitchen = config_file.load(tmp_path / "kitchen.toml")
    assert kitchen.device.area == "Kitchen"
    assert kitchen.mqtt.host == "192.168.1.10"
    assert kitchen.mqtt.tls
    assert kitchen.mqtt.username == kitchen.device.id == "kitchen"
    assert kitchen.leds.preset == "respeaker-2mic"
    assert [entity.name for entity in kitchen.home.entity] == ["kitchen light"]
    bedroom = config_file.load(tmp_path / "bedroom.toml")
    assert bedroom.audio.input == "Phone"
    assert bedroom.home.entity == ()
    assert (tmp_path / "office.toml").exists()

    assert "missing required arguments: parlor_area" in done.stdout
    assert "cellar has no password for the broker 192.168.1.10: add cellar" in done.stdout
    assert done.returncode == 2
    assert not (tmp_path / "attic.toml").exists()
    assert not (tmp_path / "cellar.toml").exists()


def test_every_playbook_is_well_formed(tmp_path: Path) -> None:
    playbooks = sorted(_ANSIBLE.glob("*.yml"))
    playbooks.remove(_ANSIBLE / "requirements.yml")
    done = run_playbooks(tmp_path, "--syntax-check", *playbooks)
    assert done.returncode == 0, done.stderr
    assert len(playbooks) >= 6
