"""The turn table: every row, and what must hold whatever happens."""

from hypothesis import given
from hypothesis import strategies as st

from device import effects as do
from device import events as e
from device.events import TurnState
from device.turn import ROWS, Awaiting, Playing, Step, Turn, step

WAKE = e.WakeWordDetected(word="hey_jarvis", score=0.9, end_sample=16_000, language="de")
FAILED = e.StageFailed(stage="stt", code="engine-failed", message="broken")
ENDED = e.TurnEnded(start_sample=0, stop_sample=9, speech_stop_sample=8, reason="silence")
TYPED = e.UtteranceGiven(text="turn on the light")
NEWS = e.AnnouncementDue(text="dinner is ready")
URGENT = e.AnnouncementDue(text="fire", priority=e.Priority.URGENT)
FINISHED = e.PlaybackFinished(heard_seconds=1.0)
OVER = e.Interrupted(by="speech", start_sample=64_000)

EVENTS: list[e.Event] = [
    WAKE, FAILED, ENDED, TYPED, NEWS, URGENT, FINISHED,
    e.PlaybackFinished(heard_seconds=1.0, follow_up=True), e.BidWon(), e.BidLost(),
    e.ButtonPressed(), e.ListenRequested(), e.StartConversation(text="are you there?"),
    e.TimerDue(label="pasta", timer_id="pasta"), e.NoSpeech(), e.ReplyAudible(), e.NothingToSay(),
    e.SpeechEnded(start_sample=0, stop_sample=8), e.SpeechSuspected(), e.SpeechRejected(),
    e.Interrupted(by="mqtt"), e.StopRequested(),
    e.MuteChanged(muted=True), e.MuteChanged(muted=False), e.VolumeChanged(volume=0.5),
    e.MuteChanged(muted=True, by_switch=True), e.MuteChanged(muted=False, by_switch=True),
    e.SnoozeRequested(), e.TimerCancelled(id="pasta"), e.TimerDue(timer_id="eggs"),
    e.TimerCancelled(id="eggs"), OVER, e.Understood(), e.NotAddressed(),
    *(e.SettingChanged(name="barge_in", value=mode.value) for mode in e.BargeIn),
]  # fmt: skip


def after(*events: e.Event, turn: Turn | None = None) -> Turn:
    turn = turn or Turn()
    for event in events:
        turn = step(turn, event).turn
    return turn


LISTENING = after(WAKE, e.BidWon())
PROCESSING = after(WAKE, e.BidWon(), ENDED)
RESPONDING = after(WAKE, e.BidWon(), ENDED, e.ReplyAudible())
RINGING = after(e.TimerDue(label="pasta", timer_id="pasta"))


def test_a_wake_word_listens_from_its_end_once_the_bid_is_won() -> None:
    bidding = step(Turn(), WAKE)
    assert bidding.effects == (do.Bid(WAKE),)
    assert bidding.turn.state is TurnState.IDLE
    assert step(bidding.turn, e.BidWon()).effects == (do.Listen(16_000, "de"),)


def test_a_lost_bid_stays_idle() -> None:
    assert after(WAKE, e.BidLost()) == Turn()


def test_a_bid_that_nobody_made_moves_nothing() -> None:
    assert step(Turn(), e.BidWon()).row == ""


def test_a_whole_turn_comes_back_to_idle() -> None:
    turn = after(FINISHED, turn=RESPONDING)
    assert turn == Turn(turn_id=1, last_id=1)


def test_a_question_listens_on_without_wake_word() -> None:
    taken = step(RESPONDING, e.PlaybackFinished(heard_seconds=1.0, follow_up=True))
    assert taken.turn.state is TurnState.LISTENING
    assert taken.effects == (do.Listen(follow_up=True),)


def test_a_wake_word_cuts_the_reply_and_listens() -> None:
    taken = step(RESPONDING, WAKE)
    assert taken.effects == (do.CancelReply(), do.Listen(16_000, "de"), do.Bid(WAKE))
    assert taken.turn.turn_id == RESPONDING.turn_id + 1


def test_what_belongs_to_a_turn_that_is_over_moves_nothing() -> None:
    listening_anew = after(WAKE, turn=PROCESSING)
    late = e.ReplyAudible(turn_id=PROCESSING.turn_id)
    assert step(listening_anew, late).turn == listening_anew


def test_mute_leaves_listening_at_once_and_blocks_it() -> None:
    taken = step(LISTENING, e.MuteChanged(muted=True))
    assert taken.turn.state is TurnState.IDLE
    assert taken.effects == (do.StopListening(), do.SetMicrophone(muted=True))
    for request in (WAKE, e.ButtonPressed(), e.ListenRequested()):
        assert step(taken.turn, request).turn.state is TurnState.IDLE


