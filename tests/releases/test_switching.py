import json
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device.cli.app import app
from device.errors import ReleaseError, ReleaseUnhealthy, UsageError
from device.releases.command import main
from device.releases.layout import Layout
from tests.releases.bundles import place, program


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "root")


def release(layout: Layout, *command: str, restart: str = "true") -> None:
    more = () if command[0] in ("list", "collect") else ("--restart", restart, "--wait", "0")
    main([*command, *more, "--root", str(layout.root), "--json"])


def listed(layout: Layout, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    release(layout, "list")
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def starts(layout: Layout) -> str:
    """What `current` says its version is."""
    program = layout.current / "venv/bin/parlor"
    return subprocess.check_output([program, "--version"], text=True).strip()


def test_a_switch_is_done_once(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    first = place(layout, "1.0.0")
    for changed in (True, False):
        release(layout, "switch", first)
        told = json.loads(capsys.readouterr().out)
        assert told == {"changed": changed, "release": first, "done": "runs now"}
    assert starts(layout) == "parlor 1.0.0"
    assert not layout.trial.exists()


def test_a_release_that_hears_nothing_is_rolled_back_by_itself(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    good, deaf = place(layout, "1.0.0"), place(layout, "1.1.0", "microphone")
    release(layout, "switch", good)
    with pytest.raises(ReleaseUnhealthy, match=f"no sound; rolled back to {good}"):
        release(layout, "switch", deaf)
    told = listed(layout, capsys)
    assert (told["current"], told["last_good"], told["trial"]) == (good, good, False)
    last = told["history"][-1]  # type: ignore[index]
    assert (last["event"], last["release"], last["before"]) == ("rolled back", good, deaf)
    assert "microphone: no sound" in last["reason"]


def test_a_release_that_fails_the_recording_never_runs(layout: Layout) -> None:
    good, broken = place(layout, "1.0.0"), place(layout, "1.1.0", "selftest")
    release(layout, "switch", good)
    with pytest.raises(ReleaseUnhealthy, match=r"selftest is broken here.*not switched to"):
        release(layout, "switch", broken)
    assert starts(layout) == "parlor 1.0.0"


def test_a_speaker_that_does_not_start_is_rolled_back(layout: Layout) -> None:
    good, broken = place(layout, "1.0.0"), place(layout, "1.1.0", "run")
    release(layout, "switch", good)
    start = f"{layout.current}/venv/bin/parlor run"
    with pytest.raises(ReleaseUnhealthy, match=r"run is broken here.*rolled back"):
        release(layout, "switch", broken, restart=start)
    assert starts(layout) == "parlor 1.0.0"


def test_when_the_old_release_fails_too_both_are_told(layout: Layout) -> None:
    good, deaf = place(layout, "1.0.0"), place(layout, "1.1.0", "microphone")
    release(layout, "switch", good)
    with pytest.raises(ReleaseError, match=f"went back to {good}, which fails too"):
        release(layout, "switch", deaf, restart="false")
    assert starts(layout) == "parlor 1.0.0"


def test_a_first_release_that_is_ill_stays(layout: Layout) -> None:
    deaf = place(layout, "1.0.0", "microphone")
    with pytest.raises(ReleaseUnhealthy, match="no release before it, so it stays"):
        release(layout, "switch", deaf)
    assert starts(layout) == "parlor 1.0.0"
    assert not layout.trial.exists()
    assert not layout.last_good.exists()


def test_where_nothing_runs_the_recording_alone_judges(layout: Layout) -> None:
    name = place(layout, "1.0.0", "microphone")
    main(["switch", name, "--root", str(layout.root)])
    assert layout.named(layout.last_good) == name


def test_somebody_may_go_back_and_forth(layout: Layout) -> None:
    old, new = place(layout, "1.0.0"), place(layout, "1.1.0")
    for name in (old, new):
        release(layout, "switch", name)
    release(layout, "rollback")
    assert layout.named(layout.current) == layout.named(layout.last_good) == old
    release(layout, "rollback")
    assert layout.named(layout.current) == layout.named(layout.last_good) == new


def test_there_may_be_nothing_to_go_back_to(layout: Layout) -> None:
    release(layout, "switch", place(layout, "1.0.0"))
    place(layout, "1.1.0")
    with pytest.raises(UsageError, match="no other release that proved healthy"):
        release(layout, "rollback")


def test_nobody_goes_back_to_what_was_ill_the_last_time(layout: Layout) -> None:
    old, new = place(layout, "1.0.0"), place(layout, "1.1.0")
    for name in (new, old):
        release(layout, "switch", name)
    layout.program(new).write_text(program("1.1.0", "microphone"))
    with pytest.raises(ReleaseUnhealthy):
        release(layout, "switch", new)
    with pytest.raises(UsageError, match="no other release that proved healthy"):
        release(layout, "rollback")


def test_an_unknown_release_is_refused_with_those_there_are(layout: Layout) -> None:
    name = place(layout, "1.0.0")
    with pytest.raises(UsageError, match=f"no release '2.0.0'; installed: {name}"):
        release(layout, "switch", "2.0.0")


@pytest.fixture
def trial(layout: Layout) -> tuple[str, str]:
    """A release that proved healthy, and one that runs on trial since the computer started."""
    return on_trial(layout)


def on_trial(layout: Layout, *ill: str, age_seconds: float = 0.0) -> tuple[str, str]:
    good, new = place(layout, "1.0.0"), place(layout, "1.1.0", *ill)
    release(layout, "switch", good)
    layout.current.unlink()
    layout.current.symlink_to(f"releases/{new}")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    since = time.clock_gettime(time.CLOCK_BOOTTIME) - age_seconds
    layout.trial.write_text(json.dumps({"release": new, "boot": boot, "seconds": since}))
    return good, new


def test_a_release_on_trial_that_is_healthy_is_trusted(
    layout: Layout, trial: tuple[str, str]
) -> None:
    release(layout, "confirm", "--if-healthy")
    assert layout.named(layout.last_good) == trial[1]
    assert not layout.trial.exists()


def test_a_release_on_trial_that_is_ill_is_given_time(layout: Layout) -> None:
    on_trial(layout, "microphone", age_seconds=60.0)
    release(layout, "confirm", "--if-healthy")
    assert starts(layout) == "parlor 1.1.0"
    assert layout.trial.exists()


def test_a_release_that_is_still_ill_after_ten_minutes_is_rolled_back(layout: Layout) -> None:
    on_trial(layout, "microphone", age_seconds=700.0)
    with pytest.raises(ReleaseUnhealthy, match="rolled back"):
        release(layout, "confirm", "--if-healthy")
    assert starts(layout) == "parlor 1.0.0"


def test_a_trial_of_another_start_of_the_computer_is_too_old(layout: Layout) -> None:
    """Whatever the clock says: a computer without one starts in 1970."""
    good, _ = on_trial(layout, "microphone")
    layout.trial.write_text(json.dumps({"release": "x", "boot": "another", "seconds": 1e12}))
    with pytest.raises(ReleaseUnhealthy, match="rolled back"):
        release(layout, "confirm", "--if-healthy")
    assert layout.named(layout.current) == good


@pytest.mark.parametrize("more", [(), ("--boot",)], ids=["failed", "power cut"])
def test_rescue_goes_back_from_a_release_on_trial_once(
    layout: Layout, trial: tuple[str, str], more: tuple[str, ...]
) -> None:
    release(layout, "rescue", *more)
    assert layout.named(layout.current) == trial[0]
    before = layout.history.read_text()
    release(layout, "rescue", *more)
    assert layout.history.read_text() == before


def test_a_trusted_release_that_fails_is_not_left(layout: Layout) -> None:
    old, new = place(layout, "1.0.0"), place(layout, "1.1.0")
    for name in (old, new):
        release(layout, "switch", name)
    release(layout, "rescue")
    assert layout.named(layout.current) == new


def test_the_two_that_proved_healthy_last_are_kept(layout: Layout) -> None:
    names = [place(layout, f"1.{number}.0") for number in range(4)]
    broken = place(layout, "1.9.0", "selftest")
    for name in names:
        release(layout, "switch", name)
    release(layout, "collect")
    assert layout.installed() == names[2:]
    assert not layout.release(broken).exists()


def test_what_runs_is_never_collected(layout: Layout, trial: tuple[str, str]) -> None:
    release(layout, "collect", "--keep", "0")
    assert layout.installed() == sorted(trial)


def test_the_command_line_of_the_speaker_passes_everything_on(layout: Layout) -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["release", "list", "--root", str(layout.root), "--json"])
    assert json.loads(listed.stdout)["releases"] == []
    helped = runner.invoke(app, ["release"])
    assert "install a bundle beside the release that runs" in helped.stdout
    assert runner.invoke(app, ["release", "dance"]).exit_code == 2


def test_people_read_what_runs_and_what_went_wrong(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["list", "--root", str(layout.root)])
    assert capsys.readouterr().out == "no release is installed here\n"
    good, deaf = place(layout, "1.0.0"), place(layout, "1.1.0", "microphone")
    release(layout, "switch", good)
    with pytest.raises(ReleaseUnhealthy):
        release(layout, "switch", deaf)
    capsys.readouterr()
    main(["list", "--root", str(layout.root)])
    told = capsys.readouterr().out
    assert f"  {good}  runs, last good\n  {deaf}\n" in told
    assert f"rolled back {good} (before: {deaf}): {deaf}: parlor doctor failed" in told
