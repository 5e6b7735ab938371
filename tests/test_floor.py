"""Who spoke when."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.floor import Floor, Held, Who


def after(*events: e.Event) -> Floor:
    return reduce(Floor.fold, events, Floor())


def said(start: float, stop: float) -> e.TurnEnded:
    first, last = int(start * 16_000), int(stop * 16_000)
    return e.TurnEnded(
        start_sample=first, stop_sample=last, speech_stop_sample=last, reason="silence", at=stop + 1
    )


def test_a_sentence_and_its_answer_are_two_stretches() -> None:
    floor = after(said(1, 3), e.PlaybackStarted(at=4), e.PlaybackFinished(heard_seconds=2, at=6.5))
    assert floor.held == (Held(Who.PERSON, 1, 3), Held(Who.SPEAKER, 4, 6.5))
    assert floor.as_dict()["seconds"] == {"person": 2.0, "speaker": 2.5}


def test_a_reply_that_is_held_leaves_the_floor_and_comes_back() -> None:
    floor = after(
        e.PlaybackStarted(at=1), e.PlaybackHeld(heard_seconds=1, at=2), e.PlaybackResumed(at=4),
        e.PlaybackFinished(heard_seconds=3, at=6),
    )  # fmt: skip
    assert floor.held == (Held(Who.SPEAKER, 1, 2), Held(Who.SPEAKER, 4, 6))
    assert floor.speaking_since is None


def test_a_reply_that_is_cut_while_it_is_held_is_counted_once() -> None:
    floor = after(
        e.PlaybackStarted(at=1),
        e.PlaybackHeld(heard_seconds=1, at=2),
        e.PlaybackFinished(heard_seconds=1, at=5),
    )
    assert floor.held == (Held(Who.SPEAKER, 1, 2),)


def test_overlaps_are_counted_by_manner_for_ever_and_kept_for_a_while() -> None:
    floor = after(
        e.Overlap(manner="backchannel", seconds=0.4, at=10),
        e.Overlap(manner="interruption", seconds=0.8, at=20),
        e.Overlap(manner="backchannel", seconds=0.3, at=700),
    )
    assert floor.as_dict()["overlaps"] == {"backchannel": 2, "interruption": 1}
    assert [one.at for one in floor.overlaps] == [700]


def test_what_was_said_long_ago_is_forgotten() -> None:
    assert [one.start for one in after(said(1, 2), said(500, 501), said(700, 701)).held] == [
        500, 700,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 0.5)), max_size=400))
def test_however_much_is_said_the_history_is_bounded_and_in_order(
    steps: list[tuple[int, float]],
) -> None:
    floor, now = Floor(), 0.0
    for kind, seconds in steps:
        now += seconds
        events: tuple[e.Event, ...] = (
            e.PlaybackStarted(at=now), e.PlaybackFinished(heard_seconds=0, at=now),
            e.Overlap(manner="interruption", at=now), e.PlaybackHeld(heard_seconds=1, at=now),
        )  # fmt: skip
        floor = floor.fold(events[kind])
    assert len(floor.held) <= 200
    assert len(floor.overlaps) <= 200
    assert all(one.start <= one.stop <= now for one in floor.held)
