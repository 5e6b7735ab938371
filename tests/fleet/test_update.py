"""update.yml: canaries first; whoever does not get well goes back, and nobody else is touched."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fleet.bundles import write_release
from tests.fleet.controller import Controller
from tests.fleet.root import Machine
from tests.fleet.ssh import booted

_SPEAKERS = ("kitchen", "bedroom", "office")


@dataclass(frozen=True, slots=True)
class Fleet:
    """Booted speakers that all run 0.1.0; the kitchen is the canary."""

    controller: Controller
    machines: dict[str, Machine]

    def runs(self) -> dict[str, str]:
        """What every speaker says of itself to systemd."""
        return {
            name: machine.property("parlor.service", "StatusText")
            for name, machine in self.machines.items()
        }

    def has(self, name: str, version: str) -> bool:
        """Whether a release is on a speaker's disk."""
        return any((self.machines[name].root / "opt/parlor/releases").glob(f"{version}-*"))


@pytest.fixture(scope="module")
def fleet(cache: Path) -> Iterator[Fleet]:
    with TemporaryDirectory(dir=cache) as folder, ExitStack() as stack:
        controller = Controller(cache, Path(folder))
        for version, ill in (
            ("0.1.0", ()), ("0.2.0", ("selftest",)), ("0.2.1", ("run",)), ("0.3.0", ()),
        ):  # fmt: skip
            write_release(Path(folder), version, ill)
        machines, ways = {}, {}
        for port, name in enumerate(_SPEAKERS, 2201):
            machine, way = stack.enter_context(booted(cache, Path(folder, name), port))
            machines[name] = machine
            ways[name] = {**way, "parlor_area": name.title()}
        controller.inventory(
            {"speakers": ways, "ring0": {"kitchen": {}}},
            parlor_offline_debs=str(cache / "debs/debs.tar"),
            parlor_bundles=folder,
            parlor_version="0.1.0",
            parlor_broker="",
        )
        done = controller.play("site.yml", "--skip-tags", "base")
        assert done.code == 0, done.output
        yield Fleet(controller, machines)


@pytest.mark.parametrize("version", ["0.2.0", "0.2.1"])
def test_a_canary_that_is_ill_goes_back_and_nobody_else_is_touched(
    fleet: Fleet, version: str
) -> None:
    before = fleet.runs()
    done = fleet.controller.play("update.yml", "-e", f"parlor_version={version}")
    assert done.code != 0
    assert "kitchen stays with 0.1.0-" in done.output
    assert fleet.runs() == before == dict.fromkeys(_SPEAKERS, "0.1.0 listens")
    assert done.counts("bedroom") == done.counts("office") == {}
    assert not fleet.has("bedroom", version)
    assert not fleet.has("office", version)


def test_a_good_release_reaches_everybody_and_can_be_taken_back(fleet: Fleet) -> None:
    done = fleet.controller.play("update.yml", "-e", "parlor_version=0.3.0")
    assert done.code == 0, done.output
    assert fleet.runs() == dict.fromkeys(_SPEAKERS, "0.3.0 listens")
    again = fleet.controller.play("update.yml", "-e", "parlor_version=0.3.0")
    assert again.code == 0, again.output
    assert all(again.counts(name)["changed"] == 0 for name in _SPEAKERS)

    back = fleet.controller.play("rollback.yml", "--limit", "bedroom")
    assert back.code == 0, back.output
    assert fleet.runs()["bedroom"] == "0.1.0 listens"
    assert fleet.runs()["kitchen"] == "0.3.0 listens"


def test_without_a_canary_nothing_is_updated(fleet: Fleet, cache: Path, tmp_path: Path) -> None:
    controller = Controller(cache, tmp_path)
    controller.inventory({"speakers": {"kitchen": {"ansible_connection": "local"}}})
    done = controller.play("update.yml", "-e", "parlor_version=0.3.0")
    assert done.code != 0
    assert "into the group ring0" in done.output
    assert done.counts("kitchen") == {}
