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

CONFIG = """
[audio]
input = "{microphone}"
output = "{speaker}"
[mqtt]
enabled = false
"""
LOOP = 'pcm.{name} {{ type pulse server "{server}" device "spk.monitor" }}\n'
"""A microphone that hears the loudspeaker by wire."""
Told = dict[str, dict[str, Any]]


def selftest(card: SoundCard, folder: Path, microphone: str = MICROPHONE) -> tuple[int, Told]:
    config = folder / "parlor.toml"
    config.write_text(CONFIG.format(microphone=microphone, speaker=SPEAKER))
    command = [sys.executable, "-m", "device", "selftest", "--repeats", "2", "--json"]
    done = subprocess.run(
        [*command, "--config", str(config)], env={**os.environ, **card.environment},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return done.returncode, {one["check"]: one for one in found}


def looped(card: SoundCard) -> str:
    """The name of a microphone at the other end of the loudspeaker's wire."""
    file = Path(card.environment["ALSA_CONFIG_PATH"])
    line = LOOP.format(name="parlor_loop", server=card.environment["PULSE_SERVER"])
    file.write_text(file.read_text() + line)
    return "parlor_loop"


def test_a_loudspeaker_that_the_microphone_hears_is_measured(
    card: SoundCard, tmp_path: Path
) -> None:
    code, found = selftest(card, tmp_path, looped(card))
    assert code == 0, found
    figures = {name: value for one in found.values() for name, value in one["figures"].items()}
    assert figures["heard"] == 5
    assert 0 <= figures["delay_ms"] < 150
    assert figures["spread_ms"] < 10
    assert figures["echo_return_loss_db"] == pytest.approx(0, abs=1)
    assert figures["erle_db"] > 20
    assert figures["recall"] == 1.0


def test_a_loudspeaker_at_the_wrong_socket_is_found(card: SoundCard, tmp_path: Path) -> None:
    code, found = selftest(card, tmp_path)
    assert code == 1
    assert found["microphone"]["healthy"]
    assert found["loudspeaker"]["code"] == "sound-missed"


def test_a_microphone_that_is_switched_off_is_found(card: SoundCard, tmp_path: Path) -> None:
    card.die_down()
    code, found = selftest(card, tmp_path)
    assert (code, found["microphone"]["code"]) == (1, "audio-input-silent")


def test_a_buffer_between_the_two_is_found(card: SoundCard, tmp_path: Path) -> None:
    with EchoPath(card, Room(3, delay_seconds=0.5), cushion_ms=200) as path:
        code, found = selftest(card, tmp_path)
        if path.holes:
            pytest.skip("this machine is too busy for a room in real time")
    assert code == 1
    assert found["echo delay"]["code"] == "delay-too-long"
