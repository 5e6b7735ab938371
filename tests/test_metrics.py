from pathlib import Path

from device import events as e
from device.metrics import TurnStatistics, TurnTimes
from device.turn_log import TurnLog


def test_stage_times_are_told_apart() -> None:
    times = TurnTimes()
    ended = e.TurnEnded(
        turn_id=3, at=2.5, start_sample=0, stop_sample=36_000, speech_stop_sample=32_000,
        reason="silence",
    )  # fmt: skip
    heard = e.FinalTranscript(turn_id=3, text="x", language="en", engine="command", confidence=1)
    story: list[tuple[e.Event, float]] = [
        (ended, 10.0),
        (heard, 10.2),
        (e.IntentRecognized(turn_id=3, name="HassTurnOn"), 10.21),
        (e.ActionRequested(turn_id=3, entity="l", service="s", topic="t", payload="p"), 10.22),
        (e.ReplyText(turn_id=3, text="done"), 10.3),
        (e.ReplyAudible(turn_id=3), 10.4),
        (e.FinalTranscript(turn_id=4, text="", language="en", engine="", confidence=0), 11.0),
    ]
    for event, now in story[:-1]:
        times = times.fold(event, now)
    assert times.stages() == {
        "vad": 500.0, "stt": 200.0, "agent": 10.0, "action": 80.0,
        "tts_first_chunk": 100.0, "end_to_end": 900.0,
    }  # fmt: skip
    assert times.fold(*story[-1]).stages() == {}


def test_events_of_no_turn_change_nothing() -> None:
    times = TurnTimes(1).fold(e.ReplyText(turn_id=1, text=""), 1.0)
    assert times.fold(e.VolumeChanged(volume=1.0), 2.0) == times


def test_statistics_forget_the_oldest_turns() -> None:
    statistics = TurnStatistics(size=3)
    for value in (1000.0, 1.0, 2.0, 3.0):
        statistics.add(e.TurnMeasured(stages={"stt": value}))
    spread = statistics.spreads()["stt"]
    assert (spread.count, spread.average, spread.p50, spread.p95) == (3, 2.0, 2.0, 3.0)


def test_the_log_outlives_a_restart_and_forgets_the_oldest(tmp_path: Path) -> None:
    for value in (1000.0, 1.0, 3.0):
        TurnLog(tmp_path, size=2).add({"stt": value})
    assert TurnLog(tmp_path).turns() == [{"stt": 1.0}, {"stt": 3.0}]
    assert TurnLog(tmp_path).spreads()["stt"].average == 2.0


def test_a_damaged_log_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "turns.jsonl").write_text("{broken")
    log = TurnLog(tmp_path)
    assert log.turns() == []
    log.add({"stt": 1.0})
    assert log.turns() == [{"stt": 1.0}]
