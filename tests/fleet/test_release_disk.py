"""Releases on disks that are really full, and really cannot be written."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.errors import ReleaseError, StorageError
from device.releases.command import main
from device.releases.layout import Layout
from tests.releases.bundles import place, write_bundle

RESTART = ("--restart", "true", "--wait", "1")
NEEDS = """
import pathlib, sys
(pathlib.Path(sys.prefix) / "much").write_bytes(bytes(64 << 20))
"""
"""A pip that fills the disk."""


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A root on a disk of 48 MiB, where a release runs."""
    layout = Layout(tmp_path / "root")
    layout.root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(layout.root)]
    subprocess.run(mount, check=True)
    try:
        release(layout, "switch", place(layout, "1.0.0"), *RESTART)
        yield layout
    finally:
        subprocess.run(["umount", layout.root], check=True)


def release(layout: Layout, *command: str) -> None:
    main([*command, "--root", str(layout.root)])


def test_a_disk_that_fills_up_while_a_release_is_installed_is_as_before(
    layout: Layout, tmp_path: Path
) -> None:
    before = layout.installed()
    with pytest.raises(ReleaseError, match="No space left on device"):
        release(layout, "install", str(write_bundle(tmp_path, "1.1.0", pip=NEEDS)))
    assert layout.installed() == before == [layout.named(layout.current)]
    assert [folder.name for folder in layout.releases.iterdir()] == before
    assert not layout.staging.exists()


def test_a_disk_that_cannot_be_written_is_told_and_nothing_changes(
    layout: Layout, tmp_path: Path
) -> None:
    other, running = place(layout, "1.1.0"), layout.named(layout.current)
    subprocess.run(["mount", "-o", "remount,ro", layout.root], check=True)
    for command in (("install", str(write_bundle(tmp_path, "1.2.0"))), ("switch", other)):
        with pytest.raises(StorageError, match="Read-only file system"):
            release(layout, *command)
    release(layout, "list")
    subprocess.run(["mount", "-o", "remount,rw", layout.root], check=True)
    assert layout.named(layout.current) == layout.named(layout.last_good) == running
    release(layout, "switch", other, *RESTART)
    assert layout.named(layout.last_good) == other
