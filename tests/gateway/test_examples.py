"""The commands that show a turn at each door."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.slow import slow

ROOT = Path(__file__).parents[2]
TURNS = ("voice_chat", "realtime_turn", "webrtc_turn", "phone_turn", "wyoming_turn")


@slow
@pytest.mark.broker
@pytest.mark.parametrize("example", TURNS)
def test_a_turn_is_shown_by_one_command(example: str, tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", f"examples.{example}"], cwd=tmp_path, timeout=100, text=True,
        capture_output=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "kitchen light" in shown.stdout
