"""The figures of a run, from made-up ones."""

import pytest

from benchmarks.hil.figures import figures, wakes
from benchmarks.scenario.account import Account, Delays, Said
from tests.hil.accounts import account, loud

WORDS = ("hey_jarvis",)
CALL = Said(1.0, 2.0, "hey jarvis turn on the light")


def by_name(*accounts: Account, wired: bool = True) -> dict[str, float]:
    return {one.name: one.value for one in figures(accounts, WORDS, wired=wired)}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("hey jarvis turn on the light", True),
        ("wyoming-openwakeword__hey_jarvis cmd", True),
        ("Hey, Jarvis!", True),
        ("turn on the light", False),
    ],
)
def test_a_wake_word_is_known_by_its_words_or_its_recording(what: str, expected: bool) -> None:
    assert wakes(Said(0, 1, what), WORDS) is expected


def test_a_wake_word_counts_as_heard_when_it_is_told_in_time() -> None:
    heard = account((1.8, "wake_word_detected", {}), said=[CALL])
    late = account((9.0, "wake_word_detected", {}), said=[CALL])
    assert by_name(heard)["wake_recall"] == 1
    assert by_name(late)["wake_recall"] == 0
    (recall, *_) = figures([heard, late, heard], WORDS, wired=True)
    assert recall.n == 3
    assert recall.value == pytest.approx(2 / 3)
    assert recall.interval is not None


def test_over_a_reply_it_is_counted_apart() -> None:
    over = account((0.5, "state_changed", {"old": "idle", "new": "responding"}), said=[CALL])
    assert by_name(over)["wake_recall_over_reply"] == 0
    assert "wake_recall" not in by_name(over)


def test_a_wake_word_that_nobody_said_is_false() -> None:
    talk = Said(1.0, 2.0, "it rains")
    one = account(
        (1.5, "wake_word_detected", {}), (7.0, "wake_word_detected", {}), said=[talk]
    )  # fmt: skip
    assert by_name(one)["false_wakes"] == 2


def test_a_wake_word_that_is_told_late_is_missed_but_not_false() -> None:
    late = account((5.0, "wake_word_detected", {}), said=[CALL])
    assert (by_name(late)["wake_recall"], by_name(late)["false_wakes"]) == (0, 0)


def test_a_reply_is_timed_from_the_end_of_speech_to_its_first_sound() -> None:
    one = account(
        (2.9, "playback_started", {}), said=[CALL], played=loud((3.0, 0), (1.0, 8_000))
    )  # fmt: skip
    assert by_name(one)["reply_heard_p50"] == pytest.approx(1_000, abs=10)
    assert "reply_heard_p50" not in by_name(one, wired=False)


def test_levels_and_delays_are_those_of_the_rig() -> None:
    heard = loud((1.0, 10), (1.0, 4_000), (2.0, 10))
    one = account(said=[CALL], heard=heard, delays=[Delays(0.1, 0.2), Delays(0.3, 0.2)])
    found = by_name(one)
    assert found["microphone_voice"] - found["microphone_noise"] == pytest.approx(52, abs=1)
    assert found["microphone_clipped"] == 0
    assert [found["delay_loop"], found["delay_voice"]] == pytest.approx([200, 200])


def test_a_delay_that_was_not_measured_is_none() -> None:
    found = by_name(account(said=[], delays=[Delays(None, 0.2), Delays(None, None)]))
    assert found["delay_voice"] == pytest.approx(200)
    assert "delay_loop" not in found


def test_what_was_not_recorded_has_no_level() -> None:
    assert not {one for one in by_name(account(said=[CALL])) if one.startswith("microphone")}
    assert figures([], WORDS, wired=True) == []
