"""What to answer to a sentence: who is asked, what is still open, and whether it was for us."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from device.conversation.base import Answered, Utterance, stage
from device.conversation.others import Others
from device.dialog.answers import Allowed, match_answer, phrases_of
from device.dialog.base import Answer, ConversationAgent, DialogContext, Pending
from device.dialog.relevance import Remark, is_addressed
from device.events import StartConversation
from device.executor import Executor
from device.types import Transcript

_DECIDING: Final = ("ParlorYes", "ParlorNo")
_QUESTION_SECONDS: Final = 30.0
"""So long a question of the speaker stays open: said, thought about and answered."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What the next sentence may answer."""

    pending: Pending | None = None
    elsewhere: bool = False
    """Somebody else has asked it: a yes or no is for him."""
    until: float = 0.0
    """Loop time at which it is forgotten."""


class Answering:
    """Asks the agent on the device first, and others for what it does not understand."""

    def __init__(
        self, agent: ConversationAgent, others: Others, executor: Executor, area: str = ""
    ) -> None:
        """`area`: the room that the speaker stands in."""
        self._agent = agent
        self._others = others
        self._executor = executor
        self._area = area
        self._question = _Question()
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

    async def answer(self, said: Transcript) -> Answer:
        """What is to be done and said. Raises EngineError."""
        asked = self._open_question
        context = DialogContext(self._area, self.last_reply, asked.pending)
        answered = partial(self._agent.answer, said.text, said.language, context)
        answer = await self._executor.run(answered)
        self._question = _Question(answer.pending, until=_in_a_while())
        name = "" if answer.intent is None else answer.intent.name
        unknown = not name or answer.nothing_fits or (asked.elsewhere and name in _DECIDING)
        if not (unknown and said.text):
            self._others.drop()
            return answer
        other = await self._others.answer(said, answer)
        if other is None:
            return answer
        self._question = _Question(None, other.continue_listening, _in_a_while())
        return other

    def ask(self, pending: Pending) -> None:
        """A question of ours was asked; the next sentence may answer it."""
        self._question = _Question(pending, until=_in_a_while())

    @property
    def _open_question(self) -> _Question:
        """What the speaker has asked just now; a yes hours later is an answer to nothing."""
        now = asyncio.get_running_loop().time()
        return self._question if now < self._question.until else _Question()


def _in_a_while() -> float:
    return asyncio.get_running_loop().time() + _QUESTION_SECONDS


def _allowed(asked: StartConversation) -> Allowed:
    return [(answer.id, answer.sentences) for answer in asked.answers]
