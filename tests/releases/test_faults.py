"""The power goes, the disk is full, the disk is read-only: before every step that changes it."""

import subprocess
import sys
from pathlib import Path

import pytest

from device.releases.command import main
from device.releases.layout import Layout
from tests.releases.bundles import place, write_bundle

RESTART = ("--restart", "true", "--wait", "0")


def disturbed(fault: str, template: Path, folder: Path, *command: str) -> list[Layout]:
    """What every disturbed run has left; the last one was not disturbed."""
    folder.mkdir()
    program = (sys.executable, "-m", "tests.releases.faults")
    done = subprocess.run(
        [*program, fault, str(template), str(folder), *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [Layout(root) for root in sorted(folder.iterdir())]


def speaker(tmp_path: Path) -> tuple[Layout, str]:
    """A root with a release that proved healthy."""
    layout = Layout(tmp_path / "template")
    good = place(layout, "1.0.0")
    release(layout, "switch", good, *RESTART)
    return layout, good


def release(layout: Layout, *command: str) -> None:
    main([*command, "--json", "--root", str(layout.root)])


def starts(layout: Layout) -> bool:
    """Whether what `current` names starts, as systemd would start it."""
    program = layout.current / "venv/bin/parlor"
    return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("fault", ["kill", "full", "read-only"])
def test_a_switch_may_end_anywhere(tmp_path: Path, fault: str) -> None:
    layout, good = speaker(tmp_path)
    new = place(layout, "1.1.0")
    left = disturbed(fault, layout.root, tmp_path / "left", "switch", new, *RESTART)
    assert len(left) > 8
    for one in left:
        assert starts(one)
        release(one, "rescue", "--boot")
        assert starts(one)
        assert not one.trial.exists()
        assert one.named(one.current) == one.named(one.last_good)
        release(one, "switch", new, *RESTART)
        assert one.named(one.current) == one.named(one.last_good) == new
        assert one.installed() == [good, new]


@pytest.mark.parametrize("fault", ["kill", "full", "read-only"])
def test_a_roll_back_may_end_anywhere(tmp_path: Path, fault: str) -> None:
    layout, good = speaker(tmp_path)
    ill = place(layout, "1.1.0", "microphone")
    layout.current.unlink()
    layout.current.symlink_to(f"releases/{ill}")
    layout.trial.write_text("{}")
    for one in disturbed(fault, layout.root, tmp_path / "left", "rescue", *RESTART):
        assert starts(one)
        release(one, "rescue", "--boot")
        assert one.named(one.current) == one.named(one.last_good) == good
        assert not one.trial.exists()


@pytest.mark.parametrize("fault", ["kill", "full"])
def test_an_installation_may_end_anywhere(tmp_path: Path, fault: str) -> None:
    layout, good = speaker(tmp_path)
    bundle = write_bundle(tmp_path, "1.1.0")
    left = disturbed(fault, layout.root, tmp_path / "left", "install", str(bundle))
    new = next(name for name in left[-1].installed() if name != good)
    assert len(left) > 10
    for one in left:
        assert one.named(one.current) == one.named(one.last_good) == good
        assert starts(one)
        assert set(one.installed()) <= {good, new}
        release(one, "collect", "--keep", "9")
        assert {folder.name for folder in one.releases.iterdir()} <= {good, new}
    again = left[len(left) // 2]
    release(again, "install", str(bundle))
    release(again, "switch", new, *RESTART)
    assert again.named(again.last_good) == new
    assert starts(again)


def test_removing_old_releases_may_end_anywhere(tmp_path: Path) -> None:
    layout, good = speaker(tmp_path)
    new, newest = place(layout, "1.1.0"), place(layout, "1.2.0")
    for name in (new, newest):
        release(layout, "switch", name, *RESTART)
    for one in disturbed("kill", layout.root, tmp_path / "left", "collect"):
        assert starts(one)
        release(one, "collect")
        assert one.installed() == [new, newest]
        assert [folder.name for folder in one.releases.iterdir() if folder.name == good] == []
