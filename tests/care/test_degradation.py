"""When something is given up, and when it comes back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.care.degradation import (
    HOT_SECONDS,
    PATIENCE_SECONDS,
    Heat,
    Ladder,
    heat,
    is_late,
)

OBSERVATION = st.one_of(st.booleans(), st.sampled_from(Heat))


def turns(ladder: Ladder, late: str, now: float = 0.0) -> Ladder:
    """Turns a second apart: x is late, . is not."""
    for number, mark in enumerate(late):
        ladder = ladder.turn(mark == "x", now + number)
    return ladder


@pytest.mark.parametrize(
    ("story", "level"),
    [("xx", 0), ("xxx", 1), ("x.x.x", 1), ("x..x..x..x", 0), ("xxxxx", 1), ("xxxxxx", 2)],
)
def test_a_step_is_given_up_when_three_of_five_turns_are_late(story: str, level: int) -> None:
    ladder = turns(Ladder(3), story)
    assert ladder.level == level
    assert ladder.reason == ("budget" if level else "recovered")


def test_heat_takes_one_step_a_minute() -> None:
    ladder = Ladder(3).feel(Heat.HOT, 0.0)
    assert (ladder.level, ladder.reason) == (1, "temperature")
    assert ladder.feel(Heat.HOT, HOT_SECONDS - 1).level == 1
    ladder = ladder.feel(Heat.THROTTLED, HOT_SECONDS)
    assert (ladder.level, ladder.reason) == (2, "throttled")


def test_a_step_comes_back_when_all_has_been_well_for_long_enough() -> None:
    ladder = turns(Ladder(3), "xxx")
    well = 2 + PATIENCE_SECONDS
    assert ladder.feel(Heat.COOL, well - 1).level == 1
    assert ladder.feel(Heat.WARM, well).level == 1
    assert ladder.turn(True, 100.0).feel(Heat.COOL, well).level == 1
    back = ladder.feel(Heat.COOL, well)
    assert (back.level, back.reason) == (0, "recovered")


def test_steps_come_back_one_after_the_other() -> None:
    ladder = turns(Ladder(3), "xxxxxx")
    ladder = ladder.feel(Heat.COOL, 1_000.0)
    assert ladder.level == 1
    assert ladder.feel(Heat.COOL, 1_000.0 + PATIENCE_SECONDS - 1).level == 1
    assert ladder.feel(Heat.COOL, 1_000.0 + PATIENCE_SECONDS).level == 0


def test_who_falls_soon_after_a_step_back_waits_longer_and_who_does_not_does_not() -> None:
    again = turns(turns(Ladder(3), "xxx").feel(Heat.COOL, 1_000.0), "xxx", 1_001.0)
    assert again.patience_seconds == 2 * PATIENCE_SECONDS
    late = turns(again.feel(Heat.COOL, 10_000.0), "xxx", 100_000.0)
    assert late.patience_seconds == PATIENCE_SECONDS


def test_a_thousand_falls_do_not_make_it_wait_for_ever() -> None:
    ladder, now = Ladder(1), 0.0
    for _ in range(1_000):
        now += 1e4 + 5e3
        ladder = turns(ladder, "xxx", now).feel(Heat.COOL, now + 1e4 + 4_500)
    assert ladder.patience_seconds <= 4 * 3600


@given(st.integers(0, 4), st.lists(st.tuples(st.floats(0, 200), OBSERVATION), max_size=200))
def test_whatever_happens_the_level_moves_by_single_steps_within_its_bounds(
    steps: int, story: list[tuple[float, bool | Heat]]
) -> None:
    ladder, now, levels = Ladder(steps), 0.0, [0]
    for seconds, seen in story:
        now += seconds
        ladder = ladder.turn(seen, now) if isinstance(seen, bool) else ladder.feel(seen, now)
        levels.append(ladder.level)
    assert all(0 <= level <= steps for level in levels)
    assert all(abs(after - before) <= 1 for before, after in pairwise(levels))


@given(st.lists(st.booleans(), max_size=100))
def test_a_speaker_that_is_always_quick_gives_nothing_up(warm: list[bool]) -> None:
    ladder = Ladder(3)
    for number, one in enumerate(warm):
        ladder = ladder.turn(False, float(number)).feel(
            Heat.WARM if one else Heat.COOL, float(number)
        )
    assert ladder.level == 0


@pytest.mark.parametrize(
    ("celsius", "throttled", "how"),
    [(None, False, Heat.COOL), (69.9, False, Heat.COOL), (70.0, False, Heat.WARM),
     (80.0, False, Heat.HOT), (20.0, True, Heat.THROTTLED), (None, True, Heat.THROTTLED)],
)  # fmt: skip
def test_what_a_temperature_means(celsius: float | None, throttled: bool, how: Heat) -> None:
    assert heat(celsius, throttled, hot=80.0, cool=70.0) is how


def test_a_language_model_that_is_slow_is_no_reason_to_speak_worse() -> None:
    assert not is_late({"llm_first_token": 3_000.0})
    assert is_late({"llm_first_token": 3_000.0, "stt": 600.0})
