"""What a person is understood to say before it is certain that nothing follows."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

from device.audio.format import Samples
from device.conversation.base import Utterance
from device.errors import EngineError
from device.pipeline.base import Partial
from device.tasks import end
from device.types import Transcript


class Follower(Protocol):
    """Understands one sentence while it is said."""

    async def follow(self, samples: Samples) -> Partial:
        """Take the sentence so far. Raises EngineError."""
        ...

    async def finish(self, samples: Samples, *, guess: bool = False) -> Transcript:
        """Understand the whole of it, or at a pause what may be all. Raises EngineError."""
        ...

    async def close(self) -> None:
        """Nobody wants to know any more; idempotent."""
        ...


@runtime_checkable
class Followable(Protocol):
    """Speech to text that can follow a sentence."""

    def open(self, language: str | None = None) -> Follower:
        """Understand one sentence while it is said."""
        ...


Understand = Callable[[Utterance], Coroutine[Any, Any, Transcript]]


class Anticipation:
    """Follows one sentence after the other; at most one guess at its end is under way."""

    def __init__(self, stt: object, at_home: object = None) -> None:
        """`stt` that cannot follow is asked when the sentence is over.

        `at_home` follows what may not be meant for the speaker; None: `stt` does.
        """
        self._stt = stt
        self._at_home = at_home or stt
        self._follower: Follower | None = None
        self._kind: tuple[str | None, bool] = ("", True)
        self._length = 0
        self._early: asyncio.Task[Transcript] | None = None
        self._stop = 0
        self.thrown_away = 0
        """Guesses that came to nothing, because more was said; counts up."""

    async def follow(
        self, samples: Samples, language: str | None, *, addressed: bool = True
    ) -> Partial:
        """Take the sentence so far, shape (n,): it goes on. Never raises."""
        await self.drop()
        stt, kind = self._stt if addressed else self._at_home, (language, addressed)
        if not isinstance(stt, Followable):
            return Partial("")
        if self._follower is None or kind != self._kind or len(samples) < self._length:
            await self._close()
            self._follower = stt.open(language)
        self._kind, self._length = kind, len(samples)
        try:
            return await self._follower.follow(samples)
        except EngineError:  # too much to do: it is understood as a whole later
            return Partial("")

    async def understand(self, utterance: Utterance, understand: Understand) -> Transcript | None:
        """Guess that nothing follows; None when something did, or when it failed."""
        before = self._early
        early = asyncio.create_task(understand(utterance), name="anticipate")
        self._early, self._stop = early, utterance.stop_sample
        try:
            await self._throw_away(before)
            await asyncio.wait([early])
        except asyncio.CancelledError:
            early.cancel()
            raise
        failed = early.cancelled() or early.exception() is not None
        return None if failed else early.result()

    def take(self, utterance: Utterance) -> asyncio.Task[Transcript] | None:
        """The guess that nothing follows, when it was right."""
        if utterance.samples is None or utterance.stop_sample != self._stop:
            return None
        early, self._early = self._early, None
        return early

    async def finish(
        self, samples: Samples, language: str | None, *, guess: bool = False
    ) -> Transcript | None:
        """What was followed, understood as a whole; None: nothing was. Raises EngineError.

        `guess`: more may follow.
        """
        if self._follower is None or language != self._kind[0]:
            return None
        return await self._follower.finish(samples, guess=guess)

    async def drop(self) -> None:
        """Throw away the guess: more is said, or nobody waits for it; idempotent."""
        early, self._early = self._early, None
        await self._throw_away(early)

    async def rest(self) -> None:
        """The sentence is over or given up: nothing of it is kept; idempotent."""
        await self.drop()
        await self._close()

    async def _close(self) -> None:
        follower, self._follower = self._follower, None
        if follower is not None:
            await follower.close()

    async def _throw_away(self, early: asyncio.Task[Transcript] | None) -> None:
        if early is not None:
            self.thrown_away += 1
            await end(early)
