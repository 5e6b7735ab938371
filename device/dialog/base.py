"""What the parts of the dialogue hand to each other, and what they need from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from device.audio.format import Samples
from device.types import Action, Entity, EntityState, Intent


@dataclass(frozen=True, slots=True)
class Recognition:
    """A sentence that a template understood."""

    intent: Intent
    """Name and slots; slot `entity_id` lists the ids of the things that are meant."""
    targets: tuple[Entity, ...]
    """The things that are meant; empty when the sentence is not about the home."""
    response: str
    """Key of the reply template."""
    language: str
    """Code of the data set that understood it."""
    spoken: dict[str, str] = field(default_factory=dict)
    """Slots in the words that were said; the name is the configured one."""
    candidates: tuple[Entity, ...] = ()
    """Several things that fit equally well; nothing may be done before it is chosen among them."""
    needs_room: bool = False
    """The sentence means "in this room", and which room that is nobody knows.

    Then `candidates` are the things of all rooms.
    """


class RequestKind(StrEnum):
    """What the speaker is asked to do with itself."""

    STOP = "stop"
    SET_VOLUME = "set_volume"
    CHANGE_VOLUME = "change_volume"
    MUTE = "mute"
    UNMUTE = "unmute"
    MUTE_MICROPHONE = "mute_microphone"
    SNOOZE = "snooze"
    FALSE_WAKE = "false_wake"


@dataclass(frozen=True, slots=True)
class SpeakerRequest:
    """Something that only the session can do: it owns loudspeaker and microphone."""

    kind: RequestKind
    percent: int = 0
    """SET_VOLUME: 0 to 100. CHANGE_VOLUME: the difference, -100 to 100."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """An open question: whether to do it. Nothing was done yet."""

    intent: Intent
    """What is done if the next sentence says yes."""
    expected: tuple[str, ...] = ()
    """What a person will probably say."""
    response: str = ""
    """Key of the reply template then; empty: that of the kind of thing."""


@dataclass(frozen=True, slots=True)
class Choose:
    """An open question: which of several things is meant. Nothing was done yet."""

    said: Recognition
    """What is to be done, with the `candidates` to choose from."""
    expected: tuple[str, ...] = ()
    """What a person will probably say."""
    repeated: bool = False
    """Whether it was asked a second time; there is no third."""


Pending = Confirm | Choose
"""A question of the speaker that the next sentence may answer."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Things in the home that were spoken of."""

    said: Recognition
    """The sentence about them, with targets."""
    others: tuple[Entity, ...] = ()
    """Among which somebody chose these."""
    fresh: bool = True
    """False: that was a while ago, or something else was spoken of since."""


@dataclass(frozen=True, slots=True)
class DialogContext:
    """What the agent knows about the conversation when a sentence arrives."""

    area: str = ""
    """Room the speaker stands in; empty when it is not configured."""
    last_reply: str = ""
    """What was said last, for "say that again"."""
    pending: Pending | None = None
    """The `pending` of the last answer."""
    mention: Mention | None = None
    """What "it" is; None: nobody knows."""
    again: Recognition | None = None
    """The `again` of the last answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent makes of one sentence."""

    text: str
    """What to say; empty: nothing."""
    language: str
    """Language of `text`."""
    intent: Intent | None = None
    """None when the sentence was not understood."""
    actions: tuple[Action, ...] = ()
    """Commands to the home, to be performed in this order."""
    requests: tuple[SpeakerRequest, ...] = ()
    """What the speaker has to do with itself."""
    continue_listening: bool = False
    """True when `text` is a question."""
    pending: Pending | None = None
    """What `text` asks; it is handed back with the next sentence."""
    nothing_fits: bool = False
    """It was understood, and the home has nothing that it could be about."""
    mention: Mention | None = None
    """What was spoken of; None: nothing in the home."""
    again: Recognition | None = None
    """What is done when the next sentence is "again"; None: this is said again."""
    stream: "AnswerStream | None" = None
    """The answer as it arrives, in place of `text`; whoever takes the answer closes it."""

    @property
    def stop(self) -> bool:
        """Whether everything that plays must end."""
        return any(request.kind is RequestKind.STOP for request in self.requests)


class TextStream(Protocol):
    """A text that is still being made."""

    def __aiter__(self) -> AsyncIterator[str]:
        """Its pieces in order. Raises AssistantError when the rest does not come."""
        ...

    def __anext__(self) -> Awaitable[str]:
        """The next piece."""
        ...

    async def aclose(self) -> None:
        """Want no more of it; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Something that a model wants to be done or to know."""

    id: str
    """The model's own, unique within one answer."""
    name: str
    """As in `device.dialog.tools`; whatever the model came up with."""
    arguments: str
    """JSON, if the model kept to it."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What a model wants at the same time; it goes on when it was told what came of it."""

    calls: tuple[ToolCall, ...]
    results: "asyncio.Future[tuple[str, ...]]"
    """To be set: what came of each, as JSON."""


class AnswerStream(Protocol):
    """An answer that is still being made: its words, and what is to be done meanwhile."""

    def __aiter__(self) -> AsyncIterator[str | Calls]:
        """Its pieces in order. Raises AssistantError when the rest does not come."""
        ...

    def __anext__(self) -> Awaitable[str | Calls]:
        """The next piece."""
        ...

    async def aclose(self) -> None:
        """Want no more of it; idempotent."""
        ...


class HomePort(Protocol):
    """What the dialogue needs from the home."""

    def plan(self, intent: Intent) -> tuple[Action, ...]:
        """Commands for an intent with slot `entity_id`; raises HomeError when there are none."""
        ...

    def state(self, entity_id: str) -> EntityState | None:
        """Last reported state; None when nothing was reported yet."""
        ...


class ConversationAgent(Protocol):
    """Answers sentences."""

    def answer(self, text: str, language: str, context: DialogContext) -> Answer:
        """Understand one sentence; never raises on any text."""
        ...

    def understands(self, text: str, language: str) -> bool:
        """Whether a sentence is one it knows; never raises on any text."""
        ...

    def meant(self, text: str, language: str) -> tuple[str, bool]:
        """Name of the intent of a sentence, and whether the home has what it is about.

        Nothing is carried out. Empty when it is not understood.
        """
        ...

    def phrases(self, intents: Iterable[str], language: str) -> tuple[str, ...]:
        """Everything that can be said for these intents, where they have no slots."""
        ...

    def backchannels(self, language: str) -> tuple[str, ...]:
        """What people say who only show that they listen."""
        ...

    def explain(self, key: str, language: str, **values: str | int) -> str:
        """A fixed phrase, e.g. `no_answer` with `name`."""
        ...


class Fallback(Protocol):
    """Somebody who is asked what the speaker itself does not understand."""

    async def answer(self, text: str, language: str) -> Answer | None:
        """What to say; None when it was not understood either. Raises AssistantError."""
        ...


@runtime_checkable
class Hearer(Protocol):
    """Somebody elsewhere who hears for himself what the speaker does not understand."""

    async def answer_sound(self, samples: Samples, language: str) -> Answer | None:
        """What to say to a sentence of shape (n,); None when he says nothing.

        Raises AssistantError.
        """
        ...


class Thinker(Fallback, Protocol):
    """Somebody who only talks, so that he may be asked before it is sure what was said."""

    def begin(self, text: str, language: str) -> None:
        """Think about what `answer` will probably be asked."""
        ...

    def drop(self) -> None:
        """It was not that."""
        ...
