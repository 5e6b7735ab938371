"""One answer on its way: plays its sound, tells what it finds out, does what it asks for."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from device import events as e
from device.audio.chunk import AudioChunk
from device.conversation.base import (
    ActionStarted,
    Answered,
    Done,
    Heeded,
    Item,
    ReplyAudio,
    ReplyPart,
    StageFailure,
)
from device.conversation.heard import Spoken, heard_text, saying
from device.dialog.base import RequestKind, SpeakerRequest
from device.errors import DeviceError, EngineError
from device.speaking import Speaking
from device.types import Intent, Outcome, Played, Transcript

_LOGGER = logging.getLogger(__name__)

Tell = Callable[[e.Event], None]


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a reply speaks to."""

    speaking: Speaking
    tell: Tell
    """To the bus."""
    post: Tell
    """To the session's inbox."""
    taken: Callable[[], Awaitable[None]]
    """Returns when the session has taken what was posted."""
    confirm_seconds: float
    """How long a device in the home may take to report."""
    follow_up_seconds: float = 0.0
    """Listen on for so long after an answer; 0: only after a question."""
    heard: Callable[[str, bool, float], None] = lambda _text, _completed, _seconds: None
    """Told what of an answer's words was heard, whether that is all of it, and how long."""


class Reply:
    """Carries out one answer."""

    def __init__(
        self, turn_id: int, outlets: Outlets, aside: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self.turn_id = turn_id
        """The turn it belongs to."""
        self._speaking = outlets.speaking
        self._tell = outlets.tell
        self._post = outlets.post
        self._confirm_seconds = outlets.confirm_seconds
        self._aside = aside
        self._audible = False
        self._follow_up_seconds = outlets.follow_up_seconds
        self._asks = False
        self._understood = False
        self._answers = False
        self._transcript: Transcript | None = None
        self._heard = outlets.heard
        self._taken = outlets.taken
        self._pieces: list[Spoken] = []

    async def run(self, items: AsyncIterator[Item], *, normalise: bool = True) -> None:
        """Speak to the end, and post how it ended."""
        try:
            played = await self._speaking.play(
                self._audio(items), self._on_audible, normalise=normalise
            )
        except StageFailure as failure:
            self._fail(failure.stage, failure.error)
        except DeviceError as error:
            self._fail("playback", error)
        except Exception as error:
            _LOGGER.exception("the reply failed")
            self._fail("playback", EngineError(f"the reply failed: {error}"))
        else:
            self._finish(played)

    @property
    def text(self) -> str:
        """The words that were handed to the loudspeaker so far."""
        return " ".join(piece.text for piece in self._pieces if piece.text)

    def saying(self, seconds: float) -> str:
        """The words that are said around the time that `seconds` of it have been heard."""
        return saying(self._pieces, seconds)

    def cut(self, played: Played) -> None:
        """Tell how much of it was heard when it was cut."""
        if self._audible:
            self._tell(self._finished(played))

    def _finished(self, played: Played) -> e.PlaybackFinished:
        text = self.text if played.completed else heard_text(self._pieces, played.seconds)
        if self._answers:
            self._heard(text, played.completed, played.seconds)
        return e.PlaybackFinished(
            heard_seconds=round(played.seconds, 3), heard_text=text, completed=played.completed,
            turn_id=self.turn_id,
        )  # fmt: skip

    async def _audio(self, items: AsyncIterator[Item]) -> AsyncIterator[AudioChunk]:
        async with aclosing(items) as stream:  # type: ignore[type-var]
            async for item in stream:
                if isinstance(item, ReplyAudio):
                    self._count(item)
                    yield item.chunk
                else:
                    self._note(item)
                if isinstance(item, Heeded):
                    # What this one interrupted is over before it is answered, in the history too.
                    await self._taken()
        self._tell(e.ReplyMade(turn_id=self.turn_id))

    def _on_audible(self) -> None:
        self._audible = True
        self._post(e.ReplyAudible(turn_id=self.turn_id))
        self._tell(e.PlaybackStarted(turn_id=self.turn_id))

    def _count(self, audio: ReplyAudio) -> None:
        """Note how long each piece of the text takes to say."""
        if audio.text and not any(piece.text for piece in self._pieces):
            self._tell(e.AnswerBegun(turn_id=self.turn_id))
        said = Spoken(audio.text, audio.chunk.seconds)
        if self._pieces and self._pieces[-1].text == audio.text:
            said = Spoken(audio.text, self._pieces.pop().seconds + said.seconds)
        elif audio.text:
            began = sum(piece.seconds for piece in self._pieces)
            self._tell(e.SentenceBegan(text=audio.text, offset_seconds=began, turn_id=self.turn_id))
        self._pieces.append(said)

    def _finish(self, played: Played) -> None:
        if not self._audible:
            self._post(e.NothingToSay(turn_id=self.turn_id))
            return
        # What was not understood may have been other people's talk, which would go on for ever.
        patience = self._follow_up_seconds if self._understood and not self._asks else 0.0
        follow_up = self._asks or patience > 0
        finished = self._finished(played)
        self._post(replace(finished, follow_up=follow_up, patience_seconds=patience))

    def _note(self, item: Item) -> None:
        turn_id = self.turn_id
        match item:
            case Transcript():
                self._transcript = item
                if self._answers:  # the words of what was said came after the answer began
                    self._tell_transcript(item)
            case Heeded(addressed=addressed):
                self._heed(addressed=addressed)
            case Intent(name=name, slots=slots):
                self._understood = True
                self._tell(e.IntentRecognized(name=name, slots=slots, turn_id=turn_id))
            case ActionStarted(action=action):
                self._tell(
                    e.ActionRequested(
                        entity=action.entity, service=action.service, topic=action.topic,
                        payload=action.payload, turn_id=turn_id,
                    )
                )  # fmt: skip
                self._aside(self._confirm(item))
            case ReplyPart(text=text, is_final=is_final):
                self._tell(e.ReplyText(text=text, is_final=is_final, turn_id=turn_id))
            case SpeakerRequest():
                self._obey(item)
            case Answered(asked=asked, answer_id=answer_id, text=text, slots=slots):
                self._tell(
                    e.QuestionAnswered(
                        question_id=asked.question_id, answer_id=answer_id, text=text,
                        slots=slots, turn_id=turn_id,
                    )
                )  # fmt: skip
            case Done(continue_listening=follow_up):
                self._asks = follow_up

    def _heed(self, *, addressed: bool) -> None:
        """Tell what was said to us; what people say to each other is nobody's business."""
        self._answers = addressed
        if addressed and self._transcript is not None:
            self._tell_transcript(self._transcript)
        heeded = e.Understood if addressed else e.NotAddressed
        self._post(heeded(turn_id=self.turn_id))

    def _tell_transcript(self, heard: Transcript) -> None:
        self._tell(
            e.FinalTranscript(
                text=heard.text, language=heard.language, engine=heard.engine,
                confidence=round(heard.confidence, 3), turn_id=self.turn_id,
            )
        )  # fmt: skip

    async def _confirm(self, started: ActionStarted) -> None:
        outcome = await started.confirmation.within(self._confirm_seconds)
        action = started.action
        if outcome is Outcome.CONFIRMED:
            self._tell(
                e.ActionConfirmed(
                    entity=action.entity, service=action.service, turn_id=self.turn_id
                )
            )
        elif outcome is Outcome.UNCONFIRMED:
            self._post(e.AnnouncementDue(text=started.complaint, language=started.language))

    def _obey(self, request: SpeakerRequest) -> None:
        match request.kind:
            case RequestKind.STOP:
                self._post(e.StopRequested(by="voice"))
            case RequestKind.SNOOZE:
                self._post(e.SnoozeRequested(by="voice"))
            case RequestKind.FALSE_WAKE:
                self._post(e.FalseWakeReported(by="voice"))
            case RequestKind.MUTE_MICROPHONE:
                self._post(e.MuteChanged(muted=True))
            case RequestKind.SET_VOLUME:
                self._set_volume(request.percent / 100)
            case RequestKind.CHANGE_VOLUME:
                self._set_volume(self._speaking.volume + request.percent / 100)
            case RequestKind.MUTE:
                self._set_volume(0.0)
            case RequestKind.UNMUTE:
                self._set_volume(self._speaking.audible_volume)

    def _set_volume(self, volume: float) -> None:
        self._post(e.VolumeChanged(volume=round(min(1.0, max(0.0, volume)), 2)))

    def _fail(self, stage: str, error: DeviceError) -> None:
        _LOGGER.warning("%s failed [%s]: %s", stage, error.code, error)
        self._post(
            e.StageFailed(stage=stage, code=error.code, message=str(error), turn_id=self.turn_id)
        )
