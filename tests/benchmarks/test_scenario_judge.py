"""What is said of a run: made-up accounts and sounds."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scenario.account import Account, Happening, Sound
from benchmarks.scenario.judge import Verdict, judge
from benchmarks.scenario.parse import parse
from benchmarks.scenario.script import Scenario
from benchmarks.scenario.sound import ducked_ms, silent_ms, sounded, sounds_ms

RATE = 16_000
BEGAN = 5.0


def loud(*pieces: tuple[float, float]) -> Sound:
    """Noise of a level (share of full scale) for so many seconds, one after the other."""
    rng = np.random.default_rng(1)
    parts = [np.zeros(0)] + [
        rng.uniform(-1, 1, round(seconds * RATE)) * level for level, seconds in pieces
    ]
    return Sound((np.concatenate(parts) * 32_767).astype(np.int16), RATE, BEGAN)


def scenario(**values: Any) -> Scenario:
    base = {"name": "one", "shows": "it", "script": [{"say": "hello"}]}
    return parse(str({**base, **values}).replace("True", "true").replace("False", "false"))


def happened(*events: tuple[float, str, dict[str, Any]]) -> list[Happening]:
    return [Happening(at, {"event": name, "turn_id": 1, **told}) for at, name, told in events]


SPOKEN = happened(
    (5.1, "playback_started", {}),
    (6.0, "speech_suspected", {"start_sample": 1}),
    (6.5, "interrupted", {"by": "speech"}),
    (6.5, "playback_finished", {"heard_text": "one two", "completed": False}),
)
REPLY = happened((5.0, "reply_text", {"text": "one two three"}))


def verdicts(account: Account, **values: Any) -> list[Verdict]:
    return judge(scenario(**values), account)


def met(account: Account, **values: Any) -> list[bool]:
    return [one.met for one in verdicts(account, **values)]


def test_events_are_expected_in_their_order() -> None:
    account = Account(SPOKEN, loud())
    in_order = [{"event": "playback_started"}, {"event": "interrupted"}]
    assert met(account, expect=in_order) == [True, True]
    assert met(account, expect=in_order[::-1]) == [True, False]


def test_lateness_counts_from_the_event_before_or_from_a_named_moment() -> None:
    account = Account(SPOKEN, loud(), {"onset": [5.9]})
    expect: list[dict[str, Any]] = [
        {"event": "speech_suspected", "of": "onset", "within_ms": 150},
        {"event": "interrupted", "within_ms": 400},
    ]
    script = [{"say": "hello", "as": "onset"}]
    first, second = verdicts(account, expect=expect, script=script)
    assert (first.met, second.met, second.why) == (True, False, "too late")
    assert [first.ms, second.ms] == pytest.approx([100, 500])


def test_fields_must_be_as_wanted() -> None:
    account = Account(SPOKEN, loud())

    def fits(**fields: Any) -> bool:
        return met(account, expect=[{"event": {"event": "interrupted", "fields": fields}}])[0]

    assert fits(by="speech")
    assert fits(by=["button", "speech"])
    assert fits(by="~SPEE")
    assert not fits(by="button")


def test_what_must_never_come_and_what_the_lamps_are_told_is_judged_for_the_whole_run() -> None:
    account = Account(SPOKEN, loud(), commands=[("lamp", {"state": "ON"})])
    assert met(account, never=["interrupted", "stage_failed"]) == [False, True]
    assert met(account, told=[["lamp", {"state": "ON"}]]) == [True]
    assert met(account, told=[]) == [False]
    assert met(account, told=[["lamp", {"state": "OFF"}]]) == [False]


@pytest.mark.parametrize(
    ("text", "much"), [("", "nothing"), ("one two", "part"), ("one two three", "whole")]
)
def test_how_much_of_a_reply_was_heard(text: str, much: str) -> None:
    finished = happened((7.0, "playback_finished", {"heard_text": text}))
    account = Account([*REPLY, *finished], loud())
    for answer in ("nothing", "part", "whole"):
        assert met(account, heard={1: answer}) == [answer == much]


def test_words_that_were_never_said_are_no_part_of_the_reply() -> None:
    finished = happened((7.0, "playback_finished", {"heard_text": "two"}))
    assert met(Account([*REPLY, *finished], loud()), heard={1: "part"}) == [False]


def test_a_model_that_is_told_more_than_was_heard_is_told_too_much() -> None:
    def asked(text: str) -> Account:
        messages = [{"role": "assistant", "content": text}, {"role": "user", "content": "more"}]
        return Account([*REPLY, *SPOKEN], loud(), asked=[{"messages": messages}])

    wanted: dict[str, Any] = {"model": "x", "remembered": {"turn": 1, "in_turn": 1}}
    assert met(asked("one two …"), **wanted) == [True]
    assert met(asked("one two three"), **wanted) == [False]
    assert met(Account(REPLY, loud()), **wanted) == [False]


def test_a_cue_that_could_not_be_played_fails_the_scenario() -> None:
    assert met(Account([], loud(), troubles=["cue 2 did not come"])) == [False]


@given(st.floats(0.0, 0.5))
def test_silence_is_measured_to_the_last_sound(late: float) -> None:
    ms = silent_ms(loud((0.5, 1.0 + late), (0.0, 2.0)), BEGAN + 1.0, BEGAN + 2.5)
    assert ms == pytest.approx(late * 1_000, abs=6)


def test_a_sound_after_a_pause_is_no_silence() -> None:
    played = loud((0.5, 1.0), (0.0, 0.3), (0.5, 1.0))
    assert silent_ms(played, BEGAN + 1.0, BEGAN + 2.0) is None
    assert silent_ms(played, BEGAN + 1.0, BEGAN + 1.25) == pytest.approx(0, abs=6)


@given(st.floats(0.0, 0.4))
def test_ducked_is_softer_by_twenty_decibels(late: float) -> None:
    at, until = BEGAN + 1.0, BEGAN + 2.0
    assert ducked_ms(loud((0.5, 1.0 + late), (0.045, 2.0)), at, until) == pytest.approx(
        late * 1_000, abs=6
    )
    assert ducked_ms(loud((0.5, 1.0 + late), (0.08, 2.0)), at, until) is None


def test_sound_that_comes_back_is_found() -> None:
    played = loud((0.0, 1.0), (0.5, 1.0))
    assert sounds_ms(played, BEGAN + 0.7, BEGAN + 2.0) == pytest.approx(300, abs=6)
    assert sounds_ms(played, BEGAN, BEGAN + 0.9) is None
    assert not sounded(played, BEGAN + 1.0)
    assert sounded(played, BEGAN + 1.1)


def test_silence_after_an_event_is_judged_on_what_was_played() -> None:
    expect: list[dict[str, Any]] = [{"event": "interrupted"}, {"silent_within_ms": 100}]
    soon, late = loud((0.5, 1.55), (0.0, 3.0)), loud((0.5, 1.7), (0.0, 3.0))
    assert met(Account(SPOKEN, soon), expect=expect) == [True, True]
    assert met(Account(SPOKEN, late), expect=expect) == [True, False]
    assert met(Account(SPOKEN, loud((0.0, 5.0))), expect=expect) == [True, False]


def test_a_repeated_scenario_is_expected_as_often() -> None:
    twice = [*SPOKEN, *(Happening(one.at + 10, one.told) for one in SPOKEN)]
    expect = [{"event": "interrupted"}]
    assert met(Account(twice, loud()), expect=expect, repeat=2) == [True, True]
    assert met(Account(SPOKEN, loud()), expect=expect, repeat=2) == [True, False]
