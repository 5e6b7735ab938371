"""The turn table: who may interrupt, and what becomes of what was interrupted."""

from dataclasses import replace

import pytest

from device import effects as do
from device import events as e
from device.events import BargeIn, TurnState
from device.turn import Playing, Turn, step
from tests.test_turn import ENDED, LISTENING, OVER, PROCESSING, RESPONDING, RINGING, WAKE, after

HELD = after(OVER, turn=RESPONDING)


def in_mode(mode: BargeIn, turn: Turn) -> Turn:
    return after(e.SettingChanged(name="barge_in", value=mode.value), turn=turn)


def test_speech_holds_the_reply_and_is_heard_from_its_first_sample() -> None:
    taken = step(RESPONDING, OVER)
    assert taken.effects == (
        do.HoldReply(), do.Listen(64_000, interrupting=True, patience_seconds=2.0)
    )  # fmt: skip
    assert taken.turn.state is TurnState.LISTENING
    assert taken.turn.turn_id == RESPONDING.turn_id + 1


@pytest.mark.parametrize("event", [e.NoSpeech(), e.NotAddressed()])
def test_a_false_interruption_goes_on_with_the_same_turn(event: e.Event) -> None:
    turn = after(ENDED, turn=HELD) if isinstance(event, e.NotAddressed) else HELD
    taken = step(turn, event)
    assert taken.effects == (do.ResumeReply(),)
    assert taken.turn.turn_id == RESPONDING.turn_id
    assert taken.turn.playing is Playing.REPLY
    assert not taken.turn.ducked


def test_a_turn_that_went_on_never_shares_its_number_with_a_later_one() -> None:
    resumed = after(e.NoSpeech(), turn=HELD)
    assert after(WAKE, turn=resumed).turn_id > HELD.turn_id


def test_what_was_meant_for_us_drops_the_reply_that_is_held() -> None:
    answering = step(HELD, ENDED)
    assert answering.effects == (do.Respond(ENDED, None, addressed=False),)
    taken = step(answering.turn, e.Understood())
    assert taken.effects == (do.DropHeld(),)
    assert taken.turn.state is TurnState.PROCESSING


def test_what_ends_the_listening_otherwise_drops_it_too() -> None:
    for event in (WAKE, e.StopRequested(), e.ButtonPressed(), e.UtteranceGiven(text="stop")):
        assert step(HELD, event).effects[0] == do.DropHeld()


def test_a_question_that_is_talked_over_is_answered() -> None:
    asked = after(e.StartConversation(text="are you there?", question_id="7"))
    held = after(OVER, turn=asked)
    assert held.asked is not None
    answering = step(held, ENDED)
    assert answering.effects == (do.Respond(ENDED, asked.asked, addressed=False),)


def test_somebody_who_goes_on_while_we_think_is_heard_from_the_beginning() -> None:
    taken = step(PROCESSING, OVER)
    assert taken.effects == (do.CancelReply(), do.Listen(0, interrupting=True))
    assert taken.turn.addressed


def test_a_sentence_that_was_too_long_is_not_heard_from_its_beginning_for_ever() -> None:
    cut = after(replace(ENDED, reason="max_length"), turn=LISTENING)
    assert step(cut, OVER).effects == ()


def test_once_a_command_is_understood_speech_does_not_undo_it() -> None:
    assert step(after(e.Understood(), turn=PROCESSING), OVER).effects == ()


def test_a_muted_microphone_hears_no_interruption_and_lets_the_reply_go_on() -> None:
    taken = step(HELD, e.MuteChanged(muted=True))
    assert taken.effects == (do.StopListening(), do.ResumeReply(), do.SetMicrophone(True))
    assert taken.turn.muted
    assert step(taken.turn, OVER).effects == ()


def test_what_is_not_addressed_to_us_ends_a_follow_up_without_a_word() -> None:
    follow_up = e.PlaybackFinished(heard_seconds=1.0, follow_up=True, patience_seconds=4.0)
    listening = after(follow_up, turn=RESPONDING)
    answering = step(listening, ENDED)
    assert answering.effects == (do.Respond(ENDED, None, addressed=False),)
    assert step(answering.turn, e.NotAddressed()).turn.state is TurnState.IDLE


def test_an_answer_to_our_own_question_is_always_for_us() -> None:
    asks = e.PlaybackFinished(heard_seconds=1.0, follow_up=True)
    assert step(after(asks, turn=RESPONDING), ENDED).effects == (do.Respond(ENDED),)


@pytest.mark.parametrize(
    ("mode", "wake", "speech", "button", "requested"),
    [
        (BargeIn.FULL, True, True, True, True),
        (BargeIn.WAKE_WORD, True, False, True, True),
        (BargeIn.BUTTON, False, False, True, True),
        (BargeIn.OFF, False, False, False, False),
    ],
)
def test_the_mode_says_who_makes_it_listen_during_a_reply(
    mode: BargeIn, wake: bool, speech: bool, button: bool, requested: bool
) -> None:
    events = (WAKE, OVER, e.ButtonPressed(), e.ListenRequested())
    for event, allowed in zip(events, (wake, speech, button, requested), strict=True):
        listens = step(in_mode(mode, RESPONDING), event).turn.state is TurnState.LISTENING
        assert listens is allowed, event


@pytest.mark.parametrize("mode", list(BargeIn))
def test_every_mode_can_be_silenced_and_stops_ringing(mode: BargeIn) -> None:
    for event in (e.StopRequested(), e.Interrupted(by="mqtt"), e.ButtonPressed()):
        taken = step(in_mode(mode, RESPONDING), event)
        assert do.CancelReply() in taken.effects
    assert step(in_mode(mode, RINGING), WAKE).effects == (do.CancelReply(),)


@pytest.mark.parametrize("mode", [BargeIn.WAKE_WORD, BargeIn.BUTTON, BargeIn.OFF])
def test_suspected_speech_ducks_only_when_speech_may_interrupt(mode: BargeIn) -> None:
    assert step(in_mode(mode, RESPONDING), e.SpeechSuspected()).effects == ()


def test_a_wake_word_is_heard_in_every_mode_when_nothing_is_said() -> None:
    assert step(in_mode(BargeIn.OFF, Turn()), WAKE).effects == (do.Bid(WAKE),)
    assert step(in_mode(BargeIn.OFF, LISTENING), WAKE).turn.state is TurnState.LISTENING
