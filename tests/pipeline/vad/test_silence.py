from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.vad.silence import (
    Limits,
    SilenceRule,
    TurnSoFar,
    combined,
    doubt,
    dynamic,
    fixed,
    hesitancy,
    semantic,
)

MS = 16
LIMITS = Limits(300 * MS, 800 * MS, 1200 * MS)
SECOND = 1000 * MS

turns = st.builds(
    TurnSoFar,
    st.integers(0, 100 * SECOND),
    st.lists(st.integers(0, 100 * SECOND)).map(tuple),
    st.none() | st.floats(0, 1),
    st.integers(0, 1000),
)


def test_fixed_waits_equally_long() -> None:
    rule = fixed(800)
    assert rule(TurnSoFar(5)) == rule(TurnSoFar(9, (700,), over=1.0)) == 800


def test_words_that_tell_nothing_are_given_the_usual_silence() -> None:
    assert semantic(LIMITS)(TurnSoFar(SECOND)) == 800 * MS
    assert semantic(LIMITS)(TurnSoFar(SECOND, over=0.5)) == 800 * MS


def test_a_whole_command_is_given_the_least_silence() -> None:
    assert semantic(LIMITS)(TurnSoFar(SECOND, over=0.95)) == 300 * MS


def test_half_a_command_is_given_the_most_silence() -> None:
    assert semantic(LIMITS)(TurnSoFar(SECOND, over=0.05)) == 1200 * MS


def test_words_mean_nothing_to_the_dynamic_strategy() -> None:
    rule = dynamic(LIMITS)
    assert rule(TurnSoFar(SECOND, over=1.0)) == rule(TurnSoFar(SECOND, over=0.0))


def test_who_makes_long_pauses_is_given_longer() -> None:
    rule = dynamic(LIMITS)
    waits = [rule(TurnSoFar(SECOND, (900 * MS,) * count)) for count in range(4)]
    assert waits == sorted(set(waits))
    assert rule(TurnSoFar(SECOND, (100 * MS,))) < rule(TurnSoFar(SECOND))


def test_who_speaks_slowly_is_given_longer() -> None:
    slow, usual, fast = (TurnSoFar(2 * SECOND, (), None, count) for count in (5, 9, 14))
    assert hesitancy(usual) == 1.0
    assert hesitancy(fast) < 1.0 < hesitancy(slow)


def test_too_little_speech_tells_no_rate() -> None:
    assert hesitancy(TurnSoFar(SECOND // 2, (), None, 1)) == 1.0


@pytest.mark.parametrize("pauses", [(), (900 * MS,)])
def test_combined_uses_the_words_and_the_manner(pauses: tuple[int, ...]) -> None:
    turn = TurnSoFar(SECOND, pauses, 0.7)
    both = combined(Limits(0, 800 * MS, 5000 * MS))(turn)
    assert both == int(800 * MS * doubt(0.7) * hesitancy(turn))


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_surer_the_end_the_shorter_the_silence(one: float, other: float) -> None:
    assert doubt(max(one, other)) <= doubt(min(one, other))


@pytest.mark.parametrize("strategy", [dynamic, semantic, combined])
@given(turn=turns)
def test_every_rule_stays_within_its_limits(
    strategy: Callable[[Limits], SilenceRule], turn: TurnSoFar
) -> None:
    assert LIMITS.low <= strategy(LIMITS)(turn) <= LIMITS.high


def test_limits_are_in_order() -> None:
    with pytest.raises(ValueError, match="order"):
        Limits(900, 800, 1200)
