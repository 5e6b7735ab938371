"""The turn table: (turn, event) -> (turn, effects). Pure: no clock, thread or socket.

    idle        a wake word bids; a won bid, a button, a request listen; typed text is processed;
                announcements and timers are played
    listening   a complete sentence is processed; silence, button, interruption end it
    processing  the first sound of the reply makes it responding; a wake word listens anew
    responding  suspected speech ducks; a wake word or an interruption cuts and listens;
                the end of playback returns to idle, or listens for the answer
    any         stop ends everything; mute leaves listening at once and blocks it

What belongs to a turn that is over moves nothing. An announcement waits for idle unless it is
urgent; an urgent one drops the reply it cuts.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from device import effects as do
from device import events as e
from device.effects import Effect
from device.events import Event, TurnState

IDLE, LISTENING, PROCESSING, RESPONDING = (frozenset({state}) for state in TurnState)
ANY = frozenset(TurnState)


class Playing(StrEnum):
    """What comes out of the loudspeaker."""

    REPLY = "reply"
    ANNOUNCEMENT = "announcement"
    RINGING = "ringing"


class Awaiting(StrEnum):
    """What the turn waits for besides its state."""

    BID = "bid"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the conversation stands."""

    state: TurnState = TurnState.IDLE
    turn_id: int = 0
    """Number of the current or last turn."""
    playing: Playing | None = None
    ducked: bool = False
    muted: bool = False
    awaiting: Awaiting | None = None
    woken: e.WakeWordDetected | None = None
    """The wake word that bids."""
    waiting: tuple[e.AnnouncementDue | e.TimerDue, ...] = ()
    """What is to be played when the turn is over."""

    def entering(self, state: TurnState, *, new: bool = False) -> "Turn":
        """The turn in another state, as a new turn or the same one; what was mid-way is over."""
        return replace(
            self, state=state, turn_id=self.turn_id + new,
            playing=None, ducked=False, awaiting=None, woken=None,
        )  # fmt: skip


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
            return Step(new, (*row.before, *effects), row.name)
    return Step(turn)


Next = tuple[Turn, tuple[Effect, ...]]
Move = Callable[[Turn, Event], Next]
Guard = Callable[[Turn, Event], bool]


def _listen(turn: Turn, event: Event) -> Next:
    woken = event if isinstance(event, e.WakeWordDetected) else turn.woken
    listen = do.Listen()
    if woken:
        listen = do.Listen(woken.end_sample, woken.language, woken.voice)
    return turn.entering(TurnState.LISTENING, new=True), (listen,)


def _process(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.TurnEnded | e.UtteranceGiven)
    typed = isinstance(event, e.UtteranceGiven)
    return turn.entering(TurnState.PROCESSING, new=typed), (do.Respond(event),)


def _anticipate(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.SpeechEnded)
    return turn, (do.Anticipate(event),)


def _reply(turn: Turn, event: Event) -> Next:
    return replace(turn.entering(TurnState.RESPONDING), playing=Playing.REPLY), ()


def _explain(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.StageFailed)
    new, _ = _reply(turn, event)
    return new, (do.SayFailure(event),)


def _converse(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.StartConversation)
    new = turn.entering(TurnState.RESPONDING, new=True)
    return replace(new, playing=Playing.REPLY, awaiting=Awaiting.ANSWER), (do.Say(event.text),)


def _announce(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.AnnouncementDue)
    new = turn.entering(TurnState.RESPONDING, new=True)
    return replace(new, playing=Playing.ANNOUNCEMENT), (
        do.Say(event.text, event.language, event.chime),
    )


def _ring(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.TimerDue)
    new = turn.entering(TurnState.RESPONDING, new=True)
    return replace(new, playing=Playing.RINGING), (do.Ring(event.label),)


def _rest(turn: Turn, event: Event) -> Next:
    fresh = tuple(one for one in turn.waiting if not _expired(one, event.at))
    idle = replace(turn.entering(TurnState.IDLE), waiting=fresh)
    if not fresh:
        return idle, ()
    first, rest = fresh[0], fresh[1:]
    move = _ring if isinstance(first, e.TimerDue) else _announce
    return move(replace(idle, waiting=rest), first)


def _expired(event: Event, at: float) -> bool:
    expires = event.expires_at if isinstance(event, e.AnnouncementDue) else None
    return expires is not None and expires <= at


def _finish(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.PlaybackFinished)
    if (event.follow_up or turn.awaiting is Awaiting.ANSWER) and not turn.muted:
        listen = do.Listen(follow_up=True, patience_seconds=event.patience_seconds)
        return turn.entering(TurnState.LISTENING, new=True), (listen,)
    return _rest(turn, event)


def _queue(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.AnnouncementDue | e.TimerDue)
    return replace(turn, waiting=(*turn.waiting, event)), ()


def _bid(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.WakeWordDetected)
    return replace(turn, awaiting=Awaiting.BID, woken=event), (do.Bid(event),)


def _mute(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.MuteChanged)
    new = replace(turn, muted=event.muted)
    if event.muted and turn.state in LISTENING | IDLE:
        new, effects = _rest(new, event)
        return new, (*effects, do.SetMicrophone(muted=True))
    return new, (do.SetMicrophone(event.muted),)


def _duck(turn: Turn, event: Event) -> Next:
    return replace(turn, ducked=True), (do.Duck(),)


def _unduck(turn: Turn, event: Event) -> Next:
    return replace(turn, ducked=False), (do.Unduck(),)


def _volume(turn: Turn, event: Event) -> Next:
    assert isinstance(event, e.VolumeChanged)
    return turn, (do.SetVolume(event.volume),)


