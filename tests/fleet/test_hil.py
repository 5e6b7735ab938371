"""A rig of ALSA devices around a speaker that runs by itself, and a farm of two boards."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.broker import Broker
from benchmarks.soundcard import SoundCard
from tests.daemon import Daemon

ROOT = Path(__file__).resolve().parents[2]
DEVICES = """
pcm.hil_player {{ type pulse server "{server}" device "mic" }}
pcm.hil_ear {{ type pulse server "{server}" device "spk.monitor" }}
pcm.hil_tap {{ type pulse server "{server}" device "mic.monitor" }}
"""
SCENARIO = """\
name: hall
shows: The wake word and a command.
lamps: [hall lamp]
script:
  - as: onset
    say: [{text: hey jarvis, pause: 0.2}, turn on the hall lamp]
  - after: playback_finished
    delay: 0.5
    command: stop
expect:
  - event: wake_word_detected
  - event: {event: action_requested, fields: {entity: light.hall_lamp}}
  - event: playback_started
  - sounds_within_ms: 2000
  - event: partial_transcript
never: [stage_failed]
told:
  - [hall lamp, {state: "ON"}]
"""
INVENTORY = """
speakers:
  vars:
    ansible_connection: local
    ansible_python_interpreter: {python}
    hil_board:
      parlor: {parlor}
      daemon: ""
      folder: {folder}/{{{{ inventory_hostname }}}}
      devices: {{PARLOR_HIL_CUSHION_MS: "500", PARLOR_HIL_LOCK: {folder}/lock}}
  hosts: {{left: , right: }}
"""


@pytest.fixture
def rig(card: SoundCard) -> dict[str, str]:
    """Its devices by name, as the environment of a run."""
    names = Path(card.environment["ALSA_CONFIG_PATH"])
    server = card.environment["PULSE_SERVER"]
    names.write_text(names.read_text() + DEVICES.format(server=server))
    named = {"PLAYER": "hil_player", "EAR": "hil_ear", "TAP": "hil_tap", "CUSHION_MS": "500"}
    return {**card.environment, **{f"PARLOR_HIL_{name}": value for name, value in named.items()}}


def play(folder: Path, rig: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Play the scenario to the speaker whose configuration is in the folder."""
    scenario = folder / "hall.yaml"
    scenario.write_text(SCENARIO)
    environment = {**os.environ, **rig, "PARLOR_HIL_LOCK": str(folder / "lock")}
    options = ["--daemon", str(folder / "parlor.toml"), "--out", str(folder), "--json"]
    return subprocess.run(
        [sys.executable, "-m", "device", "hil", "run", str(scenario), *options],
        env=environment, capture_output=True, text=True, timeout=200,
    )  # fmt: skip


@pytest.mark.timeout(300)
def test_a_running_speaker_is_judged_from_outside(
    rig: dict[str, str], daemon: Daemon, tmp_path: Path
) -> None:
    done = play(tmp_path, rig)
    found: dict[str, Any] = json.loads(done.stdout)
    assert json.loads((tmp_path / "report.json").read_text()) == found
    (hall,) = found["scenarios"]
    if hall["state"] == "spoiled":
        pytest.skip("the machine is too busy to play without holes")
    met = {one["what"]: one["met"] for one in hall["expectations"]}
    assert met.pop("partial_transcript") is None
    assert set(met.values()) == {True}, hall["expectations"]
    figures = {one["name"]: one["value"] for one in found["figures"]}
    assert figures["wake_recall"] == 1
    assert figures["delay_voice"] == pytest.approx(500, abs=150)
    assert figures["microphone_voice"] == pytest.approx(-28, abs=3)
    assert found["rig"]["card"] == "wired"
    assert daemon.alive
    assert done.returncode == 0


@pytest.mark.timeout(120)
def test_a_speaker_that_is_not_there_is_told_and_leaves_no_report(
    rig: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    (tmp_path / "parlor.toml").write_text(f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n')
    (tmp_path / "report.json").write_text("of an earlier run")
    done = play(tmp_path, rig)
    assert done.returncode == 1
    assert "the speaker parlor is not online" in done.stderr
    assert not (tmp_path / "report.json").exists()


@pytest.mark.timeout(600)
def test_boards_are_played_by_ansible_and_put_side_by_side(cache: Path, tmp_path: Path) -> None:
    inventory, reports = tmp_path / "hosts.yml", tmp_path / "reports"
    reports.mkdir()
    parlor = Path(sys.executable).with_name("parlor")
    inventory.write_text(
        INVENTORY.format(python=sys.executable, parlor=parlor, folder=tmp_path)
    )  # fmt: skip
    done = subprocess.run(
        [cache / "ansible/bin/ansible-playbook", "-i", inventory, "hil.yml",
         "-e", f"hil_reports={reports}", "-e", f"hil_here={parlor}"],
        cwd=ROOT / "ansible", capture_output=True, text=True, timeout=500,
        env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false"},
    )  # fmt: skip
    boards = (reports / "boards.html").read_text()
    for board in ("left", "right"):
        found = json.loads((reports / f"{board}.json").read_text())
        assert found["board"] == board, done.stdout
        assert [one["name"] for one in found["scenarios"]] == ["wake-and-command"]
        assert f"<th>{board}</th>" in boards
