"""When somebody is suspected to talk over the speaker, and when that is certain."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.vad.interruption import (
    Block,
    Confirmed,
    Finding,
    Interruption,
    Passed,
    Said,
    Suspected,
    settings_for,
)

BLOCK = 512
LOUD, SOFT = -25.0, -70.0


def found(
    probabilities: list[float],
    *,
    level: float = LOUD,
    residual: float | None = None,
    sensitivity: float = 0.5,
    before: float | None = None,
) -> list[Finding]:
    """What comes of blocks of 32 ms; silent ones are soft. `before`: how loud the room was."""
    interruption = Interruption(settings_for(sensitivity))
    if before is not None:
        for _ in range(80):
            interruption.recall(before, 1_600)
    findings = []
    for number, probability in enumerate(probabilities):
        loud = level if probability else SOFT
        finding = interruption.feed(Block(number * BLOCK, BLOCK, probability, loud, residual))
        if finding is not None:
            findings.append(finding)
    return findings


SILENCE = [0.0] * 6


def test_a_voice_is_suspected_within_a_block_and_confirmed_when_it_goes_on() -> None:
    suspected, confirmed = found([0.0] * 3 + [0.9] * 30)
    assert suspected == Suspected(3 * BLOCK)
    assert confirmed == Confirmed(3 * BLOCK, (3 + 25) * BLOCK)


def test_weak_sounds_before_the_vowel_add_up() -> None:
    assert found([0.0, 0.13, 0.16, 0.14]) == [Suspected(BLOCK)]


def test_faint_doubts_hours_apart_do_not_add_up() -> None:
    assert found(([0.2] + [0.0] * 4) * 50) == []


def test_a_word_that_ends_is_to_be_found_out() -> None:
    assert found([0.9] * 8 + SILENCE) == [Suspected(0), Said(0, 8 * BLOCK)]


def test_a_click_passes() -> None:
    assert found([0.9, *SILENCE]) == [Suspected(0), Passed(0, BLOCK)]


def test_breath_that_is_never_certainly_speech_confirms_nothing() -> None:
    assert found([0.6] * 60 + SILENCE) == [Suspected(0), Passed(0, 60 * BLOCK)]


def test_the_closure_inside_a_word_ends_nothing() -> None:
    assert found([0.9] * 5 + [0.05] * 3 + [0.9] * 5 + SILENCE)[1:] == [Said(0, 13 * BLOCK)]


def test_who_was_confirmed_is_heard_anew_after_a_pause() -> None:
    kinds = [type(one) for one in found(([0.9] * 40 + SILENCE) * 2)]
    assert kinds == [Suspected, Confirmed, Suspected, Confirmed]


def test_who_goes_on_and_on_is_confirmed_again_from_the_same_beginning() -> None:
    _, first, second, third = found([0.9] * 80)
    assert [one.start_sample for one in (first, second, third)] == [0, 0, 0]
    assert isinstance(third, Confirmed)


def test_what_is_not_louder_than_the_room_was_is_nobody_near() -> None:
    speech = [0.9] * 30
    assert found(speech, level=-40.0, before=-41.0) == []
    assert len(found(speech, level=-30.0, before=-41.0)) == 2


def test_a_room_that_is_silent_asks_for_a_voice_all_the_same() -> None:
    assert found([0.9] * 30, level=-65.0, before=-120.0) == []


def test_what_is_left_of_our_own_voice_is_nobody() -> None:
    speech = [0.9] * 30
    assert found(speech, level=-35.0, residual=-38.0) == []
    assert len(found(speech, level=-25.0, residual=-38.0)) == 2


def test_more_is_asked_while_our_own_voice_plays() -> None:
    doubtful = [0.15] * 3
    assert found(doubtful) == [Suspected(0)]
    assert found(doubtful, residual=-80.0) == []


@pytest.mark.parametrize("residual", [None, -60.0])
def test_who_is_sensitive_hears_sooner(residual: float | None) -> None:
    speech = [0.2, 0.4, 0.6] + [0.9] * 45

    def heard(sensitivity: float) -> tuple[int, int]:
        suspected, confirmed, *_ = found(speech, residual=residual, sensitivity=sensitivity)
        assert isinstance(suspected, Suspected)
        assert isinstance(confirmed, Confirmed)
        return suspected.start_sample, confirmed.stop_sample

    confirmed = [heard(share / 10)[1] for share in range(11)]
    assert confirmed == sorted(confirmed, reverse=True)
    assert confirmed[0] > confirmed[-1]


def test_what_turned_out_to_be_our_own_voice_must_be_outdone_for_a_while() -> None:
    interruption = Interruption()

    def hears(number: int, level: float) -> bool:
        block = Block(number * BLOCK, BLOCK, 0.9, level, residual_dbfs=-90.0)
        return isinstance(interruption.feed(block), Suspected)

    def pause(begin: int) -> None:
        for number in range(begin, begin + 6):
            interruption.feed(Block(number * BLOCK, BLOCK, 0.0, SOFT, -90.0))

    assert hears(0, -40.0)
    pause(1)
    interruption.beware(-40.0)
    assert not hears(10, -38.0)
    assert hears(11, -30.0)
    pause(12)
    assert hears(200, -38.0)


BLOCKS = st.lists(
    st.tuples(
        st.floats(0, 1), st.floats(-120, 0), st.none() | st.floats(-120, 0),
        st.sampled_from([160, 320, 480, 512]),
    ),
    max_size=120,
)  # fmt: skip


@given(BLOCKS, st.floats(0, 1))
def test_whatever_is_heard_findings_come_in_order_and_lie_in_what_was_heard(
    blocks: list[tuple[float, float, float | None, int]], sensitivity: float
) -> None:
    interruption, now, findings = Interruption(settings_for(sensitivity)), 0, []
    for probability, level, residual, samples in blocks:
        finding = interruption.feed(Block(now, samples, probability, level, residual))
        now += samples
        if finding is not None:
            assert 0 <= finding.start_sample <= now
            if not isinstance(finding, Suspected):
                assert finding.start_sample < finding.stop_sample <= now
            findings.append(finding)
    for before, after in pairwise(findings):
        if isinstance(before, Suspected) or isinstance(after, Confirmed):
            assert isinstance(before, Suspected | Confirmed)
            assert not isinstance(after, Suspected)
        assert before.start_sample <= after.start_sample
