from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.vad.silence import TurnSoFar, dynamic, fixed


def test_fixed_waits_equally_long() -> None:
    assert fixed(800)(TurnSoFar(5)) == fixed(800)(TurnSoFar(9, (700,), complete=True)) == 800


def test_dynamic_waits_by_how_complete_the_command_is() -> None:
    rule = dynamic(300, 800)
    assert rule(TurnSoFar(5, complete=True)) == 300
    assert rule(TurnSoFar(5)) == 550
    assert rule(TurnSoFar(5, complete=False)) == 800


def test_dynamic_waits_longer_than_the_persons_own_pauses() -> None:
    rule = dynamic(300, 800)
    assert rule(TurnSoFar(5, (400, 200), complete=True)) == 500
    assert rule(TurnSoFar(5, (500,))) == 625


@given(st.lists(st.integers(0, 10_000)), st.sampled_from([True, False, None]))
def test_dynamic_stays_within_its_limits(pauses: list[int], complete: bool | None) -> None:
    assert 300 <= dynamic(300, 800)(TurnSoFar(5, tuple(pauses), complete)) <= 800
