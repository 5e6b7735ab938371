"""One conversation: takes events in, asks the turn table, performs what it says.

`post` is the only way in, and it loses nothing. What happened is told on the bus.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any, Final, Protocol

import numpy as np

from device import clock
from device import effects as do
from device import events as e
from device.alarm import Alarm
from device.attending import Attending
from device.attention import Attention, Overhears
from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.bus import Bus
from device.conversation.base import Conversation, Done, Item, ReplyAudio, Utterance
from device.following import Following
from device.hearing import Hearing
from device.listening import Listening
from device.metrics.stopwatch import Stopwatch
from device.pipeline.earcons import Earcon
from device.pipeline.vad.endpoint import EndpointSettings
from device.replies import Replies
from device.reply import Outlets
from device.speaking import Speaking
from device.tasks import end
from device.turn import Turn, step

IDLE, LISTENING, PROCESSING = e.TurnState.IDLE, e.TurnState.LISTENING, e.TurnState.PROCESSING

_LOGGER = logging.getLogger(__name__)
_AROUND_SAMPLES: Final = RATE * 3 // 10
"""Quiet around a recording, as there is around what the microphone hears."""
_AT_ONCE_SECONDS: Final = 0.25
"""An answer that is heard so soon needs no chime before it."""


class Arbiter(Protocol):
    """Decides which of several speakers answers."""

    async def answers(self, woken: e.WakeWordDetected) -> bool:
        """Whether this speaker does."""
        ...


class Alone:
    """There is no other speaker."""

    async def answers(self, woken: e.WakeWordDetected) -> bool:
        """Answer at once."""
        return True


class Session:
    """One microphone, one loudspeaker, one turn at a time."""

    def __init__(
        self, timeline: Timeline, hearing: Hearing, speaking: Speaking, conversation: Conversation,
        bus: Bus, inbox: asyncio.Queue[e.Event], arbiter: Arbiter,
        set_microphone: Callable[[bool], None], confirm_seconds: float,
        follow_up_seconds: float = 0.0, overhears: Overhears | None = None,
        give_up_seconds: float = 20.0, mode: e.BargeIn = e.BargeIn.FULL,
        limits: EndpointSettings | None = None,
        call: Callable[[str], None] = lambda _agent: None,
    ) -> None:  # fmt: skip
        """`limits` of sentences whose end the conversation finds; `call` is told who is called."""
        self._timeline = timeline
        self._speaking = speaking
        self._conversation = conversation
        self._bus = bus
        self._arbiter = arbiter
        self._set_microphone = set_microphone
        outlets = Outlets(
            speaking, self._tell, self.post, inbox.join, confirm_seconds, follow_up_seconds,
            conversation.heard,
        )  # fmt: skip
        self._replies = Replies(outlets, self._aside)
        self._attention = Attention(
            self.post, overhears, give_up_seconds, lambda: conversation.owns_turns is not None
        )
        self._attending = Attending(
            timeline, hearing, conversation, self.post, limits or EndpointSettings(),
            *([] if overhears is None else [overhears.is_ours]),
        )  # fmt: skip
        self._alarm = Alarm(hearing, speaking, conversation, self.post)
        self._following = Following(hearing, conversation, self._tell)
        self._inbox = inbox
        self._turn = Turn(mode=mode)
        self._stopwatch = Stopwatch()
        self._listening = Listening(
            timeline, hearing, speaking, conversation, self.post, self._aside, self._attending, call
        )
        self._switching: asyncio.Task[None] | None = None
        self._asides: set[asyncio.Task[None]] = set()
        self.answers = True
        """False: what is heard is only written down."""

    @property
    def turn(self) -> Turn:
        """Where the conversation stands."""
        return self._turn

    @property
    def seconds(self) -> float:
        """Captured audio so far."""
        return self._timeline.seconds

    @property
    def engaged(self) -> bool:
        """True while it listens or answers, or is about to."""
        return not self._turn.resting or not self._inbox.empty()

    @property
    def busy(self) -> bool:
        """True while anything is under way, chimes and confirmations of the home included."""
        return self.engaged or bool(self._asides)

    @property
    def saying(self) -> str:
        """The words of the reply that are heard about now; personal."""
        return self._replies.saying

    def follow_up(self, seconds: float) -> None:
        """Listen on for so long after an answer; 0: only after a question."""
        self._replies.follow_up(seconds)

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        self._inbox.put_nowait(event)

    async def run(self) -> None:
        """Take events until cancelled."""
        try:
            while True:
                await self._take(await self._inbox.get())
                self._inbox.task_done()
                # A flood never waits; who is told of it must keep up.
                await asyncio.sleep(0)
        finally:
            await self._attention.end()
            await self._alarm.end()
            await self._replies.end()
            await self._following.rest()
            await self._listening.end()
            await self._attending.end()
            await end(*self._asides)

    async def _take(self, event: e.Event) -> None:
        event = replace(event, at=event.at or self._timeline.seconds)
        old, taken = self._turn, step(self._turn, event)
        new = self._turn = taken.turn
        if isinstance(event, e.MuteChanged):
            # What is told is the truth: the switch on the device may have overruled what was asked.
            event = replace(event, muted=new.muted, by_switch=new.locked)
        self._tell(event)
        if isinstance(event, e.ReplyAudible) and new.ringing:
            self._alarm.audible(event.at)
        if new.state is LISTENING or isinstance(event, e.TurnEnded):
            self._following.take(
                event, self._listening.language, new.asked, addressed=new.addressed
            )
        if not taken.row:
            return
        self._tell(e.TurnStepped(row=taken.row))
        if old.state is not new.state:
            self._tell_state(old.state, new.state)
        if old.asked is not None and new.asked is None and new.state is not PROCESSING:
            self._tell(e.QuestionAnswered(question_id=old.asked.question_id))
        if old.ringing is not None and (new.ringing is None or new.turn_id != old.turn_id):
            await self._silence(old, new, event)
        for effect in taken.effects:
            await self._perform(effect)
        await self._attending.follow(new)
        await self._attention.follow(new)

    def _tell_state(self, old: e.TurnState, new: e.TurnState) -> None:
        _LOGGER.debug("turn %d: %s -> %s", self._turn.turn_id, old, new)
        self._tell(e.StateChanged(old=old, new=new))
        if IDLE in (old, new):
            self._tell(e.DuckChanged(ducked=old is IDLE))

    async def _silence(self, old: Turn, new: Turn, event: e.Event) -> None:
        """What rang does not any more; unless somebody stopped it, it comes again."""
        await self._alarm.end()
        if old.ringing is not None and old.ringing not in (new.ringing, *new.waiting):
            again = isinstance(event, e.SnoozeRequested | e.StageFailed | e.UtteranceGiven)
            self._tell(e.RingingEnded(timer_id=old.ringing.timer_id, snoozed=again))

    def _tell(self, event: e.Event) -> None:
        event = replace(event, at=event.at or self._timeline.seconds)
        event = replace(event, turn_id=event.turn_id or self._turn.turn_id)
        measured = self._stopwatch.take(event, clock.stage_time())
        self._bus.tell(event)
        if measured is not None:
            self._bus.tell(replace(measured, at=event.at))

    async def _perform(self, effect: do.Effect) -> None:
        match effect:
            case do.Bid(woken=woken):
                self._aside(self._ask_arbiter(woken))
            case do.Listen():
                self._listening.begin(self._turn.turn_id, effect)
            case do.Anticipate(paused=paused):
                turn = self._turn
                self._aside(self._listening.anticipate(paused, turn.asked, turn.addressed))
            case do.StopListening():
                await self._listening.end()
                await self._following.rest()
            case do.CancelReply():
                await self._replies.cut()
            case do.HoldReply():
                await self._replies.hold()
            case do.ResumeReply():
                await self._replies.resume(self._turn.turn_id)
            case do.DropHeld():
                await self._replies.drop_held()
            case do.Duck():
                self._speaking.duck()
            case do.Unduck():
                self._speaking.unduck()
            case do.SetVolume(volume=volume):
                self._speaking.set_volume(volume)
            case do.ErrorChime():
                self._aside(self._speaking.chime(Earcon.ERROR))
            case do.SetMicrophone(muted=muted):
                self._set_microphone(muted)
                # What still waits to be heard is not true any more.
                await end(self._switching)
                self._switching = self._aside(
                    self._speaking.chime(Earcon.MUTE_ON if muted else Earcon.MUTE_OFF)
                )
            case do.Drop(announcement=announcement):
                self._tell(e.AnnouncementDropped(text=announcement.text, reason="expired"))
            case do.Respond() | do.Say() | do.SayFailure() | do.Ring():
                items, normalise = self._items(effect), not isinstance(effect, do.Ring)
                self._replies.begin(self._turn.turn_id, items, normalise=normalise)

    def _items(self, effect: do.Respond | do.Say | do.SayFailure | do.Ring) -> AsyncIterator[Item]:
        """What is to be said for an effect that makes the speaker respond."""
        match effect:
            case do.Respond(said=e.UtteranceGiven() as given):
                return self._conversation.respond(_utterance(given))
            case do.Respond(said=e.TurnEnded() as heard, asked=asked, addressed=addressed):
                if addressed:
                    self._aside(self._chime_when_slow(self._turn.turn_id))
                said = self._listening.said(heard, asked, addressed)
                return self._conversation.respond(replace(said, answered=self.answers))
            case do.Say(text=text, language=language, chime=chime, sound=sound):
                if chime:
                    self._aside(self._speaking.chime(Earcon.ANNOUNCEMENT))
                if sound is not None:
                    return _sounding(sound)
                return self._conversation.say(text, language)
            case do.SayFailure(failed=failed):
                words = self._conversation.explain(failed.code, self._listening.language)
                return self._conversation.say(
                    words, self._listening.language, self._listening.voice
                )
            case _:
                assert isinstance(effect, do.Ring)
                return self._alarm.ring(self._turn.turn_id, effect.label, self._timeline.seconds)

    async def _chime_when_slow(self, turn_id: int) -> None:
        """Tell that the sentence was heard, unless the answer itself does so at once."""
        await asyncio.sleep(_AT_ONCE_SECONDS)
        if self._turn.turn_id == turn_id and self._turn.state is PROCESSING:
            await self._speaking.chime(Earcon.DONE)

    async def _ask_arbiter(self, woken: e.WakeWordDetected) -> None:
        self.post(e.BidWon() if await self._arbiter.answers(woken) else e.BidLost())

    def _aside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)
        return task


def _utterance(given: e.UtteranceGiven) -> Utterance:
    quiet = np.zeros(_AROUND_SAMPLES, np.int16)
    said = None if given.samples is None else np.concatenate((quiet, given.samples, quiet))
    return Utterance(said, given.text, given.language, spoken=given.spoken, answered=given.answered)


async def _sounding(sound: AudioChunk) -> AsyncIterator[Item]:
    yield ReplyAudio(sound)
    yield Done()
