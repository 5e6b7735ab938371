"""What Prometheus reads, by its own rules of the text format."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.health import Health, Part, State
from device.metrics import Totals
from device.metrics.exposition import exposition
from device.metrics.tally import Tally
from device.metrics.vitals import Machine, health_lines, machine_lines

LINE = re.compile(
    r'^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?P<labels>([a-z]+="(\\.|[^"\\\n])*",?)+)\})? '
    r"(?P<value>[-+0-9.e]+)$"
)
ALL = st.characters(codec="utf-8")


def samples(page: str) -> dict[str, float]:
    """Values by name and labels; AssertionError where a line is none."""
    found = {}
    for line in page.rstrip("\n").split("\n"):
        if not line.startswith("# "):
            match = LINE.match(line)
            assert match, line
            found[line.rsplit(" ", 1)[0]] = float(match["value"])
    return found


@given(st.text(ALL, max_size=8), st.lists(st.floats(0, 2e5), max_size=20), st.integers(0, 9))
def test_every_page_can_be_read(language: str, times: list[float], level: int) -> None:
    totals = Totals()
    for value in times:
        totals.add(e.TurnMeasured(stages={"stt": value}, language=language))
    read = samples(exposition(totals, level))
    assert read["parlor_degradation_level"] == level
    assert sum(value for key, value in read.items() if key.startswith("parlor_turns_total")) == len(
        times
    )


def test_a_histogram_is_cumulative_and_in_seconds() -> None:
    totals = Totals()
    for value in (1.0, 100.0, 100.0, 1e6):
        totals.add(e.TurnMeasured(stages={"stt": value}))
    read = samples(exposition(totals))
    buckets = [value for key, value in read.items() if "_bucket" in key]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[-2], buckets[-1]) == (1, 3, 4)
    assert read['parlor_stage_seconds_bucket{stage="stt",le="0.1"}'] == 3
    assert read['parlor_stage_seconds_count{stage="stt"}'] == 4
    assert read['parlor_stage_seconds_sum{stage="stt"}'] == 1000.201


def test_counters_say_what_is_kept() -> None:
    totals = Totals(turns=Counter(en=3), speculations_discarded=2, audio_seconds=1.5)
    totals.budgets_missed.update({"stt": 4})
    read = samples(exposition(totals, 2))
    assert read['parlor_turns_total{language="en"}'] == 3
    assert read["parlor_speculations_discarded_total"] == 2
    assert read["parlor_audio_seconds_total"] == 1.5
    assert read['parlor_budget_missed_total{stage="stt"}'] == 4


def test_what_happened_is_counted_by_its_kind() -> None:
    tally = Tally()
    for event in (
        e.WakeWordDetected(word="hey_jarvis", score=0.9),
        e.WakeWordDetected(word="alexa", score=0.9),
        e.BidLost(),
        e.FalseWakeReported(by="voice"),
        e.Interrupted(by="button"),
        e.StageFailed(stage="stt", code="took-too-long", message="x"),
        e.HealthChanged(part="microphone", healthy=False, code="audio-device-lost"),
        e.HealthChanged(part="microphone", healthy=True),
        e.AnnouncementDropped(text="dinner", reason="expired"),
    ):
        tally.take(event)
    read = samples("\n".join(tally.lines()))
    assert read == {
        'parlor_wakes_total{word="hey_jarvis"}': 1,
        'parlor_wakes_total{word="alexa"}': 1,
        "parlor_wakes_left_total": 1,
        'parlor_false_wakes_total{by="voice"}': 1,
        'parlor_interruptions_total{by="button"}': 1,
        'parlor_errors_total{stage="stt",code="took-too-long"}': 1,
        'parlor_errors_total{stage="microphone",code="audio-device-lost"}': 1,
        'parlor_announcements_dropped_total{reason="expired"}': 1,
    }


def test_health_is_told_part_by_part() -> None:
    parts = {"speaker": Part(State.FAILED), "engines": Part(State.LOADING),
             "microphone": Part(State.OK), "resources": Part(State.DEGRADED)}  # fmt: skip
    health = Health(
        at=1e9, version="1", ready=True, audio_age=0.25, chunks=7, broker="lost", parts=parts
    )
    read = samples("\n".join(health_lines(health)))
    works = {key: value for key, value in read.items() if "_part_" in key}
    assert [value for _, value in sorted(works.items())] == [0, 1, 1, 0]
    assert (read["parlor_ready"], read["parlor_listening"]) == (1, 0)
    assert (read["parlor_audio_age_seconds"], read["parlor_chunks_total"]) == (0.25, 7)
    assert read["parlor_broker_connected"] == 0


def test_what_is_not_known_is_left_out() -> None:
    read = samples("\n".join(health_lines(Health(at=1.0, version="1"))))
    assert not {"parlor_broker_connected", "parlor_audio_age_seconds"} & read.keys()
    machine = Machine("3.13.1", None, False, 1.0, 2.0, None, None, 0.5, 3)
    read = samples("\n".join(machine_lines(machine, "1.2")))
    assert read['parlor_info{version="1.2",python="3.13.1"}'] == 1
    assert read["parlor_lost_audio_seconds_total"] == 0.5
    assert not {"parlor_temperature_celsius", "process_open_fds"} & read.keys()
