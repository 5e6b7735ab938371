"""Marks, tickets and keys of a telephone call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.gateway.phone.keypad import Keypad
from device.gateway.phone.marks import Marks
from device.gateway.phone.tickets import Tickets


def test_a_mark_that_comes_back_tells_what_is_still_to_be_played() -> None:
    marks = Marks(8_000)
    names = [marks.sent(160) for _ in range(15)]
    due = [name for name in names if name is not None]
    assert len(due) == 3
    assert [marks.returned(name) for name in due] == [0.2, 0.1, 0.0]


def test_marks_of_what_was_thrown_away_tell_nothing() -> None:
    marks = Marks(8_000)
    old = marks.sent(1_600)
    marks.cleared()
    assert old is not None
    assert marks.returned(old) is None
    new = marks.sent(1_600)
    assert new is not None
    assert marks.returned(new) == 0.0


@given(st.text() | st.from_regex(r"\A0:[0-9]{1,4000}\Z"))
def test_marks_that_were_never_sent_tell_nothing(name: str) -> None:
    marks = Marks(8_000)
    assert marks.returned(name) is None
    marks.sent(1_600)
    unheard = marks.returned(name)
    assert unheard is None or 0.0 <= unheard < 0.2
    assert marks.returned(name) is None


def test_a_call_is_answered_once_and_its_ticket_is_good_once() -> None:
    tickets = Tickets()
    assert tickets.issue("CA1", "abc", 0.0)
    assert not tickets.issue("CA1", "def", 0.0)
    assert not tickets.take("CA1", "def", 1.0)
    assert not tickets.take("CA2", "abc", 1.0)
    assert tickets.take("CA1", "abc", 1.0)
    assert not tickets.take("CA1", "abc", 1.0)
    assert not tickets.take("CA1", "", 1.0)
    assert not tickets.issue("CA1", "ghi", 2.0)


def test_a_call_without_an_id_gets_no_ticket() -> None:
    assert not Tickets().issue("", "abc", 0.0)


def test_a_ticket_is_good_for_a_minute_and_waits_no_longer() -> None:
    tickets = Tickets()
    tickets.issue("CA1", "abc", 0.0)
    tickets.issue("CA2", "def", 30.0)
    assert [tickets.waiting(now) for now in (30.0, 61.0, 91.0)] == [2, 1, 0]
    assert not tickets.take("CA1", "abc", 61.0)
    assert tickets.take("CA2", "def", 61.0)
    assert tickets.waiting(61.0) == 0


def test_a_flood_of_calls_is_forgotten_from_its_beginning() -> None:
    tickets = Tickets()
    for number in range(10_001):
        tickets.issue(f"CA{number}", "abc", 0.0)
    assert not tickets.take("CA0", "abc", 0.0)
    assert tickets.take("CA1", "abc", 0.0)


def keypad(*told: e.Event) -> Keypad:
    pad = Keypad("yes", "no")
    for event in told:
        pad.tell(event)
    return pad


WHETHER = e.IntentRecognized(name="ParlorConfirm")
WHICH = e.IntentRecognized(name="ParlorChoose")
ASKED = e.PlaybackFinished(heard_seconds=1.0, follow_up=True)


@pytest.mark.parametrize("told", [(), (WHETHER,), (WHICH,), (ASKED,)])
def test_nought_interrupts(told: tuple[e.Event, ...]) -> None:
    assert keypad(*told).press("0") == e.Interrupted(by="api")


@pytest.mark.parametrize(("key", "said"), [("1", "yes"), ("2", "no")])
def test_whether_is_answered_by_one_key(key: str, said: str) -> None:
    assert keypad(WHETHER).press(key) == e.UtteranceGiven(text=said)


@pytest.mark.parametrize("told", [(WHICH,), (ASKED,)])
def test_a_number_answers_any_other_question(told: tuple[e.Event, ...]) -> None:
    pad = keypad(*told)
    assert [pad.press(key) for key in "20"] == [None, None]
    assert pad.typing
    assert pad.press("#") == e.UtteranceGiven(text="20")
    assert not pad.typing


def test_a_number_that_was_taken_back_answers_nothing() -> None:
    pad = keypad(WHICH)
    for key in "21*":
        pad.press(key)
    assert pad.end() is None


def test_a_number_without_end_is_cut() -> None:
    pad = keypad(WHICH)
    for key in "1" * 1_000:
        pad.press(key)
    assert pad.end() == e.UtteranceGiven(text="1" * 16)


@pytest.mark.parametrize(
    "since",
    [
        e.FinalTranscript(text="a", language="en", engine="command", confidence=1.0),
        e.UtteranceGiven(text="yes"),
        e.IntentRecognized(name="HassTurnOn"),
    ],
)
@pytest.mark.parametrize("asked", [WHETHER, WHICH])
def test_keys_mean_nothing_while_no_question_is_open(asked: e.Event, since: e.Event) -> None:
    pad = keypad(asked, since)
    assert [pad.press(key) for key in "12345#*ABCD"] == [None] * 11
    assert not pad.typing


@pytest.mark.parametrize("key", list("3456789*#ABCD"))
def test_other_keys_do_not_decide(key: str) -> None:
    assert keypad(WHETHER).press(key) is None
