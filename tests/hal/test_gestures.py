import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.hal.gestures import Button, Debounced, Gesture

DEBOUNCE = 0.03
SHORT, LONG, TOGETHER, APART = 0.2, 1.5, 0.15, 0.6


def gestures(*spans: float, bounce: tuple[float, ...] = ()) -> list[Gesture]:
    """Press and let go in turn for so many seconds each; each edge bounces at these delays."""
    button, now, closed = Button(DEBOUNCE), 10.0, False
    told: list[Gesture] = []
    for span in (*spans, APART):
        closed = not closed
        told += _until(button, now)
        told += button.edge(closed, now)
        for place, delay in enumerate(bounce):
            told += button.edge(closed if place % 2 else not closed, now + delay)
        now += span
    return told + _until(button, now + 5.0)


def _until(button: Button, now: float) -> list[Gesture]:
    """What a clock would do: come back when the button asks for it."""
    told: list[Gesture] = []
    while button.due is not None and button.due < now:
        due = button.due
        told += button.advance(due)
        assert button.due is None or button.due > due
    return told


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((SHORT,), [Gesture.SINGLE_PRESS]),
        ((0.99,), [Gesture.SINGLE_PRESS]),
        ((SHORT, TOGETHER, SHORT), [Gesture.DOUBLE_PRESS]),
        ((SHORT, TOGETHER, SHORT, TOGETHER, SHORT), [Gesture.TRIPLE_PRESS]),
        ((SHORT, 0.24, SHORT), [Gesture.DOUBLE_PRESS]),
        ((SHORT, 0.26, SHORT), [Gesture.SINGLE_PRESS, Gesture.SINGLE_PRESS]),
        ((SHORT, APART, SHORT), [Gesture.SINGLE_PRESS, Gesture.SINGLE_PRESS]),
        ((1.01,), [Gesture.LONG_PRESS]),
        ((LONG, TOGETHER, SHORT), [Gesture.LONG_PRESS, Gesture.SINGLE_PRESS]),
        ((SHORT, TOGETHER, LONG), [Gesture.LONG_PRESS]),
        ((SHORT, TOGETHER) * 3 + (SHORT,), []),
        ((0.01,), []),
    ],
)
def test_presses_mean_what_the_grammar_says(
    spans: tuple[float, ...], expected: list[Gesture]
) -> None:
    assert gestures(*spans) == expected


@given(
    st.lists(st.sampled_from([SHORT, LONG]), min_size=1, max_size=6),
    st.lists(st.sampled_from([TOGETHER, APART]), min_size=6, max_size=6),
    st.lists(st.floats(0.0001, 0.004), min_size=0, max_size=8).filter(
        lambda one: len(one) % 2 == 0
    ),
)
def test_bounces_change_nothing(
    presses: list[float], pauses: list[float], delays: list[float]
) -> None:
    spans = [span for pair in zip(presses, pauses, strict=False) for span in pair][:-1]
    steps = tuple(sum(delays[: place + 1]) for place in range(len(delays)))
    assert gestures(*spans, bounce=steps) == gestures(*spans)


def test_nothing_is_concluded_while_an_edge_may_still_count() -> None:
    button = Button(DEBOUNCE)
    button.edge(True, 0.0)
    button.edge(False, 0.99)
    assert button.advance(1.005) == []
    button.edge(True, 1.23)
    assert button.advance(1.25) == []
    button.edge(False, 1.5)
    assert button.advance(1.54) == []
    assert button.advance(1.75) == [Gesture.DOUBLE_PRESS]


def test_a_long_press_is_told_while_it_lasts() -> None:
    button = Button(DEBOUNCE)
    button.edge(True, 0.0)
    assert button.advance(0.03) == []
    assert button.advance(0.99) == []
    assert button.advance(1.0) == [Gesture.LONG_PRESS]
    assert button.advance(30.0) == []


def test_a_button_that_is_stuck_when_the_speaker_starts_says_nothing() -> None:
    button = Button(DEBOUNCE)
    assert button.edge(False, 5.0) == []
    assert button.due is None


def test_a_clock_that_comes_late_changes_nothing() -> None:
    button = Button(DEBOUNCE)
    button.edge(True, 0.0)
    button.edge(False, 0.2)
    assert button.edge(True, 9.0) == [Gesture.SINGLE_PRESS]


def test_a_switch_counts_once_its_level_has_lasted() -> None:
    switch = Debounced(DEBOUNCE, closed=True)
    switch.edge(False, 1.0)
    switch.edge(True, 1.01)
    assert not switch.settle(2.0)
    switch.edge(False, 3.0)
    assert not switch.settle(3.02)
    assert switch.settle(3.03)
    assert not switch.closed
