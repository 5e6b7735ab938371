"""Lets the conversation understand along while a sentence is said."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from device import events as e
from device.conversation.base import Conversation, Utterance
from device.hearing import Hearing
from device.tasks import end


class Following:
    """Follows the sentence that is being heard, from one pause to the next."""

    def __init__(
        self, hearing: Hearing, conversation: Conversation, tell: Callable[[e.Event], None]
    ) -> None:
        self._hearing = hearing
        self._conversation = conversation
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def take(
        self, event: e.Event, language: str, asked: e.StartConversation | None = None, *,
        addressed: bool = True,
    ) -> None:  # fmt: skip
        """Begin where somebody speaks, and stop where he pauses.

        `addressed`: he called the speaker.
        """
        match event:
            case e.SpeechStarted() if self._conversation.owns_turns is None:
                self._stop()
                so_far = Utterance(language=language, asked=asked, addressed=addressed)
                following = self._follow(event.turn_id, so_far)
                self._task = asyncio.create_task(following, name="follow")
            case e.SpeechEnded() | e.TurnEnded() | e.NoSpeech():
                self._stop()

    async def rest(self) -> None:
        """Nobody listens any more; idempotent."""
        await end(self._task)
        await self._conversation.dismiss()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _follow(self, turn_id: int, so_far: Utterance) -> None:
        told = ""
        async with aclosing(self._hearing.follow()) as sentence:
            async for samples in sentence:
                partial = await self._conversation.follow(replace(so_far, samples=samples))
                if partial.text != told:
                    told = partial.text
                    self._tell(
                        e.PartialTranscript(text=told, stable=partial.stable, turn_id=turn_id)
                    )
