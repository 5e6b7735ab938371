"""What each row of the turn table does to the turn. Pure: no clock, thread or socket."""

from dataclasses import dataclass, replace
from enum import StrEnum

from device import effects as do
from device import events as e
from device.effects import Effect
from device.events import BargeIn, Event, TurnState

_IN_DOUBT_SECONDS = 2.0
"""A reply is silent for so long when nobody goes on speaking over it."""

Waiting = e.AnnouncementDue | e.StartConversation | e.TimerDue


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
    last_id: int = 0
    """The highest number given so far; a turn that was held has a lower one when it goes on."""
    playing: Playing | None = None
    ducked: bool = False
    muted: bool = False
    awaiting: Awaiting | None = None
    woken: e.WakeWordDetected | None = None
    """The wake word that bids."""
    locked: bool = False
    """Muted by the switch on the device, which wins over everything else."""
    asked: e.StartConversation | None = None
    """The question of ours that is being said or answered."""
    ringing: e.TimerDue | None = None
    """What rings."""
    waiting: tuple["Waiting", ...] = ()
    """What is to be played when the turn is over."""
    mode: BargeIn = BargeIn.FULL
    """What may interrupt."""
    addressed: bool = True
    """False: what is heard was not begun with a wake word, and may not be meant for us."""
    said: e.TurnEnded | None = None
    """The sentence that is being understood; None: it is understood, or nothing was said."""
    held: "Turn | None" = None
    """The turn whose reply is silent until it is known whether it was interrupted."""

    def entering(self, state: TurnState, *, new: bool = False) -> "Turn":
        """The turn in another state, as a new turn or the same one; what was mid-way is over."""
        turn_id = self.last_id + 1 if new else self.turn_id
        return replace(
            self, state=state, turn_id=turn_id, last_id=max(turn_id, self.last_id),
            playing=None, ducked=False, awaiting=None, woken=None, asked=None, ringing=None,
            addressed=True, said=None, held=None,
        )  # fmt: skip

    @property
    def resting(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        kept = replace(self, state=TurnState.IDLE)
        return self == kept.entering(TurnState.IDLE) and not self.waiting


Next = tuple[Turn, tuple[Effect, ...]]


def listen(turn: Turn, event: Event) -> Next:
    """Hear a sentence, from the wake word on where there was one."""
    woken = event if isinstance(event, e.WakeWordDetected) else turn.woken
    hear = do.Listen()
    if woken:
        hear = do.Listen(woken.end_sample, woken.language, woken.voice, woken.agent)
    return turn.entering(TurnState.LISTENING, new=True), (hear,)


def listen_and_bid(turn: Turn, event: Event) -> Next:
    """Listen at once; a speaker that heard the word better takes over."""
    assert isinstance(event, e.WakeWordDetected)
    new, effects = listen(turn, event)
    return new, (*effects, do.Bid(event))


def hold(turn: Turn, event: Event) -> Next:
    """Fall silent and hear what is said over the reply, which goes on if it was nothing."""
    assert isinstance(event, e.Interrupted)
    hear = do.Listen(event.start_sample, interrupting=True, patience_seconds=_IN_DOUBT_SECONDS)
    new = turn.entering(TurnState.LISTENING, new=True)
    held = replace(turn, ducked=False, waiting=(), held=None)
    return replace(new, held=held, asked=turn.asked, addressed=False), (do.HoldReply(), hear)


def hear_on(turn: Turn, event: Event) -> Next:
    """The person had not finished: hear the sentence again with what follows it."""
    assert turn.said is not None
    hear = do.Listen(turn.said.start_sample, interrupting=True)
    new = turn.entering(TurnState.LISTENING, new=True)
    new = replace(new, held=turn.held, asked=turn.asked, addressed=turn.addressed)
    return new, (do.CancelReply(), hear)


def resume(turn: Turn, event: Event) -> Next:
    """It was nothing: go on where the reply was heard last."""
    assert turn.held is not None
    same = replace(
        turn.held, last_id=turn.last_id, waiting=turn.waiting, muted=turn.muted,
        locked=turn.locked, mode=turn.mode,
    )  # fmt: skip
    return same, (do.ResumeReply(),)


def understood(turn: Turn, event: Event) -> Next:
    """It was meant for us."""
    return replace(turn, said=None, held=None, asked=None), ()


def process(turn: Turn, event: Event) -> Next:
    """Answer a sentence, or take it as the answer to our question."""
    assert isinstance(event, e.TurnEnded | e.UtteranceGiven)
    if isinstance(event, e.UtteranceGiven):
        return turn.entering(TurnState.PROCESSING, new=True), (do.Respond(event),)
    new = replace(
        turn.entering(TurnState.PROCESSING), said=event, asked=turn.asked,
        addressed=turn.addressed, held=turn.held,
    )  # fmt: skip
    return new, (do.Respond(event, turn.asked, turn.addressed),)


def anticipate(turn: Turn, event: Event) -> Next:
    """Understand what was said so far."""
    assert isinstance(event, e.SpeechEnded)
    return turn, (do.Anticipate(event),)


def reply(turn: Turn, event: Event) -> Next:
    """The reply is heard."""
    return replace(turn.entering(TurnState.RESPONDING), playing=Playing.REPLY), ()


def explain(turn: Turn, event: Event) -> Next:
    """Say why the turn failed."""
    assert isinstance(event, e.StageFailed)
    new, _ = reply(turn, event)
    return new, (do.SayFailure(event),)


def converse(turn: Turn, event: Event) -> Next:
    """Ask a question of ours."""
    assert isinstance(event, e.StartConversation)
    new = turn.entering(TurnState.RESPONDING, new=True)
    new = replace(new, playing=Playing.REPLY, awaiting=Awaiting.ANSWER, asked=event)
    return new, (do.Say(event.text, event.language, event.chime),)


def announce(turn: Turn, event: Event) -> Next:
    """Say something of our own; what rings goes on after it."""
    assert isinstance(event, e.AnnouncementDue)
    new = turn.entering(TurnState.RESPONDING, new=True)
    if turn.ringing:
        new = replace(new, waiting=(turn.ringing, *new.waiting))
    return replace(new, playing=Playing.ANNOUNCEMENT), (
        do.Say(event.text, event.language, event.chime, event.sound),
    )


def ring(turn: Turn, event: Event) -> Next:
    """Ring until stopped."""
    assert isinstance(event, e.TimerDue)
    new = turn.entering(TurnState.RESPONDING, new=True)
    return replace(new, playing=Playing.RINGING, ringing=event), (do.Ring(event.label),)


def rest(turn: Turn, event: Event) -> Next:
    """Come to idle, and play what waited for that."""
    stale = tuple(one for one in turn.waiting if _expired(one, event.at))
    fresh = tuple(one for one in turn.waiting if not _expired(one, event.at))
    dropped = tuple(do.Drop(one) for one in stale if isinstance(one, e.AnnouncementDue))
    idle = replace(turn.entering(TurnState.IDLE), waiting=fresh)
    if not fresh:
        return idle, dropped
    new, effects = _play(replace(idle, waiting=fresh[1:]), fresh[0])
    return new, (*dropped, *effects)


def _play(turn: Turn, waited: Waiting) -> Next:
    match waited:
        case e.TimerDue():
            return ring(turn, waited)
        case e.StartConversation():
            return converse(turn, waited)
        case e.AnnouncementDue():
            return announce(turn, waited)


def _expired(event: Event, at: float) -> bool:
    expires = event.expires_at if isinstance(event, e.AnnouncementDue) else None
    return expires is not None and expires <= at


def finish(turn: Turn, event: Event) -> Next:
    """Come to rest, or listen for an answer."""
    assert isinstance(event, e.PlaybackFinished)
    if (event.follow_up or turn.awaiting is Awaiting.ANSWER) and not turn.muted:
        hear = do.Listen(
            follow_up=True, patience_seconds=event.patience_seconds,
            language=turn.asked.language if turn.asked else "",
        )  # fmt: skip
        new = replace(turn.entering(TurnState.LISTENING, new=True), asked=turn.asked)
        return replace(new, addressed=event.patience_seconds == 0.0), (hear,)
    return rest(turn, event)


def queue(turn: Turn, event: Event) -> Next:
    """Keep it for later; what rings comes first."""
    assert isinstance(event, Waiting)
    waiting = sorted((*turn.waiting, event), key=lambda one: not isinstance(one, e.TimerDue))
    return replace(turn, waiting=tuple(waiting)), ()


def forget(turn: Turn, event: Event) -> Next:
    """A timer that was taken back does not ring any more."""
    assert isinstance(event, e.TimerCancelled)
    waiting = tuple(
        one for one in turn.waiting
        if not (isinstance(one, e.TimerDue) and one.timer_id == event.id)
    )  # fmt: skip
    return replace(turn, waiting=waiting), ()


def bid(turn: Turn, event: Event) -> Next:
    """Ask whether this speaker answers."""
    assert isinstance(event, e.WakeWordDetected)
    return replace(turn, awaiting=Awaiting.BID, woken=event), (do.Bid(event),)


def mute(turn: Turn, event: Event) -> Next:
    """Close the microphone or open it; what listened ends."""
    assert isinstance(event, e.MuteChanged)
    locked = event.muted if event.by_switch else turn.locked
    new = replace(turn, muted=event.muted, locked=locked)
    microphone = (do.SetMicrophone(event.muted),) if event.muted != turn.muted else ()
    if event.muted and turn.state is TurnState.LISTENING and turn.held:
        new, effects = resume(new, event)
        return new, (*effects, *microphone)
    if event.muted and turn.state in (TurnState.LISTENING, TurnState.IDLE):
        new, effects = rest(new, event)
        return new, (*effects, *microphone)
    return new, microphone


def allow(turn: Turn, event: Event) -> Next:
    """Let other things interrupt than before."""
    assert isinstance(event, e.SettingChanged)
    return replace(turn, mode=BargeIn(str(event.value))), ()


def duck(turn: Turn, event: Event) -> Next:
    """Speak softer: somebody may be speaking."""
    return replace(turn, ducked=True), (do.Duck(),)


def unduck(turn: Turn, event: Event) -> Next:
    """It was nobody."""
    return replace(turn, ducked=False), (do.Unduck(),)


def volume(turn: Turn, event: Event) -> Next:
    """Turn the knob."""
    assert isinstance(event, e.VolumeChanged)
    return turn, (do.SetVolume(event.volume),)


def ignore(turn: Turn, event: Event) -> Next:
    """Nothing moves."""
    return turn, ()