def _ignore(turn: Turn, event: Event) -> Next:
    return turn, ()


def _muted(turn: Turn, event: Event) -> bool:
    return turn.muted


def _bidding(turn: Turn, event: Event) -> bool:
    return turn.awaiting is Awaiting.BID


def _ringing(turn: Turn, event: Event) -> bool:
    return turn.playing is Playing.RINGING


def _ducked(turn: Turn, event: Event) -> bool:
    return turn.ducked


def _speaking(turn: Turn, event: Event) -> bool:
    return not turn.ducked and turn.playing is not Playing.RINGING


def _urgent(turn: Turn, event: Event) -> bool:
    return isinstance(event, e.AnnouncementDue) and event.priority is e.Priority.URGENT


def _remuted(turn: Turn, event: Event) -> bool:
    return isinstance(event, e.MuteChanged) and event.muted == turn.muted


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
    Row("mute-unchanged", ANY, e.MuteChanged, _ignore, _remuted),
    Row("mute-ends-listening", LISTENING, e.MuteChanged, _mute, before=_DROP),
    Row("mute", ANY, e.MuteChanged, _mute),
    Row("volume", ANY, e.VolumeChanged, _volume),
    # A ringing timer is stopped by anything, and by nothing turned into a command.
    Row("wake-stops-ringing", RESPONDING, e.WakeWordDetected, _rest, _ringing, _CUT),
    Row("button-stops-ringing", RESPONDING, e.ButtonPressed, _rest, _ringing, _CUT),
    Row("interrupt-stops-ringing", RESPONDING, e.Interrupted, _rest, _ringing, _CUT),
    # A muted microphone hears nothing and nobody can make it listen.
    Row("muted-ignores-wake", ANY, e.WakeWordDetected, _ignore, _muted),
    Row("muted-ignores-request", ANY, e.ListenRequested, _ignore, _muted),
    Row("muted-ignores-button", IDLE, e.ButtonPressed, _ignore, _muted),
    Row("muted-interrupt-cuts", PROCESSING | RESPONDING, e.Interrupted, _rest, _muted, _CUT),
    Row("muted-button-cuts", PROCESSING | RESPONDING, e.ButtonPressed, _rest, _muted, _CUT),
    Row("stop-while-idle", IDLE, e.StopRequested, _rest),
    Row("stop-while-listening", LISTENING, e.StopRequested, _rest, before=_DROP),
    Row("stop-cuts", PROCESSING | RESPONDING, e.StopRequested, _rest, before=_CUT),
    Row("wake-bids", IDLE, e.WakeWordDetected, _bid),
    Row("bid-won", IDLE, e.BidWon, _listen, _bidding),
    Row("bid-lost", IDLE, e.BidLost, _rest, _bidding),
    Row("button-listens", IDLE, e.ButtonPressed, _listen),
    Row("request-listens", IDLE, e.ListenRequested, _listen),
    Row("conversation-starts", IDLE, e.StartConversation, _converse),
    Row("typed", IDLE, e.UtteranceGiven, _process),
    Row("announcement", IDLE, e.AnnouncementDue, _announce),
    Row("timer-rings", IDLE, e.TimerDue, _ring),
    Row("speech-pauses", LISTENING, e.SpeechEnded, _anticipate),
    Row("sentence-heard", LISTENING, e.TurnEnded, _process),
    Row("nobody-spoke", LISTENING, e.NoSpeech, _rest),
    Row("bid-lost-late", LISTENING, e.BidLost, _rest, before=_DROP),
    Row("interrupt-ends-listening", LISTENING, e.Interrupted, _rest, before=_DROP),
    Row("button-ends-listening", LISTENING, e.ButtonPressed, _rest, before=_DROP),
    Row("wake-restarts-listening", LISTENING, e.WakeWordDetected, _listen, before=_DROP),
    Row("typed-ends-listening", LISTENING, e.UtteranceGiven, _process, before=_DROP),
    Row("hearing-failed", LISTENING, e.StageFailed, _explain, before=_DROP),
    Row("reply-audible", PROCESSING, e.ReplyAudible, _reply),
    Row("nothing-to-say", PROCESSING, e.NothingToSay, _rest),
    Row("answering-failed", PROCESSING, e.StageFailed, _explain, before=_CUT),
    Row("speech-ducks", RESPONDING, e.SpeechSuspected, _duck, _speaking),
    Row("speech-rejected", RESPONDING, e.SpeechRejected, _unduck, _ducked),
    Row("playback-finished", RESPONDING, e.PlaybackFinished, _finish),
    Row("speaking-failed", RESPONDING, e.StageFailed, _rest, before=(*_CUT, do.ErrorChime())),
    Row("wake-cuts", PROCESSING | RESPONDING, e.WakeWordDetected, _listen, before=_CUT),
    Row("interrupt-cuts", PROCESSING | RESPONDING, e.Interrupted, _listen, before=_CUT),
    Row("button-cuts", PROCESSING | RESPONDING, e.ButtonPressed, _listen, before=_CUT),
    Row("request-cuts", PROCESSING | RESPONDING, e.ListenRequested, _listen, before=_CUT),
    Row("typed-cuts", PROCESSING | RESPONDING, e.UtteranceGiven, _process, before=_CUT),
    Row("urgent-ends-listening", LISTENING, e.AnnouncementDue, _announce, _urgent, _DROP),
    Row("urgent-cuts", PROCESSING | RESPONDING, e.AnnouncementDue, _announce, _urgent, _CUT),
    Row("announcement-waits", ANY, e.AnnouncementDue, _queue),
    Row("timer-waits", ANY, e.TimerDue, _queue),
)
"""The table; the first row that fits is taken."""
