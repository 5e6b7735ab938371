"""`parlor scenario` through its outermost interface."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.broker import find_mosquitto

SCENARIO = """\
name: typed
shows: Somebody types a command.
script:
  - ask: turn on the kitchen light
    as: typed
expect:
  - event: action_requested
    of: typed
    within_ms: 1000
  - sounds_within_ms: 2000
told:
  - [kitchen light, {state: "STATE"}]
"""


def scenario(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "device", "scenario", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def test_a_mistake_in_a_file_is_told_and_nothing_is_played(tmp_path: Path) -> None:
    file = tmp_path / "typed.yaml"
    file.write_text(SCENARIO.replace("ask:", "aks:"))
    result = scenario(str(file))
    assert result.returncode == 2
    assert f"{file}:4:" in result.stderr
    assert result.stdout == ""


def test_a_fault_that_only_a_card_has_is_refused_in_virtual_time(tmp_path: Path) -> None:
    file = tmp_path / "typed.yaml"
    file.write_text(SCENARIO.replace("ask: turn on the kitchen light", "fault: card_frozen"))
    result = scenario(str(file))
    assert result.returncode == 2
    assert "--live" in result.stderr


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.skipif(find_mosquitto() is None, reason="no mosquitto; run: make setup")
def test_it_reports_to_eyes_programs_and_files_and_fails_where_it_must(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SCENARIO.replace("STATE", "ON"))
    bad.write_text(SCENARIO.replace("STATE", "OFF").replace("name: typed", "name: other"))
    report, plot = tmp_path / "report.md", tmp_path / "plot.png"
    files = ("--markdown", str(report), "--plot", str(plot))
    result = scenario(str(good), str(bad), "--json", *files)
    assert result.returncode == 1
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["passed"], second["passed"]) == (True, False)
    assert first["expectations"][0]["what"] == "action_requested"
    assert first["expectations"][0]["limit_ms"] == 1000
    assert "## typed" in report.read_text()
    assert "✗" in report.read_text()
    for name in ("typed", "other"):
        assert plot.with_stem(f"plot-{name}").read_bytes().startswith(b"\x89PNG")
    shown = scenario(str(good))
    assert shown.returncode == 0
    assert "✓" in shown.stdout
    assert "✗" not in shown.stdout
