"""The turn table: (turn, event) -> (turn, effects). Pure: no clock, thread or socket.

    idle        a wake word bids; a won bid, a button, a request listen; typed text is processed;
                announcements, questions and timers are played
    listening   a complete sentence is processed; silence, button, interruption end it
    processing  the first sound of the reply makes it responding; a wake word listens anew;
                somebody who goes on speaking is heard on
    responding  suspected speech ducks; confirmed speech holds the reply and listens; a wake word
                or another interruption cuts it; the end of playback returns to idle, or listens
                for the answer
    held        a reply that was held goes on if nobody spoke, or not to us; else it is dropped
    any         stop ends everything; a timer that is cancelled rings no more; mute leaves
                listening at once and blocks it; the switch on the device wins over software

What belongs to a turn that is over moves nothing. An announcement waits for idle unless it is
urgent; an urgent one drops the reply it cuts. What may interrupt at all is `Turn.mode`. What each
row does is in `device.moves`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from device import effects as do
from device import events as e
from device import moves as move
from device.effects import Effect
from device.events import BargeIn, Event, TurnState
from device.moves import Awaiting as Awaiting
from device.moves import Next
from device.moves import Playing as Playing
from device.moves import Turn as Turn

IDLE, LISTENING, PROCESSING, RESPONDING = (frozenset({state}) for state in TurnState)
ANY = frozenset(TurnState)


@dataclass(frozen=True, slots=True)
class Step:
    """What an event did to the turn."""

    turn: Turn
    effects: tuple[Effect, ...] = ()
    row: str = ""
    """Name of the row taken; empty when the event moves nothing here."""


def step(turn: Turn, event: Event) -> Step:
    """Take the first row that fits."""
    if event.turn_id not in (0, turn.turn_id):
        return Step(turn)
    for row in ROWS:
        if turn.state in row.states and isinstance(event, row.event) and row.when(turn, event):
            new, effects = row.move(turn, event)
            effects = (*row.before, *effects)
            if turn.held and not new.held and do.ResumeReply() not in effects:
                effects = (do.DropHeld(), *effects)
            return Step(new, effects, row.name)
    return Step(turn)


Move = Callable[[Turn, Event], Next]
Guard = Callable[[Turn, Event], bool]


def _muted(turn: Turn, event: Event) -> bool:
    return turn.muted


def _bidding(turn: Turn, event: Event) -> bool:
    return turn.awaiting is Awaiting.BID


def _ringing(turn: Turn, event: Event) -> bool:
    return turn.playing is Playing.RINGING


def _rings(turn: Turn, event: Event) -> bool:
    return (
        isinstance(event, e.TimerCancelled)
        and turn.ringing is not None
        and turn.ringing.timer_id == event.id
    )


def _waits(turn: Turn, event: Event) -> bool:
    if not isinstance(event, e.TimerCancelled):
        return False
    return any(isinstance(one, e.TimerDue) and one.timer_id == event.id for one in turn.waiting)


def _ducked(turn: Turn, event: Event) -> bool:
    return turn.ducked


def _speaking(turn: Turn, event: Event) -> bool:
    return not turn.ducked and turn.playing is not Playing.RINGING


def _free(turn: Turn, event: Event) -> bool:
    return turn.mode is BargeIn.FULL and _speaking(turn, event)


def _by_speech(turn: Turn, event: Event) -> bool:
    return isinstance(event, e.Interrupted) and event.by == "speech"


def _said_over(turn: Turn, event: Event) -> bool:
    free = turn.mode is BargeIn.FULL and not turn.muted
    return free and _by_speech(turn, event) and turn.playing is not Playing.RINGING


def _goes_on(turn: Turn, event: Event) -> bool:
    # A sentence that was cut because it is too long does not get shorter.
    cut = turn.said is None or turn.said.reason == "max_length"
    return _said_over(turn, event) and not cut


def _deaf(turn: Turn, event: Event) -> bool:
    return turn.mode in (BargeIn.BUTTON, BargeIn.OFF)


def _half_duplex(turn: Turn, event: Event) -> bool:
    return turn.mode is BargeIn.OFF


def _holding(turn: Turn, event: Event) -> bool:
    return turn.held is not None


def _sets_mode(turn: Turn, event: Event) -> bool:
    return isinstance(event, e.SettingChanged) and event.name == "barge_in"


def _announcing(turn: Turn, event: Event) -> bool:
    return turn.playing is Playing.ANNOUNCEMENT


def _urgent(turn: Turn, event: Event) -> bool:
    return isinstance(event, e.AnnouncementDue) and event.priority is e.Priority.URGENT


def _overruled(turn: Turn, event: Event) -> bool:
    return turn.locked and isinstance(event, e.MuteChanged) and not event.by_switch


def _remuted(turn: Turn, event: Event) -> bool:
    if not isinstance(event, e.MuteChanged) or event.muted != turn.muted:
        return False
    return not event.by_switch or event.muted == turn.locked


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    name: str
    """Stable, for coverage and logs."""
    states: frozenset[TurnState]
    event: type[Event]
    move: Move
    when: Guard = lambda _turn, _event: True
    before: tuple[Effect, ...] = ()
    """Effects that come ahead of those of the move."""


_DROP = (do.StopListening(),)
_CUT = (do.CancelReply(),)

ROWS: tuple[Row, ...] = (
    Row("switch-wins", ANY, e.MuteChanged, move.ignore, _overruled),
    Row("mute-unchanged", ANY, e.MuteChanged, move.ignore, _remuted),
    Row("mute-ends-listening", LISTENING, e.MuteChanged, move.mute, before=_DROP),
    Row("mute", ANY, e.MuteChanged, move.mute),
    Row("volume", ANY, e.VolumeChanged, move.volume),
    Row("barge-in-mode", ANY, e.SettingChanged, move.allow, _sets_mode),
    # Speech holds a reply until it is known what it means, and goes on with an unfinished thought.
    Row("speech-holds", RESPONDING, e.Interrupted, move.hold, _said_over),
    Row("speech-goes-on", PROCESSING, e.Interrupted, move.hear_on, _goes_on),
    Row("speech-too-late", PROCESSING | RESPONDING, e.Interrupted, move.ignore, _by_speech),
    # A ringing timer is stopped by anything, and by nothing turned into a command.
    Row("wake-stops-ringing", RESPONDING, e.WakeWordDetected, move.rest, _ringing, _CUT),
    Row("button-stops-ringing", RESPONDING, e.ButtonPressed, move.rest, _ringing, _CUT),
    Row("interrupt-stops-ringing", RESPONDING, e.Interrupted, move.rest, _ringing, _CUT),
    Row("snooze", RESPONDING, e.SnoozeRequested, move.rest, _ringing, _CUT),
    Row("cancelled-while-ringing", RESPONDING, e.TimerCancelled, move.rest, _rings, _CUT),
    Row("cancelled-while-waiting", ANY, e.TimerCancelled, move.forget, _waits),
    Row("button-ends-announcement", RESPONDING, e.ButtonPressed, move.rest, _announcing, _CUT),
    # A muted microphone hears nothing and nobody can make it listen.
    Row("muted-ignores-wake", ANY, e.WakeWordDetected, move.ignore, _muted),
    Row("muted-ignores-request", ANY, e.ListenRequested, move.ignore, _muted),
    Row("muted-ignores-button", IDLE, e.ButtonPressed, move.ignore, _muted),
    Row("muted-interrupt-cuts", PROCESSING | RESPONDING, e.Interrupted, move.rest, _muted, _CUT),
    Row("muted-button-cuts", PROCESSING | RESPONDING, e.ButtonPressed, move.rest, _muted, _CUT),
    # What the mode does not allow moves nothing, but it can always be silenced.
    Row("voice-may-not-cut", PROCESSING | RESPONDING, e.WakeWordDetected, move.ignore, _deaf),
    Row(
        "half-duplex-ignores", PROCESSING | RESPONDING, e.ListenRequested, move.ignore, _half_duplex
    ),
    Row(
        "half-duplex-button",
        PROCESSING | RESPONDING,
        e.ButtonPressed,
        move.rest,
        _half_duplex,
        _CUT,
    ),
    Row("half-duplex-cuts", PROCESSING | RESPONDING, e.Interrupted, move.rest, _half_duplex, _CUT),
    Row("false-interruption", LISTENING, e.NoSpeech, move.resume, _holding),
    Row("said-to-others", PROCESSING, e.NotAddressed, move.resume, _holding),
    Row("not-addressed", PROCESSING, e.NotAddressed, move.rest),
    Row("understood", PROCESSING, e.Understood, move.understood),
    Row("stop-while-idle", IDLE, e.StopRequested, move.rest),
    Row("stop-while-listening", LISTENING, e.StopRequested, move.rest, before=_DROP),
    Row("stop-cuts", PROCESSING | RESPONDING, e.StopRequested, move.rest, before=_CUT),
    Row("wake-bids", IDLE, e.WakeWordDetected, move.bid),
    Row("bid-won", IDLE, e.BidWon, move.listen, _bidding),
    Row("bid-lost", IDLE, e.BidLost, move.rest, _bidding),
    Row("button-listens", IDLE, e.ButtonPressed, move.listen),
    Row("request-listens", IDLE, e.ListenRequested, move.listen),
    Row("conversation-starts", IDLE, e.StartConversation, move.converse),
    Row("typed", IDLE, e.UtteranceGiven, move.process),
    Row("announcement", IDLE, e.AnnouncementDue, move.announce),
    Row("timer-rings", IDLE, e.TimerDue, move.ring),
    Row("speech-pauses", LISTENING, e.SpeechEnded, move.anticipate),
    Row("sentence-heard", LISTENING, e.TurnEnded, move.process),
    Row("nobody-spoke", LISTENING, e.NoSpeech, move.rest),
    Row("bid-lost-late", LISTENING, e.BidLost, move.rest, before=_DROP),
    Row("interrupt-ends-listening", LISTENING, e.Interrupted, move.rest, before=_DROP),
    Row("button-ends-listening", LISTENING, e.ButtonPressed, move.rest, before=_DROP),
    Row(
        "wake-restarts-listening", LISTENING, e.WakeWordDetected, move.listen_and_bid, before=_DROP
    ),
    Row("typed-ends-listening", LISTENING, e.UtteranceGiven, move.process, before=_DROP),
    Row("hearing-failed", LISTENING, e.StageFailed, move.explain, before=_DROP),
    Row("reply-audible", PROCESSING, e.ReplyAudible, move.reply),
    Row("nothing-to-say", PROCESSING | RESPONDING, e.NothingToSay, move.rest),
    Row("answering-failed", PROCESSING, e.StageFailed, move.explain, before=_CUT),
    Row("speech-ducks", RESPONDING, e.SpeechSuspected, move.duck, _free),
    Row("speech-rejected", RESPONDING, e.SpeechRejected, move.unduck, _ducked),
    Row("playback-finished", RESPONDING, e.PlaybackFinished, move.finish),
    Row("speaking-failed", RESPONDING, e.StageFailed, move.rest, before=(*_CUT, do.ErrorChime())),
    Row("wake-cuts", PROCESSING | RESPONDING, e.WakeWordDetected, move.listen_and_bid, before=_CUT),
    Row("interrupt-cuts", PROCESSING | RESPONDING, e.Interrupted, move.listen, before=_CUT),
    Row("button-cuts", PROCESSING | RESPONDING, e.ButtonPressed, move.listen, before=_CUT),
    Row("request-cuts", PROCESSING | RESPONDING, e.ListenRequested, move.listen, before=_CUT),
    Row("typed-cuts", PROCESSING | RESPONDING, e.UtteranceGiven, move.process, before=_CUT),
    Row("urgent-ends-listening", LISTENING, e.AnnouncementDue, move.announce, _urgent, _DROP),
    Row("urgent-cuts", PROCESSING | RESPONDING, e.AnnouncementDue, move.announce, _urgent, _CUT),
    Row("announcement-waits", ANY, e.AnnouncementDue, move.queue),
    Row("conversation-waits", ANY, e.StartConversation, move.queue),
    Row("timer-waits", ANY, e.TimerDue, move.queue),
)
"""The table; the first row that fits is taken."""
