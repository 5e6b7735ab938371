import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.broker import find_mosquitto
from device.audio.files import read_sound

ROOT = Path(__file__).parents[1]


@pytest.mark.broker
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_the_demo_switches_the_lamp_and_leaves_the_reply(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "examples.demo", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "turn on the kitchen light" in shown.stdout
    assert len(read_sound(tmp_path / "reply.wav")) > 8_000
