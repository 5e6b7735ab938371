"""What to answer to a sentence: who is asked, what is still open, and whether it was for us."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from device.audio.format import Samples
from device.conversation.base import Answered, Utterance, stage
from device.conversation.others import Others
from device.dialog.answers import Allowed, match_answer, phrases_of
from device.dialog.base import (
    Answer,
    ConversationAgent,
    DialogContext,
    Mention,
    Pending,
    Recognition,
)
from device.dialog.history import History
from device.dialog.intents import REFERENCES
from device.dialog.relevance import Remark, is_addressed
from device.dialog.topics import TALK, kind_of
from device.events import StartConversation
from device.executor import Executor
from device.types import Transcript

_DECIDING: Final = ("ParlorYes", "ParlorNo")
_QUESTION_SECONDS: Final = 30.0
"""So long a question of the speaker stays open: said, thought about and answered."""
_MENTION_SECONDS: Final = 120.0
"""So long "it" is what was spoken of; later on the speaker asks."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What the next sentence may answer."""

    pending: Pending | None = None
    elsewhere: bool = False
    """Somebody else has asked it: a yes or no is for him."""
    until: float = 0.0
    """Loop time at which it is forgotten."""


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What was spoken of, and when."""

    mention: Mention | None = None
    again: Recognition | None = None
    conversation: int = 0
    topic: int = 0
    at: float = 0.0
    """Loop time at which it was mentioned."""
    again_at: float = 0.0
    """Loop time at which what is done again was done."""


class Answering:
    """Asks the agent on the device first, and others for what it does not understand."""

    def __init__(
        self, agent: ConversationAgent, others: Others, executor: Executor, history: History,
        area: str = "",
    ) -> None:  # fmt: skip
        """`history` is told what was said; `area`: the room that the speaker stands in."""
        self._agent = agent
        self._others = others
        self._executor = executor
        self._history = history
        self._area = area
        self._question = _Question()
        self._spoken = _Spoken()
        self.last_reply = ""
        """What "say that again" says again."""

    def expected(self, asked: StartConversation | None) -> tuple[str, ...]:
        """What a person will probably say now; anything else is understood too.

        `asked`: the question of ours that is being answered.
        """
        if asked is not None:
            return phrases_of(_allowed(asked))
        pending = self._open_question.pending
        return () if pending is None else pending.expected

    async def is_for_us(self, utterance: Utterance, said: Transcript) -> bool:
        """Whether something that was said, maybe without a wake word, is meant for the speaker."""
        if utterance.addressed:
            return True
        meant = partial(self._agent.meant, said.text, said.language)
        intent, fits = await self._executor.run(meant)
        if intent in REFERENCES:
            mention = self._mention
            fits = mention is not None and mention.fresh
        asked = bool(self.expected(utterance.asked))
        some = self._others.some
        return is_addressed(
            Remark(said.text, said.language, said.confidence, intent, fits, asked, some)
        )

    async def answered(self, asked: StartConversation, text: str) -> Answered:
        """A sentence as the answer to our question. Raises StageFailure."""
        with stage("agent"):
            matched = partial(match_answer, text, _allowed(asked))
            answer_id, slots = await self._executor.run(matched)
        return Answered(asked, answer_id, text, slots)

    async def answer(self, said: Transcript, samples: Samples | None = None) -> Answer:
        """What is to be done and said; `samples` is how it sounded. Raises EngineError."""
        asked = self._open_question
        context = DialogContext(
            self._area, self.last_reply, asked.pending, self._mention, self._again
        )
        answered = partial(self._agent.answer, said.text, said.language, context)
        answer = await self._executor.run(answered)
        self._question = _Question(answer.pending, until=_in_a_while())
        name = "" if answer.intent is None else answer.intent.name
        unknown = not name or answer.nothing_fits or (asked.elsewhere and name in _DECIDING)
        if not (unknown and self._others.may_know(said, samples)):
            self._others.drop()
            self._note(said, answer, kind_of(name))
            return answer
        other = await self._others.answer(said, answer, samples)
        if other is None:
            self._note(said, answer, kind_of(name))
            return answer
        self._question = _Question(None, other.continue_listening, _in_a_while())
        self._note(said, other, TALK)
        return other

    def ask(self, pending: Pending) -> None:
        """A question of ours was asked; the next sentence may answer it."""
        self._question = _Question(pending, until=_in_a_while())

    def spoke_of(self, mention: Mention | None) -> None:
        """Somebody else has moved something for the person: "it" is that now."""
        if mention is not None:
            self._mentioned(_Spoken(mention))

    def _note(self, said: Transcript, answer: Answer, kind: str) -> None:
        """Keep what was spoken of. What others speak of they know themselves."""
        self._history.add(said.text, "home" if answer.mention else kind)
        if kind == TALK:
            self._spoken = _Spoken()
            return
        if answer.mention is not None:
            self._mentioned(_Spoken(answer.mention, answer.again))
        else:
            self._spoken = replace(
                self._spoken_lately, again=answer.again, again_at=_now(),
                conversation=self._history.number,
            )  # fmt: skip

    def _mentioned(self, spoken: _Spoken) -> None:
        topic = self._history.topics.current.number
        now, number = _now(), self._history.number
        self._spoken = replace(spoken, conversation=number, topic=topic, at=now, again_at=now)

    @property
    def _spoken_lately(self) -> _Spoken:
        """What was spoken of in this conversation."""
        is_over = self._spoken.conversation != self._history.number
        return _Spoken() if is_over else self._spoken

    @property
    def _again(self) -> Recognition | None:
        """What is done again."""
        spoken = self._spoken_lately
        return spoken.again if _now() - spoken.again_at < _MENTION_SECONDS else None

    @property
    def _mention(self) -> Mention | None:
        """What "it" is."""
        spoken = self._spoken_lately
        if spoken.mention is None:
            return None
        same = spoken.topic == self._history.topics.current.number
        return replace(spoken.mention, fresh=same and _now() - spoken.at < _MENTION_SECONDS)

    @property
    def _open_question(self) -> _Question:
        """What the speaker has asked just now; a yes hours later is an answer to nothing."""
        return self._question if _now() < self._question.until else _Question()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _in_a_while() -> float:
    return _now() + _QUESTION_SECONDS


def _allowed(asked: StartConversation) -> Allowed:
    return [(answer.id, answer.sentences) for answer in asked.answers]
