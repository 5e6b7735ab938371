"""The rig itself: a Debian root boots, and leaves nothing behind."""

from pathlib import Path

from tests.fleet.root import boot, debian_root


def test_a_root_boots_with_every_unit_in_order(cache: Path, tmp_path: Path) -> None:
    with debian_root(cache, tmp_path / "pi") as root, boot(cache, root) as machine:
        assert machine.run("systemctl", "is-system-running", "--wait").strip() == "running"
        assert machine.run("ps", "-o", "comm=", "1").strip() == "systemd"


def test_what_is_written_to_a_root_is_not_in_the_next(cache: Path, tmp_path: Path) -> None:
    with debian_root(cache, tmp_path / "one") as root:
        (root / "etc/spoiled").touch()
    with debian_root(cache, tmp_path / "other") as root:
        assert not (root / "etc/spoiled").exists()
