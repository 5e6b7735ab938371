"""`parlor metrics` as people and programs use it."""

import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from device import events as e
from device.health import Health
from device.ledger import Ledger
from device.outside import Unit
from device.turn_log import TurnLog


def metrics(state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "device", "metrics", *options],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "STATE_DIRECTORY": str(state), "COLUMNS": "120"},
    )  # fmt: skip


def lived(folder: Path) -> Path:
    """The state folder of a speaker that has answered twice, once too late, and is hot."""
    turns = [
        e.TurnMeasured(
            stages={"stt": ms}, language="en", confidence=0.8, audio_seconds=2.0,
            reply_seconds=1.5, speculations_discarded=1,
        )
        for ms in (90.0, 510.0)
    ]  # fmt: skip
    late = e.BudgetMissed(stages={"stt": 510.0}, budgets={"stt": 500})
    hot = e.DegradationChanged(level=1, reason="temperature", given_up=("beam",))
    log = TurnLog(folder)
    for event in (*turns, late, hot):
        log.write(log.take(event))
    return folder


def test_people_read_a_table_and_what_is_done_without(tmp_path: Path) -> None:
    shown = metrics(lived(tmp_path)).stdout
    assert "300 ms" in shown
    assert "2 turns, 4 s said, 3 s of replies heard, confidence 0.80, 2 times" in shown
    assert "took too long: stt 1" in shown
    assert "does without beam (temperature)" in shown


def test_programs_read_json(tmp_path: Path) -> None:
    read = json.loads(metrics(lived(tmp_path), "--json").stdout)
    assert read["stages"]["stt"] == {"count": 2, "average": 300.0, "p50": 90.0, "p95": 510.0}
    assert read["in_all"]["stt"]["count"] == 2
    assert read["budgets_missed"] == {"stt": 1}
    assert read["degradation"]["given_up"] == ["beam"]
    assert read["last"] == {"stages": {"stt": 510.0}, "confidence": 0.8}


def test_what_services_were_used_for_is_told_in_every_form(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, date.today, time.monotonic)
    ledger.add("api.example", Unit.REQUESTS, 3)
    ledger.save()
    assert "used of api.example: today 3 requests" in metrics(tmp_path).stdout
    today = date.today().isoformat()
    read = json.loads(metrics(tmp_path, "--json").stdout)
    assert read["used"] == {today: {"api.example": {"requests": 3}}}
    page = metrics(tmp_path, "--prometheus").stdout
    assert 'parlor_used_today{service="api.example",unit="requests"} 3\n' in page


def test_prometheus_reads_its_own_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    health = Health(time.time(), "1.0", os.getpid(), ready=True, chunks=7)
    (tmp_path / "health.json").write_text(json.dumps(health.as_dict()))
    page = metrics(lived(tmp_path), "--prometheus").stdout
    assert 'parlor_stage_seconds_count{stage="stt"} 2\n' in page
    assert "parlor_degradation_level 1\n" in page
    assert "parlor_ready 1\n" in page
    assert "parlor_chunks_total 7\n" in page


def test_a_speaker_that_has_not_answered_yet_says_so_in_every_form(tmp_path: Path) -> None:
    assert "no turn" in metrics(tmp_path).stdout
    assert json.loads(metrics(tmp_path, "--json").stdout)["stages"] == {}
    assert "parlor_degradation_level 0" in metrics(tmp_path, "--prometheus").stdout


def test_two_forms_at_once_are_a_mistake(tmp_path: Path) -> None:
    refused = metrics(tmp_path, "--json", "--prometheus")
    assert refused.returncode == 2
    assert refused.stderr.strip().endswith("[usage]")
