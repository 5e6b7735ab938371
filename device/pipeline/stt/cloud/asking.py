"""A service is asked in a task of its own, for as long as somebody wants to know the answer."""

import asyncio
from collections.abc import Awaitable, Callable

from device.errors import EngineError
from device.pipeline.stt.cloud.service import Service
from device.tasks import end


class Asking:
    """Begins when it is made, and keeps why it failed."""

    def __init__(
        self,
        service: Service,
        talk: Callable[[], Awaitable[None]],
        part: Callable[[], Awaitable[None]],
    ) -> None:
        """`talk` raises EngineError; `part` is awaited after it in any case."""
        self._service = service
        self._talk = talk
        self._part = part
        self._failure: EngineError | None = None
        self._settled = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"stt-{service.name}")

    def check(self) -> None:
        """Raises EngineError when it failed."""
        if self._failure is not None:
            raise self._failure

    async def over(self) -> None:
        """Wait for the end of `talk`. Raises EngineError when it failed."""
        await self._settled.wait()
        self.check()

    async def close(self) -> None:
        """Break off; idempotent."""
        await end(self._task)

    async def _run(self) -> None:
        try:
            async with self._service.asked():
                await self._talk()
        except EngineError as error:
            self._failure = error
        except BaseException:
            self._failure = EngineError(f"nobody waited for {self._service.host} to answer")
            raise
        finally:
            self._settled.set()
            await self._part()
