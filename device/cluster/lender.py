"""Lends the engines of a cluster: whichever replica is free answers, and another one if it dies."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.errors import EngineBusy, EngineError
from device.gateway.lending.audio_api import ChatRequest
from device.types import Transcript

T = TypeVar("T")

_ATTEMPTS: Final = 3
"""Replicas that are asked the same: two may die of it, or meanwhile."""


class ClusterLender:
    """A `gateway.lending.Lender`."""

    def __init__(self, models: tuple[str, ...], handle: Callable[[str], Any]) -> None:
        """`handle` gives the `DeploymentHandle` of a deployment by its name."""
        self.models = models
        self._handle = handle

    async def transcribe(self, samples: Samples, language: str) -> Transcript:
        """What was said in a sound of shape (n,). Raises EngineError."""
        for left in reversed(range(_ATTEMPTS)):
            with _failing_cleanly(left):
                heard: Transcript = await self._handle("Ears").transcribe.remote(samples, language)
                return heard
        raise EngineError("every replica that was asked died")

    def speak(self, text: str, voice: str, speed: float) -> AsyncGenerator[AudioChunk, None]:
        """Sound as it becomes ready. Raises EngineError."""
        return self._stream("Voices", "speak", text, voice, speed)

    def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        """The answer of the language model as it is said. Raises LlmError and RequestInvalid."""
        return self._stream("Minds", "chat", request, body)

    async def _stream(self, name: str, method: str, *asked: Any) -> AsyncGenerator[Any, None]:
        """Who dies in the middle of an answer has failed; before it another one is asked."""
        for left in reversed(range(_ATTEMPTS)):
            begun = False
            handle = getattr(self._handle(name).options(stream=True), method)
            with _failing_cleanly(left):
                answer = handle.remote(*asked)
                try:
                    async for piece in answer:
                        begun = True
                        yield piece
                    return
                finally:
                    answer.cancel()
            if begun:
                break
        raise EngineError("the replica that answered died")


@contextmanager
def _failing_cleanly(attempts_left: int) -> Iterator[None]:
    """Raise what the engine raised; that a replica is gone is forgiven while others are left."""
    from ray.exceptions import RayActorError, RayError, RayTaskError
    from ray.serve.exceptions import BackPressureError, RayServeException

    try:
        yield
    except BackPressureError as error:
        raise EngineBusy("every replica has too much to do; ask again in a moment") from error
    except RayTaskError as error:
        # The message of the error itself is the trace of another process.
        raise error.cause from None
    except RayActorError as error:
        if not attempts_left:
            raise EngineError("every replica that was asked died") from error
    except (RayError, RayServeException) as error:
        raise EngineError(f"the cluster does not answer ({type(error).__name__})") from error
