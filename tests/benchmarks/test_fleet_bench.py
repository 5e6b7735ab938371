"""The simulated fleet: a small one lives through the scenes, and the arithmetic of its figures."""

import resource
from collections import Counter

import pytest
from rich.console import Console

from benchmarks.broker import find_mosquitto
from benchmarks.fleet import guarded_broker, raise_file_limit, simulate
from benchmarks.fleet_figures import arrivals, interval, latencies, of_bids
from benchmarks.fleet_scenes import ANNOUNCEMENTS, announce, connect
from benchmarks.fleet_speaker import room_of
from benchmarks.report import Figure


def values(figures: list[Figure]) -> dict[str, float]:
    return {one.name: one.value for one in figures}


@pytest.mark.broker
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
async def test_four_speakers_come_and_hear_what_is_announced_and_not_each_other() -> None:
    with guarded_broker(4) as (broker, passwords):
        figures = await simulate(
            broker, passwords, 4, (connect, announce), Console(quiet=True), processes=2
        )
    found = {one.name: one for one in figures}
    assert (found["connect_missing"].value, found["connect_failed"].value) == (0, 0)
    assert found["connect_failed"].n == 4
    assert (found["announce_lost"].value, found["announce_lost"].n) == (0, 4 * ANNOUNCEMENTS)
    assert found["announcements_of_others"].value == 0
    assert found["announce_p99"].value > 0


def test_two_to_four_speakers_share_a_room() -> None:
    assert set(Counter(room_of(number) for number in range(1_100)).values()) == {2, 3, 4}
    assert [room_of(number) for number in range(5)] == [0, 0, 1, 1, 1]


def test_who_gives_way_answers_no_more() -> None:
    def decided(speaker: int, answers: bool) -> dict[str, object]:
        return {"speaker": speaker, "round": 0, "answers": answers, "seconds": 0.2}

    # Room 0 (speakers 0, 1): two at first, one in the end. Room 1 (2, 3, 4): two. Room 2: nobody.
    notes = [decided(number, number < 4) for number in range(7)]
    found = values([*of_bids(notes, [{"speaker": 1, "round": 0}], 7, 3)])
    assert found["bid_twice_at_first"] == 2
    assert found["bid_answered_twice"] == 1
    assert found["bid_answered_by_none"] == 1
    assert found["bid_decided_lost"] == 0
    # The same speaker gave way in another round.
    assert values([*of_bids(notes, [{"speaker": 1, "round": 1}], 7, 3)])["bid_answered_twice"] == 2


def test_who_never_comes_is_counted() -> None:
    found = values([*arrivals("x", [0.01, 0.02, 0.5], 5, target=1.0)])
    assert (found["x_missing"], found["x_last"], found["x_most_a_second"]) == (2, 0.5, 20)
    assert values([*arrivals("x", [], 5, target=1.0)]) == {"x_missing": 5}
    assert values([*latencies("x", [], 5)]) == {"x_lost": 5}


def test_the_interval_of_a_percentile_holds_it() -> None:
    low, high = interval([*range(1_000)], 0.99)
    assert low < 990 < high
    assert interval([7.0], 0.99) == (7.0, 7.0)


def test_the_limit_of_open_files_is_raised_where_it_is_too_low_and_that_is_said() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert raise_file_limit(0) == f"{before[0]} open files are allowed"
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
    try:
        said = raise_file_limit(100)
        assert said == "the limit of open files was raised from 300 to 356, 356 are needed"
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (356, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
