"""Talks with a model in this process: one for all conversations, computed in one thread.

A model has weights, which conversations share, and a state, of which each has its own. Steps are
taken one after the other, whoever they are for: nothing else keeps them apart.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import numpy as np

from device import clock
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.conversation.duplex.base import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    MODEL_RATE,
    Link,
    ModelAudio,
    ModelText,
    Output,
)
from device.errors import EngineBusy, EngineError, TookTooLong
from device.executor import Executor, load

_LOGGER = logging.getLogger(__name__)
_WARM_STEPS: Final = 4
_SILENCE: Final[Samples] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
_LATE_FRAMES: Final = 25
"""A model that is 2 s behind what is said is no partner any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a model says to one frame."""

    text: str = ""
    """Piece of its words."""
    samples: Samples | None = None
    """Sound at `MODEL_RATE`; None: it does not give any yet."""


class SpeechModel(Protocol):
    """Weights of one variant; used by one thread at a time."""

    def begin(self) -> Any:
        """The state of a conversation in which nothing was said yet."""
        ...

    def step(self, state: Any, frame: Samples) -> Step:
        """Hear a frame of shape (`FRAME_SAMPLES`,) and go on speaking. Changes `state`."""
        ...


class DuplexHost:
    """Variants of a model, each loaded once."""

    def __init__(
        self, open_variant: Callable[[str], SpeechModel], executor: Executor, sessions: int = 1
    ) -> None:
        """`open_variant` loads the weights of a name; so many `sessions` at a time at most."""
        self._open_variant = open_variant
        self._executor = executor
        self._places = sessions
        self._loading = asyncio.Lock()
        self._models: dict[str, SpeechModel] = {}
        self._failures: dict[str, EngineError] = {}

    def variant(self, name: str) -> "Variant":
        """Where conversations with one of them are opened."""
        return Variant(self, name)

    async def warm_up(self, name: str) -> None:
        """Load a variant unless it is there, and let it hear silence. Raises EngineError."""
        async with self._loading:
            self._failures.pop(name, None)
            try:
                model = self._models.get(name) or await self._load(name)
                seconds = await self._hear_silence(model)
            except EngineError as error:
                self._failures[name] = error
                raise
            self._models[name] = model
        if seconds > FRAME_SECONDS:
            _LOGGER.warning(
                "%s takes %.0f ms for %.0f ms of sound: too slow to talk with",
                name, seconds * 1000, FRAME_SECONDS * 1000,
            )  # fmt: skip

    async def _load(self, name: str) -> SpeechModel:
        return await load(partial(self._open_variant, name))

    async def _hear_silence(self, model: SpeechModel) -> float:
        """Compute a conversation that nobody has; the seconds that its last step took."""
        state = await self._executor.run(model.begin)
        seconds = 0.0
        for _ in range(_WARM_STEPS):
            began = clock.stage_time()
            await self._executor.run(partial(model.step, state, _SILENCE))
            seconds = clock.stage_time() - began
        return seconds

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[Link]:
        """Begin a conversation with a variant. Raises EngineError when it could not be loaded.

        EngineBusy: it is not loaded yet, or there is no room.
        """
        if name in self._failures:
            raise self._failures[name]
        model = self._models.get(name)
        if model is None:
            raise EngineBusy(f"the speech model {name} is still being loaded")
        if self._places == 0:
            raise EngineBusy("the speech model talks to somebody else; ask again in a moment")
        self._places -= 1
        try:
            state = await self._executor.run(model.begin)
            yield _HostedLink(model, state, self._executor)
        finally:
            self._places += 1


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of a host's model."""

    host: DuplexHost
    name: str

    async def warm_up(self) -> None:
        """As `DuplexHost.warm_up`."""
        await self.host.warm_up(self.name)

    def open(self) -> AbstractAsyncContextManager[Link]:
        """As `DuplexHost.open`."""
        return self.host.open(self.name)


class _HostedLink:
    """One conversation."""

    def __init__(self, model: SpeechModel, state: Any, executor: Executor) -> None:
        self._model = model
        self._state = state
        self._executor = executor
        self._frames: asyncio.Queue[Samples] = asyncio.Queue()

    async def send(self, frame: Samples) -> None:
        """Let it hear a frame. Raises TookTooLong when it cannot follow."""
        if self._frames.qsize() >= _LATE_FRAMES:
            raise TookTooLong(
                "the speech model computes more slowly than people speak; use [duplex] device = "
                '"cuda" or a server'
            )
        self._frames.put_nowait(frame)

    async def outputs(self) -> AsyncIterator[Output]:
        """What it says to one frame after the other. Raises EngineError."""
        while True:
            frame = await self._frames.get()
            said = await self._executor.run(partial(self._model.step, self._state, frame))
            if said.text:
                yield ModelText(said.text)
            if said.samples is not None:
                yield ModelAudio(AudioChunk.from_samples(said.samples, MODEL_RATE))
