"""`parlor doctor` asks the speaker that runs, and waits until it is well."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from device.cli.app import app
from device.health import Health
from tests.care.test_health import WELL


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    return folder


def write(folder: Path, health: Health) -> None:
    now = replace(health, at=time.time(), pid=os.getpid())
    (folder / "health.json").write_text(json.dumps(now.as_dict()))


def doctor(*options: str) -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(app, ["doctor", "--json", *options])
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, {one["check"]: one for one in told}


def test_a_speaker_that_runs_is_asked_and_its_microphone_left_alone(runtime: Path) -> None:
    write(runtime, WELL)
    code, found = doctor()
    assert code == 0
    assert found["microphone"]["message"] == "audio arrives"
    assert found["daemon"]["message"].startswith("version 1.2.3")
    assert {"clock", "disk"} <= found.keys()


def test_what_is_ill_of_it_is_told_with_its_code(runtime: Path) -> None:
    write(runtime, replace(WELL, audio_age=30.0))
    code, found = doctor()
    assert code == 1
    assert found["microphone"]["code"] == "audio-device-lost"


def test_waiting_for_a_speaker_that_never_comes_fails(runtime: Path) -> None:
    code, found = doctor("--wait", "0.1")
    assert (code, list(found)) == (1, ["daemon"])
    assert found["daemon"]["code"] == "not-running"


def test_waiting_ends_when_all_is_well(runtime: Path) -> None:
    write(runtime, replace(WELL, ready=False))
    later = threading.Timer(0.3, write, (runtime, WELL))
    later.start()
    code, found = doctor("--wait", "60")
    later.join()
    assert code == 0
    assert all(one["healthy"] for one in found.values())


def test_no_sound_is_made_while_the_speaker_has_the_microphone(runtime: Path) -> None:
    write(runtime, WELL)
    result = CliRunner().invoke(app, ["selftest", "--json"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["code"] == "audio-device-busy"
    assert told["message"].endswith("systemctl stop parlor")