def test_a_reply_goes_on_when_muted_and_nobody_is_heard_after_it() -> None:
    muted = after(e.MuteChanged(muted=True), turn=RESPONDING)
    assert muted.state is TurnState.RESPONDING
    assert after(e.PlaybackFinished(heard_seconds=1.0, follow_up=True), turn=muted).state is (
        TurnState.IDLE
    )


def test_a_bid_ends_when_muted() -> None:
    assert after(WAKE, e.MuteChanged(muted=True), e.BidWon()).state is TurnState.IDLE


def test_an_announcement_waits_for_idle() -> None:
    waiting = after(NEWS, turn=RESPONDING)
    assert waiting.state is TurnState.RESPONDING
    taken = step(waiting, FINISHED)
    assert taken.effects == (do.Say("dinner is ready"),)
    assert taken.turn.playing is Playing.ANNOUNCEMENT
    assert taken.turn.waiting == ()


def test_an_announcement_that_waited_too_long_is_not_said() -> None:
    stale = e.AnnouncementDue(text="the bus leaves", expires_at=10.0)
    waiting = after(stale, NEWS, turn=RESPONDING)
    late = e.PlaybackFinished(heard_seconds=1.0, at=10.5)
    assert step(waiting, late).effects == (do.Drop(stale), do.Say("dinner is ready"))


def test_an_urgent_announcement_drops_what_it_cuts() -> None:
    taken = step(RESPONDING, URGENT)
    assert taken.effects == (do.CancelReply(), do.Say("fire"))
    assert step(LISTENING, URGENT).effects == (do.StopListening(), do.Say("fire"))


def test_a_ringing_timer_is_only_stopped() -> None:
    for event in (WAKE, e.ButtonPressed(), e.StopRequested(), e.Interrupted(by="mqtt")):
        taken = step(RINGING, event)
        assert taken.turn.state is TurnState.IDLE
        assert taken.effects == (do.CancelReply(),)


def test_what_rings_is_snoozed() -> None:
    taken = step(RINGING, e.SnoozeRequested())
    assert taken.turn.state is TurnState.IDLE
    assert taken.effects == (do.CancelReply(),)
    assert step(RESPONDING, e.SnoozeRequested()).row == ""


def test_what_rings_goes_on_after_an_urgent_announcement() -> None:
    urgent = step(RINGING, URGENT)
    assert urgent.effects == (do.CancelReply(), do.Say("fire"))
    assert step(urgent.turn, FINISHED).effects == (do.Ring("pasta"),)


def test_a_timer_that_is_cancelled_rings_no_more_and_no_other_falls_silent() -> None:
    both = after(e.TimerDue(timer_id="eggs"), turn=RINGING)
    assert step(both, e.TimerCancelled(id="pasta")).turn.ringing == e.TimerDue(timer_id="eggs")
    still = step(both, e.TimerCancelled(id="eggs"))
    assert (still.turn, still.effects) == (RINGING, ())
    cut = after(URGENT, e.TimerCancelled(id="pasta"), turn=RINGING)
    assert step(cut, FINISHED).turn.state is TurnState.IDLE


def test_an_announcement_without_a_sound_ends() -> None:
    for said in (NEWS, e.StartConversation(text="?"), e.TimerDue()):
        assert after(said, e.NothingToSay()).state is TurnState.IDLE


def test_the_switch_on_the_device_wins_over_software() -> None:
    locked = step(Turn(), e.MuteChanged(muted=True, by_switch=True))
    assert locked.effects == (do.SetMicrophone(muted=True),)
    assert step(locked.turn, e.MuteChanged(muted=False)) == Step(locked.turn, (), "switch-wins")
    opened = step(locked.turn, e.MuteChanged(muted=False, by_switch=True))
    assert opened.effects == (do.SetMicrophone(muted=False),)
    assert opened.turn == Turn()


def test_the_switch_locks_a_microphone_that_software_muted_already() -> None:
    muted = after(e.MuteChanged(muted=True), e.MuteChanged(muted=True, by_switch=True))
    assert after(e.MuteChanged(muted=False), turn=muted).muted


def test_a_button_ends_an_announcement_and_nobody_listens() -> None:
    assert step(after(NEWS), e.ButtonPressed()).effects == (do.CancelReply(),)


def test_an_answer_belongs_to_the_question_that_was_asked() -> None:
    question = e.StartConversation(text="shall I?", question_id="7", language="de")
    heard = step(after(question), FINISHED)
    assert heard.effects == (do.Listen(follow_up=True, language="de"),)
    assert step(heard.turn, ENDED).effects == (do.Respond(ENDED, question),)
    assert step(heard.turn, TYPED).effects[-1] == do.Respond(TYPED)


