"""Runs Ansible's playbooks as their users do, with an inventory of its own."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

_PLAYBOOKS: Final = Path(__file__).parents[2] / "ansible"
_RECAP: Final = re.compile(r"^(\S+) +: (ok=.*)$", re.MULTILINE)
_SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a playbook."""

    code: int
    output: str

    def counts(self, host: str) -> dict[str, int]:
        """Tasks of a host by what became of them: ok, changed, failed, ...; empty: not touched."""
        for name, counted in _RECAP.findall(self.output):
            if name == host:
                pairs = (pair.split("=") for pair in counted.split())
                return {key: int(value) for key, value in pairs}
        return {}

    def changed(self, host: str) -> list[str]:
        """Names of the tasks that changed something, in their order."""
        tasks = re.split(r"^(?:TASK|RUNNING HANDLER) \[", self.output, flags=re.MULTILINE)[1:]
        mark = re.compile(rf"^changed: \[{re.escape(host)}[\] ]", re.MULTILINE)
        return [task.split("]")[0] for task in tasks if mark.search(task)]


class Controller:
    """A folder with an inventory, and Ansible's programs of the cache."""

    def __init__(self, cache: Path, folder: Path) -> None:
        self.folder = folder
        self._programs = cache / "ansible/bin"
        self._environment = {
            **os.environ,
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(_PLAYBOOKS / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(cache / "ansible/collections"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_NOCOLOR": "1",
        }

    def inventory(self, groups: Mapping[str, Mapping[str, Any]], **everywhere: Any) -> None:
        """Hosts with their variables by group, and variables of all of them."""
        children = {name: {"hosts": dict(hosts)} for name, hosts in groups.items()}
        told = {"all": {"children": children, "vars": everywhere}}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump(told, sort_keys=False))

    def play(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook to its end."""
        command = ["ansible-playbook", "-i", f"{self.folder}/hosts.yml", playbook, *arguments]
        done = subprocess.run(
            command, cwd=_PLAYBOOKS, env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=_SECONDS,
        )  # fmt: skip
        return Played(done.returncode, done.stdout)
