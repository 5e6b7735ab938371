"""Several conversations at one door: which one is had, the wake word says."""

from collections.abc import AsyncIterator, Mapping

from device.audio.format import Samples
from device.conversation.base import Aside, Conversation, Item, TurnTaker, Utterance
from device.events import StartConversation
from device.pipeline.base import Partial


class Switch:
    """The one that was called; what is typed, and whoever is not called by name, the usual one."""

    def __init__(self, usual: Conversation, others: Mapping[str, Conversation]) -> None:
        """`others` by the name of their engine."""
        self._usual = usual
        self._others = others
        self._called = usual
        self._answered = usual

    def call(self, agent: str) -> None:
        """From now on this one is spoken with; empty: the usual one."""
        self._called = self._others.get(agent, self._usual)

    @property
    def owns_turns(self) -> TurnTaker | None:
        """Whoever finds the turns of the one that was called."""
        return self._called.owns_turns

    async def anticipate(self, utterance: Utterance) -> float | None:
        """Understand what was said so far; how likely that is all."""
        return await self._called.anticipate(utterance)

    async def follow(self, utterance: Utterance) -> Partial:
        """Understand along while the person speaks."""
        return await self._called.follow(utterance)

    async def dismiss(self) -> None:
        """Nobody waits any more for what was said so far."""
        await self._called.dismiss()

    def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Answer one utterance. Raises StageFailure."""
        self._answered = self._usual if utterance.samples is None else self._called
        return self._answered.respond(utterance)

    def say(self, text: str, language: str = "", voice: str = "") -> AsyncIterator[Item]:
        """Speak a text of our own. Raises StageFailure."""
        return self._answered.say(text, language, voice)

    async def overhear(self, samples: Samples) -> Aside:
        """STOP or SNOOZE when that is what was said while something rings. Raises EngineError."""
        return await self._usual.overhear(samples)

    async def overhear_reply(
        self, samples: Samples, asked: StartConversation | None = None
    ) -> Aside:
        """What was meant by something short that was said over a reply. Raises EngineError."""
        return await self._called.overhear_reply(samples, asked)

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """What of the last answer's words was heard."""
        self._answered.heard(text, completed, seconds)

    def explain(self, code: str, language: str = "") -> str:
        """Words for a failure with this code."""
        return self._usual.explain(code, language)