def test_a_question_waits_for_the_end_of_a_reply() -> None:
    question = e.StartConversation(text="shall I?", chime=True)
    waiting = after(NEWS, question, e.TimerDue(label="pasta"), turn=RESPONDING)
    ringing = step(waiting, FINISHED)
    assert ringing.effects == (do.Ring("pasta"),)
    news = step(ringing.turn, e.StopRequested())
    assert news.effects == (do.CancelReply(), do.Say("dinner is ready"))
    assert step(news.turn, FINISHED).effects == (do.Say("shall I?", chime=True),)


def test_a_speaker_that_talks_listens_at_once_and_bids_beside() -> None:
    listening = step(RESPONDING, WAKE).turn
    assert step(listening, e.BidWon()).row == ""
    assert step(listening, e.BidLost()).effects == (do.StopListening(),)


def test_a_timer_that_is_due_during_a_reply_rings_after_it() -> None:
    assert step(after(e.TimerDue(label="a"), turn=RESPONDING), FINISHED).effects == (do.Ring("a"),)


def test_a_failure_is_explained_but_not_for_ever() -> None:
    explained = step(PROCESSING, FAILED)
    assert explained.effects == (do.CancelReply(), do.SayFailure(FAILED))
    again = step(explained.turn, FAILED)
    assert again.effects == (do.CancelReply(), do.ErrorChime())
    assert again.turn.state is TurnState.IDLE


def test_our_own_question_is_answered_without_wake_word() -> None:
    asked = after(e.StartConversation(text="are you there?"))
    assert asked.awaiting is Awaiting.ANSWER
    assert after(FINISHED, turn=asked).state is TurnState.LISTENING


def test_suspected_speech_ducks_once_and_comes_back() -> None:
    ducked = step(RESPONDING, e.SpeechSuspected())
    assert ducked.effects == (do.Duck(),)
    assert step(ducked.turn, e.SpeechSuspected()).row == ""
    assert step(ducked.turn, e.SpeechRejected()).effects == (do.Unduck(),)


def test_typed_text_is_a_turn_from_every_state() -> None:
    for turn in (Turn(), LISTENING, PROCESSING, RESPONDING, RINGING):
        assert after(TYPED, turn=turn).state is TurnState.PROCESSING


def test_every_row_is_reached() -> None:
    bidding, muted = after(WAKE), after(e.MuteChanged(muted=True))
    muted_reply = after(e.MuteChanged(muted=True), turn=RESPONDING)
    ducked = after(e.SpeechSuspected(), turn=RESPONDING)
    held = after(OVER, turn=RESPONDING)
    modes = [e.SettingChanged(name="barge_in", value=mode.value) for mode in e.BargeIn]
    places = (
        Turn(),
        bidding,
        LISTENING,
        PROCESSING,
        RESPONDING,
        RINGING,
        muted,
        muted_reply,
        ducked,
        after(NEWS),
        after(e.MuteChanged(muted=True, by_switch=True)),
        after(e.TimerDue(timer_id="eggs"), turn=RINGING),
        held,
        after(ENDED, turn=held),
        *(after(mode, turn=RESPONDING) for mode in modes),
    )
    reached = {step(turn, event).row for turn in places for event in EVENTS}
    assert {row.name for row in ROWS} <= reached


@given(st.lists(st.sampled_from(EVENTS), max_size=60))
def test_no_order_of_events_breaks_the_turn(events: list[e.Event]) -> None:
    turn, held = Turn(), 0
    for event in events:
        taken = step(turn, event)
        assert taken.turn.last_id >= max(turn.last_id, taken.turn.turn_id)
        held += taken.effects.count(do.HoldReply())
        held -= taken.effects.count(do.ResumeReply()) + taken.effects.count(do.DropHeld())
        assert held == (taken.turn.held is not None)
        if taken.turn.held:
            assert taken.turn.state in (TurnState.LISTENING, TurnState.PROCESSING)
        if taken.turn.muted:
            assert taken.turn.state is not TurnState.LISTENING
        if taken.turn.state is TurnState.IDLE:
            assert taken.turn.playing is None
            assert not taken.turn.waiting
        heard_out = isinstance(event, e.NoSpeech)
        goes_on = do.ResumeReply() in taken.effects
        leaves_listening = turn.state is TurnState.LISTENING and not heard_out
        if leaves_listening and taken.turn.turn_id != turn.turn_id:
            assert do.StopListening() in taken.effects
        leaves_reply = turn.state in (TurnState.PROCESSING, TurnState.RESPONDING)
        ends_by_itself = isinstance(event, e.PlaybackFinished | e.NothingToSay)
        holds = do.HoldReply() in taken.effects
        ends_by_itself = ends_by_itself or (goes_on and isinstance(event, e.NotAddressed))
        if leaves_reply and taken.turn.turn_id != turn.turn_id and not ends_by_itself:
            assert holds or do.CancelReply() in taken.effects
        turn = taken.turn
