"""What Prometheus reads, by its own rules of the text format."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.metrics import Totals
from device.metrics.exposition import exposition

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
