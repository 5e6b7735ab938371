"""`parlor selftest` on the virtual sound card, in real time: what it measures and what it finds."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.echo_path import EchoPath
from benchmarks.rooms import Room
from benchmarks.soundcard import MICROPHONE, SPEAKER, SoundCard

CONFIG = f"""
[audio]
input = "{MICROPHONE}"
output = "{SPEAKER}"
[mqtt]
enabled = false
"""
CUSHION_MS = 100
Told = dict[str, dict[str, Any]]


def selftest(card: SoundCard, folder: Path, room: Room) -> tuple[int, Told, EchoPath]:
    config = folder / "parlor.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "device", "selftest", "--repeats", "2", "--json"]
    with EchoPath(card, room, CUSHION_MS) as path:
        done = subprocess.run(
            [*command, "--config", str(config)], env={**os.environ, **card.environment},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return done.returncode, {one["check"]: one for one in found}, path


def test_what_is_well_is_measured(card: SoundCard, tmp_path: Path) -> None:
    code, found, path = selftest(card, tmp_path, Room(3, delay_seconds=0.18))
    assert code == 0, found
    figures = {name: value for one in found.values() for name, value in one["figures"].items()}
    assert figures["delay_ms"] == pytest.approx(1_000 * path.delay_seconds, abs=60)
    assert figures["noise_dbfs"] < -60
    assert figures["echo_return_loss_db"] == pytest.approx(10, abs=3)
    assert figures["erle_db"] > 20
    assert figures["recall"] == 1.0


@pytest.mark.parametrize(
    ("room", "check", "code"),
    [
        (Room(3, delay_seconds=0.5), "echo delay", "delay-too-long"),
        (Room(3, coupling_db=-90.0), "loudspeaker", "sound-missed"),
        (Room(3, noise_dbfs=-35.0), "noise floor", "too-noisy"),
    ],
)
def test_what_is_wrong_is_found(
    card: SoundCard, tmp_path: Path, room: Room, check: str, code: str
) -> None:
    failed, found, _ = selftest(card, tmp_path, room)
    assert failed == 1
    assert found[check]["code"] == code
