"""One Protocol for whatever answers: the local chain, a cloud session, a duplex model.

`respond` takes one utterance and gives what happens, in order. The session keeps wake word, turn
table, playback, cancelling and what was heard.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.dialog.base import SpeakerRequest
from device.errors import DeviceError, EngineError
from device.events import StartConversation
from device.home.base import Confirmation
from device.pipeline.base import Partial
from device.pipeline.vad.endpoint import SpeechStarted, TurnEnded
from device.types import Action, Intent, Transcript

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person said or typed."""

    samples: Samples | None = None
    """Speech; None when it was typed."""
    text: str = ""
    """Typed text."""
    language: str = ""
    """Language it is in; empty: that of the device."""
    voice: str = ""
    """Voice that answers; empty: by language."""
    spoken: bool = True
    """Whether the reply is spoken too."""
    stop_sample: int = 0
    """First sample after the speech; the same for what was anticipated and what was said."""
    asked: StartConversation | None = None
    """The question of ours that this answers."""
    addressed: bool = True
    """False: nobody said a wake word, so that it may not be meant for the speaker."""
    answered: bool = True
    """False: only what was said is wanted in words."""


class Meaning(StrEnum):
    """What somebody wants who speaks without having called the speaker."""

    STOP = "stop"
    SNOOZE = "snooze"
    AGREEMENT = "agreement"
    """That the speaker goes on: mm-hm."""
    COMMAND = "command"
    """To be heard: it is a whole sentence that the speaker understands, or an answer to it."""
    NOTHING = "nothing"
    """Nothing that is understood."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Something short that was overheard."""

    meaning: Meaning = Meaning.NOTHING
    text: str = ""


@dataclass(frozen=True, slots=True)
class ActionStarted:
    """A command is on its way to the home."""

    action: Action
    confirmation: Confirmation
    complaint: str
    """What to say aloud when the confirmation never comes."""
    language: str
    """That of `complaint`."""


@dataclass(frozen=True, slots=True)
class Heeded:
    """Whether what was said is meant for the speaker; comes before anything is done about it."""

    addressed: bool = True


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """A piece of the reply's text, or at the end the whole of it."""

    text: str
    is_final: bool = True
    """False: a piece; they join to the whole as they are, but for spaces around it."""


@dataclass(frozen=True, slots=True)
class ReplyAudio:
    """A piece of the spoken reply."""

    chunk: AudioChunk
    text: str = ""
    """The piece of the reply's text that it belongs to."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Our question was answered."""

    asked: StartConversation
    answer_id: str
    """Empty: none of the allowed answers."""
    text: str
    slots: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """The reply is complete."""

    continue_listening: bool = False
    """The reply is a question."""


Item = (
    Transcript | Heeded | Intent | ActionStarted | SpeakerRequest | Answered | ReplyPart
    | ReplyAudio | Done
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard, as it comes."""

    start_sample: int
    """Number of its first sample."""
    blocks: AsyncIterator[Samples]
    """One after the other without a gap, at 16 kHz; silence where nobody may be heard."""
    language: str = ""
    """Language it is in; empty: that of the device."""
    voice: str = ""
    """Voice that answers; empty: by language."""


class TurnTaker(Protocol):
    """Finds the beginning and the end of sentences, and interruptions, in the session's stead."""

    def attend(self, sound: Sound) -> AsyncIterator[SpeechStarted | TurnEnded]:
        """Hear along for as long as the conversation lasts, replies and all; closing it ends that.

        After each end of a turn `respond` is called; speech that starts during a reply interrupts
        it. Ends or raises EngineError when it cannot hear any more: then the session itself finds
        the end of the sentence, and `respond` gets it whole.
        """
        ...


class Conversation(Protocol):
    """Answers utterances."""

    @property
    def owns_turns(self) -> TurnTaker | None:
        """Who finds the end of sentences and interruptions now; None: the session does."""
        ...

    async def anticipate(self, utterance: Utterance) -> float | None:
        """Understand what was said so far; how likely that is all, 0 to 1, None when unknown.

        When nothing more is said, `respond` need not understand it again. Never raises.
        """
        ...

    async def follow(self, utterance: Utterance) -> Partial:
        """Understand along while the person speaks: `utterance` is what was said so far.

        What was anticipated is dropped, for more is said. Never raises.
        """
        ...

    async def dismiss(self) -> None:
        """Nobody waits any more for what was said so far; idempotent."""
        ...

    def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Answer one utterance; closing the iterator cancels all work. Raises StageFailure."""
        ...

    def say(self, text: str, language: str = "", voice: str = "") -> AsyncIterator[Item]:
        """Speak a text of our own. Raises StageFailure."""
        ...

    async def overhear(self, samples: Samples) -> Aside:
        """STOP or SNOOZE when that is what was said while something rings. Raises EngineError."""
        ...

    async def overhear_reply(
        self, samples: Samples, asked: StartConversation | None = None
    ) -> Aside:
        """What was meant by something short that was said over a reply, but never SNOOZE.

        `asked`: the question of ours that the reply asks. Nothing is carried out. Raises
        EngineError.
        """
        ...

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """What of the last answer's words was heard, whether that is all of it, and how long."""
        ...

    def explain(self, code: str, language: str = "") -> str:
        """Words for a failure with this code."""
        ...


class StageFailure(Exception):
    """A stage of the conversation failed."""

    def __init__(self, stage: str, error: DeviceError) -> None:
        super().__init__(f"{stage}: {error}")
        self.stage = stage
        """stt, agent, home, tts."""
        self.error = error
        """What happened, with its code."""


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Name the stage that an error comes from; an error nobody foresaw becomes engine-failed."""
    try:
        yield
    except DeviceError as error:
        raise StageFailure(name, error) from error
    except Exception as error:
        _LOGGER.exception("%s failed", name)
        raise StageFailure(name, EngineError(f"{name} failed: {error}")) from error
