from hypothesis import given
from hypothesis import strategies as st

from device.breaker import Breaker, BreakerState

ENDINGS = st.sampled_from(("succeeded", "failed", "dropped"))


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(failures=2, rest_seconds=10, longest_seconds=25)
    breaker.failed(now)
    breaker.failed(now)
    return breaker


def test_failures_in_a_row_open_it_and_others_do_not() -> None:
    breaker = Breaker(failures=2)
    for _ in range(5):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.allows(0)
    breaker.failed(0)
    breaker.failed(0)
    assert (breaker.state, breaker.allows(0)) == (BreakerState.OPEN, False)


def test_after_the_rest_one_probe_is_let_through_and_decides() -> None:
    breaker = opened()
    assert not breaker.allows(9.9)
    assert [breaker.allows(10), breaker.allows(10)] == [True, False]
    breaker.succeeded()
    assert breaker.allows(10)


def test_every_failed_probe_doubles_the_rest_up_to_the_longest() -> None:
    breaker, rests, now = opened(), [], 0.0
    for _ in range(4):
        rests.append(breaker.rests_seconds(now))
        now += rests[-1]
        assert breaker.allows(now)
        breaker.failed(now)
    assert rests == [10, 20, 25, 25]


def test_a_recovery_forgets_how_long_the_rests_were() -> None:
    breaker = opened()
    assert breaker.allows(10)
    breaker.failed(10)
    assert breaker.allows(30)
    breaker.succeeded()
    breaker.failed(40)
    breaker.failed(40)
    assert breaker.rests_seconds(40) == 10


def test_a_probe_that_nobody_waited_for_is_made_again() -> None:
    breaker = opened()
    assert breaker.allows(10)
    breaker.dropped(11)
    assert breaker.allows(11)


def test_a_late_failure_of_an_earlier_call_does_not_prolong_the_rest() -> None:
    breaker = opened()
    breaker.failed(8)
    assert breaker.allows(10)


@given(st.lists(st.tuples(st.floats(0, 40), ENDINGS)))
def test_it_never_locks_up_and_at_most_one_probe_is_under_way(
    calls: list[tuple[float, str]],
) -> None:
    breaker, now = Breaker(failures=2, rest_seconds=10, longest_seconds=25), 0.0
    for pause, ending in calls:
        now += pause
        if not breaker.allows(now):
            assert 0 < breaker.rests_seconds(now) <= 25
            continue
        if breaker.state is BreakerState.HALF_OPEN:
            assert not breaker.allows(now)
        getattr(breaker, ending)(*(() if ending == "succeeded" else (now,)))
    assert breaker.allows(now + 25)
