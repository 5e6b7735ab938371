from pathlib import Path

import pytest

from device import events as e
from device.turn_log import TurnLog


def stt(value: float) -> e.TurnMeasured:
    return e.TurnMeasured(stages={"stt": value}, language="en", confidence=0.5)


def keep(log: TurnLog, event: e.Event) -> None:
    log.write(log.take(event))


def test_the_log_outlives_a_restart_and_forgets_the_oldest_turns_but_not_the_sum(
    tmp_path: Path,
) -> None:
    for value in (1000.0, 1.0, 3.0):
        keep(TurnLog(tmp_path, size=2), stt(value))
    log = TurnLog(tmp_path, size=2)
    assert list(log.turns) == [stt(1.0), stt(3.0)]
    assert log.spreads()["stt"].average == 2.0
    assert log.totals.turns["en"] == 3
    told = log.told()
    assert (told.stages["stt"]["count"], told.whole["stt"]["count"]) == (2, 3)


def test_missed_budgets_and_what_is_given_up_are_kept(tmp_path: Path) -> None:
    log = TurnLog(tmp_path)
    keep(log, e.BudgetMissed(stages={"stt": 501.0}, budgets={"stt": 500}))
    keep(log, e.DegradationChanged(level=2, reason="temperature", given_up=("beam",)))
    kept = TurnLog(tmp_path)
    assert kept.totals.budgets_missed == {"stt": 1}
    assert kept.degradation == {"level": 2, "reason": "temperature", "given_up": ["beam"]}
    keep(log, e.DegradationChanged(level=0, reason="recovered"))
    assert TurnLog(tmp_path).degradation == {}


def test_what_is_purged_does_not_come_back_with_the_next_turn(tmp_path: Path) -> None:
    log = TurnLog(tmp_path)
    keep(log, stt(7.0))
    keep(log, e.Purged(before=5.0))
    assert len(log.turns) == 1
    keep(log, e.Purged())
    keep(log, stt(2.0))
    kept = TurnLog(tmp_path)
    assert (list(kept.turns), kept.totals.turns["en"]) == ([stt(2.0)], 1)


def test_who_spoke_when_is_kept_without_what_was_said(tmp_path: Path) -> None:
    log = TurnLog(tmp_path)
    for event in (
        e.PlaybackStarted(at=1.0), e.Overlap(manner="backchannel", seconds=0.4, at=2.0),
        e.PlaybackFinished(heard_seconds=3.0, heard_text="a secret", at=4.0),
    ):  # fmt: skip
        keep(log, event)
    kept = TurnLog(tmp_path).floor
    assert kept["overlaps"] == {"backchannel": 1}
    assert kept["history"] == [{"who": "speaker", "start": 1.0, "stop": 4.0}]
    assert "secret" not in (tmp_path / "floor.json").read_text()


@pytest.mark.parametrize(
    "damage",
    ["{broken", "[1, 2]", '{"stt": 1.0}', '{"stages": 5}', '{"stages": {"stt": "x"}}', "\x00", "7"],
)
def test_damaged_files_count_as_none_and_are_written_anew(tmp_path: Path, damage: str) -> None:
    for name in ("turns.jsonl", "totals.json", "degradation.json", "floor.json"):
        (tmp_path / name).write_text(damage)
    log = TurnLog(tmp_path)
    assert not log.turns
    assert log.spreads() == {}
    keep(log, stt(1.0))
    assert list(TurnLog(tmp_path).turns) == [stt(1.0)]


def test_a_folder_that_cannot_be_written_costs_the_log_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    log = TurnLog(tmp_path / "file")
    keep(log, stt(1.0))
    assert len(log.turns) == 1
    assert "cannot keep" in caplog.text


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = TurnLog(None)
    keep(log, stt(1.0))
    assert len(log.turns) == 1
    assert not list(tmp_path.iterdir())
